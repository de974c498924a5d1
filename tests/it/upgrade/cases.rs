//! Which tests are about which of the cases that an upgrade has to get right. They are looked up, so that one that goes,
//! or gets another name, is missed here.

use std::fs;
use std::path::Path;

/// A case a line, by its numbers; below it its tests, in this folder or by their file.
const CASES: &str = "\
1 untouched files become those of the new version
  versions::untouched_files_become_those_of_a_fresh_scaffold
2 a second run does nothing
  versions::a_second_run_does_nothing
  branches::a_branch_without_a_name_is_called_after_the_version
3 steps lead to where one leap does
  versions::steps_lead_to_where_one_leap_does
  versions::four_versions_lead_to_the_fourth
4 edits elsewhere in the file
  files::edits_elsewhere_are_merged
5 edits of the same line
  files::two_edits_of_one_line_are_a_conflict_and_nothing_is_written
6 the same edit on both sides
  files::the_same_edit_on_both_sides_is_no_conflict
7 edits of adjacent lines
  files::edits_of_neighbouring_lines_are_a_conflict_as_they_are_in_git
8, 9 deleted by the user, and changed or not by the scaffold
  files::what_the_user_deleted_stays_deleted
  recovery::without_a_base_what_was_deleted_on_purpose_stays_deleted
10, 11 deleted by the scaffold, and edited or not by the user
  files::what_the_scaffold_deleted_goes_unless_it_was_edited
  files::a_folder_that_becomes_empty_goes_too
  conflicts::what_the_scaffold_deleted_and_the_user_edited_is_git_s_modify_delete
12 moved by the scaffold, edited by the user
  files::a_move_takes_the_edits_along
  conflicts::a_moved_file_is_in_conflict_where_it_is_now
13 moved to where something of the user's is
  files::a_move_onto_something_of_the_user_is_a_conflict
  files::a_move_that_the_user_had_made_already_is_no_conflict
  conflicts::a_file_that_cannot_move_stays_and_is_resolved_by_hand
14 moved by the scaffold, deleted by the user
  files::a_move_of_what_the_user_deleted_brings_nothing_back
15 folders that look alike
  files::look_alike_overlays_are_kept_apart
16, 17 added on both sides
  files::a_file_that_both_added_is_a_conflict_unless_it_is_the_same
18 an untracked file in the way
  obstacles::an_untracked_file_is_never_overwritten
19 an ignored file in the way
  obstacles::an_ignored_file_is_never_overwritten
20 a file becomes a folder, and back
  files::a_file_becomes_a_folder_and_back
  files::a_folder_of_the_user_where_a_file_must_go_is_a_conflict
21 the executable bit
  content::the_executable_bit_is_merged_apart_from_the_text
  content::the_executable_bit_is_git_s_where_the_file_system_has_none
22 a symbolic link for a file
  content::a_link_in_place_of_a_file_is_never_written_through
23 a folder that is a link out of the repository
  content::a_folder_that_is_a_link_out_of_the_repository_is_not_followed
  tests/it/apply/update/refusals::links_are_not_followed_out_of_the_repository
24 binaries
  content::a_binary_is_replaced_where_untouched_and_a_conflict_where_not
25 empty files
  content::empty_files_come_and_are_filled
26 line ends
  content::windows_line_ends_survive
  content::line_ends_that_git_translates_are_no_edits
  restore::line_ends_are_those_of_the_checkout
  status::line_ends_that_git_translates_are_no_edits
27 no last line end, a byte order mark, other encodings
  content::a_missing_last_line_end_stays_missing
  content::other_encodings_are_kept_as_bytes
  status::what_filters_change_is_no_edit
28 names with spaces, quotes, dashes, and that differ in case alone
  paths::names_that_need_quoting_are_merged
  paths::suggested_commands_for_them_can_be_run
  paths::conflicts_in_them_are_resolved_as_suggested
  paths::they_are_restored
  paths::a_name_that_changes_only_its_case_goes_and_comes
  paths::a_name_of_the_user_that_differs_only_in_case_is_in_the_way
29 a shallow clone
  repositories::a_shallow_clone
30 a squashed and collected history
  repositories::a_squashed_and_collected_history
31 repositories of all kinds
  repositories::a_linked_worktree
  repositories::a_repository_whose_git_directory_is_elsewhere
  repositories::a_submodule_is_a_repository_of_its_own
  repositories::a_submodule_of_the_user_s_is_not_written_into
  branches::a_bare_repository_is_upgraded_on_a_branch
  repositories::a_detached_head
  obstacles::what_was_generated_must_be_committed_first
32 no network
  faults::nobody_calls_for_the_network
33 answers edited by hand
  uncommitted_answers::an_edit_is_all_that_it_takes
  uncommitted_answers::an_edit_goes_onto_a_branch_and_stays_in_the_work_tree
  uncommitted_answers::giving_up_conflicts_leaves_the_edit
  answers::an_answer_edited_by_hand_and_committed_is_taken
  status::answers_that_wait_to_be_applied
  status::chosen_answers_that_wait_to_be_applied
34 state that is deleted
  damaged_state::what_is_committed_is_brought_back_by_git
  damaged_state::both_files_are_brought_back_at_once
  recovery::a_lost_state_comes_back_with_its_answers
  adopt::files_stay_and_what_differs_are_edits
35 state with merge markers
  damaged_state::a_half_merged_base_is_not_trusted
  damaged_state::half_merged_answers_are_not_trusted
  damaged_state::a_merge_that_stopped_at_the_state_is_finished_with_one_side
