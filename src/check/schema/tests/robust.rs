use proptest::prelude::*;

use super::*;

const SOUND: &str = "apiVersion: tekton.dev/v1
kind: Task
metadata: {name: a, labels: {b: c}}
spec:
  params: [{name: p, default: \"1\"}]
  steps:
  - name: s
    image: i
    timeout: 1m
    imagePullPolicy: Always
    computeResources: {limits: {cpu: 1}}
";

proptest! {
    /// Whatever a manifest contains, nothing panics, locations are in the file, and fixes are cut between
    /// characters.
    #[test]
    fn anything_may_be_in_a_manifest(
        at in 0..SOUND.len(),
        length in 0..20_usize,
        put in "[ -~é\n]{0,12}|[a-zA-Z]{1,20}|\\{\\}|\\[\\]|~|1|-1.5|yes|'' ?",
    ) {
        let end = (at + length).min(SOUND.len());
        let text = format!("{}{put}{}", &SOUND[..at], &SOUND[end..]);
        for finding in findings(&[("a.yaml", &text)]) {
            prop_assert!(finding.start.line <= text.lines().count() + 1, "{finding:?}");
            if let Some(fix) = finding.fix {
                prop_assert!(text.get(fix.range.clone()).is_some(), "{fix:?}");
            }
        }
    }

    /// A fix removes its own finding, and breaks nothing else.
    #[test]
    fn a_fix_leaves_fewer_findings(
        field in prop::sample::select(vec!["command", "tty", "workingDir", "imagePullPolicy", "stdinOnce", "envFrom"]),
        cut in 0..7_usize,
        value in "[0-9]{1,4}|yes|no|always|\"[0-9]{1,4}\"|\"true\"|\\[\\]",
    ) {
        let mut field = field.to_owned();
        field.remove(cut.min(field.len() - 1));
        let text = pod(&format!("image: a\n{field}: {value}\n"));
        let before = findings(&[("a.yaml", &text)]);
        let after = findings(&[("a.yaml", &fixed(&text))]);
        let fixes = before.iter().filter(|finding| finding.fix.is_some()).count();
        prop_assert!(fixes == 0 || before != after, "{text}");
        // Only a corrected name lets its value be checked.
        prop_assert!(after.len() <= before.len(), "{text}");
    }
}

#[test]
fn the_base_is_sound() {
    assert_eq!(of(SOUND), NOTHING);
}
