//! Names, paths and text.

use super::{canonical, kind, refuses, refuses_all, takes};

#[test]
fn labels() {
    let label = kind("label", "{max-length: 20}");
    takes(&label, &["shop", "a", "shop-2", "a--b", "abcdefghijklmnopqrst"]);
    refuses(
        &label,
        &[
            (
                "Shop",
                "`Shop` has an upper-case letter; only lower-case letters, digits and `-` are allowed",
                "shop",
            ),
            (
                "my_shop",
                "`my_shop` has the character `_`; only lower-case letters, digits and `-` are allowed",
                "my-shop",
            ),
            (
                "my shop",
                "`my shop` has a space; only lower-case letters, digits and `-` are allowed",
                "my-shop",
            ),
            (
                "2shop",
                "`2shop` starts with a digit; as the name of a Service it must start with a letter",
                "shop",
            ),
            ("-shop", "`-shop` starts with `-`; it must start with a letter or digit", "shop"),
            ("shop-", "`shop-` ends with `-`; it must end with a letter or digit", "shop"),
            (
                "abcdefghijklmnopqrs-u",
                "`abcdefghijklmnopqrs-u` has 21 characters; at most 20 are allowed",
                "abcdefghijklmnopqrs",
            ),
            (
                "123",
                "`123` starts with a digit; as the name of a Service it must start with a letter",
                "shop",
            ),
            ("  ", "the value is empty", "shop"),
        ],
    );
    takes(&kind("dns-label", "{}"), &["2shop", "shop", "0", &"a".repeat(63)]);
    refuses_all(&kind("dns-label", "{}"), &["Shop", "shöp", "a.b", "-", &"a".repeat(64), "a\nb", "a\0"]);
}

#[test]
fn subdomains() {
    let name = kind("dns-subdomain", "{}");
    takes(&name, &["standard", "ssd.example.com", "0", &format!("{0}.{0}.{0}", "a".repeat(63))]);
    refuses(
        &name,
        &[(
            "Fast.Disk",
            "`Fast` has an upper-case letter; only lower-case letters, digits and `-` are allowed",
            "fast.disk",
        )],
    );
    refuses_all(&name, &["a..b", ".a", "a.", "a b", "a/b", "-a", &["a"; 128].join(".")]);
}

#[test]
fn environments() {
    let list = kind("environments", "{reserved: [base], max: 3}");
    takes(&list, &["production", "staging,production", "a=x,b=y", "0,1"]);
    assert_eq!(canonical(&list, " staging , production = live "), "staging,production=live");
    refuses(
        &list,
        &[
            (
                "Staging,prod",
                "`Staging` has an upper-case letter; only lower-case letters, digits and `-` are allowed",
                "staging,prod",
            ),
            ("a,base", "`base` is reserved for the scaffold", "a"),
            ("a,b,a", "duplicate environment `a`", "a,b"),
            ("a=x,b=x", "duplicate namespace `x`", "staging,production"),
            ("a,b,", "an environment has no name; separate names by single commas", "a,b"),
            ("a=", "`a=` has no namespace after the `=`", "a"),
            ("=x", "`=x` has no name before the `=`", "staging,production"),
            ("a,b,c,d", "4 environments are given; at most 3 are allowed", "staging,production"),
        ],
    );
    refuses_all(&list, &["a b", "a;b", "a=b=c", "a=X", ","]);
    let many: Vec<String> = (0..21).map(|number| format!("e{number}")).collect();
    assert!(kind("environments", "{}").parse(&many.join(",")).is_err());
    assert!(kind("environments", "{}").parse(&many[..20].join(",")).is_ok());
}

