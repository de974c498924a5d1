//! The pages of a generated repository: a short README for every day, and the rest where the README says that it is.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;

use crate::common::home::Home;
use crate::docs::links;
use crate::docs::page::{self, Page};

/// More than this nobody reads before the first release.
const LINES: usize = 200;

#[test]
fn the_readme_is_short_at_the_defaults() {
    let home = Home::new();
    let new = "new shop-gitops --defaults --quiet --app shop --source-repo https://github.com/acme/shop.git";
    assert!(home.command("treenail").args(new.split(' ')).stdin(Stdio::null()).status().unwrap().success());
    let lines = home.read("shop-gitops/README.md").lines().count();
    assert!(lines < LINES, "the README has {lines} lines: move some to a page of docs/");
}

/// The golden repositories have the defaults, every other answer, and a folder.
#[test]
fn every_link_of_a_generated_page_leads_somewhere() {
    for pages in page::golden() {
        crate::docs::assert_none(&links::broken(&pages));
        let linked: BTreeSet<_> = links::files(&pages[0]).collect();
        let others = pages[1..].iter().map(|page| page::project().join(&page.path));
        let lost = others.filter(|page| !linked.contains(page)).map(|page| page.display().to_string());
        crate::docs::assert_none(&lost.collect::<Vec<_>>());
    }
}

/// A command that is on two pages is changed on one of them.
#[test]
fn every_block_is_on_one_page() {
    let mut found = Vec::new();
    for pages in page::golden() {
        let mut seen = BTreeMap::new();
        for (page, block) in pages.iter().flat_map(|page: &Page| page.blocks.iter().map(move |it| (page, it)))
        {
            if let Some(first) = seen.insert(&block.lines, page.place(block.start)) {
                found.push(format!("{}: as {first}", page.place(block.start)));
            }
        }
    }
    crate::docs::assert_none(&found);
}
