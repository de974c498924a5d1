//! Secrets that are recognised by their shape, wherever they are.

use super::base64;
use super::value::is_stand_in;

/// Kinds of tokens: the name in messages, the prefix, and the minimum number of characters after it.
const TOKENS: [(&str, &str, usize); 14] = [
    ("an API key of Google", "AIza", 35),
    ("a token of Docker Hub", "dckr_pat_", 20),
    ("a token of GitHub", "ghp_", 36),
    ("a token of GitHub", "gho_", 36),
    ("a token of GitHub", "ghs_", 36),
    ("a token of GitHub", "ghu_", 36),
    ("a token of GitHub", "github_pat_", 22),
    ("a token of GitLab", "glpat-", 20),
    ("a token of npm", "npm_", 36),
    ("a token of PyPI", "pypi-", 50),
    ("a token of Slack", "xoxb-", 20),
    ("a token of Slack", "xoxp-", 20),
    ("a live key of Stripe", "sk_live_", 20),
    ("a token of Vault", "hvs.", 20),
];

/// Length of the shortest secret, `://:abc@`.
const SHORTEST: usize = "://:abc@".len();

/// Length of the shortest of [`TOKENS`], which is less than those of keys, logins and signed tokens.
const SHORTEST_TOKEN: usize = "hvs.".len() + 20;

/// Length of the id of an access key of AWS.
const SHORTEST_KEY_ID: usize = "AKIA".len() + 16;

/// Fewest characters of base64 between the lines of a private key; the shortest in use has 64.
const SHORTEST_KEY: usize = 40;

pub(crate) fn secret(text: &str) -> Option<&'static str> {
    // Every key and value of every file comes here, and most are short.
    if text.len() < SHORTEST {
        return None;
    }
    let is_long = text.len() >= SHORTEST_TOKEN;
    if is_long && text.contains("PRIVATE KEY-----") && has_private_key(text) {
        return Some("a private key");
    }
    if is_long && text.contains("\"auths\"") && has_auth(text) {
        return Some("the password of a registry");
    }
    if is_long && text.contains("eyJ") && words(text).any(is_jwt) {
        return Some("a signed token (JWT)");
    }
    if text.contains("://") && without_comments(text).flat_map(words).any(has_password) {
        return Some("a password in a URL");
    }
    if is_long { starts_of_words(text).find_map(token) } else { None }
}

/// Whether `text` contains the id of an access key of AWS, which is the public half of a key.
pub(crate) fn has_access_key_id(text: &str) -> bool {
    let is_id = |rest: &str| {
        let digits =
            rest.bytes().skip(4).take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        rest.starts_with("AKIA") && digits.count() == 16 && !is_stand_in(rest)
    };
    text.len() >= SHORTEST_KEY_ID && text.contains("AKIA") && starts_of_words(text).any(is_id)
}

/// Whether a private key is in `text`: the first line alone, as in a script that looks for one, is not, and neither is a
/// key that somebody has to fill in.
fn has_private_key(text: &str) -> bool {
    let begin = text.split("-----BEGIN ").skip(1);
    let mut keys = begin.filter_map(|rest| rest.split_once("PRIVATE KEY-----")?.1.split_once("-----END "));
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    // A script has it in one line, with `\n` for the ends of lines.
    keys.any(|(body, _)| {
        let body = body.replace("\\n", "\n");
        !body.contains("...") && body.bytes().filter(is_digit).count() >= SHORTEST_KEY
    })
}

/// Returns the lines of `text` that are not comments.
fn without_comments(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with(['#', ';']))
}

/// Returns the rest of `text` from the start of each word of letters and digits.
fn starts_of_words(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let is_start =
        |at: &usize| bytes[*at].is_ascii_alphabetic() && (*at == 0 || !bytes[at - 1].is_ascii_alphanumeric());
    (0..bytes.len()).filter(is_start).map(|at| &text[at..])
}

fn token(text: &str) -> Option<&'static str> {
    // Every word of every file comes here, and the first letter tells almost all of them.
    let first = text.as_bytes().first();
    let may_start = |start: &str| start.as_bytes().first() == first && text.starts_with(start);
    let (what, start, length) = TOKENS.iter().find(|(_, start, _)| may_start(start))?;
    let rest = &text[start.len()..];
    let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && !"_-".contains(letter));
    let rest = &rest[..end.unwrap_or(rest.len())];
    (rest.len() >= *length && !is_stand_in(rest)).then_some(*what)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '`'))
}

