//! The plain commands of `--dry-run`, of odd files: they come to the same commits, byte for byte.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::daily::shop::{MANIFESTS, Shop, image, image_file, revision};

const RELEASE_FILE: &str = "delivery/release/release.env";

/// Commits bytes, whatever Git would convert them to.
fn commit(shop: &Shop, path: &str, content: &[u8]) {
    let file = shop.home.path(&format!("{MANIFESTS}/{path}"));
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, content).unwrap();
    shop.home.git(MANIFESTS, "add -A");
    shop.home.git(MANIFESTS, "commit -q -m odd");
    shop.home.git(MANIFESTS, "push -q");
}

#[test]
#[ignore = "takes long"]
fn odd_files_of_a_request() {
    let shop = Shop::new();
    let odd: [&[u8]; 11] = [
        b"IMAGE_TAG=\r\nSOURCE_REVISION=\r\n",
        b"IMAGE_TAG=\nSOURCE_REVISION=\r\n",
        b"\xef\xbb\xbfIMAGE_TAG=\nSOURCE_REVISION=",
        b"  IMAGE_TAG=1\n\tSOURCE_REVISION=2\n# IMAGE_TAG=3\n",
        b"IMAGE_TAG=\nIMAGE_TAG=it's\nSOURCE_REVISION=\"a b\"\n",
        b"A=100% \\n \\\\ '$HOME' `id` \"x\" & !!\nIMAGE_TAG=\nSOURCE_REVISION=\n",
        b"# \xff latin\nIMAGE_TAG=\nSOURCE_REVISION=\n",
        b"-n\nIMAGE_TAG=a/b\nSOURCE_REVISION=\n",
        b"",
        b"no end",
        b"IMAGE_TAG=a=b\rSOURCE_REVISION=x\n",
    ];
    for (number, content) in odd.iter().enumerate() {
        commit(&shop, RELEASE_FILE, content);
        // The patch is not text for all of them.
        let release = format!("release 1.{number}.0 --push");
        let dry = shop.treenail(&format!("{release} --dry-run --json")).run().ends_with(0);
        let dry: serde_json::Value = serde_json::from_str(&dry.stdout).unwrap();
        let commands = dry["commands"].as_array().unwrap().iter().map(|command| command.as_str().unwrap());
        shop.assert_same(&release, &commands.collect::<Vec<_>>().join("\n"));
    }
    // A file that `sed` would write over, and then remove.
    commit(&shop, RELEASE_FILE, b"IMAGE_TAG=\nSOURCE_REVISION=\n");
    shop.home.write(&format!("{MANIFESTS}/{RELEASE_FILE}.bak"), "mine\n");
    let dry = shop.treenail("release 2.0.0 --dry-run").run().ends_with(0);
    assert!(
        dry.stderr.contains("$ printf 'IMAGE_TAG=2.0.0\\n") && !dry.stderr.contains(".bak"),
        "{}",
        dry.stderr
    );
}

#[test]
#[ignore = "takes long"]
fn files_that_git_converts() {
    let shop = Shop::new();
    for (attributes, number) in [("* text eol=crlf\n", 1), ("* text=auto\n", 2), ("* -text\n", 3)] {
        shop.home.write(&format!("{MANIFESTS}/.gitattributes"), attributes);
        commit(&shop, RELEASE_FILE, b"IMAGE_TAG=\r\nSOURCE_REVISION=\r\n");
        // As they are after a checkout.
        shop.home.git(MANIFESTS, "rm -q -r --cached .");
        shop.home.git(MANIFESTS, "reset -q --hard");
        shop.assert_same_as_plain(&format!("release 1.{number}.0 --push"));
        shop.deploy("staging", &format!("1.{number}.0"), &revision(number));
        shop.home.git(MANIFESTS, "push -q");
        shop.assert_same_as_plain("promote --push");
    }
}

/// A scaffold whose promotion carries a folder; gives its name of the option.
fn with_folder(shop: &Shop) -> &'static str {
    shop.home.treenail("scaffold export service mine").run().ends_with(0);
    let definition = shop.home.read("mine/scaffold.yaml");
    let manifests = "  manifests:";
    assert!(definition.contains(manifests));
    let promotes = "  promotes:\n  - deploy/overlays/[= env.name =]/extra/\n";
    let definition = definition.replacen(manifests, &format!("{promotes}{manifests}"), 1);
    shop.home.write("mine/scaffold.yaml", definition);
    "--scaffold ../mine"
}

