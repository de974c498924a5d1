//! The default name of an upgrade's branch: the same for the same upgrade, a different one for every folder of a
//! repository.

use std::fmt::Write;

use crate::scaffold::definition::Definition;

/// Returns the branch name for an upgrade to `definition` of the folder `prefix` (empty, or ending in `/`).
pub(crate) fn name(definition: &Definition, prefix: &str) -> String {
    format!("treenail/{}upgrade-{}-{}", usable(prefix), definition.name, definition.version)
}

/// Git does not accept every folder name in the name of a branch; other characters are percent-encoded, as in a URL.
fn usable(prefix: &str) -> String {
    prefix.chars().fold(String::new(), |mut text, character| {
        if character.is_alphanumeric() || "-_/".contains(character) {
            text.push(character);
        } else {
            for byte in character.to_string().bytes() {
                // Writing into a string cannot fail.
                let _ = write!(text, "%{byte:02X}");
            }
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::usable;
    use crate::git::is_branch_name;

    #[test]
    fn every_folder_has_a_branch_of_its_own() {
        let folders = ["", "a/b/", "a-b/", "a b/", "v1.2/", "v1~2/", ".x/", "é/", "x.lock/", "-/", "a%20b/"];
        let mut names: Vec<_> = folders.iter().map(|folder| usable(folder)).collect();
        assert!(
            names.iter().all(|name| is_branch_name(&format!("treenail/{name}upgrade-web-1.0.0"))),
            "{names:?}"
        );
        assert_eq!(names[4], "v1%2E2/");
        names.sort();
        names.dedup();
        assert_eq!(names.len(), folders.len());
    }
}
