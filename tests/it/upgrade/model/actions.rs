//! What a person may do. Numbers are taken modulo the number of things there are to choose from, so that every action
//! is possible at any time, and those that are left of a shortened sequence are too.

use proptest::prelude::*;

/// A step of a sequence.
#[derive(Clone, Debug)]
pub struct Action {
    /// Which of the two people.
    pub who: bool,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    /// A line more in a file.
    Insert {
        file: usize,
        line: usize,
    },
    /// Words more at the end of a line.
    Extend {
        file: usize,
        line: usize,
    },
    /// A manifest, and an entry in the kustomization.
    AddResource,
    /// `git mv` of a file to another name, or to another folder.
    RenameFile {
        file: usize,
        folder: bool,
    },
    RenameFolder {
        file: usize,
    },
    Delete {
        file: usize,
    },
    SwitchExecutable {
        file: usize,
    },
    /// An edit of `.treenail/answers.yaml`, which is committed by hand or by the next upgrade.
    EditAnswers {
        question: usize,
        value: usize,
        commit: bool,
    },
    Upgrade(Upgrade),
    Merge,
    Revert {
        commit: usize,
    },
    CherryPick {
        commit: usize,
    },
    Rebase,
}

#[derive(Clone, Debug)]
pub struct Upgrade {
    /// How many versions further.
    pub versions: usize,
    /// `--set`: which question, and which of its values.
    pub set: Option<(usize, usize)>,
    pub adopt_defaults: bool,
    pub branch: bool,
    pub on_conflict: OnConflict,
}

#[derive(Clone, Copy, Debug)]
pub enum OnConflict {
    Ours,
    Theirs,
    /// Resolved, and continued by treenail or by Git.
    Markers {
        git: bool,
    },
    /// Aborted by treenail or by Git; then as with `Ours`.
    Abort {
        git: bool,
    },
}

pub fn action() -> impl Strategy<Value = Action> {
    (any::<bool>(), what()).prop_map(|(who, what)| Action { who, what })
}

fn what() -> impl Strategy<Value = What> {
    let n = 0..1000_usize;
    prop_oneof![
        7 => (n.clone(), n.clone()).prop_map(|(file, line)| What::Insert { file, line }),
        3 => (n.clone(), n.clone()).prop_map(|(file, line)| What::Extend { file, line }),
        2 => Just(What::AddResource),
        2 => (n.clone(), any::<bool>()).prop_map(|(file, folder)| What::RenameFile { file, folder }),
        1 => n.clone().prop_map(|file| What::RenameFolder { file }),
        1 => n.clone().prop_map(|file| What::Delete { file }),
        1 => n.clone().prop_map(|file| What::SwitchExecutable { file }),
        3 => (n.clone(), n.clone(), any::<bool>())
            .prop_map(|(question, value, commit)| What::EditAnswers { question, value, commit }),
        6 => upgrade().prop_map(What::Upgrade),
        4 => Just(What::Merge),
        2 => n.clone().prop_map(|commit| What::Revert { commit }),
        2 => n.prop_map(|commit| What::CherryPick { commit }),
        1 => Just(What::Rebase),
    ]
}

fn upgrade() -> impl Strategy<Value = Upgrade> {
    let on_conflict = prop_oneof![
        1 => Just(OnConflict::Ours),
        1 => Just(OnConflict::Theirs),
        4 => any::<bool>().prop_map(|git| OnConflict::Markers { git }),
        1 => any::<bool>().prop_map(|git| OnConflict::Abort { git }),
    ];
    let set = proptest::option::of((0..1000_usize, 0..1000_usize));
    let versions = prop_oneof![2 => Just(0), 4 => Just(1_usize), 1 => Just(2)];
    (versions, set, proptest::bool::weighted(0.2), proptest::bool::weighted(0.2), on_conflict).prop_map(
        |(versions, set, adopt_defaults, branch, on_conflict)| Upgrade {
            versions,
            set,
            adopt_defaults,
            branch,
            on_conflict,
        },
    )
}
