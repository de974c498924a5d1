//! What is wrong with a world that came to rest, or did not.

use std::collections::BTreeSet;

use crate::simulation::argo::{Application, is_hook};
use crate::simulation::cluster::{Health, replicas};
use crate::simulation::git::Author;
use crate::simulation::render::Manifest;
use crate::simulation::world::World;

/// A way to be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Symptom {
    /// It never comes to rest.
    Loop,
    /// An operation waits for ever, or an Application gave up.
    Deadlock,
    /// A release of a commit was built twice.
    DuplicateBuild,
    /// Argo CD reverted what the pipeline had done.
    Fight,
    /// A commit of the pipeline started the pipeline's trigger.
    Echo,
    /// What runs is not what Git says, or is not healthy.
    Undeployed,
}

/// All that is wrong, whatever the story was.
pub fn symptoms(world: &World, is_at_rest: bool) -> BTreeSet<Symptom> {
    let history = &world.history;
    let is_stuck = |app: &Application| app.operation.is_some() || app.last.is_some_and(|(_, is_ok)| !is_ok);
    let is_twice = |at: usize| {
        let key = |at: usize| (&history.builds[at].tag, &history.builds[at].revision);
        (0..at).any(|other| key(other) == key(at))
    };
    let found = [
        (Symptom::Loop, !is_at_rest),
        (Symptom::Deadlock, is_at_rest && world.applications.iter().any(is_stuck)),
        (Symptom::DuplicateBuild, (0..history.builds.len()).any(is_twice)),
        (Symptom::Fight, !history.fights.is_empty()),
        (Symptom::Echo, !history.echoes.is_empty()),
        (Symptom::Undeployed, !world.applications.iter().all(|app| is_deployed(world, app))),
    ];
    found.into_iter().filter(|(_, is_so)| *is_so).map(|(symptom, _)| symptom).collect()
}

/// Whether everything of an Application is in the cluster as Git says, and healthy, and nothing else of its.
fn is_deployed(world: &World, app: &Application) -> bool {
    let Some(desired) = app.render(&world.shared.renderer, &world.git, world.git.head()) else { return true };
    let desired: Vec<_> = desired.iter().filter(|manifest| !is_hook(manifest)).collect();
    let is_there = |manifest: &Manifest| {
        let live = world.cluster.objects.get(&manifest.key);
        live.is_some_and(|live| live.manifest.body == manifest.body)
            && world.cluster.health(&manifest.key) == Health::Healthy
    };
    let ours = world.cluster.objects.values().filter(|live| live.owner == app.name);
    let mut ours = ours.filter(|live| !is_hook(&live.manifest)).map(|live| &live.manifest.key);
    desired.iter().all(|manifest| is_there(manifest))
        && ours.all(|key| desired.iter().any(|manifest| manifest.key == *key))
}

/// What an environment runs: the tag of the release that its image was built for, with the digest that Git says;
/// none where it runs nothing. Midway through a Rollout's update it is two, the new one first.
pub fn running(world: &World, environment: usize) -> Option<String> {
    let live = world.cluster.workload(&world.applications[environment].name)?;
    if replicas(&live.manifest) == 0 {
        return None;
    }
    let tags: Vec<_> = live.images().into_iter().map(|image| tag(world, image)).collect();
    Some(tags.join(" and "))
}

fn tag(world: &World, image: &str) -> String {
    let builds = world.history.builds.iter().enumerate();
    let mut builds = builds.filter(|(at, build)| image == format!("{}@{}", build.image, build.digest(*at)));
    builds.next().map_or_else(|| format!("{image}, which nobody built"), |(_, build)| build.tag.clone())
}

/// How many commits the pipeline made.
pub fn deployments(world: &World) -> usize {
    world.git.count(Author::Pipeline)
}
