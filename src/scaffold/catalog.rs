//! The built-in scaffolds. The only place that knows the embedded bytes.

use std::collections::BTreeMap;

use super::Scaffold;
use crate::error::Result;

/// The scaffold used unless another is named; its questions are flags.
pub(crate) const DEFAULT: &str = "service";

/// Path below `scaffolds/` and content of every embedded file, sorted by path.
static EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/scaffolds.rs"));

pub(crate) fn names() -> Vec<&'static str> {
    EMBEDDED.iter().filter_map(|(path, _)| path.strip_suffix("/scaffold.yaml")).collect()
}

/// Returns the files of a built-in scaffold, as [`Scaffold::from_files`] takes them; `None` for an unknown
/// name.
pub(crate) fn files(name: &str) -> Option<BTreeMap<String, Vec<u8>>> {
    let files: BTreeMap<_, _> = EMBEDDED
        .iter()
        .filter_map(|(path, content)| {
            let inside = path.strip_prefix(name)?.strip_prefix('/')?;
            Some((inside.to_owned(), content.to_vec()))
        })
        .collect();
    (!files.is_empty()).then_some(files)
}

/// The built-in scaffold of that name; none where there is no such scaffold.
pub fn embedded(name: &str) -> Option<Result<Scaffold>> {
    files(name).map(|files| Scaffold::from_files(files, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_its_definition() {
        for name in names() {
            assert!(files(name).is_some_and(|files| files.contains_key("scaffold.yaml")), "{name}");
        }
    }

    #[test]
    fn knows_nothing_by_another_name() {
        assert!(files("no-such-scaffold").is_none());
        assert!(files("").is_none());
        assert!(embedded("no-such-scaffold").is_none());
    }

    #[test]
    fn the_table_is_sorted_and_slashed() {
        assert!(EMBEDDED.iter().all(|(path, _)| !path.contains('\\')));
        let names = names();
        assert!(names.is_sorted(), "{names:?}");
    }
}