#[test]
fn addresses() {
    let list = kind("addresses", "{}");
    takes(&list, &["169.254.169.254/32", "198.51.100.0/24,fd00:ec2::254/128", "2000::/3", "10.0.0.0/8"]);
    assert_eq!(
        canonical(&list, " 169.254.169.254 , fd00:EC2:0::254,169.254.169.254/32"),
        "169.254.169.254/32,fd00:ec2::254/128"
    );
    let example = "169.254.169.254/32,198.51.100.0/24";
    refuses(
        &list,
        &[
            ("metadata", "`metadata` is not an IP address", example),
            ("1.2.3.4,", "`` is not an IP address", example),
            ("01.2.3.4", "`01.2.3.4` is not an IP address", example),
            (
                "0.0.0.0/0",
                "`0.0.0.0/0` has no length of a network; it is a number from 1 to 32",
                "0.0.0.0/32",
            ),
            ("::ffff:1.2.3.4", "`::ffff:1.2.3.4` is an IPv4 address written as IPv6", "1.2.3.4"),
            ("::1/129", "`::1/129` has no length of a network; it is a number from 1 to 128", "::1/128"),
            (
                "198.51.100.7/24",
                "`198.51.100.7/24` is not the first address of its network",
                "198.51.100.0/24",
            ),
        ],
    );
    refuses_all(
        &list,
        &["", "1.2.3.4/", "1.2.3.4/+8", "1.2.3.4/08", "1.2.3.4;5.6.7.8", "[::1]", "fe80::1%eth0"],
    );
}

#[test]
fn owners() {
    let list = kind("owners", "{}");
    takes(&list, &["@acme/platform", "@ann,@acme/web/shop,ops+shop@example.com", "@a_b.c-d"]);
    assert_eq!(canonical(&list, " @acme/platform  @ann, @acme/platform "), "@acme/platform,@ann");
    refuses(
        &list,
        &[
            (
                "acme/platform",
                "`acme/platform` is neither `@NAME`, `@ORGANISATION/TEAM` nor an email address",
                "@acme/platform",
            ),
            (
                "@a #b",
                "`#b` has the character `#`; an owner has only letters, digits and `@/._+-`",
                "@acme/platform",
            ),
            (",", "the list has no owner", "@acme/platform"),
        ],
    );
    refuses_all(&list, &["@", "@/a", "@a/", "@a//b", "@-a", "a@b", "a/b@c.d", "@@a", "@a\nb", "@a:b", "*"]);
}

#[test]
fn recipients() {
    let list = kind("recipients", "{}");
    takes(
        &list,
        &[
            "slack:deploys",
            "slack:#deploys;déploiements",
            "slack:a,email:ops+shop@example.com",
            "my_hook-2:x",
        ],
    );
    assert_eq!(canonical(&list, " slack : a ; b , teams:x, slack:b;c "), "slack:a;b;c,teams:x");
    refuses(
        &list,
        &[
            ("deploys", "`deploys` names no service; write `SERVICE:RECIPIENT`", "slack:deploys"),
            (":deploys", "a service has no name; write `SERVICE:RECIPIENT`", "slack:deploys"),
            ("slack:", "`slack:` has an empty recipient", "slack:deploys"),
            (
                "a.b:c",
                "`a.b` has the character `.`; the name of a service has only letters, digits, `-` and `_`",
                "slack:deploys",
            ),
            (
                "slack:a b",
                "`a b` has a space; only letters, digits and `-_.@#+/=` are allowed",
                "slack:deploys",
            ),
            ("hook-:x", "the service `hook-` must end with a letter or digit", "slack:deploys"),
        ],
    );
    let longest = "s".repeat(30);
    takes(&list, &[&format!("{longest}:x")]);
    refuses_all(
        &list,
        &[
            "slack",
            "slack:a,",
            "slack:a;",
            "slack:a:b",
            "slack:`a`",
            "slack:a|b",
            &format!("{longest}s:x"),
            ",",
        ],
    );
}

