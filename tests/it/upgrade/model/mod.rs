//! A team upgrades: random sequences of what two people do to one generated repository, each on a branch in a work tree
//! of their own, with the real Git and the real program. Every edit is a line that exists once, so it is known which
//! edits there must be; every answer is chosen by the model, so it is known which answers there must be.
//!
//! A sequence follows from its seed. `TREENAIL_STEPS=10000` plays that many steps, in sequences of [`LENGTH`]. One that
//! fails is shortened, and printed with its seed: `TREENAIL_SEED=17 TREENAIL_STEPS=23` plays the first 23 steps of
//! sequence 17 alone.

mod actions;
mod answers;
mod facts;
mod git;
mod invariants;
mod person;
mod resolve;
mod scaffold;
mod upgrades;
mod world;

use std::env;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::collection::vec;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use actions::{Action, action};
use world::World;

/// The steps of a sequence.
const LENGTH: usize = 50;

/// What `cargo test` plays.
const STEPS: usize = 40;

/// How often a sequence that fails is played again to find a shorter one.
const ATTEMPTS: usize = 150;

#[test]
#[ignore = "takes long"]
fn a_team_loses_no_edit_and_no_answer() {
    let number = |name| env::var(name).ok().map(|text| text.parse::<usize>().unwrap());
    let steps = number("TREENAIL_STEPS");
    if let Some(seed) = number("TREENAIL_SEED") {
        play_seed(seed, steps.unwrap_or(LENGTH));
        return;
    }
    let mut left = steps.unwrap_or(STEPS);
    for seed in 0.. {
        let count = left.min(LENGTH);
        play_seed(seed, count);
        left -= count;
        if left == 0 {
            return;
        }
    }
}

/// Plays the first `count` steps of the sequence of `seed`; where that fails, finds fewer that do.
fn play_seed(seed: usize, count: usize) {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&(seed as u64).to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let tree = vec(action(), LENGTH..=LENGTH).new_tree(&mut runner).unwrap();
    let actions = tree.current();
    let actions = &actions[..count.min(LENGTH)];
    let Err(why) = catch_unwind(AssertUnwindSafe(|| play(actions))) else { return };
    let why = why.downcast_ref::<String>().cloned().unwrap_or_default();
    let shorter = if env::var_os("TREENAIL_SHRINK").is_some_and(|value| value == "0") {
        actions.to_vec()
    } else {
        shortened(actions.to_vec())
    };
    let mut listed = String::new();
    for action in &shorter {
        let _ = writeln!(listed, "  {action:?}");
    }
    panic!("TREENAIL_SEED={seed} TREENAIL_STEPS={count} fails: {why}\nThese steps do, too:\n{listed}");
}

fn play(actions: &[Action]) {
    let mut world = World::new();
    for (number, action) in actions.iter().enumerate() {
        world.step(number, action);
    }
    world.end();
}

/// Leaves out steps as long as the rest fails.
fn shortened(mut actions: Vec<Action>) -> Vec<Action> {
    let mut attempts = ATTEMPTS;
    let mut size = actions.len() / 2;
    while size > 0 {
        let mut start = 0;
        while start < actions.len() && attempts > 0 {
            attempts -= 1;
            let end = (start + size).min(actions.len());
            let fewer = [&actions[..start], &actions[end..]].concat();
            if catch_unwind(AssertUnwindSafe(|| play(&fewer))).is_err() {
                actions = fewer;
            } else {
                start = end;
            }
        }
        size /= 2;
    }
    actions
}
