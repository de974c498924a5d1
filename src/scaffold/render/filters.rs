//! Filters of templates beyond those of the engine. Each turns a value into text, without side effects.

use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::meter;
use crate::scaffold::quote;
use crate::values::{Duration, Invalid, RepoUrl, quantity};

pub(super) fn register(tera: &mut Tera) {
    tera.register_filter("yaml", |value: &Value, _: Kwargs, _: &State| kept(yaml(value, &plain_value)?));
    tera.register_filter("yaml_string", |value: &Value, _: Kwargs, _: &State| {
        kept(yaml(value, &string_value)?)
    });
    tera.register_filter("k8s_literal", |text: &str, _: Kwargs, _: &State| kept(text.replace('$', "$$")));
    tera.register_filter("add_minutes", |text: &str, with: Kwargs, _: &State| add_minutes(text, &with));
    tera.register_filter("sibling_repository", |text: &str, with: Kwargs, _: &State| {
        kept(sibling(text, &with)?)
    });
    tera.register_filter("default_image", |text: &str, _: Kwargs, _: &State| kept(default_image(text)?));
    tera.register_filter("go_duration", |text: &str, _: Kwargs, _: &State| go_duration(text));
    tera.register_filter("argocd_pattern", |text: &str, _: Kwargs, _: &State| kept(argocd_pattern(text)));
    tera.register_filter("times", |text: &str, with: Kwargs, _: &State| times(text, &with));
    tera.register_filter("host", |text: &str, _: Kwargs, _: &State| kept(host(text)?));
    tera.register_filter("keyscan", |text: &str, _: Kwargs, _: &State| kept(keyscan(text)?));
}

/// Returns `text` if it is not too large: each filter of a chain may double it.
fn kept(text: String) -> TeraResult<String> {
    meter::keep_bytes(text.len()).map(|()| text)
}

/// Formats a scalar, or a list of scalars in flow style, quoted for YAML.
fn yaml(value: &Value, scalar: &impl Fn(&Value) -> Option<String>) -> TeraResult<String> {
    let refuse = || tera::Error::message(format!("a value of type {} cannot be written here", value.name()));
    match value.as_array() {
        Some(elements) => {
            let elements: Option<Vec<_>> = elements.iter().map(scalar).collect();
            Ok(format!("[{}]", elements.ok_or_else(refuse)?.join(", ")))
        }
        None => scalar(value).ok_or_else(refuse),
    }
}

/// Returns numbers and booleans unchanged, and quotes text if necessary.
fn plain_value(value: &Value) -> Option<String> {
    match value.as_str() {
        Some(text) => Some(quote::scalar(text).into_owned()),
        None => is_whole_or_bool(value).then(|| value.to_string()),
    }
}

/// Formats a value so that YAML reads a string, as annotations and environment variables need.
fn string_value(value: &Value) -> Option<String> {
    match value.as_str() {
        Some(text) => Some(quote::scalar(text).into_owned()),
        None => is_whole_or_bool(value).then(|| quote::double_quoted(&value.to_string())),
    }
}

fn is_whole_or_bool(value: &Value) -> bool {
    value.is_bool() || value.as_i128().is_some() && !value.is_f64()
}

fn add_minutes(text: &str, arguments: &Kwargs) -> TeraResult<String> {
    let minutes = arguments.must_get::<u64>("minutes")?;
    Ok(Duration::parse(text).map_err(invalid)?.plus_minutes(minutes).to_string())
}

fn times(text: &str, arguments: &Kwargs) -> TeraResult<String> {
    let factor = arguments.must_get::<u32>("factor")?;
    quantity::times(text, factor).ok_or_else(|| tera::Error::message("this is no quantity"))
}

fn sibling(text: &str, arguments: &Kwargs) -> TeraResult<String> {
    let name = arguments.must_get::<&str>("name")?;
    Ok(RepoUrl::parse(text).map_err(invalid)?.sibling(name))
}

fn default_image(text: &str) -> TeraResult<String> {
    Ok(RepoUrl::parse(text).map_err(invalid)?.default_image().unwrap_or_default())
}

/// Formats a duration as Go, and so every API server, does.
fn go_duration(text: &str) -> TeraResult<String> {
    let seconds = Duration::parse(text).map_err(invalid)?.seconds();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    Ok(match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    })
}

/// Returns a pattern for an Argo CD project that matches only the text. Brackets of an IPv6 address would be
/// a character class (`util/glob` in Argo CD).
fn argocd_pattern(text: &str) -> String {
    let is_special = |letter| matches!(letter, '\\' | '*' | '?' | '[' | ']' | '{' | '}');
    let escaped = |letter| is_special(letter).then_some('\\').into_iter().chain([letter]);
    text.chars().flat_map(escaped).collect()
}

/// Returns the name of a repository's server in lower case, by which servers can be compared.
fn host(text: &str) -> TeraResult<String> {
    Ok(RepoUrl::parse(text).map_err(invalid)?.host().to_lowercase())
}

