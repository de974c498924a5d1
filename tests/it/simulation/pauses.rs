//! What a Rollout that pauses holds up, and what it must not: the generated repository with a Rollout of
//! `tests/fixtures/rollouts` in the place of its Deployment.

use std::fs;
use std::path::Path;
use std::rc::Rc;

use crate::simulation::controls::{assert_found, generated, played};
use crate::simulation::play::Event;
use crate::simulation::repository::{Places, Repository};
use crate::simulation::stories;
use crate::simulation::verdict::{Symptom, running, symptoms};
use crate::simulation::world::World;

const BASE: &str = "deploy/base/deployment.yaml";
const COPY: &str = "deploy/base-production/deployment.yaml";
const NO_PODS: &str = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- target:\n    \
                       kind: Rollout\n    name: shop\n  patch: |-\n    - op: add\n      path: /spec/replicas\n      \
                       value: 0\n";
const FIRST: Event = Event::Release("1.4.0", "1111111111111111111111111111111111111111");
const SECOND: Event = Event::Release("1.5.0", "2222222222222222222222222222222222222222");

/// What waits for somebody, and nothing else wrong.
const WAITING: &[Symptom] = &[Symptom::Undeployed];
const HELD_UP: &[Symptom] = &[Symptom::Deadlock, Symptom::Undeployed];

fn with_rollout(fixture: &str) -> Repository {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rollouts").join(fixture);
    let text = fs::read_to_string(path).expect("it is there");
    let mut repository = generated().and(BASE, &text).and(COPY, &text);
    for environment in ["staging", "production"] {
        let overlay = format!("deploy/overlays/{environment}");
        // The fixtures have their own replicas, and a Rollout without Pods before the first release.
        let sized =
            "patches:\n- path: replicas.yaml\n  target:\n    kind: Deployment|Rollout\n    name: shop\n";
        repository = repository
            .with(&format!("{overlay}/settings/kustomization.yaml"), sized, "")
            .and(&format!("{overlay}/image/kustomization.yaml"), NO_PODS);
    }
    Repository { name: fixture.to_owned(), ..repository }
}

/// Pauses for ever at 20%, and for a while at 60%.
fn canary() -> Repository {
    with_rollout("canary.yaml")
}

/// Shows the new pods behind another Service until somebody promotes them.
fn blue_green() -> Repository {
    with_rollout("blue-green.yaml")
}

/// Both that wait for somebody.
fn waiting() -> [Repository; 2] {
    [canary(), blue_green()]
}

fn with_hook(repository: Repository) -> Repository {
    let hook = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: smoke-test\n  annotations:\n    \
                argocd.argoproj.io/hook: PostSync\nspec:\n  template:\n    spec:\n      containers:\n      - name: test\n        \
                command: [sh, -c, 'true']\n";
    repository.and("deploy/base/smoke-test.yaml", hook).with(
        "deploy/base/kustomization.yaml",
        "- disruption-budget.yaml\n",
        "- disruption-budget.yaml\n- smoke-test.yaml\n",
    )
}

/// What the first environment runs after these events.
fn runs(repository: &Repository, events: &[Event]) -> (World, Option<String>) {
    let (world, _) = played(&Rc::default(), repository, (&[], events), 0);
    let running = running(&world, Places::of(&repository.world(&world.shared)).environments[0]);
    (world, running)
}

#[test]
#[ignore = "takes long"]
fn every_story_ends_well_where_somebody_promotes() {
    let automatic = blue_green().with(BASE, "Enabled: false", "Enabled: true");
    let timed = canary().with(BASE, "pause: {}", "pause: {duration: 60}");
    for repository in [canary(), timed, blue_green(), automatic] {
        stories::survive_once(&repository);
    }
}

#[test]
#[ignore = "takes long"]
fn a_pause_without_hooks_holds_nothing_up() {
    for repository in waiting() {
        assert_found(&repository, &[], &[FIRST], WAITING);
        assert_found(&repository, &[], &[FIRST, SECOND], WAITING);
        let (_, seen) = runs(&repository, &[FIRST, Event::Resume, SECOND]);
        assert_eq!(seen.as_deref(), Some("1.5.0 and 1.4.0"));
        assert_found(&repository, &[], &[FIRST, SECOND, Event::Resume], &[]);
    }
}

