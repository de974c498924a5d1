//! Placeholders for the image of a release.

use super::*;

/// Returns the codes about images in a build of `shop`, which does not run, and `worker`.
fn of_build(worker: &str, kustomization: &str) -> Vec<&'static str> {
    let shop = DEPLOYMENT.replace("registry.example.com/acme/web:1", "app-image");
    let switched_off = "patches: [{target: {kind: Deployment, name: web}, patch: '[{op: add, path: /spec/replicas, value: 0}]'}]\n";
    let text = format!("resources: [shop.yaml, worker.yaml]\n{switched_off}{kustomization}");
    let files =
        [file("k/kustomization.yaml", &text), file("k/shop.yaml", &shop), file("k/worker.yaml", worker)];
    codes(&files).into_iter().filter(|code| matches!(*code, "TN085" | "TN093")).collect()
}

#[test]
fn placeholders_in_what_runs() {
    let worker = DEPLOYMENT
        .replace("registry.example.com/acme/web:1", "app-image")
        .replace("{name: web}", "{name: worker}");
    assert_eq!(of_build(&worker, ""), ["TN093"]);
    assert_eq!(
        of_build(
            &worker,
            "images: [{name: app-image, newName: registry.example.com/acme/shop, newTag: '1'}]\n"
        ),
        [""; 0]
    );
    assert_eq!(
        of_build(&worker.replace("spec:\n  selector", "spec:\n  replicas: 0\n  selector"), ""),
        [""; 0]
    );
    // Another image without a tag is none.
    assert_eq!(of_build(&worker.replace("app-image", "nginx"), ""), ["TN085"]);
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a, annotations: {argocd.argoproj.io/hook: PreSync}}\nspec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: app-image}]}}}\n";
    assert_eq!(of_build(job, ""), ["TN093"]);
    assert_eq!(of_build(&job.replace("spec: {template", "spec: {suspend: true, template"), ""), [""; 0]);
}

#[test]
fn names_that_a_kustomization_replaces() {
    let pod = |image: &str| DEPLOYMENT.replace("registry.example.com/acme/web:1", image);
    for (image, expected) in [("shop-image", "TN093"), ("placeholder", "TN093"), ("nginx", "TN085")] {
        let replaced = format!(
            "resources: [../a]\nimages: [{{name: {image}, newName: registry.example.com/acme/a, newTag: '1'}}]\n"
        );
        let files = [
            file("a/kustomization.yaml", "resources: [web.yaml]\n"),
            file("a/web.yaml", &pod(image)),
            file("b/kustomization.yaml", &replaced),
            file("c/kustomization.yaml", "resources: [../a]\n"),
        ];
        assert_eq!(codes(&files), [expected], "{image}");
    }
}

#[test]
fn images_that_bitnami_still_releases() {
    let of =
        |image: &str| codes(&[file("a.yaml", &DEPLOYMENT.replace("registry.example.com/acme/web:1", image))]);
    assert_eq!(of("docker.io/bitnami/redis:7.4"), ["TN086"]);
    assert_eq!(of("docker.io/bitnami/sealed-secrets-controller:0.27.1"), [""; 0]);
    assert_eq!(of("bitnami/minideb:bookworm"), [""; 0]);
}

/// `OpenShift` replaces a blank image by that of an image stream.
#[test]
fn blank_images() {
    let of = |annotations: &str| {
        let blank = DEPLOYMENT.replace("registry.example.com/acme/web:1", "' '");
        codes(&[file(
            "a.yaml",
            &blank.replace("{name: web}\nspec", &format!("{{name: web{annotations}}}\nspec")),
        )])
    };
    assert_eq!(of(""), ["TN100"]);
    assert_eq!(of(", annotations: {image.openshift.io/triggers: '[]'}"), [""; 0]);
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {image.openshift.io/triggers: '[]'}}\n\
               spec: {containers: [{name: a, image: ' '}]}\n";
    assert!(codes(&[file("a.yaml", pod)]).contains(&"TN100"));
}
