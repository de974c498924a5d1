//! Which tag a release gets.

use crate::delivery::history::Requested;
use crate::delivery::service::Service;
use crate::delivery::source::{Checkout, Revision};
use crate::delivery::tag;
use crate::error::{Error, ErrorKind, Result};
use crate::ui::Ui;
use crate::ui::prompt::Reply;

const HELP: &str = "The name of the release, and the tag of its image: lower-case letters and digits, separated by single\n\
                    dots or dashes. A release is never built twice under the same tag.";

/// Returns the tag that the user `named`, that is asked for, or that is suggested.
///
/// # Errors
/// Wrong usage: it is not valid, or there is nothing to suggest.
pub(super) fn choose(
    ui: &Ui,
    asks: bool,
    named: Option<&str>,
    service: &Service,
    checkout: Option<&Checkout>,
    revision: &Revision,
    requests: &[Requested],
) -> Result<String> {
    let refusal = |tag: &str| tag::refusal(tag, service.delivery.longest_tag);
    if let Some(tag) = named {
        return match refusal(tag) {
            None => Ok(tag.to_owned()),
            Some(why) => Err(Error::new(ErrorKind::Usage, format!("`{tag}` cannot be a tag: {why}"))),
        };
    }
    let suggestion = suggestion(checkout, revision, requests, &|tag| refusal(tag).is_none());
    if !asks {
        return suggestion.ok_or_else(|| {
            Error::new(ErrorKind::Usage, "no tag is known to follow from the last release")
                .hint("name it: `treenail release 1.0.0`")
        });
    }
    loop {
        let tag = match (ui.ask("Tag of the release", suggestion.as_deref(), HELP)?, &suggestion) {
            (Reply::Typed(tag), _) => tag,
            (Reply::Accepted, Some(suggestion)) => suggestion.clone(),
            (Reply::Accepted, None) => continue,
            (Reply::Back, _) => return Err(Error::cancelled()),
        };
        match refusal(&tag) {
            None => {
                ui.settled("Tag of the release", &tag);
                return Ok(tag);
            }
            Some(why) => ui.explain(&why),
        }
    }
}

/// The Git tag of the commit, else the release of it that is requested already, else what follows the last release, else
/// what `git describe` says.
fn suggestion(
    checkout: Option<&Checkout>,
    revision: &Revision,
    requests: &[Requested],
    is_valid: &dyn Fn(&str) -> bool,
) -> Option<String> {
    let last = requests.iter().map(|requested| requested.request.tag.as_str()).find(|tag| !tag.is_empty());
    let described = checkout.and_then(|checkout| checkout.repo.described(&revision.id));
    let current = requests.first().map(|first| &first.request);
    let is_current = |tag: &String| current.is_some_and(|it| it.tag == *tag && it.revision == revision.id);
    // A tag that was requested before is taken.
    let is_taken = |tag: &String| requests.iter().any(|one| one.request.tag == *tag);
    let is_free = |tag: &String| is_valid(tag) && (is_current(tag) || !is_taken(tag));
    let of_git = |exactly: bool| {
        let (name, _) = described.as_ref().filter(|(_, is_exact)| *is_exact == exactly)?;
        Some(tag::of_git(name, last)).filter(is_free)
    };
    let requested = || current.filter(|current| current.revision == revision.id).map(|it| it.tag.clone());
    of_git(true)
        .or_else(requested)
        .or_else(|| last.and_then(tag::next).filter(is_free))
        .or_else(|| of_git(false))
}
