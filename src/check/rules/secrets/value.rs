//! What a value of a Secret is: a secret, a setting, or something to fill in.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::base64;
use crate::check::schema::formats::subdomain_mistake;

/// What a value is, as far as key and text tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueKind {
    /// Nothing, or a reference that a program resolves on the way to the cluster.
    FilledIn,
    Placeholder,
    /// A number, an address, a path, a name, a script.
    Setting,
    Secret,
}

/// Parts of keys whose values are secret, whatever they look like.
const SECRET_KEYS: [&str; 13] = [
    "cookie",
    "credential",
    "dsn",
    "id_ed25519",
    "id_rsa",
    "jwt",
    "key",
    "pass",
    "private",
    "pwd",
    "salt",
    "secret",
    "token",
];

/// Ends of keys whose values are about a secret: `keyStorePath`, `tokenName`, `passwordMtime`.
const ABOUT_SECRETS: [&str; 71] = [
    "alg",
    "algorithm",
    "alias",
    "audience",
    "bucket",
    "cidr",
    "cipher",
    "class",
    "count",
    "crt",
    "days",
    "dir",
    "directory",
    "domain",
    "duration",
    "email",
    "enabled",
    "endpoint",
    "env",
    "environment",
    "expiration",
    "expire",
    "expires",
    "expiry",
    "file",
    "folder",
    "format",
    "header",
    "hint",
    "host",
    "id",
    "interval",
    "issuer",
    "kid",
    "length",
    "lifetime",
    "limit",
    "list",
    "method",
    "mode",
    "mtime",
    "name",
    "namespace",
    "network",
    "path",
    "policy",
    "port",
    "prefix",
    "provider",
    "pub",
    "realm",
    "ref",
    "region",
    "registry",
    "rotation",
    "rounds",
    "samesite",
    "scope",
    "scopes",
    "secure",
    "size",
    "suffix",
    "timeout",
    "ttl",
    "type",
    "uri",
    "url",
    "user",
    "username",
    "vault",
    "version",
];

/// Words in keys that contain a word for a secret, and mean something else.
const OTHER_WORDS: [&str; 14] = [
    "bypass",
    "compass",
    "keyboard",
    "keycloak",
    "keymap",
    "keyspace",
    "keyword",
    "monkey",
    "passenger",
    "passive",
    "passport",
    "passthrough",
    "pass_through",
    "tokenizer",
];

/// Words in keys of the public half of a pair, and of ids for browsers.
const PUBLIC_WORDS: [&str; 3] = ["public", "publishable", "sitekey"];

/// What stands before `key` in the names of fields of data.
const KEYS_OF_DATA: [&str; 5] = ["foreign", "partition", "routing", "row", "sort"];

/// Keys of S3 and AWS for the public half of a key.
const PUBLIC_HALVES: [&str; 3] = ["accesskey", "accesskeyid", "awsaccesskeyid"];

/// Starts of texts that name a secret which another program keeps: SOPS, plugins of Argo CD, 1Password, vals, Bank-Vaults.
const REFERENCES: [&str; 12] = [
    "<path:",
    "ENC[",
    "awssm://",
    "azurekv://",
    "bws://",
    "gcpsm://",
    "keyvault://",
    "op://",
    "ref+",
    "secret://",
    "secretref+",
    "vault:",
];

const STAND_INS: [&str; 24] = [
    "change me",
    "change-me",
    "changeit",
    "changeme",
    "change_me",
    "dummy",
    "example",
    "fixme",
    "goes-here",
    "goes here",
    "insert",
    "not needed",
    "not-needed",
    "not-real",
    "notreal",
    "not real",
    "placeholder",
    "random-string",
    "redacted",
    "replace",
    "todo",
    "unused",
    "update_",
    "xxxx",
];

/// Names of algorithms, as a setting such as `CRYPTO_KEY_HASH` has them.
const ALGORITHMS: [&str; 16] = [
    "aes-128-gcm",
    "aes-256-cbc",
    "aes-256-gcm",
    "argon2i",
    "argon2id",
    "bcrypt",
    "ed25519",
    "es256",
    "hs256",
    "md5",
    "rs256",
    "rsa",
    "scrypt",
    "sha1",
    "sha256",
    "sha512",
];

