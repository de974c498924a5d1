//! Recipients of Argo CD Notifications: `slack:deploys;alerts,email:ops@example.com`.
//! <https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/subscriptions/>

use std::collections::BTreeSet;

use super::Limits;
use super::invalid::{Invalid, only, shown};
use super::value::Value;

/// The name of an annotation has at most 63 characters, and `subscribe.on-sync-status-unknown.` takes 33 of them.
const LONGEST_SERVICE: usize = 30;

/// Reads `SERVICE:RECIPIENT[;RECIPIENT...],...`. A service that is given twice gets all of its recipients.
pub(super) fn read(text: &str, _: &Limits) -> Result<Value, Invalid> {
    let mut services: Vec<(&str, Vec<&str>)> = Vec::new();
    for entry in text.split(',') {
        let (service, recipients) = self::entry(entry.trim())?;
        match services.iter_mut().find(|(known, _)| *known == service) {
            Some((_, known)) => known.extend(recipients),
            None => services.push((service, recipients)),
        }
    }
    let entries = services.into_iter().map(|(service, mut recipients)| {
        let mut seen = BTreeSet::new();
        recipients.retain(|recipient| seen.insert(*recipient));
        format!("{service}:{}", recipients.join(";"))
    });
    Ok(Value::Text(entries.collect::<Vec<_>>().join(",")))
}

fn entry(text: &str) -> Result<(&str, Vec<&str>), Invalid> {
    let Some((service, recipients)) = text.split_once(':') else {
        let reason = format!("{} names no service; write `SERVICE:RECIPIENT`", shown(text));
        return Err(Invalid::new(reason).suggest(format!("slack:{text}")));
    };
    let service = service.trim_end();
    check_service(service)?;
    let recipients: Vec<_> = recipients.split(';').map(str::trim).collect();
    for recipient in &recipients {
        if recipient.is_empty() {
            return Err(Invalid::new(format!("{} has an empty recipient", shown(text))));
        }
        let allowed = |letter: char| letter.is_alphanumeric() || "-_.@#+/=".contains(letter);
        only(recipient, allowed, "only letters, digits and `-_.@#+/=` are allowed")?;
    }
    Ok((service, recipients))
}

/// It becomes the end of an annotation's name, up to the next dot.
fn check_service(service: &str) -> Result<(), Invalid> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    only(service, allowed, "the name of a service has only letters, digits, `-` and `_`")?;
    if service.is_empty() {
        return Err(Invalid::new("a service has no name; write `SERVICE:RECIPIENT`"));
    }
    if !service.ends_with(|last: char| last.is_ascii_alphanumeric()) {
        let reason = format!("the service {} must end with a letter or digit", shown(service));
        return Err(Invalid::new(reason));
    }
    if service.len() > LONGEST_SERVICE {
        let length = service.len();
        let reason = format!(
            "the service {} has {length} characters; at most {LONGEST_SERVICE} are allowed",
            shown(service)
        );
        return Err(Invalid::new(reason));
    }
    Ok(())
}
