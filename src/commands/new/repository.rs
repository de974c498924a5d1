//! Which repository `new` commits to, where that is not obvious: the directory is in a folder that the repository around it
//! ignores, or that repository is the source's.

use clap::ValueEnum;

use crate::error::{Error, Result};
use crate::project::target::{self, TargetDirectory};
use crate::shell;
use crate::ui::Ui;

/// The repository to commit to, for a directory in the work tree of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RepositoryChoice {
    /// The repository around DIR, although it ignores DIR or is the source repository
    Enclosing,
    /// A new repository in DIR, which the one around it ignores
    Separate,
}

const SHARE: &str = "Keep the manifests in the source repository";

/// What the user has to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Doubt {
    /// The repository `root` ignores the directory.
    Ignored { root: String },
    /// The repository `root` is a checkout of the source repository.
    Source { root: String },
}

/// What the answers say about the repositories, as far as they are known.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KnownUrls<'a> {
    pub(crate) source: Option<&'a str>,
    /// Whether the user chose the source repository for the manifests.
    pub(crate) is_shared: bool,
}

/// The directory as the user wants it; `None` if it is to be another one.
pub(crate) enum TargetDecision {
    Target(TargetDirectory, Option<RepositoryChoice>),
    AnotherDirectory,
}

/// Applies `choice` to `target`, or asks for it if it matters.
///
/// # Errors
/// A precondition, with the ways out: it matters, and nobody can be asked; or the choice is not possible.
pub(crate) fn decide(
    ui: &Ui,
    target: TargetDirectory,
    choice: Option<RepositoryChoice>,
    urls: KnownUrls,
) -> Result<TargetDecision> {
    match choice {
        Some(RepositoryChoice::Separate) => return Ok(TargetDecision::Target(target.separate()?, choice)),
        Some(RepositoryChoice::Enclosing) if !target.is_in_repository() => {
            return Err(Error::precondition(format!("`{}` is not in a Git repository", target.shown))
                .hint("leave out `--repository enclosing`"));
        }
        Some(RepositoryChoice::Enclosing) => return Ok(TargetDecision::Target(target, choice)),
        None => {}
    }
    let Some(doubt) = doubt(&target, urls)? else { return Ok(TargetDecision::Target(target, None)) };
    if !ui.interactive() {
        return Err(refusal(&target, &doubt));
    }
    ui.message(&sentence(&target, &doubt));
    let (items, choices) = options(&target, &doubt);
    match ui.choose("What now?", &items)?.and_then(|item| choices.get(item).copied()) {
        Some(Some(RepositoryChoice::Separate)) => {
            Ok(TargetDecision::Target(target.separate()?, Some(RepositoryChoice::Separate)))
        }
        Some(Some(choice)) => Ok(TargetDecision::Target(target, Some(choice))),
        Some(None) => Ok(TargetDecision::AnotherDirectory),
        None => Err(Error::cancelled()),
    }
}

/// Asks whether the manifests are to go into the source repository, if it turns out that they would.
///
/// # Errors
/// As for [`decide`].
pub(crate) fn confirm_source(
    ui: &Ui,
    target: &TargetDirectory,
    urls: KnownUrls,
) -> Result<Option<RepositoryChoice>> {
    let Some(doubt @ Doubt::Source { .. }) = doubt(target, urls)? else { return Ok(None) };
    if !ui.interactive() {
        return Err(refusal(target, &doubt));
    }
    ui.message(&sentence(target, &doubt));
    let items = [SHARE, "Leave everything as it is"].map(str::to_owned);
    match ui.choose("What now?", &items)? {
        Some(0) => Ok(Some(RepositoryChoice::Enclosing)),
        _ => Err(Error::cancelled()),
    }
}

fn doubt(target: &TargetDirectory, urls: KnownUrls) -> Result<Option<Doubt>> {
    let Some(root) = target.root().map(|root| root.display().to_string()) else { return Ok(None) };
    if target.is_ignored()? {
        return Ok(Some(Doubt::Ignored { root }));
    }
    match urls.source {
        Some(url) if !urls.is_shared && target.is_checkout_of(url)? => Ok(Some(Doubt::Source { root })),
        _ => Ok(None),
    }
}

fn sentence(target: &TargetDirectory, doubt: &Doubt) -> String {
    let shown = &target.shown;
    match doubt {
        Doubt::Ignored { root } if target.prefix.is_empty() => {
            format!("the repository `{root}` ignores new files in `{shown}`")
        }
        Doubt::Ignored { root } => format!("the repository `{root}` ignores `{shown}`"),
        Doubt::Source { root } => {
            format!("`{shown}` is in `{root}`, a checkout of the source repository")
        }
    }
}

fn options(target: &TargetDirectory, doubt: &Doubt) -> (Vec<String>, Vec<Option<RepositoryChoice>>) {
    let separate = ("Create a separate repository there".to_owned(), Some(RepositoryChoice::Separate));
    let another = ("Choose another directory".to_owned(), None);
    let enclosing = |text: &str| (text.to_owned(), Some(RepositoryChoice::Enclosing));
    let options = match doubt {
        Doubt::Ignored { root } => {
            let commit = enclosing(&format!("Commit to `{root}` all the same"));
            if target.prefix.is_empty() { vec![another, commit] } else { vec![separate, commit, another] }
        }
        Doubt::Source { .. } => vec![another, enclosing(SHARE)],
    };
    options.into_iter().unzip()
}

fn refusal(target: &TargetDirectory, doubt: &Doubt) -> Error {
    let error = Error::precondition(sentence(target, doubt));
    match doubt {
        Doubt::Ignored { root } => {
            let error = if target.prefix.is_empty() {
                error
            } else {
                error.hint("`--repository separate` creates a separate repository there")
            };
            error
                .hint(format!("`--repository enclosing` commits to `{root}` all the same"))
                .hint("or choose another directory")
        }
        Doubt::Source { .. } => error
            .hint(format!(
                "for a manifest repository, choose a directory outside, for example `{}`",
                shell::path(&target::outside(target))
            ))
            .hint("to keep the manifests in the source repository, add `--repository enclosing`"),
    }
}
