//! Every link leads somewhere, and every page can be found.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use treenail::check::rule;

use crate::docs::page::{self, Page, project};

#[test]
fn every_link_leads_somewhere() {
    crate::docs::assert_none(&broken(&page::all()));
}

/// The links on `pages` that lead nowhere.
pub fn broken(pages: &[Page]) -> Vec<String> {
    let links = pages.iter().flat_map(|page| links(page).into_iter().map(move |link| (page, link)));
    let found = links.filter_map(|(page, (index, target))| {
        let why = follow(page, &target).err()?;
        Some(format!("{}: `{target}` {why}", page.place(index)))
    });
    found.collect()
}

#[test]
fn every_page_and_picture_is_used() {
    let pages = page::all();
    let summary = pages.iter().find(|page| page.path == "docs/SUMMARY.md").unwrap();
    let listed: Vec<_> = links(summary).into_iter().map(|(_, target)| format!("docs/{target}")).collect();
    let once: BTreeSet<_> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), once.len(), "docs/SUMMARY.md lists a page twice");
    let there = pages.iter().map(|page| page.path.clone());
    let there = there.filter(|path| path.starts_with("docs/") && path != "docs/SUMMARY.md").collect();
    assert_eq!(once, there, "docs/SUMMARY.md and the pages differ");

    let links: BTreeSet<PathBuf> = pages.iter().flat_map(files).collect();
    for picture in std::fs::read_dir(project().join("docs/images")).unwrap() {
        let picture = picture.unwrap().path();
        assert!(links.contains(&picture), "no page shows {}", picture.display());
    }
}

/// The files that a page links to.
pub fn files(page: &Page) -> impl Iterator<Item = PathBuf> {
    let targets = links(page).into_iter().map(|(_, target)| target.split('#').next().unwrap().to_owned());
    targets
        .filter(|target| !target.is_empty() && !target.starts_with("https://"))
        .map(|target| plain(&page.folder().join(target)))
}

/// The targets of all links and pictures of a page, with the index of the line.
fn links(page: &Page) -> Vec<(usize, String)> {
    let targets = page.plain().flat_map(|(index, line)| {
        let parts = line.split("](").skip(1).map(str::to_owned).collect::<Vec<_>>();
        parts.into_iter().filter_map(move |part| Some((index, part.split_once(')')?.0.to_owned())))
    });
    targets.collect()
}

/// Why a link leads nowhere.
fn follow(page: &Page, target: &str) -> Result<(), &'static str> {
    if target.starts_with("https://") {
        return Ok(());
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let file = if path.is_empty() { project().join(&page.path) } else { plain(&page.folder().join(path)) };
    if !file.is_file() {
        return Err("is not there");
    }
    // The book has the pages of rules as chapters.
    let is_rule = || rule::ALL.iter().any(|rule| file == project().join(rule.page));
    if page.path.starts_with("docs/") && !file.starts_with(project().join("docs")) && !is_rule() {
        return Err("leaves the book");
    }
    if anchor.is_empty() || Page::read(&file).headings().any(|heading| slug(heading) == anchor) {
        Ok(())
    } else {
        Err("has no such heading")
    }
}

/// A path without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                plain.pop();
            }
            component => plain.push(component),
        }
    }
    plain
}

/// The anchor of a heading, as GitHub and mdBook make it.
fn slug(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

#[test]
fn anchors_are_those_of_github() {
    assert_eq!(slug("JSON of `treenail new --json`"), "json-of-treenail-new---json");
    assert_eq!(slug("Why two Applications?"), "why-two-applications");
}

/// Those who read a crate's page, or what `cargo` downloads, have nothing else.
#[test]
fn the_package_has_what_the_readme_links_to() {
    let manifest = std::fs::read_to_string(project().join("Cargo.toml")).unwrap();
    // A list of texts is written alike in TOML and JSON.
    let included = manifest.lines().find_map(|line| line.strip_prefix("include = ")).unwrap();
    let included: Vec<String> = serde_json::from_str(included).unwrap();
    let included: Vec<_> = included.iter().map(|path| project().join(path.trim_start_matches('/'))).collect();
    let readme = Page::read(&project().join("README.md"));
    let lacking = files(&readme).filter(|file| !included.iter().any(|path| file.starts_with(path)));
    let lacking: Vec<_> = lacking.map(|file| file.display().to_string()).collect();
    crate::docs::assert_none(&lacking);
}
