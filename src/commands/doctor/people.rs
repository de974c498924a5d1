//! The report for people: what is wrong first, each with its fix, then what is not known, then a count of the rest.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Diagnosis;
use crate::cluster::kubectl::Kubectl;
use crate::doctor::{Facts, Health, Verdict};
use crate::excerpt::counted;
use crate::ui::style::{bold, dim, green, red, yellow};
use crate::ui::visible;

/// The most details of a check without `--verbose`.
const DETAILS: usize = 6;

pub(super) fn print(found: &[Diagnosis], facts: &Facts, kubectl: &Kubectl, is_verbose: bool) -> String {
    let mut page = Page { text: String::new(), is_verbose };
    page.line(
        0,
        &format!(
            "{} in the cluster of the context `{}`, {}",
            bold(&visible::line(&facts.wanted.name)),
            visible::line(&kubectl.context),
            visible::line(&kubectl.server)
        ),
    );
    let with = |health: Health| found.iter().filter(move |one| one.verdict.health == health);
    for one in with(Health::Error).chain(with(Health::Warning)) {
        page.line(0, "");
        page.problem(one);
    }
    page.unknown(with(Health::Unknown));
    page.line(0, "");
    for one in with(Health::Fine).chain(with(Health::NotNeeded)).filter(|_| is_verbose) {
        page.fine(one);
    }
    page.line(0, &summary(found, is_verbose));
    page.text
}

struct Page {
    text: String,
    is_verbose: bool,
}

impl Page {
    fn line(&mut self, depth: usize, text: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{}{text}", "  ".repeat(depth));
    }

    fn problem(&mut self, one: &Diagnosis) {
        let verdict = &one.verdict;
        let mark = if verdict.health == Health::Error { red("error") } else { yellow("warning") };
        self.line(0, &format!("{mark} {}: {}", bold(one.check.name), visible::line(&verdict.seen)));
        self.details(verdict);
        self.line(1, &dim(&visible::line(&verdict.effect)));
        if !verdict.advice.is_empty() {
            self.line(1, &format!("fix: {}", visible::line(&verdict.advice)));
        }
        for command in &verdict.commands {
            self.line(1, &format!("$ {}", visible::line(command)));
        }
        self.line(1, &dim(&format!("see {}", one.check.link)));
    }

    fn details(&mut self, verdict: &Verdict) {
        let most = if self.is_verbose { usize::MAX } else { DETAILS };
        for detail in verdict.details.iter().take(most) {
            self.line(1, &format!("- {}", visible::line(detail)));
        }
        let more = verdict.details.len().saturating_sub(most);
        if more > 0 {
            self.line(1, &dim(&format!("and {more} more (`-v` shows them)")));
        }
    }

    /// Checks that are unknown for the same reason share a line.
    fn unknown<'d>(&mut self, unknown: impl Iterator<Item = &'d Diagnosis>) {
        let mut reasons = BTreeMap::<&str, Vec<&str>>::new();
        for one in unknown {
            reasons.entry(&one.verdict.seen).or_default().push(one.check.name);
        }
        if !reasons.is_empty() {
            self.line(0, "");
        }
        for (why, names) in reasons {
            self.line(0, &format!("{} {}: {}", dim("?"), names.join(", "), visible::line(why)));
        }
    }

    fn fine(&mut self, one: &Diagnosis) {
        let mark = if one.verdict.health == Health::Fine { green("✓") } else { dim("-") };
        self.line(0, &format!("{mark} {}: {}", one.check.name, visible::line(&one.verdict.seen)));
        self.details(&one.verdict);
    }
}

fn summary(found: &[Diagnosis], is_verbose: bool) -> String {
    let count = |health: Health| found.iter().filter(|one| one.verdict.health == health).count();
    let [errors, warnings, unknown, fine, unneeded] =
        [Health::Error, Health::Warning, Health::Unknown, Health::Fine, Health::NotNeeded].map(count);
    let mut parts = Vec::new();
    if errors > 0 {
        parts.push(red(&counted(errors, "error")));
    }
    if warnings > 0 {
        parts.push(yellow(&counted(warnings, "warning")));
    }
    if unknown > 0 {
        parts.push(format!("{unknown} unknown"));
    }
    let mark = if parts.is_empty() { green("✓ ") } else { String::new() };
    parts.push(format!("{fine} fine"));
    if unneeded > 0 {
        parts.push(format!("{unneeded} not needed"));
    }
    let hint = if is_verbose { "" } else { "; `-v` shows all" };
    format!("{mark}{}{hint}", parts.join(", "))
}
