//! `treenail diff`: what the user changed since the scaffold wrote the files, or what an upgrade would change.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::process::ExitCode;

use super::renewal::{self, Generated, Renewal, Wishes};
use crate::answers::resolve::Defaults;
use crate::cli::Diff;
use crate::disk;
use crate::error::{Context, Result, SOMETHING_TO_DO};
use crate::merge::{Prefer, Tree};
use crate::repo::{self, FileDiff};
use crate::scaffold::definition::Ownership;
use crate::ui::Ui;

/// Does what `arguments` say; with `--exit-code` the code tells whether there is a difference.
///
/// # Errors
/// The folder was not written by treenail, or its state is damaged; with `--upgrade`, whatever keeps an upgrade
/// from being computed.
pub fn run(ui: &Ui, arguments: &Diff) -> Result<ExitCode> {
    let generated = Generated::read(&arguments.dir)?;
    let diffs =
        if arguments.upgrade { of_upgrade(ui, &generated, arguments)? } else { of_edits(&generated)? };
    let mut text = String::new();
    for (path, diff) in &diffs {
        if arguments.stat {
            let _ = writeln!(text, "{path} +{} -{}", diff.added, diff.removed);
        } else {
            text.push_str(&diff.text);
        }
    }
    ui.data(&text)?;
    let code = if arguments.exit_code && !diffs.is_empty() { SOMETHING_TO_DO } else { 0 };
    Ok(ExitCode::from(code))
}

/// The user's edits of what is still the scaffold's.
fn of_edits(generated: &Generated) -> Result<BTreeMap<String, FileDiff>> {
    let top = generated.root.join(&generated.prefix);
    let mut diffs = BTreeMap::new();
    for file in generated.base.iter().filter(|file| file.ownership == Ownership::Managed) {
        let path = top.join(&file.path);
        let now = disk::read_if_there(&path).context(|| format!("cannot read `{}`", path.display()))?;
        if now.as_deref() != Some(&file.content) {
            let [old, new] = [Some(file.content.clone()), now]
                .map(|content| content.map(|content| renewal::entry(&content, file.executable)));
            diffs.insert(file.path.clone(), repo::diff(&file.path, old.as_ref(), new.as_ref())?);
        }
    }
    Ok(diffs)
}

/// What an upgrade would make of what is committed.
fn of_upgrade(ui: &Ui, generated: &Generated, arguments: &Diff) -> Result<BTreeMap<String, FileDiff>> {
    let scaffold = generated.scaffold(arguments.scaffold.as_deref())?;
    let wishes = Wishes {
        overrides: BTreeMap::new(),
        defaults: Defaults::Keep,
        prefer: Prefer::Neither,
        allow_downgrade: true,
    };
    let renewal = Renewal::compute(generated, scaffold, &wishes)?;
    for conflict in &renewal.plan.conflicts {
        ui.say(&format!("conflict: {} {}", conflict.path, conflict.kind));
    }
    between(&renewal.before, &renewal.after)
}

/// The differences between two trees, by path.
///
/// # Errors
/// libgit2 gives up.
pub fn between(old: &Tree, new: &Tree) -> Result<BTreeMap<String, FileDiff>> {
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut diffs = BTreeMap::new();
    for path in paths.into_iter().filter(|path| old.get(*path) != new.get(*path)) {
        diffs.insert(path.clone(), repo::diff(path, old.get(path), new.get(path))?);
    }
    Ok(diffs)
}
