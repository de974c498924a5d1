//! What the simulation must find wrong: the usual recipe, and generated repositories with one thing undone.
//!
//! Each is played until it rests, or visibly never will. A simulation that lets one of them pass proves nothing.

use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;

use crate::simulation::operation::Operation;
use crate::simulation::play::{Dice, Event, come_to_rest, rest};
use crate::simulation::repository::{Places, Repository};
use crate::simulation::verdict::{Symptom, symptoms};
use crate::simulation::world::{Shared, World};

/// An image that somebody pushed by hand, so that the recipe gets past its deadlock.
const BY_HAND: &str = "ghcr.io/acme/shop:v1.2.0";
const RELEASE: Event = Event::Release("1.4.0", "1111111111111111111111111111111111111111");

/// The recipe as it is found: one Application with the workload and a `PostSync` hook that builds its image.
fn recipe() -> Repository {
    Repository::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/recipe"), "")
}

/// The same with the usual repair: the pipeline commits to the folder that it is synced from.
fn recipe_with_commits() -> Repository {
    let repaired = recipe();
    let text = repaired.tree["commit-back.yaml"].to_string();
    repaired.and("app/deploy.yaml", &text)
}

/// What the scaffold gives without further answers.
pub fn generated() -> Repository {
    Repository::golden("minimal")
}

/// Asserts that exactly these are found after these events, whatever the order of things.
#[track_caller]
pub fn assert_found(repository: &Repository, pushed: &[&str], events: &[Event], wanted: &[Symptom]) {
    let shared = Rc::new(Shared::default());
    for seed in 0..3 {
        let (world, is_at_rest) = played(&shared, repository, (pushed, events), seed);
        let found = symptoms(&world, is_at_rest);
        let wanted = wanted.iter().copied().collect::<BTreeSet<_>>();
        let log = &world.history.log;
        assert_eq!(found, wanted, "with seed {seed}:\n{}", log[..log.len().min(60)].join("\n"));
    }
}

/// Plays these events where these images were pushed already; says whether it came to rest.
pub fn played(
    shared: &Rc<Shared>,
    repository: &Repository,
    (pushed, events): (&[&str], &[Event]),
    seed: u64,
) -> (World, bool) {
    let mut world = repository.world(shared);
    let places = Places::of(&world);
    world.cluster.images.extend(pushed.iter().map(ToString::to_string));
    let mut dice = Dice::new(seed);
    let mut is_at_rest = come_to_rest(&mut world, &mut dice);
    for event in events {
        event.happen(&mut world, &places);
        is_at_rest &= come_to_rest(&mut world, &mut dice);
    }
    (world, is_at_rest)
}

#[test]
fn the_recipe_waits_for_an_image_that_only_its_hook_would_build() {
    assert_found(&recipe(), &[], &[], &[Symptom::Deadlock, Symptom::Undeployed]);
    let (world, _) = played(&Rc::default(), &recipe(), (&[], &[]), 0);
    assert!(world.history.builds.is_empty(), "{:#?}", world.history.builds);
}

#[test]
fn the_recipe_without_an_end_of_retries_never_rests() {
    let automated = "    automated:\n";
    let patient =
        recipe().with("argocd/shop.yaml", automated, "    retry:\n      limit: -1\n    automated:\n");
    assert_found(&patient, &[], &[], &[Symptom::Loop, Symptom::Undeployed]);
}

#[test]
fn the_recipe_builds_again_for_each_sync() {
    let again = [Event::SyncAgain];
    let wanted = [Symptom::DuplicateBuild, Symptom::Fight];
    assert_found(&recipe(), &[BY_HAND], &again, &wanted);
}

#[test]
fn the_recipe_fights_with_self_heal() {
    assert_found(&recipe(), &[BY_HAND], &[], &[Symptom::Fight]);
    let peace = recipe().with("argocd/shop.yaml", "selfHeal: true", "selfHeal: false");
    assert_found(&peace, &[BY_HAND], &[], &[Symptom::Undeployed]);
}

#[test]
#[ignore = "takes long"]
fn the_recipe_that_commits_to_its_own_folder_loops() {
    let wanted = [Symptom::Loop, Symptom::DuplicateBuild, Symptom::Echo];
    let shared = Rc::default();
    // With it, Argo CD may take a commit of the pipeline for drift, which ends the loop.
    let repository = recipe_with_commits().with("argocd/shop.yaml", "selfHeal: true", "selfHeal: false");
    for seed in 0..2 {
        let (world, is_at_rest) = played(&shared, &repository, (&[BY_HAND], &[]), seed);
        let found = symptoms(&world, is_at_rest);
        // What is deployed at the moment it is stopped is chance.
        assert!(wanted.iter().all(|symptom| found.contains(symptom)), "{found:?}{:#?}", world.history.log);
        assert!(world.history.builds.len() > 10, "{} builds", world.history.builds.len());
    }
}

#[test]
fn what_was_generated_is_sound() {
    assert_found(&generated(), &[], &[RELEASE, Event::SyncAgain, Event::Drift(0)], &[]);
}

#[test]
fn a_workload_in_the_delivery_blocks_the_trigger() {
    let mixed =
        generated().with("delivery/kustomization.yaml", "- pipeline\n", "- pipeline\n- ../deploy/base\n");
    let mixed = mixed.with("deploy/base/deployment.yaml", "  replicas: 0\n", "  replicas: 1\n");
    assert_found(&mixed, &[], &[RELEASE], &[Symptom::Deadlock, Symptom::Undeployed]);
}

