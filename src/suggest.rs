//! "Did you mean": the known word nearest to a mistyped one.

/// The candidate that `text` most likely meant: the one fewest edits away, if that is at most a third of
/// the text's length, rounded up; the first of equals.
pub fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let allowed = text.len().div_ceil(3);
    candidates
        .into_iter()
        .map(|candidate| (edits(&text, candidate), candidate))
        .filter(|(edits, _)| *edits <= allowed)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance, one row at a time.
fn edits(from: &[char], to: &str) -> usize {
    let mut row: Vec<usize> = (0..=from.len()).collect();
    for (line, wanted) in to.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, given) in from.iter().enumerate() {
            let replaced = diagonal + usize::from(*given != wanted);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[from.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_the_nearest_word_or_none() {
        let known = ["rolling", "blue-green", "canary"];
        for (text, expected) in [
            ("rollng", Some("rolling")),
            ("Rolling", Some("rolling")),
            ("bluegreen", Some("blue-green")),
            ("cannary", Some("canary")),
            ("acnary", Some("canary")),
            ("recreate", None),
            ("", None),
        ] {
            assert_eq!(nearest(text, known), expected, "{text}");
        }
        assert_eq!(nearest("ab", ["ax", "ay"]), Some("ax"), "the first of equals");
    }
}
