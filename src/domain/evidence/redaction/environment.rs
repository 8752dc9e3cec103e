//! Which environment variables hold secrets.

use std::collections::BTreeSet;

/// A variable whose name contains one of these holds a secret.
const SECRET_NAMES: [&str; 22] = [
    "JWT",
    "WEBHOOK",
    "SERVICE_ROLE",
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
const PATH_ENDINGS: [&str; 6] = ["_FILE", "_PATH", "_SOCK", "_DIR", "_DIRECTORY", "_HOME"];

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
/// `_TYPE`, `_METHOD`, `_TTL` and the like; values shorter than six characters (so `true`, `none`
/// and small numbers) and words such as `disabled`; paths, where the name ends in `_FILE`, `_PATH`,
/// `_SOCK`, `_DIR`, `_DIRECTORY` or `_HOME` (or in `_CREDENTIALS`, if they start with `/`); and
/// plain addresses, where it ends in `_URL`, `_HOST` and the like.
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
        for password in url_passwords(value) {
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
    let value = value.trim();
    let is_place = ends_in(name, &PATH_ENDINGS) && is_path(value)
        || name.ends_with("_CREDENTIALS") && is_absolute_path(value);
    let is_service =
        ends_in(name, &ADDRESS_ENDINGS) && !name.contains("WEBHOOK_URL") && is_plain_address(value);
    let is_long_enough = value.chars().count() >= SHORTEST_VALUE;
    is_long_enough && !is_plain_word(value) && !is_place && !is_service
}

/// Longer values that say yes, no or nothing.
fn is_plain_word(value: &str) -> bool {
    [
        "enabled",
        "disabled",
        "undefined",
        "default",
        "required",
        "optional",
    ]
    .iter()
    .any(|word| value.eq_ignore_ascii_case(word))
}

fn is_path(value: &str) -> bool {
    value.starts_with('/') || value.chars().all(is_path_character)
}

fn is_absolute_path(value: &str) -> bool {
    value.starts_with('/') && value.chars().all(is_path_character)
}

fn is_path_character(c: char) -> bool {
    c.is_alphanumeric() || "/\\._-~ :".contains(c)
}

/// Whether a value is a host, or a URL without user, query and fragment.
fn is_plain_address(value: &str) -> bool {
    !value.contains(['@', '?', '#']) && value.contains(['.', '/', ':'])
}

/// The passwords of all URLs in a value.
fn url_passwords(value: &str) -> impl Iterator<Item = &str> {
    value.split("://").skip(1).filter_map(password_of)
}

/// The password of a URL without its scheme. A `/` may be part of it, if it was not encoded.
fn password_of(url: &str) -> Option<&str> {
    let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>');
    let url = url.split(is_end).next()?;
    let authority = url.split('/').next()?;
    let (userinfo, _) = authority
        .rsplit_once('@')
        .or_else(|| url.rsplit_once('@'))?;
    let (user, password) = userinfo.split_once(':')?;
    let after_digits = password.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_port = after_digits.len() < password.len() && after_digits.starts_with('/');
    let is_known = password == user || password.chars().count() < SHORTEST_PASSWORD;
    (!is_port && !is_known && !user.contains('/')).then_some(password)
}

/// The percent-decoded form of a password, if it is text and another one.
fn decoded(password: &str) -> Option<String> {
    let mut parts = password.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let byte = part.get(..2).and_then(byte_of_hex);
        match byte {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(&part.as_bytes()[2..]);
            }
            None => {
                bytes.push(b'%');
                bytes.extend_from_slice(part.as_bytes());
            }
        }
    }
    let text = String::from_utf8(bytes).ok()?;
    (text != password).then_some(text)
}

fn byte_of_hex(hex: &str) -> Option<u8> {
    let is_hex = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u8::from_str_radix(hex, 16).ok())?
}
