//! Others who work in the same repository during an update. Whatever they do, and whenever, what comes out is as if one
//! had come after the other, or one of them had been refused.
//!
//! `TREENAIL_EVERY_OTHER=1` lets each of them be at work at each of the moments, which takes minutes; without it each is
//! at some of them.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::process::Command;

use treenail::apply::{Applied, apply, apply_with_conflicts, preflight, preflight_creation};
use treenail::error::Result;

use super::conflicts::{conflicts, unstaged};
use super::{COMMITTING, MOVING, Target, repository, target};
use crate::apply::sandbox::{Sandbox, creation, message_of};

type State = BTreeMap<String, String>;

/// The states that may come out where the other was let (`true`) or not, and the update did not fail (`true`) or did.
type Allowed = BTreeMap<(bool, bool), Vec<State>>;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// treenail makes the commit.
    Direct,
    /// `git commit` makes it.
    Hook,
    /// Conflicts wait for the user.
    Conflicts,
    /// As `Direct`, of a folder that is new.
    New,
    /// As `Hook`, of a folder that is new.
    NewHook,
}

/// A repository, the update of it, and what somebody else does there, as shell.
struct Scene<'a> {
    sandbox: &'a Sandbox,
    target: Target,
    kind: Kind,
    other: &'a str,
}

/// Commits the own work; stages more; moves or switches HEAD past the lock, also to trees that have none of the files.
const OTHERS: [&str; 11] = [
    "git commit -q -m other",
    "git commit -q -a -m other",
    "git commit -q --only own/dirty -m other",
    "git add own/dirty untracked",
    "git update-ref HEAD $(git commit-tree -p HEAD -m other HEAD^{tree})",
    "git update-ref HEAD $(git commit-tree -p HEAD -m other HEAD~1^{tree})",
    "git reset -q --soft HEAD~1",
    "git checkout -q -b side",
    "git checkout -q other",
    "git symbolic-ref HEAD refs/heads/other",
    "git update-ref -d HEAD",
];

impl<'a> Scene<'a> {
    fn new(sandbox: &'a Sandbox, kind: Kind, other: &'a str) -> Self {
        let make = if kind == Kind::Conflicts { unstaged } else { repository };
        make(sandbox, "model", "");
        if [Kind::Hook, Kind::NewHook].contains(&kind) {
            // The other is at work during the hook where a file asks for it.
            let hook = "#!/bin/sh\n[ ! -e ../during ] || { unset GIT_INDEX_FILE; rm ../during; sh -c \"$(cat ../other)\" \
                        && touch ../done; }\nexit 0\n";
            sandbox.write_script("model/.git/hooks/pre-commit", hook);
        }
        sandbox.git("model", &["worktree", "add", "-q", "../elsewhere", "-b", "other"]);
        sandbox.write("elsewhere/theirs", "theirs\n");
        sandbox.git("elsewhere", &["add", "."]);
        sandbox.git("elsewhere", &["commit", "-q", "-m", "theirs"]);
        sandbox.git("model", &["worktree", "remove", "../elsewhere"]);
        sandbox.write("other", other);
        Self { sandbox, target: target(sandbox, "shop", ""), kind, other }
    }

    fn reset(&self) {
        let _ = fs::remove_dir_all(self.sandbox.path("shop"));
        let mut copy = Command::new("cp");
        assert!(
            copy.args(["-a", "model", "shop"])
                .current_dir(self.sandbox.path("."))
                .status()
                .unwrap()
                .success()
        );
    }

    /// What the other does; whether it was let.
    fn act(&self) -> bool {
        let mut shell = Command::new("sh");
        let output = shell.args(["-ec", self.other]).current_dir(self.sandbox.path("shop")).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let known = [
            "index.lock",
            "cannot lock",
            "cherry-pick",
            "in the middle of a merge",
            "resolve your current index",
        ];
        assert!(output.status.success() || known.iter().any(|why| said.contains(why)), "{said}");
        output.status.success()
    }

    fn update(&self, cancelled: &dyn Fn() -> bool) -> Result<Applied> {
        let update = self.target.in_place();
        let folder = self.sandbox.path("shop/services/shop");
        match self.kind {
            Kind::New | Kind::NewHook => apply(preflight_creation(&creation(&folder))?, cancelled),
            Kind::Conflicts => apply_with_conflicts(update, &conflicts(), cancelled),
            _ => apply(preflight(update)?, cancelled),
        }
    }