/// Whether `text` contains `"auth": "..."` with a non-empty value.
fn has_auth(text: &str) -> bool {
    ["\"auth\"", "\"password\""].iter().any(|key| {
        text.split(key).skip(1).any(|rest| {
            let value = rest
                .trim_start()
                .strip_prefix(':')
                .map(str::trim_start)
                .and_then(|rest| rest.strip_prefix('"'));
            let value = value.and_then(|rest| rest.split('"').next()).unwrap_or_default();
            // `auth` is user and password in base64.
            let is_pair = *key != "\"auth\"" || base64::decode(value).is_some_and(|pair| pair.contains(':'));
            value.len() > 3 && !value.contains(['$', '{']) && is_pair && !is_stand_in(value)
        })
    })
}

fn is_jwt(word: &str) -> bool {
    let word = word.rsplit(['=', ' ']).find(|part| !part.is_empty()).unwrap_or_default();
    let parts: Vec<_> = word.split('.').collect();
    let is_part = |part: &&str| {
        part.len() >= 10 && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    parts.len() == 3
        && parts[0].starts_with("eyJ")
        && parts[1].starts_with("eyJ")
        && parts.iter().all(is_part)
}

/// Whether `word` is a URL with a password, as in `https://user:password@host`.
fn has_password(word: &str) -> bool {
    let Some((scheme, rest)) = word.split_once("://") else { return false };
    let user =
        rest.split(['/', '?', '#']).next().and_then(|host| host.rsplit_once('@')).map(|(user, _)| user);
    let pair = user.and_then(|user| user.split_once(':'));
    scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+')
        && pair.is_some_and(|(user, password)| {
            password.len() > 2
                // A program's own account, such as `guest:guest`, is no secret.
                && password != user
                && !password.contains(['$', '{', '<', '%', '@', '[', '*', '\\', '(', '|'])
                && !matches!(password, "password" | "pass" | "secret" | "token" | "pwd")
                && !is_stand_in(password)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_recognised_by_their_shape() {
        // Put together, so that no scanner takes this file for a leak.
        let token =
            |start: &str, length: usize| format!("{start}{}", "a1B2c3D4e5".repeat(7).split_at(length).0);
        let jwt = format!("Bearer {}.{}.{}", token("eyJ", 20), token("eyJ", 30), token("s", 30));
        let key =
            format!("-----BEGIN {0}-----\n{1}\n-----END {0}-----", "RSA PRIVATE KEY", "MIIB".repeat(16));
        for (text, what) in [
            (token("ghp_", 36), "a token of GitHub"),
            (format!("TOKEN={}", token("glpat-", 20)), "a token of GitLab"),
            (jwt, "a signed token (JWT)"),
            (key, "a private key"),
            ("git clone https://ci:s3cr3t@git.example.com/shop".to_owned(), "a password in a URL"),
            (r#"{"auths": {"ghcr.io": {"auth": "Y2k6czNjcjN0"}}}"#.to_owned(), "the password of a registry"),
        ] {
            assert_eq!(secret(&text), Some(what), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_one_is_left_alone() {
        for text in [
            "https://$USER:$TOKEN@git.example.com/shop",
            "https://user:password@git.example.com",
            "ssh://git@git.example.com:2222/shop",
            "AKIAIOSFODNN7EXAMPLE",
            "ghp_short",
            "grep -q 'BEGIN RSA PRIVATE KEY' key",
            "-----BEGIN OPENSSH PRIVATE KEY-----\n...\n-----END OPENSSH PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----\nYOUR_KEY_HERE\n-----END RSA PRIVATE KEY-----",
            "amqp://guest:guest@rabbitmq",
            "# http://shop.example.com:80+&@127.0.0.1/",
            "http://ACCESS_KEY_ID:ACCESS_SECRET_KEY@S3_HOST/BUCKET",
            r#"{"auths": {"ghcr.io": {"auth": "iamapikey"}}}"#,
            r#"{"auths": {"ghcr.io": {"auth": ""}}}"#,
            "postgres://shop:changeme@db/shop",
            "eyJ.eyJ.x",
        ] {
            assert_eq!(secret(text), None, "{text}");
        }
    }
}
