//! What the design promises of every generated repository, as far as its files alone can show it.

mod access;
mod applications;
mod pipeline;
mod pods;
mod trigger;

use super::{Facts, Tree};

/// Asserts every invariant.
pub fn assert_all(tree: &Tree, facts: &Facts) {
    applications::assert_all(tree, facts);
    trigger::assert_all(tree);
    access::assert_all(tree, facts);
    pipeline::assert_all(tree, facts);
    pods::assert_all(tree, facts);
}
