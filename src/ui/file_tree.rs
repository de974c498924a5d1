//! Draws paths as the tree they form.

use std::collections::BTreeMap;
use std::fmt::Write;

/// Draws the tree of `paths` (relative, `/`-separated) under the title `root`, one line each.
pub(crate) fn draw<'a>(root: &str, paths: impl IntoIterator<Item = &'a str>) -> String {
    let mut top = Folder::default();
    for path in paths {
        top.insert(path);
    }
    let mut drawn = format!("{root}\n");
    top.draw(&mut drawn, "");
    drawn
}

#[derive(Default)]
struct Folder<'a>(BTreeMap<&'a str, Folder<'a>>);

impl<'a> Folder<'a> {
    fn insert(&mut self, path: &'a str) {
        let mut folder = self;
        for part in path.split('/') {
            folder = folder.0.entry(part).or_default();
        }
    }

    fn draw(&self, drawn: &mut String, indent: &str) {
        for (index, (name, below)) in self.0.iter().enumerate() {
            let (branch, deeper) =
                if index + 1 == self.0.len() { ("└── ", "    ") } else { ("├── ", "│   ") };
            let slash = if below.0.is_empty() { "" } else { "/" };
            let _ = writeln!(drawn, "{indent}{branch}{name}{slash}");
            below.draw(drawn, &format!("{indent}{deeper}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::draw;

    #[test]
    fn draws_folders_and_files_in_order() {
        let drawn = draw("shop", ["a/b/c", "a/d", "e"]);
        assert_eq!(drawn, "shop\n├── a/\n│   ├── b/\n│   │   └── c\n│   └── d\n└── e\n");
    }
}