/// Returns the arguments of `ssh-keyscan` for a repository's server.
fn keyscan(text: &str) -> TeraResult<String> {
    let url = RepoUrl::parse(text).map_err(invalid)?;
    Ok(match url.port() {
        Some(port) => format!("-p {port} {}", url.host()),
        None => url.host().to_owned(),
    })
}

fn invalid(invalid: Invalid) -> tera::Error {
    tera::Error::message(invalid.reason)
}

#[cfg(test)]
mod tests {
    use crate::scaffold::render::engine::{Engine, Variables};
    use crate::values::value::Value;

    fn rendered(template: &str) -> Result<String, String> {
        let mut variables = Variables::default();
        variables.text("word", "no");
        variables.text("script", "echo $HOME $(date)");
        variables.text("source", "https://github.com/acme/shop.git");
        variables.text("timeout", "40m");
        variables.answer("port".to_owned(), &Value::Number(8080));
        Engine::new([("t", template)]).map_err(|reports| reports.join("\n"))?.render("t", &variables)
    }

    #[test]
    fn yaml_quotes_what_must_be_quoted() {
        assert_eq!(
            rendered("[= word | yaml =] [= port | yaml =] [= true | yaml =]").unwrap(),
            "\"no\" 8080 true"
        );
        assert_eq!(
            rendered("[= ['a', word, port] | yaml =] [= [] | yaml =]").unwrap(),
            "[a, \"no\", 8080] []"
        );
    }

    #[test]
    fn quantities_are_multiplied() {
        for (quantity, product) in [
            ("4Gi", "200Gi"),
            ("1.5Gi", "75Gi"),
            ("0.01Ti", "0.5Ti"),
            ("1e9", "50e9"),
            ("1048576", "52428800"),
            ("8191Pi", "9223372036854775807"),
        ] {
            assert_eq!(rendered(&format!("[= '{quantity}' | times(factor=50) =]")).unwrap(), product);
        }
        assert!(rendered("[= 'much' | times(factor=50) =]").unwrap_err().contains("this is no quantity"));
    }

    #[test]
    fn yaml_string_makes_strings_of_numbers() {
        assert_eq!(
            rendered("[= port | yaml_string =] [= true | yaml_string =]").unwrap(),
            "\"8080\" \"true\""
        );
        assert_eq!(rendered("[= 'a' | yaml_string =]").unwrap(), "a");
        assert_eq!(rendered("[= [port] | yaml_string =]").unwrap(), "[\"8080\"]");
    }

    #[test]
    fn durations_as_go_writes_them() {
        for (text, expected) in
            [("40m", "40m0s"), ("90s", "1m30s"), ("45s", "45s"), ("2h", "2h0m0s"), ("1h5s", "1h0m5s")]
        {
            assert_eq!(rendered(&format!("[= '{text}' | go_duration =]")).unwrap(), expected);
        }
    }

    #[test]
    fn yaml_refuses_what_is_no_scalar() {
        for template in
            ["[= {'a': 1} | yaml =]", "[= [[1]] | yaml =]", "[= 1.5 | yaml =]", "[= none | yaml =]"]
        {
            let report = rendered(template).unwrap_err();
            assert!(report.contains("cannot be written here") && report.contains("t:1:"), "{report}");
        }
    }

    #[test]
    fn kubernetes_leaves_a_literal_alone() {
        assert_eq!(rendered("[= script | k8s_literal | yaml =]").unwrap(), "echo $$HOME $$(date)");
    }

    #[test]
    fn addresses_and_durations() {
        let template = "[= timeout | add_minutes(minutes=5) =] [= source | default_image =] \
                        [= source | sibling_repository(name='shop-delivery') =]";
        assert_eq!(
            rendered(template).unwrap(),
            "45m ghcr.io/acme/shop https://github.com/acme/shop-delivery.git"
        );
        assert_eq!(rendered("[= 'https://git.example.com/a/b' | default_image =]").unwrap(), "");
        assert_eq!(rendered("[= 'https://[::1]/*' | argocd_pattern =]").unwrap(), r"https://\[::1\]/\*");
        assert_eq!(rendered("[= source | argocd_pattern =]").unwrap(), "https://github.com/acme/shop.git");
        assert_eq!(rendered("[= source | keyscan =]").unwrap(), "github.com");
        assert_eq!(rendered("[= 'git@GitHub.com:a/b.git' | host =]").unwrap(), "github.com");
        assert_eq!(rendered("[= 'ssh://git@ssh.github.com:443/a/b' | host =]").unwrap(), "ssh.github.com");
        let with_port = "[= 'ssh://git@git.example.com:2222/a/b' | keyscan =]";
        assert_eq!(rendered(with_port).unwrap(), "-p 2222 git.example.com");
        assert!(rendered("[= word | add_minutes(minutes=5) =]").unwrap_err().contains("`no`"));
        assert!(rendered("[= timeout | add_minutes =]").unwrap_err().contains("minutes"));
    }
}