    fn state(&self) -> State {
        let mut state = self.sandbox.state("shop");
        state.insert("refs".into(), self.sandbox.git("shop", &["for-each-ref"]));
        for name in ["index.lock", "index.treenail", "HEAD.lock", "CHERRY_PICK_HEAD", "MERGE_MSG"] {
            let content = fs::read_to_string(self.sandbox.path("shop/.git").join(name)).unwrap_or_default();
            state.insert(name.into(), content);
        }
        state
    }

    fn allowed(&self) -> Allowed {
        let after = |steps: &[bool]| {
            self.reset();
            let is_done =
                steps.iter().all(|other| if *other { self.act() } else { self.update(&|| false).is_ok() });
            is_done.then(|| self.state())
        };
        let states = |ways: &[&[bool]]| ways.iter().filter_map(|steps| after(steps)).collect::<Vec<_>>();
        BTreeMap::from([
            ((false, false), states(&[&[]])),
            ((true, false), states(&[&[true]])),
            ((false, true), states(&[&[false]])),
            ((true, true), states(&[&[true, false], &[false, true]])),
        ])
    }

    fn assert_allowed(&self, when: &str, was_let: bool, result: &Result<Applied>, allowed: &Allowed) {
        let state = self.state();
        let said = result.as_ref().map_or_else(message_of, |applied| format!("{applied:?}"));
        let what = format!("{when}, `{}` was let: {was_let}, then: {said}", self.other);
        let states = &allowed[&(was_let, result.is_ok())];
        if !states.contains(&state) {
            let differs = |other: &State| {
                let names =
                    state.keys().chain(other.keys()).filter(|name| state.get(*name) != other.get(*name));
                names
                    .map(|name| format!("{name}: {:?} instead of {:?}", state.get(name), other.get(name)))
                    .collect::<Vec<_>>()
            };
            panic!("{what}: {:#?}", states.iter().map(differs).collect::<Vec<_>>());
        }
        match result {
            Ok(Applied { commit: Some(commit), branch, .. }) => {
                let subject = self.sandbox.git("shop", &["log", "-1", "--format=%s", commit]);
                assert!(["shop: upgrade to 2", "shop: scaffold"].contains(&&*subject), "{what}");
                let branch = branch.as_deref().unwrap_or("HEAD");
                self.sandbox.git("shop", &["merge-base", "--is-ancestor", commit, branch]);
            }
            Ok(_) => {}
            Err(_) => assert!(
                said.contains("so nothing was written") || said.contains("another Git is at work"),
                "{what}"
            ),
        }
    }

    fn survives_at(&self, steps: impl Iterator<Item = usize>, allowed: &Allowed) {
        for step in steps {
            self.reset();
            let (asked, was_let) = (Cell::new(0), Cell::new(None));
            let result = self.update(&|| {
                asked.set(asked.get() + 1);
                if asked.get() == step {
                    was_let.set(Some(self.act()));
                }
                false
            });
            let Some(was_let) = was_let.get() else { break };
            self.assert_allowed(&format!("at step {step}"), was_let, &result, allowed);
        }
    }

    /// The other at work while `git commit` runs its hook, or before it reads anything.
    fn survives_during_the_command(&self, moments: &[&str], allowed: &Allowed) {
        for when in moments {
            self.reset();
            let _ = fs::remove_file(self.sandbox.path("done"));
            self.sandbox.write(when, "");
            let result = self.update(&|| false);
            assert!(!self.sandbox.path(when).exists(), "{when}");
            let was_let = self.sandbox.path("done").exists();
            self.assert_allowed(when, was_let, &result, allowed);
        }
    }
}

/// Before the index is locked, between the files, and before the branch moves.
const STEPS: [usize; 3] = [1, MOVING + 7, COMMITTING];

const COMMAND: [&str; 2] = ["during", "before"];

/// Returns those of `moments` that the `number`th of the others is at work at: all if asked for, else one.
fn some<T>(moments: &[T], number: usize) -> &[T] {
    if env::var_os("TREENAIL_EVERY_OTHER").is_some() {
        return moments;
    }
    let at = number % moments.len();
    &moments[at..=at]
}

