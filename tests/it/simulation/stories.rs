//! The stories that every repository has to survive.

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};
use std::rc::Rc;

use crate::simulation::play::{Dice, Event, come_to_rest_promoted, rest};
use crate::simulation::repository::{Places, Repository};
use crate::simulation::verdict::{deployments, running, symptoms};
use crate::simulation::world::{Shared, World};

/// A story.
struct Story {
    name: &'static str,
    events: &'static [Event],
    /// Whether the last event may come at any moment; else each comes once everything is at rest.
    is_sudden: bool,
    /// The tags that the first two environments run at the end.
    runs: [Option<&'static str>; 2],
    /// How many images are built, and how often the pipeline commits.
    builds: RangeInclusive<usize>,
}

const ONE: &str = "1111111111111111111111111111111111111111";
const TWO: &str = "2222222222222222222222222222222222222222";
const FIRST: Event = Event::Release("1.4.0", ONE);
const SECOND: Event = Event::Release("1.5.0", TWO);

/// A story whose events wait for each other.
const fn calm(
    name: &'static str,
    events: &'static [Event],
    runs: [Option<&'static str>; 2],
    builds: usize,
) -> Story {
    Story { name, events, is_sudden: false, runs, builds: builds..=builds }
}

/// A story whose last event comes at any moment.
const fn sudden(
    name: &'static str,
    events: &'static [Event],
    runs: [Option<&'static str>; 2],
    builds: RangeInclusive<usize>,
) -> Story {
    Story { name, events, is_sudden: true, runs, builds }
}

const STORIES: &[Story] = &[
    calm("first install", &[], [None, None], 0),
    calm("first release", &[FIRST], [Some("1.4.0"), None], 1),
    calm("second release", &[FIRST, SECOND], [Some("1.5.0"), None], 2),
    calm("the same release again", &[FIRST, Event::SyncAgain, Event::SyncAgain], [Some("1.4.0"), None], 1),
    calm("failed tests", &[Event::Break("run-tests"), FIRST], [None, None], 0),
    calm("failed build", &[Event::Break("build-image"), FIRST], [None, None], 0),
    calm("failed push", &[Event::Break("push-image"), FIRST], [None, None], 0),
    calm(
        "failed build, then a new id for the same commit",
        &[Event::Break("build-image"), FIRST, Event::Release("1.4.0-2", ONE)],
        [Some("1.4.0-2"), None],
        1,
    ),
    calm("lost push race", &[Event::Race, FIRST], [Some("1.4.0"), None], 1),
    calm("rollback", &[FIRST, SECOND, Event::Rollback, Event::SyncAgain], [Some("1.4.0"), None], 2),
    calm("rollback to nothing", &[FIRST, Event::Rollback], [None, None], 1),
    calm("promotion", &[FIRST, Event::Promote(0), SECOND], [Some("1.5.0"), Some("1.4.0")], 2),
    calm("trigger fails once", &[Event::ApiDown(3), FIRST], [Some("1.4.0"), None], 1),
    calm("drift of an environment", &[FIRST, Event::Drift(0)], [Some("1.4.0"), None], 1),
    calm("drift of the delivery", &[FIRST, Event::DriftOfDelivery], [Some("1.4.0"), None], 1),
    calm(
        "drift after an unrelated commit",
        &[FIRST, Event::Unrelated, Event::DriftOfDelivery, Event::Unrelated, Event::Drift(0)],
        [Some("1.4.0"), None],
        1,
    ),
    calm("a manifest is dropped", &[FIRST, Event::Drop], [Some("1.4.0"), None], 1),
    calm(
        "an environment is retired",
        &[FIRST, Event::Promote(0), Event::Retire(1), SECOND],
        [Some("1.5.0"), Some("1.4.0")],
        2,
    ),
    sudden("two releases at once", &[FIRST, SECOND], [Some("1.5.0"), None], 1..=2),
    sudden("an unrelated commit during a release", &[FIRST, Event::Unrelated], [Some("1.4.0"), None], 1..=1),
    sudden("a sync by hand during a release", &[FIRST, Event::SyncAgain], [Some("1.4.0"), None], 1..=1),
    sudden(
        "the API server goes away during a release",
        &[FIRST, Event::ApiDown(3)],
        [Some("1.4.0"), None],
        1..=1,
    ),
];

/// What some story has to come to, in words of the log: else the stories do not test what they are for.
const TURNS: &[&str] = &[
    "leaving the deployment to the newer release",
    "was already requested",
    "could not create PipelineRun",
    "reverts the drift of",
    "build-image failed",
];

impl Story {
    /// Whether a repository has what the story is about.
    fn fits(&self, world: &World, places: &Places) -> bool {
        let environments = places.environments.len();
        let has_task = |name| world.git.tree().keys().any(|path| path.ends_with(&format!("/{name}.yaml")));
        self.events.iter().all(|event| match *event {
            Event::Promote(at) => at + 1 < environments,
            Event::Retire(at) => at < environments,
            Event::Break(task) => has_task(task),
            _ => true,
        })
    }

    /// What is wrong at the end of it.
    fn faults(&self, world: &World, places: &Places, is_at_rest: bool) -> Vec<String> {
        let mut faults: Vec<_> =
            symptoms(world, is_at_rest).iter().map(|symptom| format!("{symptom:?}")).collect();
        let mut expect = |what: &str, seen: String, is_right: bool| {
            faults.extend((!is_right).then(|| format!("{what}: {seen}")));
        };
        for (environment, wanted) in places.environments.iter().zip(self.runs) {
            let seen = running(world, *environment);
            expect("an environment runs", format!("{seen:?}, not {wanted:?}"), seen.as_deref() == wanted);
        }
        let (builds, commits) = (world.history.builds.len(), deployments(world));
        expect("builds", builds.to_string(), self.builds.contains(&builds));
        expect("commits of the pipeline", commits.to_string(), commits <= builds);
        let hooks: usize = 1 + self.events.iter().map(|event| event.hooks()).sum::<usize>();
        expect("hooks", format!("{}, at most {hooks}", world.history.hooks), world.history.hooks <= hooks);
        let drifts = |event: &&Event| matches!(event, Event::Drift(_) | Event::DriftOfDelivery);
        let drifts = self.events.iter().filter(drifts).count();
        expect("drift reverted", world.history.heals.to_string(), world.history.heals <= drifts);
        faults
    }
}

/// Plays every story with a repository, in several orders of things, and panics with the log of the first that ends
/// badly.
pub fn survive(repository: &Repository) {
    survive_with(repository, 1..5);
}

/// The same, in one order of things.
pub fn survive_once(repository: &Repository) {
    survive_with(repository, 0..1);
}

fn survive_with(repository: &Repository, seeds: Range<u64>) {
    let shared = Rc::new(Shared::default());
    let start = repository.world(&shared);
    let places = Places::of(&start);
    let mut reached = BTreeSet::new();
    for story in STORIES.iter().filter(|story| story.fits(&start, &places)) {
        for seed in seeds.clone() {
            play(story, &start, &places, seed, &mut |world, is_at_rest| {
                let log = world.history.log.join("\n");
                let faults = story.faults(world, &places, is_at_rest).join("; ");
                let Story { name, .. } = story;
                assert!(faults.is_empty(), "{name}, with seed {seed}: {faults}\n{log}\n{}", repository.name);
                let said = |words: &&&str| world.history.log.iter().any(|line| line.contains(**words));
                reached.extend(TURNS.iter().filter(said));
            });
        }
    }
    let all = TURNS.iter().collect::<BTreeSet<_>>();
    assert_eq!(reached, all, "no story took some turn with {}", repository.name);
}

/// Plays a story in one order of things; `end` is given every world that comes of it.
fn play(story: &Story, start: &World, places: &Places, seed: u64, end: &mut dyn FnMut(&World, bool)) {
    let mut world = start.clone();
    let mut dice = Dice::new(seed);
    let mut is_at_rest = come_to_rest_promoted(&mut world, &mut dice);
    let (last, calm) = match story.events {
        [calm @ .., before, last] if story.is_sudden => (Some((before, last)), calm),
        all => (None, all),
    };
    for event in calm {
        event.happen(&mut world, places);
        is_at_rest &= come_to_rest_promoted(&mut world, &mut dice);
    }
    let Some((before, last)) = last else { return end(&world, is_at_rest) };
    before.happen(&mut world, places);
    loop {
        let (mut branch, mut dice_of_branch) = (world.clone(), dice);
        last.happen(&mut branch, places);
        let is_at_rest = come_to_rest_promoted(&mut branch, &mut dice_of_branch);
        end(&branch, is_at_rest);
        if rest(&mut world, &mut dice, 1) {
            break;
        }
    }
}