/// Starts of hashes of passwords, which can be tried offline.
const HASHES: [&str; 7] = ["$2a$", "$2b$", "$2y$", "$5$", "$6$", "$apr1$", "{SHA}"];

/// Fewest characters of a text that can be told from a word by chance.
const RANDOM: usize = 20;

/// Returns what the value `text` of `key` is. `text` is decoded, and has no space around it.
pub(super) fn kind_of(key: &str, text: &str) -> ValueKind {
    // A password may contain `=`.
    if !text.contains('\n') && !pairs(text).any(|(key, _)| is_secret_key(key)) {
        return of_line(key, text);
    }
    let is_comment = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    if text.lines().all(is_comment) {
        return ValueKind::Placeholder;
    }
    if text.contains("-----BEGIN ") {
        // A private key would have been recognised.
        return if text.contains("PRIVATE KEY") { ValueKind::Placeholder } else { ValueKind::Setting };
    }
    let kinds: Vec<_> =
        pairs(text).filter(|(key, _)| is_secret_key(key)).map(|(key, value)| of_line(key, value)).collect();
    if kinds.contains(&ValueKind::Secret)
        || text.lines().any(sets_password)
        || text.split_whitespace().any(is_hash)
    {
        return ValueKind::Secret;
    }
    let stand_in = kinds.into_iter().find(|kind| *kind != ValueKind::Setting);
    let is_plain = pairs(text).count() == 0 && is_secret_key(key) && !text.starts_with("#!");
    stand_in.unwrap_or(if is_plain { of_line(key, text) } else { ValueKind::Setting })
}

fn of_line(key: &str, text: &str) -> ValueKind {
    let text = text.trim();
    let is_variable =
        text.strip_prefix('$').is_some_and(|name| !name.is_empty() && name.bytes().all(is_constant));
    if text.is_empty()
        || is_variable
        || is_key_of_another(text)
        || ["{{", "${", "$("].iter().any(|sign| text.contains(sign))
        || REFERENCES.iter().any(|start| text.starts_with(start))
    {
        return ValueKind::FilledIn;
    }
    if matches!(text, "{}" | "[]" | "{ }" | "[ ]") || is_public_key(text) {
        return ValueKind::Setting;
    }
    let is_encoded_stand_in = || base64::decode(text).is_some_and(|text| is_stand_in(&text));
    if is_hash(text) {
        ValueKind::Secret
    } else if is_stand_in(text)
        || is_named_like(key, text)
        || is_secret_key(key) && is_hyphenated_phrase(&text.to_ascii_lowercase())
        || text.len() >= 8 && is_encoded_stand_in()
    {
        ValueKind::Placeholder
    } else if is_secret_key(key) && !is_setting(text) || is_random(text) && !is_public(&plain(key)) {
        ValueKind::Secret
    } else {
        ValueKind::Setting
    }
}

/// Whether Argo CD takes the value from a key of another Secret: `$shop-webhook:token`.
fn is_key_of_another(text: &str) -> bool {
    let Some((name, key)) = text.strip_prefix('$').and_then(|text| text.split_once(':')) else {
        return false;
    };
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    subdomain_mistake(name).is_none() && !key.is_empty() && key.bytes().all(is_inner)
}

fn is_secret_key(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    let plain = plain(key);
    let last = lower.rsplit(['.', '_', '-']).next().unwrap_or_default();
    let is_about = |end: &str| last == end || key.len() > end.len() && ends_as_word(key, end);
    let is_auth = || lower.split(['.', '_', '-']).any(|word| word == "auth");
    let meant = OTHER_WORDS.iter().fold(lower.clone(), |rest, word| rest.replace(word, ""));
    (SECRET_KEYS.iter().any(|part| meant.contains(part)) || is_auth())
        && !ABOUT_SECRETS.iter().any(|end| is_about(end))
        && !is_public(&plain)
        && (plain.contains("secret") || !PUBLIC_HALVES.iter().any(|half| plain.ends_with(half)))
        && !plain.strip_suffix("key").is_some_and(|rest| KEYS_OF_DATA.iter().any(|word| rest.ends_with(word)))
}

