//! Fixtures of base, ours and theirs, one topic a file, held against the whole plan.

mod collisions;
mod conflicts;
mod manifests;
mod moves;
mod plain;
mod properties;
mod speed;
mod texts;

use std::collections::BTreeSet;

use super::*;
use crate::git::{Labels, merge_text};
use crate::tree::{File, Mode};

/// Path and content; `+` before the path stands for a program, `@` for a link, `0x` before the content for bytes.
type Files<'a> = &'a [(&'a str, &'a str)];

#[derive(Clone, Copy)]
struct Case<'a> {
    base: Files<'a>,
    ours: Files<'a>,
    theirs: Files<'a>,
    seeded: &'a [&'a str],
    moves: &'a [(&'a str, &'a str)],
    tombstones: &'a [&'a str],
    prefer: Prefer,
}

const CASE: Case = Case {
    base: &[],
    ours: &[],
    theirs: &[],
    seeded: &[],
    moves: &[],
    tombstones: &[],
    prefer: Prefer::Neither,
};

impl Case<'_> {
    fn plan(self) -> Plan {
        let set = |paths: &[&str]| paths.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        let moves: Vec<_> = self.moves.iter().map(|(old, new)| (old.to_string(), new.to_string())).collect();
        plan(&Request {
            seeded: &set(self.seeded),
            moves: &moves,
            tombstones: &set(self.tombstones),
            prefer: self.prefer,
            ..request(&tree(self.base), &tree(self.ours), &tree(self.theirs))
        })
        .unwrap()
    }

    /// The plan says `report`, and the user's tree becomes `result`.
    #[track_caller]
    fn gives(self, report: &[&str], result: Files) -> Plan {
        let plan = self.plan();
        assert_eq!(report_of(&plan), report);
        assert_eq!(plan.result, tree(result));
        plan
    }

    /// The plan says `report`, and the user's tree stays.
    #[track_caller]
    fn keeps(self, report: &[&str]) -> Plan {
        self.gives(report, self.ours)
    }
}

/// The three trees and nothing else.
fn request<'a>(base: &'a Tree, ours: &'a Tree, theirs: &'a Tree) -> Request<'a> {
    static NONE: BTreeSet<String> = BTreeSet::new();
    let (seeded, tombstones) = (&NONE, &NONE);
    Request {
        base: Some(base),
        ours,
        theirs,
        seeded,
        moves: &[],
        tombstones,
        prefer: Prefer::Neither,
        text: &text,
    }
}

fn text(base: &str, ours: &str, theirs: &str, prefer: Prefer) -> Result<Merged> {
    for text in [base, ours, theirs] {
        assert!(!text.contains('\0'), "only text may be merged as text");
    }
    merge_text(base, ours, theirs, &labels(), prefer)
}

fn labels() -> Labels {
    Labels {
        ours: "yours".to_owned(),
        base: "scaffold service 1.0.0".to_owned(),
        theirs: "scaffold service 2.0.0".to_owned(),
    }
}

fn tree(files: Files) -> Tree {
    let entry = |(path, content): &(&str, &str)| {
        let (mode, path) = match (path.strip_prefix('+'), path.strip_prefix('@')) {
            (Some(path), _) => (Mode::Executable, path),
            (_, Some(path)) => (Mode::Link, path),
            _ => (Mode::Regular, *path),
        };
        let content = match content.strip_prefix("0x") {
            Some(digits) => (0..digits.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
                .collect(),
            None => content.as_bytes().to_vec(),
        };
        (path.to_owned(), File { mode, content })
    };
    files.iter().map(entry).collect()
}

/// Everything that a plan says, a line each.
fn report_of(plan: &Plan) -> Vec<String> {
    let arrow = |from: &Option<String>, path: &str| match from {
        Some(from) => format!("{from} -> {path}"),
        None => path.to_owned(),
    };
    let mut lines = Vec::new();
    for change in &plan.changes {
        assert!(!change.why.is_empty());
        lines.push(format!("{:?} {}", change.what, arrow(&change.from, &change.path)));
    }
    for conflict in &plan.conflicts {
        let kind = format!("{:?}", conflict.kind);
        lines.push(format!("conflict {}: {kind}", arrow(&conflict.from, &conflict.path)));
    }
    lines.extend(plan.notices.iter().map(|notice| format!("notice {}: {}", notice.path, notice.message)));
    lines.extend(plan.stale.iter().map(|stale| format!("stale {}", stale.path)));
    lines.extend(plan.tombstones.iter().map(|path| format!("tombstone {path}")));
    lines
}
