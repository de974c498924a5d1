//! The servers that have pull requests: which one a repository is on, and how a pull request is opened there.

use std::fmt::Write;

use crate::values::RepoUrl;

/// The kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forge {
    GitHub,
    GitLab,
    /// Gitea and Forgejo.
    Gitea,
}

/// A pull request to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PullRequest {
    pub(crate) branch: String,
    /// The branch to merge into.
    pub(crate) base: String,
    pub(crate) title: String,
    pub(crate) body: String,
    /// What merging it does to the cluster.
    pub(crate) effect: Option<EffectText>,
}

/// What merging a pull request does to the cluster, in Markdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EffectText {
    /// One line.
    pub(crate) headline: String,
    /// All of it.
    pub(crate) text: String,
}

impl Forge {
    /// Returns the kind of server of a repository, as far as its name says it.
    pub(crate) fn of(url: &RepoUrl) -> Option<Self> {
        let host = url.host().to_lowercase();
        let has = |name: &str| host.split('.').any(|label| label == name);
        if has("github") {
            Some(Self::GitHub)
        } else if has("gitlab") {
            Some(Self::GitLab)
        } else if has("codeberg") || has("gitea") || has("forgejo") {
            Some(Self::Gitea)
        } else {
            None
        }
    }

    /// Returns the options with which a push opens the pull request.
    pub(crate) fn push_options(self, request: &PullRequest) -> Vec<String> {
        match self {
            Self::GitLab => {
                let mut options = vec![
                    "merge_request.create".to_owned(),
                    format!("merge_request.target={}", request.base),
                    format!("merge_request.title={}", request.title),
                ];
                // An option of a push has one line.
                let headline = request.effect.as_ref().map(|effect| &effect.headline);
                options.extend(headline.map(|line| format!("merge_request.description={line}")));
                options
            }
            Self::GitHub | Self::Gitea => Vec::new(),
        }
    }

    /// Returns the page on which a person opens the pull request.
    pub(crate) fn page(self, url: &RepoUrl, request: &PullRequest) -> String {
        let port = url.port().filter(|_| url.to_string().starts_with("https:"));
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        let repository = format!("https://{}{port}/{}/{}", url.host(), url.owner(), url.name());
        let [branch, base] = [&request.branch, &request.base].map(|name| escaped(name));
        match self {
            Self::GitHub => format!("{repository}/compare/{base}...{branch}?expand=1"),
            Self::Gitea => format!("{repository}/compare/{base}...{branch}"),
            Self::GitLab => format!(
                "{repository}/-/merge_requests/new?merge_request%5Bsource_branch%5D={branch}\
                 &merge_request%5Btarget_branch%5D={base}"
            ),
        }
    }
}

impl PullRequest {
    fn whole_body(&self) -> String {
        let effect = self.effect.as_ref().map(|effect| format!("\n{}", effect.text));
        format!("{}{}", self.body, effect.unwrap_or_default())
    }

    /// Returns the arguments of `gh` that update the one of the branch.
    pub(crate) fn gh_edit(&self, url: &RepoUrl) -> Vec<String> {
        let repository = format!("--repo={}/{}/{}", url.host(), url.owner(), url.name());
        let [title, body] = [("title", &self.title), ("body", &self.whole_body())]
            .map(|(name, value)| format!("--{name}={value}"));
        // No branch begins with a dash.
        ["pr".to_owned(), "edit".to_owned(), self.branch.clone(), repository, title, body].into()
    }

    /// Returns the arguments of `gh`. Each value is part of its option, so none of them is taken for one.
    pub(crate) fn gh(&self, url: &RepoUrl) -> Vec<String> {
        let repository = format!("--repo={}/{}/{}", url.host(), url.owner(), url.name());
        let Self { branch, base, title, .. } = self;
        let options = [("head", branch), ("base", base), ("title", title), ("body", &self.whole_body())];
        let options = options.into_iter().map(|(name, value)| format!("--{name}={value}"));
        ["pr".to_owned(), "create".to_owned(), repository].into_iter().chain(options).collect()
    }
}

fn escaped(name: &str) -> String {
    name.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

/// Returns a name for a branch that is made of `words`.
pub(crate) fn branch_name(words: &[&str]) -> String {
    let plain = |text: &str| -> String {
        let kept = |found: char| if found.is_ascii_alphanumeric() || found == '.' { found } else { '-' };
        text.chars().map(kept).collect::<String>().replace("..", "-").trim_matches(['.', '-']).to_owned()
    };
    let words: Vec<String> = words.iter().map(|word| plain(word)).filter(|word| !word.is_empty()).collect();
    format!("treenail/{}", words.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::is_branch_name;

    fn url(text: &str) -> RepoUrl {
        RepoUrl::parse(text).unwrap()
    }

    fn request() -> PullRequest {
        let [branch, base, title, body] =
            ["treenail/release-shop-1+0", "main", "--web", "b"].map(str::to_owned);
        PullRequest { branch, base, title, body, effect: None }
    }

    #[test]
    fn the_server_is_known_by_its_name() {
        for (text, expected) in [
            ("https://github.com/acme/shop.git", Some(Forge::GitHub)),
            ("ssh://git@ssh.github.com:443/acme/shop.git", Some(Forge::GitHub)),
            ("https://gitlab.example.com:8443/acme/team/shop.git", Some(Forge::GitLab)),
            ("git@codeberg.org:acme/shop.git", Some(Forge::Gitea)),
            ("https://forgejo.example.com/acme/shop.git", Some(Forge::Gitea)),
            ("https://mygithub.example.com/acme/shop.git", None),
        ] {
            assert_eq!(Forge::of(&url(text)), expected, "{text}");
        }
    }

    #[test]
    fn pages_open_a_pull_request() {
        let page = |forge: Forge, text: &str| forge.page(&url(text), &request());
        assert_eq!(
            page(Forge::GitHub, "git@github.com:acme/shop.git"),
            "https://github.com/acme/shop/compare/main...treenail/release-shop-1%2B0?expand=1"
        );
        assert_eq!(
            page(Forge::Gitea, "https://gitea.example.com:3000/acme/shop"),
            "https://gitea.example.com:3000/acme/shop/compare/main...treenail/release-shop-1%2B0"
        );
        assert!(page(Forge::GitLab, "ssh://git@gitlab.com:22/a/b/shop.git").starts_with(
            "https://gitlab.com/a/b/shop/-/merge_requests/new?merge_request%5Bsource_branch%5D=treenail/"
        ));
    }

    #[test]
    fn no_value_is_an_option() {
        let arguments = request().gh(&url("https://github.com/acme/shop.git"));
        assert_eq!(arguments[..3], ["pr", "create", "--repo=github.com/acme/shop"]);
        assert!(arguments.contains(&"--title=--web".to_owned()));
        assert_eq!(Forge::GitLab.push_options(&request())[2], "merge_request.title=--web");
    }

    #[test]
    fn every_release_has_a_branch() {
        for (words, expected) in [
            (&["release", "shop", "1.0.0"][..], "treenail/release-shop-1.0.0"),
            (&["promote", "shop@sha256:00", "a b"], "treenail/promote-shop-sha256-00-a-b"),
            (&["x", "..", "a..b.lock~1"], "treenail/x-a-b.lock-1"),
        ] {
            assert_eq!(branch_name(words), expected);
            assert!(is_branch_name(expected));
        }
    }
}
