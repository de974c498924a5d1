//! Merges lists, such as the environments, whose order matters.

use crate::project::amend::common;

/// The changes from `base` to `ours` and to `theirs`; `None` where the order of what both added is open, or an item would be
/// there twice.
pub(super) fn merge(base: &[String], ours: &[String], theirs: &[String]) -> Option<Vec<String>> {
    let [ours, theirs] = [ours, theirs].map(|side| Changes::of(base, side));
    let mut merged = Vec::new();
    for at in 0..=base.len() {
        let (ours_added, theirs_added) = (&ours.added[at], &theirs.added[at]);
        match (ours_added.is_empty(), theirs_added.is_empty()) {
            (false, true) => merged.extend_from_slice(ours_added),
            (true, _) => merged.extend_from_slice(theirs_added),
            (false, false) if ours_added == theirs_added => merged.extend_from_slice(ours_added),
            (false, false) => return None,
        }
        let Some(item) = base.get(at) else { continue };
        match (&ours.items[at], &theirs.items[at]) {
            (Some(ours), Some(theirs)) if ours == item || ours == theirs => merged.push(theirs.clone()),
            (Some(ours), Some(theirs)) if theirs == item => merged.push(ours.clone()),
            (None, None) => {}
            // Removed by one side, and left alone by the other.
            (Some(left), None) | (None, Some(left)) if left == item => {}
            _ => return None,
        }
    }
    let mut names: Vec<_> = merged.iter().map(|item| name(item)).collect();
    names.sort_unstable();
    let is_unique = names.windows(2).all(|pair| pair[0] != pair[1]);
    is_unique.then_some(merged)
}

struct Changes {
    /// What each item of the base is now; `None` if it is gone.
    items: Vec<Option<String>>,
    /// What comes before each item of the base, and after the last.
    added: Vec<Vec<String>>,
}

impl Changes {
    fn of(base: &[String], side: &[String]) -> Self {
        let pairs = common(&names(base), &names(side));
        let mut changes = Self { items: vec![None; base.len()], added: vec![Vec::new(); base.len() + 1] };
        let mut place = 0;
        for (index, item) in side.iter().enumerate() {
            if let Some((at, _)) = pairs.iter().find(|(_, found)| *found == index) {
                changes.items[*at] = Some(item.clone());
                place = at + 1;
            } else {
                changes.added[place].push(item.clone());
            }
        }
        changes
    }
}

/// The name in `NAME=VALUE`; an item without a value is its name.
fn name(item: &str) -> &str {
    item.split('=').next().unwrap_or_default()
}

fn names(list: &[String]) -> Vec<&str> {
    list.iter().map(|item| name(item)).collect()
}

#[cfg(test)]
mod tests {
    fn merge(base: &str, ours: &str, theirs: &str) -> Option<String> {
        let list = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        super::merge(&list(base), &list(ours), &list(theirs)).map(|merged| merged.join(" "))
    }

    #[test]
    fn additions_come_together_where_their_order_is_clear() {
        for (base, ours, theirs, expected) in [
            ("s p", "s qa p", "s p dr", Some("s qa p dr")),
            ("s p", "d s p", "s qa p", Some("d s qa p")),
            ("s p", "s qa p", "s qa p", Some("s qa p")),
            ("s p", "s qa p", "s uat p", None),
            ("s p", "s qa p", "qa s p", None),
            ("s p", "s qa p", "s p qa", None),
            ("s q p", "s p", "s q p d", Some("s p d")),
            ("s q p", "s p", "q p", Some("p")),
            ("s p", "s p=live", "s qa p", Some("s qa p=live")),
            ("s p", "s p=live", "s p=prod", None),
            ("s p", "s p=live", "s", None),
            ("", "s", "", Some("s")),
            ("", "s", "p", None),
            ("a b", "b a", "a b c", None),
        ] {
            assert_eq!(merge(base, ours, theirs).as_deref(), expected, "{base}: {ours} | {theirs}");
            assert_eq!(merge(base, theirs, ours).as_deref(), expected, "{base}: {theirs} | {ours}");
        }
    }
}
