//! The screen of a person, and leaving it.

use serde_json::json;

use super::cluster::{Watched, app, deployment, list, running};
use crate::common::terminal::{CTRL_C, SMALL, Terminal};
use crate::daily::shop::MANIFESTS;

fn terminal(watched: &Watched, arguments: &str) -> Terminal {
    let home = &watched.shop.home;
    let path = format!("{}:{}", home.path("bin").display(), std::env::var("PATH").unwrap());
    let variables = format!("PATH={path} CLUSTER={}", home.path("cluster").display());
    let program = env!("CARGO_BIN_EXE_treenail");
    Terminal::start_with(home, SMALL, &format!("env {variables} {program} watch -C {MANIFESTS} {arguments}"))
}

#[test]
fn one_screen_shows_all_stages_and_leaves_them() {
    let watched = Watched::new();
    watched.is_built();
    watched.answers(
        "shop-staging",
        &[
            app("shop-staging", &watched.deployed, "Synced", "Progressing"),
            app("shop-staging", &watched.deployed, "Synced", "Healthy"),
        ],
    );
    watched.answers("workloads", &[deployment(1, 1), deployment(2, 2)]);
    let mut screen = terminal(&watched, "--interval 1");
    screen.sees("watch shop 1.4.0, commit ");
    screen.sees("rollout: shop-staging is Synced, Progressing; Deployment shop: 1 of 2");
    let shown = screen.ends_with(0);
    let end: Vec<&str> = shown.lines().collect();
    let last = end
        .iter()
        .rposition(|line| line.contains("✓") && line.contains("shop 1.4.0 runs in staging"))
        .unwrap();
    assert!(end[last - 1].contains("rollout: shop-staging is Synced, Healthy"), "{shown}");
}

#[test]
fn the_last_line_of_a_log_is_shown_while_it_runs() {
    let watched = Watched::new();
    watched.answers("runs", &[list(&[watched.run("Unknown", "Running", "")])]);
    watched.answers("run", &[watched.run("Unknown", "Running", "")]);
    watched.answers("tasks", &[list(&[running("build-image")])]);
    watched.answers("log", &[json!("\u{1b}[32mSTEP 5/7\u{1b}[0m\n"), json!("STEP 6/7\n")]);
    let mut screen = terminal(&watched, "--interval 1");
    screen.sees("| STEP 5/7");
    screen.sees("| STEP 6/7");
    screen.press(CTRL_C);
    let shown = screen.ends_with(130);
    assert!(
        shown.contains("stopped watching; the release goes on: `treenail watch 1.4.0` follows it again"),
        "{shown}"
    );
}