#[test]
#[ignore = "takes long"]
fn a_pause_with_a_hook_behind_it_holds_up_the_next_release() {
    for repository in waiting().map(with_hook) {
        assert_found(&repository, &[], &[FIRST, SECOND], HELD_UP);
        let (_, seen) = runs(&repository, &[FIRST, Event::Resume, SECOND, Event::Unrelated]);
        assert_eq!(seen.as_deref(), Some("1.5.0 and 1.4.0"));
        // Another release cannot get in there before somebody promotes.
        let third = Event::Release("1.6.0", "3333333333333333333333333333333333333333");
        let (_, seen) = runs(&repository, &[FIRST, Event::Resume, SECOND, third]);
        assert_eq!(seen.as_deref(), Some("1.5.0 and 1.4.0"));
        // The hook itself runs because the pipeline made a commit.
        let promoted = [FIRST, SECOND, Event::Resume, Event::Resume];
        assert_found(&repository, &[], &promoted, &[Symptom::Echo]);
    }
}

#[test]
#[ignore = "takes long"]
fn a_pause_holds_up_later_waves_alone() {
    let later = "metadata:\n  annotations:\n    argocd.argoproj.io/sync-wave: \"1\"\n";
    for repository in waiting() {
        let behind = repository.clone().with("deploy/base/service.yaml", "metadata:\n", later);
        assert_found(&behind, &[], &[FIRST, SECOND], HELD_UP);
        // Argo CD does not wait for the last wave.
        let last = repository.with(BASE, "metadata:\n", later);
        assert_found(&last, &[], &[FIRST, SECOND], WAITING);
    }
}

#[test]
#[ignore = "takes long"]
fn a_pause_holds_up_what_is_pruned_last() {
    for repository in waiting() {
        assert_found(&repository, &[], &[FIRST, Event::Drop, SECOND], HELD_UP);
        let hasty = repository.with("argocd/staging.yaml", "    - PruneLast=true\n", "");
        assert_found(&hasty, &[], &[FIRST, Event::Drop, SECOND], WAITING);
    }
}

#[test]
#[ignore = "takes long"]
fn a_pause_that_has_an_end_needs_nobody() {
    let timed = canary().with(BASE, "pause: {}", "pause: {duration: 60}");
    assert_found(&timed, &[], &[FIRST, SECOND], &[]);
    let (world, seen) = runs(&timed, &[FIRST]);
    assert_eq!((seen.as_deref(), world.cluster.now), (Some("1.4.0"), 60 + 5400));
    let automatic = blue_green().with(BASE, "Enabled: false", "Enabled: true");
    assert_found(&automatic, &[], &[FIRST, SECOND], &[]);
}

#[test]
#[ignore = "takes long"]
fn the_way_back_to_what_is_stable_takes_no_steps() {
    for repository in waiting() {
        // The rest of the canary's steps takes time alone.
        let (world, seen) = runs(&repository, &[FIRST, Event::Resume, SECOND, Event::Rollback]);
        assert_eq!(seen.as_deref(), Some("1.4.0"), "{:#?}", world.history.log);
        assert!(symptoms(&world, true).is_empty());
    }
}

#[test]
#[ignore = "takes long"]
fn an_image_that_cannot_be_pulled_is_given_up_at_the_deadline() {
    let lost = format!(
        "kind: Component\nimages:\n- name: app-image\n  newName: ghcr.io/acme/lost\n  digest: sha256:{:064}\n",
        0
    );
    for repository in waiting() {
        let lost = repository.and("deploy/overlays/staging/image/kustomization.yaml", &lost);
        assert_found(&lost, &[], &[], &[Symptom::Undeployed]);
        let waited_for = with_hook(lost);
        assert_found(&waited_for, &[], &[], HELD_UP);
        let (world, _) = runs(&waited_for, &[]);
        assert!(
            world
                .history
                .log
                .iter()
                .any(|line| line == "  300s  shop-staging fails with commit 0: shop is degraded")
        );
        // The next release takes its steps all the same, from what never ran.
        assert_found(&waited_for, &[], &[FIRST, Event::Resume], &[Symptom::Echo]);
    }
}
