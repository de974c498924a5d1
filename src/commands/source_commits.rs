//! What is new in the source between two releases, as `release` and `promote` show it.

use std::fmt::Write;

use crate::delivery::source::Checkout;
use crate::ui::visible;

/// As many commits are named.
const MOST: usize = 10;

/// Lists the commits of `new` since the release `title` of the commit `old`; empty if the checkout lacks one of the two.
pub(crate) fn between(checkout: &Checkout, title: &str, old: &str, new: &str) -> String {
    let title = visible::line(title);
    let Some((lines, count)) = checkout.repo.commits_between(old, new, MOST) else { return String::new() };
    let back = checkout.repo.commits_between(new, old, 0).map_or(0, |(_, count)| count);
    let mut text = match (count, back) {
        (0, 0) => format!("  the same commit as {title}\n"),
        (0, 1) => format!("  goes back: {title} has 1 more commit\n"),
        (0, back) => format!("  goes back: {title} has {back} more commits\n"),
        (1, _) => format!("  1 commit since {title}:\n"),
        (count, _) => format!("  {count} commits since {title}:\n"),
    };
    for line in &lines {
        let _ = writeln!(text, "    {}", visible::line(line));
    }
    if count > lines.len() {
        let _ = writeln!(text, "    and {} more", count - lines.len());
    }
    text
}
