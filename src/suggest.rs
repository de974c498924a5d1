//! "Did you mean": suggestions for mistyped words.

use strsim::osa_distance;

/// Nobody mistypes a longer word, and the time to compare two grows with the product of their lengths.
const LONGEST: usize = 100;

/// Returns the candidate nearest to `word` if one is close enough; the first one in a tie.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > LONGEST {
        return None;
    }
    let word = &word.to_lowercase();
    let budget = (word.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (osa_distance(word, candidate), candidate))
        .filter(|(distance, candidate)| {
            *distance <= budget || (word.len() >= 3 && candidate.starts_with(word))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Returns a `; did you mean ...?` suffix for a message, or an empty string.
pub(crate) fn hint<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, candidates).map_or_else(String::new, |candidate| format!("; did you mean `{candidate}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = ["source-repo", "manifest-repo", "image", "environments"];

    #[test]
    fn finds_the_word_that_was_meant() {
        assert_eq!(nearest("source_repo", NAMES), Some("source-repo"));
        assert_eq!(nearest("imgae", NAMES), Some("image"));
        assert_eq!(nearest("env", NAMES), Some("environments"));
    }

    #[test]
    fn stays_silent_when_nothing_is_near() {
        assert_eq!(nearest("colour", NAMES), None);
        assert_eq!(hint("x", NAMES), "");
        assert_eq!(hint("imag", NAMES), "; did you mean `image`?");
    }

    #[test]
    fn measures_edits() {
        assert_eq!(osa_distance("", "abc"), 3);
        assert_eq!(osa_distance("kitten", "sitting"), 3);
        assert_eq!(osa_distance("ab", "ba"), 1);
    }
}