#[test]
fn a_claim_in_the_delivery_blocks_the_trigger() {
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata:\n  name: cache\n";
    let mixed = generated().and("delivery/cache.yaml", claim);
    let mixed = mixed.with("delivery/kustomization.yaml", "- pipeline\n", "- pipeline\n- cache.yaml\n");
    assert_found(&mixed, &[], &[RELEASE], &[Symptom::Deadlock, Symptom::Undeployed]);
}

#[test]
fn an_environment_in_the_delivery_is_an_echo() {
    let overlay = "- pipeline\n- ../deploy/overlays/staging\n";
    let mixed = generated().with("delivery/kustomization.yaml", "- pipeline\n", overlay);
    assert_found(&mixed, &[], &[RELEASE], &[Symptom::Echo]);
}

/// A repository whose pipeline writes a file that the delivery renders.
fn writing_below_delivery() -> Repository {
    let file = "delivery/image/kustomization.yaml";
    let component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n";
    let repository = generated().and(file, component);
    let repository = repository.with(
        "delivery/pipeline/deploy-app.yaml",
        "value: deploy/overlays/staging/image/kustomization.yaml",
        &format!("value: {file}"),
    );
    // The image that the pipeline writes shows in what is rendered.
    let repository = repository.with(
        "delivery/kustomization.yaml",
        "- release\n",
        "- release\n- shown.yaml\ncomponents:\n- image\n",
    );
    let shown = "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: shown\nspec:\n  jobTemplate:\n    spec:\n      \
                 template:\n        spec:\n          containers:\n          - name: shown\n            image: app-image\n";
    repository.and("delivery/shown.yaml", shown)
}

#[test]
fn a_pipeline_that_writes_below_the_delivery_is_an_echo() {
    assert_found(&writing_below_delivery(), &[], &[RELEASE], &[Symptom::Echo]);
}

#[test]
#[ignore = "takes long"]
fn without_fixed_names_the_same_release_is_built_again() {
    assert_found(&unnamed(generated()), &[], &[RELEASE], &[]);
    assert_found(&unnamed(generated()), &[], &[RELEASE, Event::SyncAgain], &[Symptom::DuplicateBuild]);
}

#[test]
#[ignore = "takes long"]
fn without_fixed_names_a_pipeline_that_writes_below_the_delivery_loops() {
    let (world, is_at_rest) =
        played(&Rc::default(), &unnamed(writing_below_delivery()), (&[], &[RELEASE]), 0);
    let found = symptoms(&world, is_at_rest);
    let wanted = [Symptom::Loop, Symptom::DuplicateBuild, Symptom::Echo];
    assert!(wanted.iter().all(|symptom| found.contains(symptom)), "{found:?}");
}

/// How many of some orders of things lose a release that is pushed while the one before is synced.
fn lost(repository: &Repository) -> usize {
    let shared = Rc::new(Shared::default());
    let start = repository.world(&shared);
    let places = Places::of(&start);
    let is_lost = |seed: &u64| {
        let (mut world, mut dice) = (start.clone(), Dice::new(*seed));
        come_to_rest(&mut world, &mut dice);
        RELEASE.happen(&mut world, &places);
        while !world
            .applications
            .iter()
            .any(|app| app.operation.as_ref().is_some_and(Operation::has_hook_running))
        {
            assert!(!rest(&mut world, &mut dice, 1), "no hook runs: {:#?}", world.history.log);
        }
        Event::Release("1.5.0", "2222222222222222222222222222222222222222").happen(&mut world, &places);
        come_to_rest(&mut world, &mut dice);
        assert!(symptoms(&world, true).is_empty(), "{:#?}", world.history.log);
        !world.history.builds.iter().any(|build| build.tag == "1.5.0")
    };
    (0..20).filter(is_lost).count()
}

#[test]
#[ignore = "takes long"]
fn a_delivery_that_heals_itself_loses_a_release_that_is_pushed_during_a_sync() {
    assert_eq!(lost(&generated()), 0);
    assert_ne!(lost(&generated().with("argocd/delivery.yaml", "selfHeal: false", "selfHeal: true")), 0);
}

fn unnamed(repository: Repository) -> Repository {
    repository.with("delivery/release/pipelinerun.yaml", "  name: \"@RUN@\"\n", "  generateName: shop-\n")
}

#[test]
fn a_pipeline_that_writes_to_the_cluster_fights_with_self_heal() {
    let repository = generated();
    let path = "delivery/pipeline/deploy-app.yaml";
    let (head, _) = repository.tree[path].split_once("    script: |\n").expect("it has a script");
    let script =
        "    script: |\n      kubectl set image deployment/shop \"shop=$IMAGE@$DIGEST\" -n shop-staging\n";
    let mutant = format!("{head}{script}");
    let events = [RELEASE];
    // A Deployment without Pods, so that there is something to be replaced.
    let image = "deploy/overlays/staging/image/kustomization.yaml";
    let (head, _) = repository.tree[image].split_once("patches:\n").expect("it has a patch");
    let none = format!("{head}replicas:\n- name: shop\n  count: 0\n");
    let repository = repository.and(image, &none);
    assert_found(&repository.and(path, &mutant), &[], &events, &[Symptom::Fight]);
}
