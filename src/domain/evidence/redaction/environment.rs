//! Which environment variables hold secrets.

use std::collections::BTreeSet;

/// A variable whose name contains one of these holds a secret.
const SECRET_NAMES: [&str; 19] = [
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "PASSCODE",
    "API_KEY",
    "APIKEY",
    "PRIVATE_KEY",
    "PRIVATEKEY",
    "ACCESS_KEY",
    "ACCESSKEY",
    "SIGNING_KEY",
    "ENCRYPTION_KEY",
    "CREDENTIAL",
    "WEBHOOK_URL",
    "CONNECTION_STRING",
    "BEARER",
    "AUTH",
];

/// So does one whose name ends in one of these, or is the ending without its `_`.
const SECRET_ENDINGS: [&str; 8] = [
    "_PAT", "_KEY", "_PWD", "_PASS", "_PW", "_DSN", "_COOKIE", "_PIN",
];

/// Keys that are no secrets.
const OPEN_KEYS: [&str; 12] = [
    "PUBLIC_KEY",
    "PUBLISHABLE_KEY",
    "CACHE_KEY",
    "PRIMARY_KEY",
    "FOREIGN_KEY",
    "SORT_KEY",
    "PARTITION_KEY",
    "IDEMPOTENCY_KEY",
    "OBJECT_KEY",
    "ROUTING_KEY",
    "GROUP_KEY",
    "PROJECT_KEY",
];

/// Names with one of these look like secrets but are none.
const OPEN_NAMES: [&str; 5] = [
    "SSH_AUTH_SOCK",
    "MAX_TOKENS",
    "TOKENIZER",
    "TOKENIZERS",
    "TOKEN_LIMIT",
];

/// Endings that say a variable is about a secret, and holds none.
const OPEN_ENDINGS: [&str; 14] = [
    "_ENABLED",
    "_DISABLED",
    "_REQUIRED",
    "_TYPE",
    "_MODE",
    "_METHOD",
    "_SCHEME",
    "_ALGORITHM",
    "_TTL",
    "_LENGTH",
    "_TIMEOUT",
    "_EXPIRY",
    "_EXPIRES_IN",
    "_VERSION",
];

/// Endings of variables that name a place, if the value looks like a path.
const PATH_ENDINGS: [&str; 5] = ["_FILE", "_PATH", "_SOCK", "_DIR", "_HOME"];

/// Endings of variables that name a service, if the value is an address without a secret in it.
const ADDRESS_ENDINGS: [&str; 8] = [
    "_URL",
    "_URI",
    "_ENDPOINT",
    "_ISSUER",
    "_HOST",
    "_DOMAIN",
    "_AUDIENCE",
    "_REALM",
];

/// Secrets with fewer characters are ignored: masking them would garble every text.
const SHORTEST_VALUE: usize = 6;

/// The same for a password in a URL, which surely is one.
const SHORTEST_PASSWORD: usize = 4;

/// The values of environment variables that look like secrets, without repetitions.
///
/// A value counts if the name says so (case is ignored):
/// - it contains `TOKEN`, `SECRET`, `PASSWORD`, `PASSWD`, `PASSPHRASE`, `PASSCODE`, `API_KEY`,
///   `APIKEY`, `PRIVATE_KEY`, `PRIVATEKEY`, `ACCESS_KEY`, `ACCESSKEY`, `SIGNING_KEY`,
///   `ENCRYPTION_KEY`, `CREDENTIAL`, `WEBHOOK_URL`, `CONNECTION_STRING`, `BEARER` or `AUTH` (but
///   not as a part of `AUTHOR` or `AUTHORITY`);
/// - it ends in `_PAT`, `_KEY`, `_PWD`, `_PASS`, `_PW`, `_DSN`, `_COOKIE` or `_PIN`, but not in
///   one of the keys that are public, such as `PUBLIC_KEY` or `CACHE_KEY`.
///
/// Not counted are `SSH_AUTH_SOCK`, counts of tokens (`MAX_TOKENS`), names that end in `_ENABLED`,
/// `_TYPE`, `_METHOD`, `_TTL` and the like; values shorter than six characters, words such as
/// `false`, numbers under five digits; paths, where the name ends in `_FILE`, `_PATH`, `_SOCK`,
/// `_DIR` or `_HOME`; and plain addresses, where it ends in `_URL`, `_HOST` and the like.
///
/// Whatever the name, the password of a URL (`postgres://user:password@host`) counts from four
/// characters on, as it is written and decoded, unless it equals the user's name.
pub fn secret_values<'a>(environment: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let mut values = BTreeSet::new();
    for (name, value) in environment {
        let name = name.to_ascii_uppercase();
        if is_secret_name(&name) && is_secret_value(&name, value) {
            values.insert(value.to_owned());
        }
        if let Some(password) = url_password(value) {
            values.extend(decoded(password));
            values.insert(password.to_owned());
        }
    }
    values.into_iter().collect()
}

