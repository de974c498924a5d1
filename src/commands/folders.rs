//! A command for many folders: those of different repositories at the same time, on all cores. What is printed about one
//! stays together, in the order of the command line, and a failure in one does not stop the others.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, available_parallelism, scope};

use serde_json::{Value, json};

use crate::error::{Context, Error, Result};
use crate::git;
use crate::ui::progress::Progress;
use crate::ui::{Ui, interrupt};

/// As for the main thread: manifests and templates may be nested.
const STACK: usize = 8 << 20;

/// So many neighbours, which may be of one repository, are the share of one thread, if their order does not matter.
const SHARE: usize = 8;

/// How the folders of one repository are worked on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum InRepository {
    /// One after the other: each run writes.
    InTurn,
    /// At the same time: each run only reads.
    AtOnce,
}

/// Does `work` in each of `dirs`, with a bar on a terminal. Gives what came of each in their order, `None` where it was not
/// started since the user wants to stop.
///
/// # Errors
/// Standard output cannot be written; a thread cannot be started.
pub(crate) fn each<T: Send>(
    ui: &Ui,
    dirs: &[PathBuf],
    how: InRepository,
    work: impl Fn(&Ui, &Path) -> T + Sync,
) -> Result<Vec<Option<T>>> {
    let cores = available_parallelism().map_or(1, NonZero::get);
    let shares = shares(dirs, how, cores);
    let progress = ui.progress(dirs.len());
    let (next, is_stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (sender, finished) = channel();
    let take_shares = |sender: &Sender<Finished<T>>| {
        let shares = std::iter::from_fn(|| shares.get(next.fetch_add(1, Ordering::Relaxed)));
        for at in shares.flatten().copied() {
            if is_stopped.load(Ordering::Relaxed) || interrupt::cancelled() {
                return;
            }
            progress.name(&dirs[at].display().to_string());
            let recording = ui.recording();
            let result = work(&recording, &dirs[at]);
            let finished = Finished { at, recording, result };
            // Nobody listens any more where standard output cannot be written.
            if sender.send(finished).is_err() {
                return;
            }
        }
    };
    scope(|scope| {
        let take_shares = &take_shares;
        for thread in 0..cores.min(shares.len()) {
            let sender = sender.clone();
            let started = Builder::new().stack_size(STACK).spawn_scoped(scope, move || {
                git::keeping_open(|| take_shares(&sender));
            });
            match started {
                Ok(_) => {}
                // The others do it, too.
                Err(_) if thread > 0 => break,
                Err(error) => return Err(error).context(|| "cannot start a thread".to_owned()),
            }
        }
        drop(sender);
        let collected = collect(ui, dirs.len(), &progress, finished);
        is_stopped.store(collected.is_err(), Ordering::Relaxed);
        collected
    })
}

struct Finished<T> {
    at: usize,
    recording: Ui,
    result: T,
}

/// Prints what was printed about each folder as soon as nothing before it is missing.
fn collect<T>(
    ui: &Ui,
    count: usize,
    progress: &Progress,
    finished: Receiver<Finished<T>>,
) -> Result<Vec<Option<T>>> {
    let mut results: Vec<Option<T>> = (0..count).map(|_| None).collect();
    let mut waiting = BTreeMap::new();
    let mut printed = 0;
    for Finished { at, recording, result } in finished {
        progress.advance();
        results[at] = Some(result);
        waiting.insert(at, recording);
        while let Some(recording) = waiting.remove(&printed) {
            progress.beside(|| ui.replay(recording))?;
            printed += 1;
        }
    }
    // Of a run that was cancelled, some before these are missing.
    for recording in waiting.into_values() {
        progress.beside(|| ui.replay(recording))?;
    }
    Ok(results)
}

/// Returns the positions of `dirs` as shares, each of which is for one thread, in their order.
fn shares(dirs: &[PathBuf], how: InRepository, cores: usize) -> Vec<Vec<usize>> {
    let all: Vec<usize> = (0..dirs.len()).collect();
    if how == InRepository::AtOnce {
        // Small enough that no core is idle in the end.
        let share = (dirs.len() / (4 * cores)).clamp(1, SHARE);
        return all.chunks(share).map(<[usize]>::to_vec).collect();
    }
    let mut shares: Vec<Vec<usize>> = Vec::new();
    let mut of_repository: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for at in all {
        let repository = git::common_dir(&dirs[at]);
        let known = repository.as_ref().and_then(|repository| of_repository.get(repository));
        if let Some(share) = known {
            shares[*share].push(at);
        } else {
            // What is in no repository, or in one that cannot be read, fails for itself.
            of_repository.extend(repository.map(|repository| (repository, shares.len())));
            shares.push(vec![at]);
        }
    }
    shares
}

/// What came of a folder that was only read.
pub(crate) struct FolderReading<T> {
    pub(crate) dir: String,
    pub(crate) result: Result<T>,
}

/// Does `read` in each of `dirs`, and prints the errors, each under the name of its folder.
///
/// # Errors
/// As for [`each`].
pub(crate) fn read_each<T: Send>(
    ui: &Ui,
    dirs: &[PathBuf],
    read: impl Fn(&Ui, &Path) -> Result<T> + Sync,
) -> Result<Vec<FolderReading<T>>> {
    let read = |ui: &Ui, dir: &Path| {
        let result = read(ui, dir);
        if let Err(error) = &result {
            ui.message(&head(&dir.display().to_string()));
            ui.error(error);
        }
        result
    };
    let results = each(ui, dirs, InRepository::AtOnce, read)?;
    let readings = dirs.iter().zip(results).map(|(dir, result)| FolderReading {
        dir: dir.display().to_string(),
        // A signal ends a command that only reads at once.
        result: result.unwrap_or_else(|| Err(Error::cancelled())),
    });
    Ok(readings.collect())
}

/// The line above what is printed about a folder.
pub(crate) fn head(dir: &str) -> String {
    format!("==> {dir} <==")
}

/// Returns the highest exit code of the folders that could not be read; `otherwise` if all could.
pub(crate) fn worst<T>(readings: &[FolderReading<T>], otherwise: u8) -> ExitCode {
    let codes = readings.iter().filter_map(|reading| reading.result.as_ref().err());
    ExitCode::from(codes.map(|error| error.kind as u8).max().unwrap_or(otherwise))
}

/// Returns the documented JSON: the object of each folder under `name`, or its error.
pub(crate) fn json<T>(
    schema: &str,
    name: &str,
    readings: &[FolderReading<T>],
    object: impl Fn(&T) -> &Value,
) -> String {
    let directories: Vec<Value> = readings
        .iter()
        .map(|FolderReading { dir, result }| {
            let error = result.as_ref().err();
            json!({
                "directory": dir,
                "exitCode": error.map_or(0, |error| error.kind as u8),
                "error": error.map(ToString::to_string),
                name: result.as_ref().ok().map(&object),
            })
        })
        .collect();
    format!("{:#}\n", json!({ "schema": schema, "directories": directories }))
}