36 the same version with another content
  versions::the_same_version_with_other_content_is_an_upgrade
37 state of a newer program
  damaged_state::answers_of_a_newer_treenail_are_left_to_it
38 migrations
  answers::a_renamed_question_keeps_its_answer
  answers::a_mapped_value_becomes_the_new_one
  answers::an_answer_that_nobody_asks_for_any_more_is_reported
39 a choice that is gone
  answers::a_choice_that_is_gone_is_never_replaced
40 a new question
  answers::a_new_question_takes_its_default_or_must_be_answered
41 a default that is another now
  answers::a_changed_default_is_reported_and_kept_until_it_is_adopted
  answers::a_chosen_answer_is_kept_when_defaults_are_adopted
42 a key that a clean merge doubles
  manifests::a_key_that_a_clean_merge_doubles_is_a_conflict
43 a resource that a clean merge doubles
  manifests::a_resource_that_a_clean_merge_doubles_is_a_conflict
44 entries that both appended
  manifests::two_entries_that_both_appended_are_united_with_their_comments
45 what nobody changed
  manifests::what_nobody_changed_keeps_its_bytes
46 what is not committed
  obstacles::edits_that_are_not_committed_stop_it_where_it_would_write
  obstacles::an_edit_that_git_s_cache_misses_is_noticed
  obstacles::edits_elsewhere_do_not_matter_and_stay_as_they_are
  options::without_a_commit_edits_are_not_overwritten_either
47 an operation in progress
  obstacles::a_merge_in_progress_stops_it
  tests/it/apply/update/refusals::operations_in_progress_are_not_disturbed
48 conflicts left in the files
  conflicts::markers_are_a_cherry_pick_to_git
  conflicts::treenail_continues_what_is_resolved
  conflicts::git_continues_what_is_resolved
  conflicts::treenail_gives_up_and_everything_is_as_before
  conflicts::treenail_gives_up_though_files_were_touched
  conflicts::git_gives_up_and_everything_is_as_before
49 markers that are left
  conflicts::what_still_has_markers_is_not_continued
50, 51 a kill, and a full disk
  faults::an_upgrade
  faults::an_upgrade_with_edited_answers
  faults::an_upgrade_with_a_hook
  faults::an_upgrade_without_a_commit
  faults::an_upgrade_onto_a_branch
  faults::an_upgrade_with_markers
  faults::a_restoration
  faults::an_adoption
  faults::giving_conflicts_up
  faults::going_on_after_conflicts
  tests/it/apply/update/crashes::a_killed_update_is_completed
  tests/it/apply/update/crashes::what_the_user_did_after_the_kill_is_kept
  tests/it/apply/update/rollback::a_full_disk_at_any_moment_restores_everything
  tests/it/apply/update/rollback::a_disk_that_others_fill_midway_does_not_keep_the_old_files_away
52 what cannot be written to midway
  tests/it/apply/update/rollback::a_folder_that_becomes_read_only_midway_restores_everything
  tests/it/apply/update/refusals::folders_that_cannot_be_written_to_are_named
53 a branch that moves meanwhile
  tests/it/apply/update/rollback::a_branch_that_moves_meanwhile_is_not_overwritten
54 runs at the same time
  concurrency::of_several_upgrades_at_once_one_lands
  concurrency::folders_upgraded_at_once_do_not_disturb_each_other
55 hooks, signatures, nobody to commit as
  commits::an_upgrade_is_signed_where_commits_are
  commits::a_signature_that_fails_leaves_everything_as_it_was
  commits::hooks_see_the_upgrade_and_have_their_say
  commits::hooks_about_commits_are_not_run_for_a_branch_and_the_report_says_so
  commits::what_a_hook_formats_is_the_user_s_edit_next_time
  obstacles::a_rejecting_hook_takes_everything_back
  obstacles::nobody_to_commit_as_is_reported_before_anything_is_written
56 no line of the user's is lost
  src/merge/tests/properties::no_line_of_the_users_disappears
  src/merge/tests/properties::each_text_is_what_git_makes_of_it
  src/merge/tests/properties::trees
  src/git/text/tests::every_byte_is_as_git_has_it
57 many files
  src/merge/tests/speed::a_large_tree_takes_little_time
58 a dry run
  read_only::nothing_is_touched_by_a_look
  options::a_dry_run_does_not_bring_a_killed_run_to_its_end
59 several instances in one repository
  repositories::two_scaffolds_in_one_repository
  concurrency::an_instance_inside_another
  directories::one_that_fails_does_not_stop_the_others
";

#[test]
fn every_case_has_its_tests() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut numbers, mut missing) = (Vec::new(), Vec::new());
    let mut lines = CASES.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(test) = line.strip_prefix("  ") else {
            let first =
                line.split_whitespace().map_while(|word| word.trim_end_matches(',').parse::<u32>().ok());
            numbers.extend(first);
            assert!(lines.peek().is_some_and(|line| line.starts_with("  ")), "{line}");
            continue;
        };
        let (module, name) = test.split_once("::").unwrap();
        let file =
            if module.contains('/') { module.to_owned() } else { format!("tests/it/upgrade/{module}") };
        let source = fs::read_to_string(top.join(format!("{file}.rs"))).unwrap_or_default();
        if !source.contains(&format!(" {name}(")) {
            missing.push(test);
        }
    }
    assert_eq!(missing, [""; 0]);
    assert_eq!(numbers, (1..=59).collect::<Vec<_>>());
}