/// Whether the text is the public half of a pair of SSH.
fn is_public_key(text: &str) -> bool {
    ["ssh-rsa ", "ssh-ed25519 ", "ssh-dss ", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"]
        .iter()
        .any(|start| text.starts_with(start))
}

/// Whether a key, in lower case and without separators, says that its value is for everybody.
fn is_public(plain: &str) -> bool {
    PUBLIC_WORDS.iter().any(|word| plain.contains(word))
        && !["secret", "private"].iter().any(|word| plain.contains(word))
}

/// Whether `key` ends in `end` as a word of its own in camel case: `keyStorePath` in `path`.
fn ends_as_word(key: &str, end: &str) -> bool {
    let Some((before, last)) = key.split_at_checked(key.len() - end.len()) else { return false };
    last.eq_ignore_ascii_case(end)
        && last.starts_with(|letter: char| letter.is_ascii_uppercase())
        && before.ends_with(|letter: char| letter.is_ascii_lowercase())
}

/// Whether a text is a number, a boolean, a duration, an address of a network, or the path of a file.
fn is_setting(text: &str) -> bool {
    let is_flag =
        matches!(text.to_ascii_lowercase().as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "null");
    let is_short_number = text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_path =
        text.starts_with('/') && !text.contains(char::is_whitespace) && text[1..].contains(['/', '.']);
    let unit = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let is_duration =
        text.len() <= 6 && unit.len() < text.len() && ["d", "h", "m", "ms", "s"].contains(&unit);
    let is_network = || text.split('/').next().is_some_and(|address| address.parse::<IpAddr>().is_ok());
    let is_algorithm = ALGORITHMS.iter().any(|name| text.eq_ignore_ascii_case(name));
    is_flag || is_short_number || is_path || is_duration || is_algorithm || is_network()
}

/// Whether a program has made up the text: letters of both cases and digits, or many digits of base 16.
fn is_random(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let has = |test: fn(&u8) -> bool| text.as_bytes().iter().any(test);
    let is_mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
    let is_hexadecimal = text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.len() >= RANDOM
        && text.bytes().all(is_digit)
        && (is_mixed && !text.starts_with('/') || is_hexadecimal)
}

fn is_hash(text: &str) -> bool {
    let hash = text.split_once(':').map_or(text, |(_, hash)| hash);
    HASHES.iter().any(|start| text.starts_with(start) || hash.starts_with(start))
}

/// Whether a statement of SQL sets a password.
fn sets_password(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let rest = ["identified by '", "password '"].iter().find_map(|words| Some(lower.split_once(words)?.1));
    rest.and_then(|rest| rest.split('\'').next())
        .is_some_and(|text| of_line("password", text) == ValueKind::Secret)
}

/// Returns the letters and digits, in lower case.
fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Whether the text only repeats its key: `apitoken: api-token`. A password may be so short-sighted.
fn is_named_like(key: &str, text: &str) -> bool {
    let text = plain(text);
    !matches!(&*text, "password" | "passwd" | "pwd" | "admin")
        && !text.is_empty()
        && plain(key).ends_with(&text)
}

/// Whether somebody has to replace the text before it is of use.
pub(crate) fn is_stand_in(text: &str) -> bool {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let is_marked = text.split_once('<').is_some_and(|(_, rest)| rest.contains('>'))
        || text.starts_with("__") && text.ends_with("__")
        || ["your", "my-", "my_", "my "].iter().any(|start| lower.starts_with(start));
    let is_constant_name = text.len() > 2
        && text.bytes().all(is_constant)
        && !text.bytes().any(|byte| byte.is_ascii_digit())
        && (text.contains('_') || text.len() <= 12);
    is_marked
        || is_constant_name
        || STAND_INS.iter().any(|word| lower.contains(word))
        || text.bytes().all(|byte| byte == b'*' || byte == b'x')
        || describes_secret(&lower)
        || is_from_keyboard(text)
        || text.len() > 8
            && text.split('-').all(|part| part.bytes().all(|byte| Some(&byte) == part.as_bytes().first()))
}

/// Whether somebody only hit some keys: `abcdefg`, `abababab`, `fhgfthhgfhgf`.
fn is_from_keyboard(text: &str) -> bool {
    const LONG: usize = 8;
    const TIMES: usize = 3;
    let bytes = text.as_bytes();
    let is_sequence = bytes.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    let letters: BTreeSet<u8> = bytes.iter().copied().collect();
    bytes.len() > 2
        && bytes.iter().all(u8::is_ascii_lowercase)
        && (is_sequence || bytes.len() >= LONG && letters.len() * TIMES <= bytes.len())
}

fn is_constant(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'
}

/// Whether the text is a phrase about a secret: `personal access token`.
fn describes_secret(lower: &str) -> bool {
    let words: Vec<_> = lower.split_whitespace().collect();
    let is_word =
        |word: &&str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"'!-.".contains(&byte));
    let is_about = |word: &&str| {
        matches!(*word, "key" | "token" | "secret" | "password" | "passphrase" | "string" | "base64")
    };
    words.len() > 2 && words.iter().all(is_word) && words.iter().any(is_about)
}

