//! API keys: who may call. Only their SHA-256 is kept, and a key that is presented is compared with
//! every one of them in constant time.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};
use uuid::Uuid;

use crate::app::failure::Failure;
use crate::domain::access::{Caller, Reach, Role};
use crate::domain::ids::Sha256Digest;
use crate::settings::Settings;

/// Where entries come from.
const VARIABLE: &str = "TOLLGATE_API_KEYS";

/// How a key begins, so that scanners of secrets find it.
const PREFIX: &str = "tollgate_";

/// The longest name of a caller, in bytes.
const LONGEST_NAME: usize = 100;

/// Whoever may call with a key.
#[derive(Debug, Clone, Default)]
pub struct Keys(Vec<(Sha256Digest, Caller)>);

/// An entry as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    role: String,
    name: String,
}

impl Keys {
    /// Reads the keys of `TOLLGATE_API_KEYS`, or of the file that `TOLLGATE_API_KEYS_FILE` names.
    ///
    /// # Errors
    /// When both are set, the file cannot be read, or an entry is wrong.
    pub fn of(settings: &Settings) -> Result<Self, Failure> {
        match secret_text(settings, VARIABLE)? {
            Some((text, place)) => Self::read(&text, &place),
            None => Ok(Self::default()),
        }
    }

    /// Reads `{"<sha256 hex>": {"role": …, "name": …}}`. `place` names it in messages, which never
    /// show what stands in it.
    ///
    /// # Errors
    /// What is wrong, and with which entry.
    pub fn read(text: &str, place: &str) -> Result<Self, Failure> {
        let wrong = |what: String| {
            Failure::usage(format!("{place}: {what}"))
                .hint("`tollgate keys new --role ROLE --name NAME` prints an entry")
        };
        let entries: BTreeMap<String, Entry> = serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            wrong(format!(
                "it is not {{\"<sha256 hex>\": {{\"role\", \"name\"}}}} (line {line}, column {column})"
            ))
        })?;
        let mut keys = Vec::new();
        for (number, (digest, entry)) in entries.into_iter().enumerate() {
            let read = caller(&digest, &entry);
            keys.push(read.map_err(|what| wrong(format!("entry {}: {what}", number + 1)))?);
        }
        Ok(Self(keys))
    }

    /// Tells whether nobody may call.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every entry: the SHA-256 of a key, and whose it is.
    pub(super) fn entries(&self) -> &[(Sha256Digest, Caller)] {
        &self.0
    }

    /// Whose key this is. Every entry is looked at, so that the time says nothing of any of them.
    pub fn caller(&self, key: &str) -> Option<&Caller> {
        self.entry(key).map(|(_, caller)| caller)
    }

    /// The entry of a key.
    pub(super) fn entry(&self, key: &str) -> Option<&(Sha256Digest, Caller)> {
        let presented = Sha256Digest::of(key.as_bytes());
        let mut place = u64::MAX;
        for (number, (digest, _)) in (0_u64..).zip(&self.0) {
            let is_it: Choice = digest.bytes().ct_eq(presented.bytes());
            place = u64::conditional_select(&place, &number, is_it);
        }
        self.0.get(usize::try_from(place).ok()?)
    }
}

/// The value of a variable, or the content of the file that `NAME_FILE` names; with its name.
///
/// # Errors
/// When both are set, or the file cannot be read.
pub(super) fn secret_text(
    settings: &Settings,
    name: &str,
) -> Result<Option<(String, String)>, Failure> {
    let file_name = format!("{name}_FILE");
    match (settings.variable(name), settings.variable(&file_name)) {
        (Some(_), Some(_)) => Err(Failure::usage(format!(
            "{name} and {file_name} are both set; keep one"
        ))),
        (Some(text), None) => Ok(Some((text.to_owned(), name.to_owned()))),
        (None, Some(path)) => {
            let read = std::fs::read_to_string(settings.working_directory.join(path));
            let place = format!("{file_name} {path}");
            let text = read.map_err(|error| Failure::usage(format!("{place}: {error}")))?;
            Ok(Some((text, place)))
        }
        (None, None) => Ok(None),
    }
}

