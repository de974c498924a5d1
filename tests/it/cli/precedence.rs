//! A flag wins over the answers file, that over what is detected, that over the default.

use crate::common::home::Home;

/// The line of `question` among the answers that a run with `arguments` prints.
fn answer(home: &Home, arguments: &str, question: &str) -> String {
    let output = home.treenail(&format!("new shop-gitops --defaults --print-answers {arguments}")).run();
    let output = output.ends_with(0);
    let start = format!("{question}: ");
    output.stdout.lines().find_map(|line| line.strip_prefix(&start)).unwrap().to_owned()
}

#[test]
fn flag_then_file_then_detected_then_default() {
    let home = Home::new();
    let source = "--set source-repo=https://github.com/acme/shop.git";
    assert_eq!(answer(&home, source, "port"), "8080");

    home.repository("shop");
    home.git("shop", "remote add origin https://github.com/acme/shop.git");
    home.write("shop/Dockerfile", "FROM scratch\nEXPOSE 9000\n");
    assert_eq!(answer(&home, "", "port"), "9000");

    home.write("answers.yaml", "port: 7000\n");
    assert_eq!(answer(&home, "--answers answers.yaml", "port"), "7000");
    assert_eq!(answer(&home, "--answers answers.yaml --port 6000", "port"), "6000");
    assert_eq!(answer(&home, "--answers answers.yaml --set port=6000", "port"), "6000");
}

#[test]
fn where_an_answer_came_from_is_recorded() {
    let home = Home::new();
    home.repository("shop");
    home.git("shop", "remote add origin https://github.com/acme/shop.git");
    home.write("answers.yaml", "port: 7000\n");
    home.treenail("new shop-gitops --defaults --answers answers.yaml --cpu 1").run().ends_with(0);
    let state = home.read("shop-gitops/.treenail/answers.yaml");
    let (_, from) = state.split_once("\nfrom:\n").unwrap();
    for line in [
        "  app: {detected: shop}",
        "  source-repo: {detected: https://github.com/acme/shop.git}",
        "  port: file",
        "  cpu: flag",
        "  memory: {default: 256Mi}",
    ] {
        assert!(from.lines().any(|other| other == line), "{line}\n{from}");
    }
}
