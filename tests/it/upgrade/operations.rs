//! Upgrades while something else is going on in the repository: they work, or say why not.

use crate::upgrade::project::Project;
use crate::upgrade::scaffold::Scaffold;

fn outdated() -> Project {
    let v1 = Scaffold::new("1.0.0").file("a.txt", "one\n");
    let project = Project::of(&v1);
    for content in ["1\n", "2\n", "3\n", "4\n"] {
        project.edit("mine.txt", content);
    }
    project.offer(&v1.version("2.0.0").file("a.txt", "two\n"));
    project
}

#[test]
#[ignore = "takes long"]
fn a_bisect_is_in_the_way_once_it_has_left_the_branch() {
    let project = outdated();
    project.git("bisect start");
    project.upgrade("--branch aside").ends_with(0);
    project.git("bisect bad HEAD");
    project.git("bisect good HEAD~3");
    let refused = project.refused("", 5).says("a bisect is in progress in ");
    refused.says("and no branch would have the commit when it ends").says("git bisect reset");
    project.refused("--dry-run", 5).says("a bisect is in progress in ");
    project.upgrade("--branch later").ends_with(0);
    project.git("bisect reset");
    project.upgrade("").ends_with(0);
    project.assert_clean();
}

#[test]
#[ignore = "takes long"]
fn a_bisect_on_its_branch_is_none_of_an_upgrade_s_business() {
    for start in ["bisect start", "bisect start --no-checkout HEAD HEAD~3"] {
        let project = outdated();
        project.git(start);
        project.upgrade("").ends_with(0).says(" on trunk");
        project.git("bisect reset");
        assert_eq!(project.read("a.txt"), "two\n");
        project.assert_clean();
    }
}

#[test]
#[ignore = "takes long"]
fn the_commit_would_become_a_part_of_other_operations() {
    let conflicting = |project: &Project| {
        project.git("checkout -q -b side HEAD~1");
        project.edit("mine.txt", "side\n");
        project.edit("mine.txt", "side again\n");
        project.git("checkout -q trunk");
    };
    for (command, name, way_out) in [
        ("merge side", "a merge", "git merge --abort"),
        ("rebase side", "a rebase", "git rebase --abort"),
        ("rebase --apply side", "a rebase", "git rebase --abort"),
        ("cherry-pick side", "a cherry-pick", "git cherry-pick --abort"),
        ("cherry-pick side~1 side", "a cherry-pick", "git cherry-pick --abort"),
        ("revert HEAD~1", "a revert", "git revert --abort"),
        ("am ../side.patch", "`git am`", "git am --abort"),
    ] {
        let project = outdated();
        conflicting(&project);
        let patch = project.git("format-patch --stdout -1 side");
        project.home.write("side.patch", format!("{patch}\n"));
        assert_ne!(project.try_git(command).0, 0, "{command}");
        let refused = project.refused("", 5).says(&format!("{name} is in progress in "));
        refused.says("and the commit would become a part of it").says(way_out);
        project.git(way_out.strip_prefix("git ").unwrap());
        project.upgrade("").ends_with(0);
    }
}

/// Git counts it as in progress until its list is empty, though no file tells which commit it is about.
#[test]
fn a_sequence_between_two_of_its_commits_is_in_progress_too() {
    let project = outdated();
    project.git("checkout -q -b side HEAD~1");
    project.edit("mine.txt", "side\n");
    project.edit("more.txt", "more\n");
    project.git("checkout -q trunk");
    assert_ne!(project.try_git("cherry-pick side~1 side").0, 0);
    project.write("mine.txt", "resolved\n");
    project.git("add mine.txt");
    project.git("commit -q --no-edit");
    project.refused("", 5).says("a cherry-pick or revert of several commits is in progress");
    project.refused("--conflicts=markers", 5);
    project.git("cherry-pick --continue");
    project.upgrade("").ends_with(0);
    project.assert_clean();
}

#[test]
fn a_detached_head_moves_on_and_the_report_says_that_no_branch_does() {
    let project = outdated();
    let trunk = project.head();
    project.git("checkout -q --detach");
    let outcome = project.upgrade("").ends_with(0).says(" on a detached HEAD");
    outcome.says("no branch has this commit; `git switch -c NAME` makes one");
    assert_eq!((project.git("rev-parse trunk"), project.git("rev-parse HEAD~1")), (trunk.clone(), trunk));
    project.assert_clean();
}
