//! What must hold for files before they are written: the manifests are well-formed, and the kustomizations name
//! what is there. A scaffold that breaks this is refused as a whole.

mod kustomize;

use std::collections::BTreeSet;

use crate::error::{Error, Problem, Result};
use crate::manifest;
use crate::scaffold::render::RenderedFile;

/// Checks `files`, the whole tree that is about to be written.
///
/// # Errors
/// Every problem found: YAML that does not parse or has a duplicate key, a resource declared twice in one file, a
/// kustomization entry that names nothing.
pub fn before_writing(files: &[RenderedFile]) -> Result<()> {
    let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let mut problems = Vec::new();
    for file in files.iter().filter(|file| manifest::is_yaml(&file.path)) {
        let text = String::from_utf8_lossy(&file.content);
        match manifest::documents(&text) {
            Err(error) => problems.push(problem(&file.path, &error.to_string())),
            Ok(documents) => {
                let twice = manifest::duplicates(&documents).into_iter();
                let twice = twice.map(|identity| format!("{identity} is declared twice"));
                let dangling =
                    documents.iter().flat_map(|document| kustomize::dangling(&file.path, document, &paths));
                problems.extend(twice.chain(dangling).map(|message| problem(&file.path, &message)));
            }
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(Error::failure("the scaffold gives manifests that cannot work; nothing was written")
        .problems(problems)
        .hint("`treenail scaffold lint` looks at the scaffold itself"))
}

fn problem(path: &str, message: &str) -> Problem {
    Problem::new(format!("{path}: {message}"), "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scaffold::definition::Ownership;

    fn problems(files: &[(&str, &str)]) -> Vec<String> {
        let files: Vec<_> = files
            .iter()
            .map(|(path, content)| RenderedFile {
                path: (*path).to_owned(),
                content: content.as_bytes().to_vec(),
                executable: false,
                ownership: Ownership::Managed,
                about: String::new(),
            })
            .collect();
        match before_writing(&files) {
            Ok(()) => Vec::new(),
            Err(error) => error.problems.into_iter().map(|problem| problem.message).collect(),
        }
    }

    #[test]
    fn accepts_what_works() {
        let kustomization = "resources: [a.yaml, sub]\ncomponents:\n- ../c\nconfigMapGenerator:\n- files: [k=x.sh]\n  envs: [y.env]\n";
        let files = [
            ("d/kustomization.yaml", kustomization),
            ("d/a.yaml", "kind: A\n---\nkind: B\n"),
            ("d/sub/kustomization.yaml", "{}\n"),
            ("c/kustomization.yaml", "{}\n"),
            ("d/x.sh", "not: [yaml"),
            ("d/y.env", ""),
        ];
        assert_eq!(problems(&files), Vec::<String>::new());
    }

    #[test]
    fn reports_everything_at_once() {
        let twice = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: n}\n";
        let twice = format!("{twice}---\n{twice}");
        let files = [
            ("bad.yaml", "a: [\n"),
            ("key.yaml", "a: 1\na: 2\n"),
            ("twice.yaml", twice.as_str()),
            ("k/kustomization.yaml", "resources: [gone.yaml]\npatches:\n- path: p.yaml\n"),
        ];
        let found = problems(&files);
        assert_eq!(found.len(), 5, "{found:#?}");
        assert!(found[0].starts_with("bad.yaml: "));
        assert!(found[1].contains("duplicate"), "{}", found[1]);
        assert_eq!(found[2], "twice.yaml: Deployment (apps) `n/a` is declared twice");
        assert_eq!(
            found[3],
            "k/kustomization.yaml: `gone.yaml` in `resources` is neither a file nor a folder with a kustomization"
        );
        assert_eq!(found[4], "k/kustomization.yaml: `p.yaml` in `patches` is no file");
    }
}