sandboxed! {
    #[ignore = "takes long"]
    fn a_commit_of_others_at_any_step(sandbox) with "export GIT_AUTHOR_DATE=2005-04-07T22:13:13+02:00 GIT_COMMITTER_DATE=2005-04-07T22:13:13+02:00" {
        let scene = Scene::new(sandbox, Kind::Direct, OTHERS[0]);
        scene.survives_at(1.., &scene.allowed());
    }

    #[ignore = "takes long"]
    fn whatever_others_do(sandbox) with "export GIT_AUTHOR_DATE=2005-04-07T22:13:13+02:00 GIT_COMMITTER_DATE=2005-04-07T22:13:13+02:00" {
        for (number, other) in OTHERS.iter().enumerate().skip(1) {
            let scene = Scene::new(sandbox, Kind::Direct, other);
            scene.survives_at(STEPS.into_iter(), &scene.allowed());
            let scene = Scene { kind: Kind::New, ..scene };
            scene.survives_at(some(&[1, 13], number).iter().copied(), &scene.allowed());
            fs::remove_dir_all(sandbox.path("model")).unwrap();
        }
    }

    #[ignore = "takes long"]
    fn whatever_others_do_beside_a_hook(sandbox) with "export GIT_AUTHOR_DATE=2005-04-07T22:13:13+02:00 GIT_COMMITTER_DATE=2005-04-07T22:13:13+02:00 REAL=$(command -v git); \
        mkdir bin; printf '#!/bin/sh\\ncase \" $* \" in *\" commit --quiet \"*) if [ -e before ]; then rm before; (unset GIT_INDEX_FILE; cd shop; sh -c \"$(cat ../other)\" && touch ../done); fi;; esac\\nexec %s \"$@\"\\n' \"$REAL\" >bin/git; chmod +x bin/git; export PATH=$PWD/bin:$PATH" {
        for (number, other) in OTHERS.into_iter().enumerate() {
            for kind in some(&[Kind::Hook, Kind::NewHook], number) {
                let scene = Scene::new(sandbox, *kind, other);
                let allowed = scene.allowed();
                scene.survives_during_the_command(&COMMAND, &allowed);
                if scene.kind == Kind::Hook {
                    scene.survives_at([COMMITTING].into_iter(), &allowed);
                }
                fs::remove_dir_all(sandbox.path("model")).unwrap();
            }
        }
    }

    #[ignore = "takes long"]
    fn whatever_others_do_before_conflicts(sandbox) with "export GIT_AUTHOR_DATE=2005-04-07T22:13:13+02:00 GIT_COMMITTER_DATE=2005-04-07T22:13:13+02:00" {
        // Nothing is staged there.
        for other in &OTHERS[1..] {
            let scene = Scene::new(sandbox, Kind::Conflicts, other);
            scene.survives_at([1, 20, 26].into_iter(), &scene.allowed());
            fs::remove_dir_all(sandbox.path("model")).unwrap();
        }
    }

    fn what_others_stage_of_the_same_files_is_kept(sandbox) {
        let target = repository(sandbox, "shop", "");
        for path in ["README.md", "zone.yaml"] {
            let file = sandbox.path("shop").join(path);
            let stage = || {
                let old = fs::read(&file).ok();
                fs::write(&file, "mine\n").unwrap();
                sandbox.git("shop", &["add", path]);
                old.map_or_else(|| fs::remove_file(&file), |old| fs::write(&file, old)).unwrap();
            };
            let error = super::run_meddling(&target.in_place(), 1, &stage).unwrap_err();
            assert!(message_of(&error).contains(&format!("`{path}` was staged meanwhile")), "{}", message_of(&error));
            assert_eq!(sandbox.git("shop", &["show", &format!(":{path}")]), "mine");
            super::assert_files(sandbox, "shop", "", &super::OLD);
            sandbox.git("shop", &["reset", "-q", "--", path]);
        }
    }

    fn a_lock_of_others_is_waited_for(sandbox) {
        let target = repository(sandbox, "shop", "");
        let before = sandbox.state("shop");
        let error = super::run_meddling(&target.in_place(), 1, &|| sandbox.write("shop/.git/index.lock", "")).unwrap_err();
        let said = message_of(&error);
        assert!(said.contains("another Git is at work") && said.contains("remove that file if no Git is running"), "{said}");
        fs::remove_file(sandbox.path("shop/.git/index.lock")).unwrap();
        assert_eq!(sandbox.state("shop"), before);
    }
}