#[test]
#[ignore = "takes long"]
fn odd_files_of_a_promotion() {
    let shop = Shop::new();
    let scaffold = with_folder(&shop);
    shop.deploy("staging", "1.0.0", &revision(1));
    let folder = "deploy/overlays/staging/extra";
    for name in ["a b.yaml", "it's.yaml", "x[1].yaml", "x1.yaml", "-n.yaml", "\u{e9}.yaml", "crlf"] {
        commit(&shop, &format!("{folder}/{name}"), format!("name: {name}\r\n").as_bytes());
    }
    let at = |name: &str| shop.home.path(&format!("{MANIFESTS}/{folder}/{name}"));
    symlink("a b.yaml", at("link")).unwrap();
    fs::set_permissions(at("crlf"), fs::Permissions::from_mode(0o755)).unwrap();
    commit(&shop, "deploy/overlays/production/extra/old.yaml", b"old\n");
    // Neither what is edited nor what Git does not know is promoted.
    fs::write(at("x1.yaml"), "edited\n").unwrap();
    fs::write(at("unknown.yaml"), "unknown\n").unwrap();
    shop.assert_same_as_plain(&format!("promote {scaffold} --push"));
    let promoted = shop.home.git(MANIFESTS, "ls-tree -r HEAD deploy/overlays/production/extra/");
    assert!(
        promoted.contains("120000") && promoted.contains("100755") && !promoted.contains("old.yaml"),
        "{promoted}"
    );
    assert_eq!(fs::read_to_string(at("x1.yaml")).unwrap(), "edited\n");
    // And back, with other contents, modes and files.
    shop.home.git(MANIFESTS, "checkout -q -- .");
    fs::remove_file(at("unknown.yaml")).unwrap();
    fs::set_permissions(at("crlf"), fs::Permissions::from_mode(0o644)).unwrap();
    fs::remove_file(at("link")).unwrap();
    shop.deploy("staging", "2.0.0", &revision(2));
    commit(&shop, &format!("{folder}/x1.yaml"), b"new\n");
    shop.assert_same_as_plain(&format!("promote {scaffold} --push"));
    shop.assert_same_as_plain(&format!("rollback production {scaffold} --push"));
}

/// A file that is edited is refused, or left alone, by both.
#[test]
#[ignore = "takes long"]
fn edited_files() {
    let shop = Shop::new();
    shop.deploy("staging", "1.0.0", &revision(1));
    shop.home.git(MANIFESTS, "push -q");
    let edited = |path: &str| shop.home.write(&format!("{MANIFESTS}/{path}"), "edited\n");
    edited(&image_file("staging"));
    shop.assert_same_as_plain("promote --push");
    let promoted = shop.home.read(&format!("{MANIFESTS}/{}", image_file("production")));
    assert_eq!(promoted, image("1.0.0", &revision(1)));
    edited(RELEASE_FILE);
    shop.treenail("release 2.0.0 --dry-run").run().ends_with(5);
    shop.treenail("release 2.0.0").run().ends_with(5);
    shop.home.git(MANIFESTS, "remote set-url origin https://git.example.com/acme/shop-gitops.git");
    let remote = shop.home.path(&format!("{MANIFESTS}.git"));
    shop.home.git(
        MANIFESTS,
        &format!("config url.{}.insteadOf https://git.example.com/acme/shop-gitops.git", remote.display()),
    );
    let dry = shop.treenail("release 2.0.0 --pr --dry-run").run().ends_with(0);
    assert!(dry.stderr.contains("$ git worktree add -q -b "), "{}", dry.stderr);
    shop.assert_same_as_plain("release 2.0.0 --pr");
    assert_eq!(shop.home.read(&format!("{MANIFESTS}/{RELEASE_FILE}")), "edited\n");
}

#[test]
fn a_message_of_several_lines() {
    let shop = Shop::new();
    let message = "--message=it's \\ 100%\n\n- `more`\n# not a comment";
    let dry = shop.treenail("release 1.0.0 --dry-run").arg(message).run().ends_with(0);
    let commands: Vec<&str> = dry.stderr.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    let script = commands.join("\n");
    shop.assert_same_by(|| shop.treenail("release 1.0.0").arg(message), &script);
}
