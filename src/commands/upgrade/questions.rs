//! Asks the questions of the newer scaffold that nobody has answered yet.

use std::collections::{BTreeMap, BTreeSet};

use crate::answers::resolve::{Defaults, Resolver};
use crate::commands::answers::Spelling;
use crate::error::Result;
use crate::project::Project;
use crate::project::upgrade::UpgradeOptions;
use crate::scaffold::Scaffold;
use crate::ui::Ui;
use crate::ui::interview::Interview;
use crate::values::value::Provenance;

/// Adds the answers to `options`.
///
/// # Errors
/// Answers that are no longer valid, before anything is asked; cancelled on Ctrl-C.
pub(crate) fn ask(
    ui: &Ui,
    project: &Project,
    scaffold: &Scaffold,
    options: &mut UpgradeOptions,
    spelling: &Spelling,
) -> Result<()> {
    let resolver = Resolver::new(scaffold);
    let recorded = project.migrated(scaffold, options.allow_downgrade)?.answers;
    let given = resolver.renew(&recorded, &options.overrides, Defaults::Keep)?;
    let faults = resolver.invalid_among(&given)?;
    if !faults.is_empty() {
        return Err(spelling.error(&faults, &options.overrides));
    }
    let questions = &scaffold.definition.questions;
    // A chosen answer that does not apply counts again as soon as it does.
    let is_answered = |name: &String| {
        given.contains_key(name) || recorded.get(name).is_some_and(|given| given.from.is_chosen())
    };
    let open: BTreeSet<String> =
        questions.iter().map(|question| question.name.clone()).filter(|name| !is_answered(name)).collect();
    let mut interview = Interview { ui, resolver: &resolver, questions, given, detected: BTreeMap::new() };
    interview.ask_open(&open)?;
    let asked = interview.given.into_iter();
    options
        .overrides
        .extend(asked.filter(|(name, given)| open.contains(name) && given.from == Provenance::Asked));
    Ok(())
}
