//! What the command line answers: a question's flag, else `--set`, else the answers file.

use std::collections::BTreeMap;
use std::path::Path;

use crate::answers::resolve::Given;
use crate::error::{Context, Error, Kind, Problem, Result};
use crate::project::answers_file;
use crate::values::value::Provenance;

/// Question -> text, of the answers file at `file`, of `sets` (`NAME=VALUE`) and of `flags`; the later wins.
///
/// # Errors
/// Wrong usage where a question is answered twice; a file that cannot be read, or is no answers file.
pub(crate) fn collect(
    file: Option<&Path>,
    sets: &[String],
    flags: BTreeMap<String, String>,
) -> Result<BTreeMap<String, Given>> {
    let mut given = BTreeMap::new();
    let mut problems = Vec::new();
    if let Some(path) = file {
        for (name, text) in answers_in(path)? {
            given.insert(name, Given { text, from: Provenance::File });
        }
    }
    let mut set: BTreeMap<String, String> = BTreeMap::new();
    for pair in sets {
        match pair.split_once('=') {
            Some((name, text)) if !name.is_empty() => {
                if set.insert(name.to_owned(), text.to_owned()).is_some() {
                    problems
                        .push(Problem::new(format!("`{name}` is answered by --set twice"), "give it once"));
                } else if flags.contains_key(name) {
                    let twice = format!("`{name}` is answered by --{name} and by --set");
                    problems.push(Problem::new(twice, "give it once"));
                }
            }
            _ => problems.push(Problem::new(
                format!("`--set {pair}` has no name or no value"),
                "for example: --set port=8080",
            )),
        }
    }
    if !problems.is_empty() {
        return Err(
            Error::new(Kind::Usage, "the answers on the command line make no sense").problems(problems)
        );
    }
    for (name, text) in set.into_iter().chain(flags) {
        given.insert(name, Given { text, from: Provenance::Flag });
    }
    Ok(given)
}

fn answers_in(path: &Path) -> Result<BTreeMap<String, String>> {
    let shown = path.display();
    #[expect(clippy::disallowed_methods, reason = "the file that the user names is read here")]
    let text = std::fs::read_to_string(path).context(|| format!("cannot read the answers in `{shown}`"))?;
    answers_file::parse(&text).map_err(|wrong| {
        Error::new(Kind::Answers, format!("`{shown}` is no answers file"))
            .problems(wrong.into_iter().map(|message| Problem::new(message, "")))
            .hint("`treenail new DIR --defaults --print-answers` prints a good one")
    })
}
