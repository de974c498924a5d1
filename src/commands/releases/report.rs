//! What `treenail releases` prints.

use serde_json::{Value, json};

use super::graph;
use crate::delivery::history::{Deployment, EnvironmentStatus, Releases, Requested};
use crate::delivery::image::Image;
use crate::delivery::service::Service;
use crate::error::Result;
use crate::excerpt::counted;
use crate::git::CommitInfo;
use crate::ui::Ui;
use crate::ui::table::{Align, Table};

/// The column titles after the first one.
const COLUMNS: [(&str, Align); 6] = [
    ("release", Align::Left),
    ("revision", Align::Left),
    ("commit", Align::Left),
    ("by", Align::Left),
    ("when", Align::Left),
    ("behind", Align::Left),
];

pub(super) struct ReleasesReport<'a> {
    service: &'a Service,
    /// The release that is requested, if any.
    requested: Option<Requested>,
    environments: Vec<EnvironmentStatus<'a>>,
    /// Everything that the chosen environment has had, with its position.
    history: Option<(usize, Vec<Deployment>)>,
    /// The releases of the first environment, the newest first.
    releases: Vec<Deployment>,
}

impl<'a> ReleasesReport<'a> {
    pub(super) fn read(service: &'a Service, chosen: Option<usize>) -> Result<Self> {
        let releases = Releases::of_first(service)?;
        let environments = service.environments(&releases)?;
        let requested = service.requests()?.next().transpose()?;
        let history = |at: usize| {
            let deployments = service.deployments(&service.delivery.environments[at])?;
            Ok((at, deployments.collect::<Result<_>>()?))
        };
        Ok(Self {
            service,
            requested: requested.filter(|requested| !requested.request.is_empty()),
            environments,
            history: chosen.map(history).transpose()?,
            releases: releases.all().to_vec(),
        })
    }

    pub(super) fn print(&self, ui: &Ui) -> Result<()> {
        if let Some((_, deployments)) = &self.history {
            ui.table_that_fits(history(deployments))?;
        } else {
            ui.table_that_fits(self.overview())?;
            if ui.shows_to_person() {
                ui.show(&graph::draw(&self.environments, &self.releases))?;
            }
        }
        if self.service.repo.is_shallow() {
            ui.message(
                "note: this is a shallow clone, so earlier commits are missing: `git fetch --unshallow`",
            );
        }
        Ok(())
    }

    fn overview(&self) -> Table {
        let mut table = Table::new([("environment", Align::Left)].into_iter().chain(COLUMNS));
        table = table.with_optional(&["revision", "by", "commit", "when"]);
        if let Some(Requested { request, by }) = self.pending() {
            let cells = [request.tag.clone(), short(&request.revision)];
            table.row("(requested)", cells.into_iter().chain(who(by)).chain([String::new()]));
        }
        for status in &self.environments {
            let name = &status.environment.name;
            match &status.deployment {
                Some(deployment) if deployment.image.is_some() => {
                    table.row(name, release(deployment).into_iter().chain([self.behind(status)]));
                }
                _ => table.note(name, "no release yet"),
            }
        }
        table
    }

    fn behind(&self, status: &EnvironmentStatus) -> String {
        let releases = match status.behind {
            Some(0) => None,
            Some(count) => Some(counted(count, "release")),
            // What the first environment had may be in the commits that are missing.
            None if self.service.repo.is_shallow() => Some("not known".to_owned()),
            None => Some("never in the first".to_owned()),
        };
        let files = Some(status.unpromoted.len()).filter(|count| *count > 0);
        let files = files.map(|count| counted(count, "file"));
        releases.into_iter().chain(files).collect::<Vec<_>>().join(", ")
    }

    /// The requested release, if the first environment does not have it.
    fn pending(&self) -> Option<&Requested> {
        let first = self.environments.first()?.deployment.as_ref();
        let image = first.and_then(|deployment| deployment.image.as_ref());
        self.requested.as_ref().filter(|Requested { request, .. }| {
            image.is_none_or(|image| {
                image.tag.as_ref() != Some(&request.tag) || image.revision.as_ref() != Some(&request.revision)
            })
        })
    }

    /// Formats the documented JSON: see `docs/files.md`.
    pub(super) fn json(&self, revision: Option<&str>) -> Value {
        let requested = self.requested.as_ref().map(|Requested { request, by }| {
            json!({ "tag": request.tag, "revision": request.revision, "change": change(by) })
        });
        let environments: Vec<Value> = self
            .environments
            .iter()
            .map(|status| {
                let deployment = status.deployment.as_ref();
                json!({
                    "name": status.environment.name,
                    "imageFile": self.service.rooted(&status.environment.image_file),
                    "release": deployment.and_then(image),
                    "change": deployment.map(|deployment| change(&deployment.by)),
                    "behind": status.behind,
                    "unpromoted": status.unpromoted.iter().map(|path| self.service.rooted(path)).collect::<Vec<_>>(),
                })
            })
            .collect();
        let history = self.history.as_ref().map(|(at, deployments)| {
            let entries: Vec<Value> = deployments
                .iter()
                .map(|deployment| json!({ "release": image(deployment), "change": change(&deployment.by) }))
                .collect();
            json!({ "environment": self.service.delivery.environments[*at].name, "releases": entries })
        });
        json!({
            "schema": "treenail.releases/1",
            "name": self.service.delivery.name,
            "directory": self.service.prefix.trim_end_matches('/'),
            "revision": revision.unwrap_or("HEAD"),
            "commit": self.service.commit,
            "shallow": self.service.repo.is_shallow(),
            "requested": requested,
            "environments": environments,
            "history": history,
        })
    }
}

/// Everything that an environment has had, the newest first.
fn history(deployments: &[Deployment]) -> Table {
    let columns = [("release", Align::Left)].into_iter().chain(COLUMNS.into_iter().skip(1).take(4));
    let mut table = Table::new(columns.chain([("message", Align::Left)]));
    table = table.with_optional(&["message", "revision", "by", "commit"]);
    for deployment in deployments {
        let [title, revision, commit, by, when] = release(deployment);
        table.row(&title, [revision, commit, by, when, deployment.by.summary.clone()]);
    }
    table
}

/// Release, revision, commit, who and when.
fn release(deployment: &Deployment) -> [String; 5] {
    let image = deployment.image.as_ref();
    let title = image.map_or_else(|| "(none)".to_owned(), Image::title);
    let revision = image.and_then(|image| image.revision.as_deref()).map(short).unwrap_or_default();
    let [commit, by, when] = who(&deployment.by);
    [title, revision, commit, by, when]
}

fn who(by: &CommitInfo) -> [String; 3] {
    // Seconds and the zone are in the JSON.
    let when = by.date.get(..16).unwrap_or(&by.date).replace('T', " ");
    [short(&by.id), by.author.clone(), when]
}

fn short(id: &str) -> String {
    id.chars().take(10).collect()
}

fn image(deployment: &Deployment) -> Option<Value> {
    let image = deployment.image.as_ref()?;
    Some(json!({ "tag": image.tag, "revision": image.revision, "image": image.reference }))
}

fn change(by: &CommitInfo) -> Value {
    json!({
        "commit": by.id,
        "author": by.author,
        "email": by.email,
        "date": by.date,
        "message": by.summary,
    })
}