#[test]
fn branches() {
    let branch = kind("branch", "{}");
    takes(&branch, &["main", "release/1.2", "feature/x_y-z", "a.b", "lock", "head"]);
    refuses(
        &branch,
        &[
            (
                "refs/heads/main",
                "`refs/heads/main` is a full reference; only the branch's name is needed",
                "main",
            ),
            ("-main", "`-main` starts with `-`, which commands would treat as an option", "main"),
            ("a..b", "`a..b` has `..`, which means a range of commits", "main"),
            ("main/", "`main/` has an empty part before, after or between slashes", "main"),
            ("HEAD", "`HEAD` is not a branch", "main"),
        ],
    );
    let long = "a".repeat(241);
    refuses_all(
        &branch,
        &[
            "a b",
            "a~1",
            "a^",
            "a:b",
            "a?",
            "a*",
            "a[b",
            "a\\b",
            "@",
            "a@{b",
            "a//b",
            "/a",
            "a.",
            ".a",
            "a/.b",
            "a.lock",
            "a.LOCK/b",
            "refs/tags/x",
            &long,
        ],
    );
}

#[test]
fn relative_paths() {
    let path = kind("relative-path", "{}");
    takes(&path, &[".", "Dockerfile", "services/shop", "a/.hidden", "a+b=c@d_e", ".gitignore"]);
    for (text, written) in [("./", "."), ("./a/", "a"), ("././a", "a"), ("a//", "a")] {
        assert_eq!(canonical(&path, text), written);
    }
    refuses(
        &path,
        &[
            ("/etc", "`/etc` is not relative to the root of the repository", "etc"),
            ("../x", "`../x` has a `..`; the path may not leave the repository", "services/shop"),
            ("a\\b", "`a\\b` has a backslash; folders are separated by `/`", "a/b"),
            ("a//b", "`a//b` has two slashes in a row", "a/b"),
            ("a/./b", "`a/./b` has an unnecessary `.`", "a/b"),
            ("a/-b", "`a/-b` has the part `-b`, which commands would treat as an option", "services/shop"),
            (".git/hooks", "`.git/hooks` is inside `.git`, which Git never tracks", "services/shop"),
        ],
    );
    refuses_all(&path, &["a b", "a/..", "a/.GIT", "~/x", "a\nb", "a;b", "$x", "a*", "é"]);
}

#[test]
fn commands() {
    let command = kind("command", "{}");
    takes(
        &command,
        &["make test", "set -e\n\n\tgo test ./...\ngo vet ./...", "echo $(date) ${X} $(paramsx) $((1+2))"],
    );
    assert_eq!(canonical(&command, "make test\n\n"), "make test");
    refuses(
        &command,
        &[
            (
                "echo $(params.image)",
                "`$(params.image)` is a Tekton variable; Tekton would replace it before the shell runs",
                "make test",
            ),
            (
                "a\r\nb",
                "`a\\r\\nb` has a line break; a command is printable text, tabs and line feeds",
                "a\nb",
            ),
        ],
    );
    let long = "x".repeat(4097);
    refuses_all(
        &command,
        &[
            "$(tasks.a.results.b)",
            "$(context.run)",
            "$(workspaces.a.path)",
            "$(results.a.path)",
            "$(steps.a)",
            "$(params[\"a\"])",
            "a\u{1b}[0m",
            "a\u{202e}b",
            "a\0b",
            &long,
        ],
    );
}

#[test]
fn lines_of_text() {
    let line = kind("text", "{}");
    takes(&line, &["Shop, the (best) one: ü → \u{1f6d2}", "no", "'\"#"]);
    refuses_all(&line, &["a\nb", "a\tb", "a\u{7f}", "a\u{2028}b", "a\u{feff}b", "a\u{ffff}"]);
    let choice = kind("text", "{choices: [rolling, blue-green, canary]}");
    takes(&choice, &["rolling", "canary"]);
    refuses(
        &choice,
        &[
            (
                "rollng",
                "`rollng` is none of `rolling`, `blue-green`, `canary`; did you mean `rolling`",
                "rolling",
            ),
            ("recreate", "`recreate` is none of `rolling`, `blue-green`, `canary`", "rolling"),
        ],
    );
}
