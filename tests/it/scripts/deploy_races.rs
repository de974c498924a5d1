//! The Task that commits the image's digest, when others push at the same time or the server says no.

use crate::common::programs::{Shell, shells};
use crate::common::rendered::MANIFEST_REPO;
use crate::scripts::deploy_app::{Delivery, IMAGE_FILE, image_file};
use crate::scripts::manifests::result;
use crate::scripts::upstream::{Change, file};

const EIGHT_ATTEMPTS: &str = "2\n4\n6\n8\n10\n12\n14\n";
/// What a hook does to end the server's side of a push, as an outage does.
const HANG_UP: &str = "kill -9 $PPID";
const GRANT: &str = "check that the Secret git-push has write access to main";

/// A delivery whose release is wanted, and whose first push comes just after somebody else's of these changes.
fn raced(shell: &'static Shell, changes: &dyn Fn(&Delivery) -> Vec<Change>) -> (Delivery, String) {
    let delivery = Delivery::new(shell);
    let request = delivery.push(&[delivery.request("1.4.0")]);
    let theirs = delivery.upstream.commit("refs/heads/theirs", Some(&request), &changes(&delivery));
    let hook = "[ -e raced ] || { : > raced; git update-ref refs/heads/main refs/heads/theirs; }";
    delivery.upstream.hook("update", hook);
    (delivery, theirs)
}

#[test]
fn a_lost_race_is_run_again_on_top_of_the_winner() {
    for shell in shells() {
        let (mut delivery, theirs) = raced(shell, &|_| vec![file("theirs", "")]);
        let outcome = delivery.deploy("1.4.0");
        outcome.said("attempt 1 failed, trying again");
        outcome.said("committed");
        assert_eq!(delivery.upstream.git(&["rev-parse", "main^"]), theirs);
        assert_eq!(delivery.changed(&theirs, "main"), [IMAGE_FILE]);
        assert_eq!(delivery.result(), delivery.head());
        assert_eq!(delivery.container.read("/naps").as_deref(), Some("2\n"));
    }
}

#[test]
fn a_race_lost_to_a_newer_release_is_given_up() {
    for shell in shells() {
        let (mut delivery, theirs) = raced(shell, &|delivery| vec![delivery.request("1.5.0")]);
        delivery.deploy("1.4.0").said("delivery/release/release.env no longer requests 1.4.0");
        assert_eq!((delivery.head(), delivery.result()), (theirs, String::new()));
    }
}

#[test]
fn a_race_lost_to_the_same_deployment_is_won() {
    for shell in shells() {
        let (mut delivery, theirs) = raced(shell, &|_| vec![file(IMAGE_FILE, &image_file("1.4.0"))]);
        delivery.deploy("1.4.0").said("1.4.0 is already deployed");
        assert_eq!((delivery.head(), delivery.result()), (theirs.clone(), theirs));
    }
}

#[test]
fn a_branch_that_is_protected_is_not_pushed_to_again() {
    for shell in shells() {
        let mut delivery = Delivery::new(shell);
        let request = delivery.push(&[delivery.request("1.4.0")]);
        delivery.upstream.hook("pre-receive", "echo >> pushes; echo 'GH006: Protected branch' >&2; exit 1");
        let outcome = delivery.deploy("1.4.0");
        outcome.failed(&format!("{MANIFEST_REPO} refuses the push: if main is protected, let the user of the Secret git-push push to it"));
        outcome.failed("GH006: Protected branch");
        assert_eq!(delivery.container.read("/upstream/pushes").unwrap().len(), 1);
        assert_eq!(delivery.container.read("/naps"), None);
        assert_eq!((delivery.head(), result(&delivery.container, "commit")), (request, None));
    }
}

/// What servers say to a user whom they know, and who may not push: another attempt would end the same way.
#[test]
#[ignore = "takes long"]
fn a_user_without_the_right_is_not_tried_again() {
    let answers = [
        "fatal: unable to access 'https://x/': The requested URL returned error: 403",
        "fatal: Authentication failed for 'https://x/'",
        "git@x: Permission denied (publickey).",
        "ERROR: The key you are authenticating with has been marked as read only.",
    ];
    for (shell, answer) in shells().iter().flat_map(|shell| answers.map(|answer| (shell, answer))) {
        let mut delivery = Delivery::new(shell);
        let request = delivery.push(&[delivery.request("1.4.0")]);
        delivery.replace_push(&format!("echo \"{answer}\" >&2; exit 128"));
        let outcome = delivery.deploy("1.4.0");
        outcome.failed(&format!("could not push to {MANIFEST_REPO}: {GRANT}"));
        outcome.failed(answer);
        assert_eq!(delivery.container.read("/naps"), None);
        assert_eq!((delivery.head(), result(&delivery.container, "commit")), (request, None));
    }
}

#[test]
fn a_push_that_always_fails_ends_after_eight_attempts() {
    for shell in shells() {
        let mut delivery = Delivery::new(shell);
        let request = delivery.push(&[delivery.request("1.4.0")]);
        delivery.upstream.hook("pre-receive", &format!("echo >> pushes; {HANG_UP}"));
        let outcome = delivery.deploy("1.4.0");
        outcome.failed(&format!("could not push to {MANIFEST_REPO}: {GRANT}"));
        assert_eq!(delivery.container.read("/upstream/pushes").unwrap().len(), 8);
        assert_eq!(delivery.container.read("/naps").as_deref(), Some(EIGHT_ATTEMPTS));
        assert_eq!((delivery.head(), result(&delivery.container, "commit")), (request, None));
    }
}

#[test]
fn a_repository_that_stays_away_ends_after_eight_attempts() {
    for shell in shells() {
        let mut delivery = Delivery::new(shell);
        delivery.container.git_settings(&[("url.file:///nowhere/.insteadOf", "https://github.com/acme/")]);
        let outcome = delivery.deploy("1.4.0");
        outcome.failed(&format!("could not read from {MANIFEST_REPO}"));
        outcome.failed("'/nowhere/shop-gitops.git' does not appear to be a git repository");
        assert_eq!(delivery.container.read("/naps").as_deref(), Some(EIGHT_ATTEMPTS));
    }
}

#[test]
fn a_server_that_comes_back_gets_the_commit() {
    for shell in shells() {
        let mut delivery = Delivery::new(shell);
        let request = delivery.push(&[delivery.request("1.4.0")]);
        delivery.upstream.hook("pre-receive", &format!("[ -e away ] || {{ : > away; {HANG_UP}; }}"));
        delivery.deploy("1.4.0").said("committed");
        assert_eq!(delivery.changed(&request, "main"), [IMAGE_FILE]);
        assert_eq!(delivery.container.read("/naps").as_deref(), Some("2\n"));
    }
}

#[test]
fn a_push_whose_answer_is_lost_is_found_done() {
    for shell in shells() {
        let mut delivery = Delivery::new(shell);
        delivery.push(&[delivery.request("1.4.0")]);
        // The hook stores what is pushed itself, so the push arrives although the server hangs up.
        let hook = format!("[ -e lost ] || {{ : > lost; git update-ref \"$1\" \"$3\"; {HANG_UP}; }}");
        delivery.upstream.hook("update", &hook);
        delivery.deploy("1.4.0").said("1.4.0 is already deployed");
        assert_eq!(delivery.file(IMAGE_FILE), image_file("1.4.0"));
        assert_eq!(delivery.result(), delivery.head());
    }
}