fn is_secret_name(name: &str) -> bool {
    let is_open = OPEN_NAMES.iter().any(|word| name.contains(word))
        || ends_in(name, &OPEN_ENDINGS)
        || ends_in(name, &OPEN_KEYS);
    let is_folder = name == "PWD" || name == "OLDPWD";
    let is_secret = SECRET_NAMES.iter().any(|word| contains_word(name, word))
        || ends_in(&format!("_{name}"), &SECRET_ENDINGS);
    is_secret && !is_open && !is_folder
}

fn ends_in(name: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| name.ends_with(ending))
}

/// Whether a name contains a word; `AUTH` is none in `AUTHOR` and `AUTHORITY`, but is in
/// `AUTHORIZATION`.
fn contains_word(name: &str, word: &str) -> bool {
    name.match_indices(word).any(|(start, _)| {
        let rest = &name[start + word.len()..];
        word != "AUTH" || !rest.starts_with("OR") || rest.starts_with("ORIZ")
    })
}

fn is_secret_value(name: &str, value: &str) -> bool {
    let is_webhook = name.contains("WEBHOOK_URL");
    let value = value.trim();
    value.chars().count() >= SHORTEST_VALUE
        && !is_plain_word(value)
        && !(ends_in(name, &PATH_ENDINGS) && is_path(value))
        && !(ends_in(name, &ADDRESS_ENDINGS) && !is_webhook && is_plain_address(value))
}

/// Values that say yes, no or nothing.
fn is_plain_word(value: &str) -> bool {
    const WORDS: [&str; 12] = [
        "true",
        "false",
        "none",
        "null",
        "yes",
        "no",
        "on",
        "off",
        "enabled",
        "disabled",
        "undefined",
        "default",
    ];
    let is_short_number = value.len() < 5 && value.bytes().all(|byte| byte.is_ascii_digit());
    is_short_number || WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
}

fn is_path(value: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || "/\\._-~ :".contains(c);
    value.starts_with('/') || value.chars().all(is_part)
}

/// Whether a value is a host, or a URL without user, query and fragment.
fn is_plain_address(value: &str) -> bool {
    !value.contains(['@', '?', '#']) && value.contains(['.', '/', ':'])
}

/// The password of a URL.
fn url_password(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("://")?;
    let strict = &rest[..rest.find('/').unwrap_or(rest.len())];
    let (userinfo, _) = strict.rsplit_once('@').or_else(|| rest.rsplit_once('@'))?;
    let (user, password) = userinfo.split_once(':')?;
    let digits = password.bytes().take_while(u8::is_ascii_digit).count();
    let is_port = digits > 0 && password[digits..].starts_with('/');
    let is_known = password == user || password.chars().count() < SHORTEST_PASSWORD;
    (!is_port && !is_known && !user.contains('/')).then_some(password)
}

/// The percent-decoded form of a password, if it is text and another one.
fn decoded(password: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(password.len());
    let mut rest = password.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (first, byte) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    (text != password).then_some(text)
}
