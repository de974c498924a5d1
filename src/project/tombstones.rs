//! Removes tombstones: paths in the list `removed` of `.treenail/answers.yaml`, which upgrades do not write again. Works line
//! by line, so that whatever people have written into the file stays as it is.

use std::collections::BTreeSet;

use super::answers_file::{PATH, REMOVED};
use super::recorded::Recorded;
use crate::error::{Error, ErrorKind, Result};
use crate::yaml;
use serde_yaml::Value as Yaml;

/// Returns `text` without `paths` in its list `removed`.
///
/// # Errors
/// [`ErrorKind::State`]: the file is damaged, or somebody has written the list in another form than treenail does.
pub(crate) fn without(text: &str, paths: &BTreeSet<&str>) -> Result<String> {
    let amended = without_items(text, paths);
    let mut expected = Recorded::read(text)?;
    expected.decisions.removed.retain(|path| !paths.contains(path.as_str()));
    // What was cut by lines is read back whole.
    if Recorded::read(&amended).is_ok_and(|amended| amended == expected) {
        return Ok(amended);
    }
    let listed: Vec<_> = paths.iter().map(|path| format!("`{path}`")).collect();
    Err(Error::new(
        ErrorKind::State,
        format!("cannot take {} out of `removed` in `{PATH}`", listed.join(", ")),
    )
    .hint("take it out by hand, then run the command again"))
}

fn without_items(text: &str, paths: &BTreeSet<&str>) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let Some(key) = lines.iter().position(|line| line.trim_end() == "removed:") else {
        return text.to_owned();
    };
    let end =
        lines[key + 1..].iter().position(|line| item(line).is_none()).map_or(lines.len(), |at| key + 1 + at);
    let is_kept = |line: &&&str| item(line).is_none_or(|path| !paths.contains(path.as_str()));
    let kept: Vec<&str> = lines[key + 1..end].iter().filter(is_kept).copied().collect();
    // A list that has become empty goes with all that was written for it.
    let is_comment = key > 0 && lines[key - 1].trim_end().strip_prefix("# ") == Some(REMOVED);
    let head = match (kept.is_empty(), is_comment) {
        (false, _) => key + 1,
        (true, false) => key,
        (true, true) => key - 1,
    };
    lines[..head].iter().chain(&kept).chain(&lines[end..]).copied().collect()
}

/// Returns the text of a line that is an item of a list of strings.
fn item(line: &str) -> Option<String> {
    line.trim_start().strip_prefix("- ")?;
    match yaml::documents(line).ok()?.as_slice() {
        [Yaml::Sequence(items)] => Some(items.first()?.as_str()?.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::answers_file;
    use crate::project::answers_file::Decisions;
    use crate::scaffold::sample;
    use crate::values::value::{Answer, Answers, Provenance, Value};

    fn written(removed: &[&str]) -> String {
        let removed = removed.iter().map(|path| (*path).to_owned()).collect();
        let ignore = vec!["TN012 deploy/**".to_owned()];
        let decisions = Decisions { removed, ignore, ..Decisions::default() };
        let app = Answer {
            question: "app".to_owned(),
            value: Value::Text("shop".to_owned()),
            from: Provenance::Flag,
        };
        let answers: Answers = [app].into_iter().collect();
        answers_file::state(&sample::scaffold(), &answers, "", &decisions)
    }

    fn without(text: &str, paths: &[&str]) -> Result<String> {
        super::without(text, &paths.iter().copied().collect())
    }

    #[test]
    fn it_is_as_if_they_had_never_been_there() {
        let all = ["- x", "a.yaml", "no", "with 'quote' # and more"];
        for (paths, left) in [
            (vec!["a.yaml"], vec!["- x", "no", "with 'quote' # and more"]),
            (vec!["- x", "no"], vec!["a.yaml", "with 'quote' # and more"]),
            (all.to_vec(), vec![]),
            (vec!["other"], all.to_vec()),
        ] {
            assert_eq!(without(&written(&all), &paths).unwrap(), written(&left), "{paths:?}");
        }
        assert_eq!(without(&written(&[]), &["a.yaml"]).unwrap(), written(&[]));
    }

    #[test]
    fn what_people_wrote_stays() {
        let text = written(&["a.yaml", "b.yaml"]);
        let comment = format!("# {REMOVED}\n");
        let own = text
            .replace(&comment, "# mine\n")
            .replace("- a.yaml\n", "  -   a.yaml # why\n")
            .replace("- b", "  - b");
        let left = without(&own, &["a.yaml"]).unwrap();
        assert_eq!(left, own.replace("  -   a.yaml # why\n", ""));
        let none = without(&own, &["a.yaml", "b.yaml"]).unwrap();
        assert!(none.contains("# mine\n") && !none.contains("removed:"), "{none}");
        let windows = text.replace('\n', "\r\n");
        assert_eq!(without(&windows, &["b.yaml"]).unwrap(), windows.replace("- b.yaml\r\n", ""));
    }

    #[test]
    fn a_list_in_another_form_is_left_to_its_author() {
        let text = written(&["a.yaml"]).replace("removed:\n- a.yaml", "removed: [a.yaml]");
        let error = without(&text, &["a.yaml"]).unwrap_err();
        assert_eq!(error.kind, ErrorKind::State);
        assert!(error.message.contains("`a.yaml`"), "{}", error.message);
    }
}
