//! The table of types: their names, limits and parsers.

use super::invalid::Invalid;
use super::value::Value;
use super::{
    Limits, addresses, branch, duration, environments, image, name, number, owners, path, quantity,
    recipients, repository, text, url,
};
use crate::invisible;

#[derive(Debug)]
pub(super) struct TypeSpec {
    pub(super) name: &'static str,
    pub(super) noun: &'static str,
    /// Valid values; the limits decide which is shown.
    examples: &'static [&'static str],
    limits: &'static [&'static str],
    reader: fn(&str, &Limits) -> Result<Value, Invalid>,
}

impl TypeSpec {
    pub(super) fn read(&self, text: &str, limits: &Limits) -> Result<Value, Invalid> {
        if text.is_empty() {
            return Err(Invalid::new("the value is empty"));
        }
        (self.reader)(text, limits)
    }

    /// Rejects limits that the type does not take or that exceed it.
    pub(super) fn check(&self, limits: &Limits) -> Result<(), String> {
        let name = self.name;
        if let Some(limit) = limits.given().find(|limit| !self.limits.contains(limit)) {
            return Err(match self.limits {
                [] => format!("type `{name}` takes no limits, but `{limit}` is given"),
                takes => format!("type `{name}` does not take `{limit}`; it takes `{}`", takes.join("`, `")),
            });
        }
        if limits.max_length.is_some_and(|longest| longest > name::LONGEST) {
            return Err(format!("`max-length` of type `{name}` is at most {}", name::LONGEST));
        }
        if self.name == ENVIRONMENTS && limits.max.is_some_and(|most| most > environments::MOST) {
            return Err(format!("`max` of type `{name}` is at most {}", environments::MOST));
        }
        if self.limits.contains(&"unit") && limits.unit.is_none() {
            return Err(format!("type `{name}` needs a `unit`: `cpu`, `memory` or `storage`"));
        }
        for (limit, entries) in [("choices", &limits.choices), ("reserved", &limits.reserved)] {
            if entries.len() > MOST_ENTRIES {
                return Err(format!(
                    "`{limit}` has {} entries; at most {MOST_ENTRIES} are allowed",
                    entries.len()
                ));
            }
        }
        let unreadable = |choice: &&String| self.read(choice, limits).is_err();
        match limits.choices.iter().find(unreadable) {
            Some(choice) => Err(match invisible::first_in(choice) {
                Some(character) => format!("choices: contains the invisible character {character}"),
                None => format!("the choice `{}` is not a single line of text", choice.escape_debug()),
            }),
            None => Ok(()),
        }
    }

    /// Returns a canonical value within the limits: a usual one, else a limit itself.
    pub(super) fn example(&self, limits: &Limits) -> Option<String> {
        let ends = limits.min.into_iter().chain(limits.max);
        let ends = ends.flat_map(|end| [end.to_string(), format!("{end}s")]);
        let usual = self.examples.iter().copied().chain(limits.unit.map(quantity::Unit::example));
        let candidates = limits.choices.iter().take(1).cloned().chain(usual.map(str::to_owned)).chain(ends);
        candidates.filter_map(|text| self.read(&text, limits).ok()).map(|value| value.to_text()).next()
    }
}

const ENVIRONMENTS: &str = "environments";

/// The most entries of a list in the limits; each answer is compared with all of them.
const MOST_ENTRIES: usize = 1000;

/// All types, in the order of the reference.
pub(super) const TYPES: [TypeSpec; 19] = [
    TypeSpec {
        name: "label",
        noun: "a DNS label that starts with a letter",
        examples: &["shop", "s"],
        limits: &["max-length"],
        reader: name::label,
    },
    TypeSpec {
        name: "dns-label",
        noun: "a DNS label",
        examples: &["shop-staging", "shop", "s"],
        limits: &["max-length"],
        reader: name::dns_label,
    },
    TypeSpec {
        name: "dns-subdomain",
        noun: "a DNS name",
        examples: &["standard"],
        limits: &[],
        reader: name::dns_subdomain,
    },
    TypeSpec {
        name: ENVIRONMENTS,
        noun: "a list of environments, `NAME[=NAMESPACE],...`",
        examples: &["staging,production", "production", "staging", "live", "test"],
        limits: &["max", "reserved"],
        reader: environments::read,
    },
    TypeSpec {
        name: "repository",
        noun: "the URL of a Git repository",
        examples: &[repository::EXAMPLE],
        limits: &[],
        reader: repository::read,
    },
    TypeSpec {
        name: "image",
        noun: "an image name without tag and digest",
        examples: &[image::EXAMPLE],
        limits: &[],
        reader: image::name,
    },
    TypeSpec {
        name: "image-reference",
        noun: "an image with a tag or a digest",
        examples: &["registry.example.com/tools/git:1.2.3"],
        limits: &[],
        reader: image::reference,
    },
    TypeSpec {
        name: "integer",
        noun: "a whole number",
        examples: &["8080", "3", "1", "0"],
        limits: &["min", "max"],
        reader: number::read,
    },
    TypeSpec {
        name: "http-path",
        noun: "the path of an HTTP request",
        examples: &["/healthz"],
        limits: &[],
        reader: url::http_path,
    },
    TypeSpec {
        name: "quantity",
        noun: "an amount",
        examples: &[],
        limits: &["unit"],
        reader: quantity::read,
    },
    TypeSpec {
        name: "duration",
        noun: "a duration",
        examples: &[duration::EXAMPLE, "1h", "5m", "30s"],
        limits: &["min", "max"],
        reader: duration::read,
    },
    TypeSpec {
        name: "relative-path",
        noun: "a path inside the repository",
        examples: &["services/shop"],
        limits: &[],
        reader: path::relative,
    },
    TypeSpec {
        name: "server-url",
        noun: "the HTTPS URL of a Kubernetes API server",
        examples: &["https://kubernetes.default.svc"],
        limits: &[],
        reader: url::server,
    },
    TypeSpec {
        name: "branch",
        noun: "the name of a Git branch",
        examples: &["main"],
        limits: &["any"],
        reader: branch::read,
    },
    TypeSpec {
        name: "addresses",
        noun: "a list of IP addresses and networks",
        examples: &["169.254.169.254,198.51.100.0/24"],
        limits: &[],
        reader: addresses::read,
    },
    TypeSpec {
        name: "recipients",
        noun: "a list of recipients, `SERVICE:RECIPIENT,...`",
        examples: &["slack:deploys"],
        limits: &[],
        reader: recipients::read,
    },
    TypeSpec {
        name: "owners",
        noun: "a list of code owners",
        examples: &["@acme/platform"],
        limits: &[],
        reader: owners::read,
    },
    TypeSpec {
        name: "command",
        noun: "a shell command",
        examples: &["make test"],
        limits: &[],
        reader: text::command,
    },
    TypeSpec {
        name: "text",
        noun: "a line of text",
        examples: &["shop"],
        limits: &["choices"],
        reader: text::line,
    },
];
