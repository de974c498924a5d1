//! A story: what people do to a repository, and what has to come of it.

use crate::simulation::argo::Wanted;
use crate::simulation::cluster::Writer;
use crate::simulation::git::Author;
use crate::simulation::repository::Places;
use crate::simulation::world::World;

/// More steps than this without coming to rest are a loop.
const MOST_STEPS: usize = 150;

/// Something that people do, or that happens to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Asks for a release of a commit.
    Release(&'static str, &'static str),
    /// Copies the image file of an environment to the next one.
    Promote(usize),
    /// Promotes what waits for that in the cluster: Rollouts that pause.
    Resume,
    /// Reverts the newest commit of the pipeline.
    Rollback,
    /// Changes a file that nothing renders.
    Unrelated,
    /// Takes a manifest out of the base.
    Drop,
    /// Deletes an environment's Application, and then its folder.
    Retire(usize),
    /// Changes the workload of an environment in the cluster.
    Drift(usize),
    /// Changes a Task in the cluster.
    DriftOfDelivery,
    /// Asks Argo CD to sync the delivery once more.
    SyncAgain,
    /// The Task of that name fails once.
    Break(&'static str),
    /// So many pods find the API server away.
    ApiDown(usize),
    /// Somebody pushes just before the pipeline does.
    Race,
}

impl Event {
    /// How many more hooks may start because of it.
    pub fn hooks(self) -> usize {
        match self {
            Self::Release(..) | Self::DriftOfDelivery | Self::SyncAgain => 1,
            // A Job of three pods, each time.
            Self::ApiDown(pods) => pods.div_ceil(3),
            _ => 0,
        }
    }

    /// Does it.
    pub fn happen(self, world: &mut World, places: &Places) {
        world.note(format!("-- {self:?}"));
        match self {
            Self::Release(tag, revision) => {
                let text = format!("IMAGE_TAG={tag}\nSOURCE_REVISION={revision}\n");
                world.git.push(Author::User, &[(places.release_file.clone(), Some(text))]);
            }
            Self::Promote(from) => {
                let file = |at: usize| {
                    format!("{}/image/kustomization.yaml", world.applications[places.environments[at]].path)
                };
                let (old, new) = (world.git.text(&file(from)).to_owned(), file(from + 1));
                world.git.push(Author::User, &[(new, Some(old))]);
            }
            Self::Resume => assert!(world.promote(), "nothing waits to be promoted"),
            Self::Rollback => {
                let changes = world.git.revert(Author::Pipeline).expect("the pipeline made a commit");
                world.git.push(Author::User, &changes);
            }
            Self::Unrelated => {
                world.git.push(Author::User, &[("NOTES.md".to_owned(), Some(world.git.head().to_string()))]);
            }
            Self::Drop => {
                let path = base(world, places);
                let text = world.git.text(&path).replace("- disruption-budget.yaml\n", "");
                assert_ne!(text, world.git.text(&path));
                world.git.push(Author::User, &[(path, Some(text))]);
            }
            Self::Retire(environment) => retire(world, places.environments[environment]),
            Self::Drift(environment) => {
                let app = &world.applications[places.environments[environment]].name;
                let key = world.cluster.workload(app).expect("it runs").manifest.key.clone();
                let image = "/spec/template/spec/containers/0/image";
                world.edit(&key, Writer::User, image, "example.com/other:1".into());
            }
            Self::DriftOfDelivery => {
                let task = world.cluster.of("Task").next().expect("there is a Task");
                let key = task.manifest.key.clone();
                world.edit(&key, Writer::User, "/spec/description", "another".into());
            }
            // "Another operation is already in progress".
            Self::SyncAgain if world.applications[places.delivery].operation.is_some() => {}
            Self::SyncAgain => world.sync(places.delivery, Wanted::Full),
            Self::Break(task) => {
                world.faults.tasks.insert(task.to_owned(), 1);
            }
            Self::ApiDown(pods) => world.faults.api = pods,
            Self::Race => world.faults.race = vec![("RACE.md".to_owned(), Some("won\n".to_owned()))],
        }
    }
}

fn base(world: &World, places: &Places) -> String {
    let overlay = &world.applications[places.environments[0]].path;
    let (deploy, _) = overlay.split_once("overlays/").expect("there are overlays");
    format!("{deploy}base/kustomization.yaml")
}

fn retire(world: &mut World, at: usize) {
    let path = world.applications[at].path.clone();
    // Behind all others, so that their numbers stay: an Application without a source syncs nothing.
    "retired".clone_into(&mut world.applications[at].path);
    world.applications[at].operation = None;
    let below = format!("{path}/");
    let gone =
        world.git.tree().keys().filter(|file| file.starts_with(&below)).map(|file| (file.clone(), None));
    let gone: Vec<_> = gone.collect();
    world.git.push(Author::User, &gone);
}

/// What happens next where several things can: in a fixed order that a seed decides.
#[derive(Clone, Copy, Debug)]
pub struct Dice(u64);

impl Dice {
    /// With this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn below(&mut self, count: usize) -> usize {
        // The constants of Knuth's MMIX; the upper bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("it has 31 bits") % count
    }
}

/// Lets things happen until nothing can any more, or so many did; says whether it came to rest.
pub fn rest(world: &mut World, dice: &mut Dice, steps: usize) -> bool {
    for _ in 0..steps {
        let mut actions = world.enabled();
        if actions.is_empty() {
            if world.wait().is_none() {
                return true;
            }
        } else {
            world.perform(actions.swap_remove(dice.below(actions.len())));
        }
    }
    false
}

/// As [`rest`], without a limit but that of loops.
pub fn come_to_rest(world: &mut World, dice: &mut Dice) -> bool {
    rest(world, dice, MOST_STEPS)
}

/// The same, where somebody promotes what waits for it once everything else is at rest.
pub fn come_to_rest_promoted(world: &mut World, dice: &mut Dice) -> bool {
    while come_to_rest(world, dice) {
        if !world.promote() {
            return true;
        }
    }
    false
}