/// Whether the text says in words what it stands for: `super-secret-password`, `not-a-real-token`.
fn is_hyphenated_phrase(lower: &str) -> bool {
    let words: Vec<_> = lower.split(['-', '_']).collect();
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_about = |word: &&str| ["key", "password", "secret", "token"].contains(word);
    words.len() > 1 && words.iter().all(is_word) && words.iter().any(is_about)
}

/// Returns the keys and values in a text: lines of YAML, JSON, INI and properties, and `key=value` in one line. Comments
/// are left out.
fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_comment = |line: &&str| ["#", ";", "//"].iter().any(|sign| line.trim_start().starts_with(sign));
    text.lines().filter(move |line| !is_comment(line)).flat_map(pairs_of_line)
}

fn pairs_of_line(line: &str) -> Vec<(&str, &str)> {
    let line = line.trim().trim_start_matches("- ").trim_start_matches("export ").trim_end_matches(',');
    let words = line.split([' ', ';', '&']).filter(|word| !word.is_empty());
    let in_words: Vec<_> = words.filter_map(|word| pair(word, &['='])).collect();
    if in_words.len() > 1 { in_words } else { pair(line, &['=', ':']).into_iter().collect() }
}

/// Splits at the first of `signs` behind a key.
fn pair<'t>(text: &'t str, signs: &[char]) -> Option<(&'t str, &'t str)> {
    let (key, value) = text.split_once(signs)?;
    let bare = |text: &'t str| text.trim().trim_matches(['"', '\'']);
    let (key, value) = (bare(key), bare(value));
    let is_key = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    let is_key = is_key && key.starts_with(|letter: char| letter.is_ascii_alphabetic());
    // `credentials: [` only opens a list.
    let is_value = value.is_empty() || value.bytes().any(|byte| byte.is_ascii_alphanumeric());
    (is_key && is_value && !value.starts_with('/') && !value.starts_with('=')).then_some((key, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        use ValueKind::{FilledIn, Placeholder, Secret, Setting};
        for (key, text, kind) in [
            ("password", "hunter2", Secret),
            ("password", "password", Secret),
            ("secretkey", "minio123", Secret),
            ("DB_PASSWORD", "aB3$x", Secret),
            ("DB_PASSWORD", "aB3=x", Secret),
            ("data", "c3VwZXJ0b3BzZWNyZXQxMjM0", Secret),
            ("users", "shop:$apr1$xvJ6$8vTV85tKDwEMAY", Secret),
            ("config", "host=db password=hunter2", Secret),
            ("init.sql", "CREATE USER shop IDENTIFIED BY 'hunter2';\nGRANT ALL;", Secret),
            ("app.properties", "# about\ndb.user=shop\ndb.password=hunter2", Secret),
            ("config.json", "{\n  \"accessKey\": \"shop\",\n  \"secretKey\": \"hunter2\"\n}", Secret),
            (
                "credentials",
                "[default]\naws_access_key_id = $KEY_ID\naws_secret_access_key = $(key)",
                FilledIn,
            ),
            ("token", "op://shop/ci/token", FilledIn),
            ("token", "$(token)", FilledIn),
            ("webhook.github.secret", "$shop-webhook:token", FilledIn),
            ("password", "$Shop:token", Secret),
            ("password", "$shop:", Secret),
            ("token", "secret://shop/token", FilledIn),
            ("objstore.yml", "type: s3\nconfig:\n  secret_key: \"\"", FilledIn),
            ("ceph.yaml", "type: S3\nconfig:\n  secret_key: \"<path:kv/shop#key>\"", FilledIn),
            (
                "s3.json",
                "{\n  \"credentials\": [\n    {\"accessKey\": \"a\"},\n    \"secretKey\": \"key-goes-here\"",
                Placeholder,
            ),
            ("password", "my-password", Placeholder),
            ("password", "super-secret-password", Placeholder),
            ("password", "even_more_secret", Placeholder),
            ("password", "notreal", Placeholder),
            ("token", "unused", Placeholder),
            ("token", "abcdefg", Placeholder),
            ("token", "fhgfthhgfhgf", Placeholder),
            ("password", "mississippi", Secret),
            ("htpasswd", "# add a user and a password:\n# htpasswd -nB admin", Placeholder),
            ("kubeconfig", "users:\n- name: a\n  user:\n    token: unused", Placeholder),
            ("credentials.json", "{}", Setting),
            ("app.py", "SECRET_KEY = os.getenv('SECRET_KEY', '$(SECRET_KEY)')", FilledIn),
            ("key", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQCM shop@example.com", Setting),
            ("password", "supersecret", Secret),
            ("password", "horse-battery-staple", Secret),
            ("password", "secret-7f3a", Secret),
            ("password", "__REPLACE_ME__", Placeholder),
            ("token", "SECRET_TOKEN", Placeholder),
            ("apitoken", "api-token", Placeholder),
            ("token", "Y2hhbmdlbWU=", Placeholder),
            ("github-token", "personal github token", Placeholder),
            ("email", "<you>@example.com", Placeholder),
            ("secretkey", "database-key-goes-here", Placeholder),
            ("api-key", "11111111-2222-3333-4444-555555555555", Placeholder),
            ("sshPrivateKey", "-----BEGIN OPENSSH PRIVATE KEY-----\n...", Placeholder),
            ("ca-bundle", "-----BEGIN CERTIFICATE-----\nMIIB", Setting),
            ("AUTHELIA_ENVIRONMENT", "live", Setting),
            ("region", "eu-central-1", Setting),
            ("retention", "1d", Setting),
            ("message", "Not the one that you look for.", Setting),
            ("keyStorePath", "/etc/keys/store.jks", Setting),
            ("accesskey", "minio", Setting),
            ("TOKEN_TTL", "15m", Setting),
            ("TOKEN_DURATION", "minutes=30", Setting),
            ("CRYPTO_KEY_HASH", "sha256", Setting),
            ("PASSWORD_HASH", "hunter2", Secret),
            ("accessTokenLifetime", "3600s", Setting),
            ("KEYCLOAK_REALM", "acme", Setting),
            ("KEYCLOAK_ADMIN_PASSWORD", "hunter2", Secret),
            ("keyboard", "us", Setting),
            ("bypass_list", "localhost", Setting),
            ("BYPASS_TOKEN", "hunter2", Secret),
            ("JWT_AUDIENCE", "shop", Setting),
            ("API_KEY_HEADER", "X-Api-Key", Setting),
            ("CACHE_KEY_PREFIX", "shop_cache", Setting),
            ("secretRef", "shop-db", Setting),
            ("partitionKey", "customer", Setting),
            ("trusted_auth", "10.0.0.0/8", Setting),
            ("STRIPE_PUBLISHABLE_KEY", "pk_live_51H8zJ2", Setting),
            ("peer_publickey", "xTIBA5rboUvnH4htodjb6e=", Setting),
            ("PUBLIC_CLIENT_SECRET", "hunter2", Secret),
            ("private_key", "hunter2", Secret),
            ("admin.passwordMtime", "2019-03-20T17:54:53Z", Setting),
            ("IMAGE", "ghcr.io/acme/shop:v0.12.0", Setting),
            ("backup.sh", "#!/bin/sh\ncp /mnt/a /tmp/a\n", Setting),
            ("broker.properties", "roles.admin.create=true\nroles.admin.delete=true", Setting),
            ("init.sql", "CREATE TABLE keys (id TEXT, key TEXT);\nGRANT ALL ON keys TO shop;", Setting),
        ] {
            assert_eq!(kind_of(key, text), kind, "{key}: {text}");
        }
    }
}