fn caller(digest: &str, entry: &Entry) -> Result<(Sha256Digest, Caller), String> {
    let digest = digest
        .trim()
        .parse()
        .map_err(|_| "its name is no SHA-256 (64 hex digits)".to_owned())?;
    let role: Role = entry
        .role
        .parse()
        .map_err(|error| format!("role: {error}"))?;
    let name = is_name(&entry.name)?;
    let reach = Reach::Everything;
    Ok((digest, Caller { name, role, reach }))
}

fn is_name(name: &str) -> Result<String, String> {
    let name = name.trim();
    match () {
        () if name.is_empty() => Err("name: it is empty".to_owned()),
        () if name.len() > LONGEST_NAME => Err("name: it is longer than 100 bytes".to_owned()),
        () if name.chars().any(char::is_control) => {
            Err("name: it holds a control character".to_owned())
        }
        () => Ok(name.to_owned()),
    }
}

/// A key that was just made. It is not kept anywhere.
pub struct NewKey {
    /// What the caller sends: `tollgate_` and 32 bytes in base64 for URLs, 244 bits of them random.
    pub key: String,
    /// What the server is told: `{"<sha256 hex>": {"role", "name"}}`.
    pub entry: serde_json::Value,
}

impl NewKey {
    /// Makes a key.
    ///
    /// # Errors
    /// A name that cannot be one.
    pub fn new(role: Role, name: &str) -> Result<Self, Failure> {
        let name = is_name(name).map_err(|what| Failure::usage(format!("--{what}")))?;
        let bytes = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
        let key = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
        let digest = Sha256Digest::of(key.as_bytes());
        let entry =
            serde_json::json!({ digest.to_string(): {"role": role.as_str(), "name": name} });
        Ok(Self { key, entry })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_opens_the_door_of_its_entry() {
        let new = NewKey::new(Role::QaTester, "quinn").unwrap();
        let other = NewKey::new(Role::Sre, "sam").unwrap();
        let mut entries = new.entry.clone();
        entries
            .as_object_mut()
            .unwrap()
            .extend(other.entry.as_object().unwrap().clone());
        let keys = Keys::read(&entries.to_string(), "TOLLGATE_API_KEYS").unwrap();
        let found = |key: &str| keys.caller(key).map(|caller| (caller.role, &*caller.name));
        assert_eq!(found(&new.key), Some((Role::QaTester, "quinn")));
        assert_eq!(found(&other.key), Some((Role::Sre, "sam")));
        assert_eq!(found("tollgate_0000"), None);
        assert_eq!(found(""), None);
        assert_ne!(new.key, NewKey::new(Role::QaTester, "quinn").unwrap().key);
    }

    #[test]
    fn what_is_wrong_with_entries_is_told_without_showing_them() {
        let digest = "ab".repeat(32);
        for (text, expect) in [
            ("nope", "it is not {"),
            (
                r#"{"s3cret": {"role": "sre", "name": "sam"}}"#,
                "entry 1: its name is no SHA-256",
            ),
            (
                &format!(r#"{{"{digest}": {{"role": "root", "name": "sam"}}}}"#),
                "entry 1: role: ",
            ),
            (
                &format!(r#"{{"{digest}": {{"role": "sre", "name": " "}}}}"#),
                "entry 1: name: it is empty",
            ),
            (
                &format!(r#"{{"{digest}": {{"role": "sre"}}}}"#),
                "it is not {",
            ),
        ] {
            let failure = Keys::read(text, "TOLLGATE_API_KEYS").unwrap_err();
            assert!(failure.message.contains(expect), "{text}: {failure}");
            assert!(!failure.message.contains("s3cret"), "{failure}");
        }
    }
}
