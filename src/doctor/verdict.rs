//! What a check comes to.

use crate::cluster::inquiry::Unseen;

/// How a check stands, from the worst on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Health {
    /// A release fails, or never starts.
    Error,
    /// It works, but not as it should, or only at times.
    Warning,
    /// It cannot be seen.
    Unknown,
    Fine,
    /// Nothing here depends on it.
    NotNeeded,
}

impl Health {
    /// Its name in JSON.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Unknown => "unknown",
            Self::Fine => "ok",
            Self::NotNeeded => "not-needed",
        }
    }
}

/// What was seen, what it leads to, and how to fix it. Texts may hold what others wrote; whoever prints them sees to that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) health: Health,
    /// What was seen; lower case start, no full stop.
    pub(crate) seen: String,
    /// Each of several things, where `seen` counts them.
    pub(crate) details: Vec<String>,
    /// What it leads to; empty if nothing is wrong.
    pub(crate) effect: String,
    /// What to do, where that is no command.
    pub(crate) advice: String,
    /// Commands to paste.
    pub(crate) commands: Vec<String>,
}

impl Verdict {
    fn new(health: Health, seen: impl Into<String>) -> Self {
        Self {
            health,
            seen: seen.into(),
            details: Vec::new(),
            effect: String::new(),
            advice: String::new(),
            commands: Vec::new(),
        }
    }

    pub(crate) fn fine(seen: impl Into<String>) -> Self {
        Self::new(Health::Fine, seen)
    }

    pub(crate) fn not_needed(seen: impl Into<String>) -> Self {
        Self::new(Health::NotNeeded, seen)
    }

    pub(crate) fn warning(seen: impl Into<String>, effect: impl Into<String>) -> Self {
        Self { effect: effect.into(), ..Self::new(Health::Warning, seen) }
    }

    pub(crate) fn error(seen: impl Into<String>, effect: impl Into<String>) -> Self {
        Self { effect: effect.into(), ..Self::new(Health::Error, seen) }
    }

    /// It cannot be seen; why, as the rest of a line.
    pub(crate) fn unknown(why: impl Into<String>) -> Self {
        Self::new(Health::Unknown, why)
    }

    pub(crate) fn details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }

    pub(crate) fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }

    /// Adds a command, if there is one.
    pub(crate) fn commands(mut self, commands: impl IntoIterator<Item = String>) -> Self {
        self.commands.extend(commands);
        self
    }

    pub(crate) fn command(mut self, command: impl Into<String>) -> Self {
        self.commands.push(command.into());
        self
    }
}

/// What a check goes on with, or the verdict that it already comes to.
pub(super) type Early<T> = Result<T, Box<Verdict>>;

impl From<&Unseen> for Verdict {
    fn from(unseen: &Unseen) -> Self {
        Self::unknown(unseen.words())
    }
}

/// Returns up to five names, quoted.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const MOST: usize = 5;
    let names: Vec<&str> = names.into_iter().collect();
    let mut quoted: Vec<String> = names.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    if names.len() > MOST {
        quoted.push(format!("{} more", names.len() - MOST));
    }
    match quoted.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => quoted.concat(),
    }
}
