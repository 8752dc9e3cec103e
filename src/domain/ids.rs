//! Names and numbers that point at things: gates, checks, runs, commits, digests.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Says why a text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {wanted}")]
pub struct InvalidId {
    /// What was given.
    pub text: String,
    /// What was wanted, with its article: "a commit SHA (40 or 64 hex digits)".
    pub wanted: &'static str,
}

impl InvalidId {
    fn new(text: &str, wanted: &'static str) -> Self {
        Self {
            text: text.to_owned(),
            wanted,
        }
    }
}

/// Tells whether `text` may name a gate, a check or an environment: a letter or digit, then
/// letters, digits, `_`, `-` or `.`, 100 characters at most.
pub fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphanumeric())
        && text.len() <= 100
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

macro_rules! name_id {
    ($(#[$doc:meta])* $name:ident, $wanted:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                if is_name(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(InvalidId::new(text, $wanted))
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

name_id!(
    /// The name of a stage or gate, as written in the policy: `test`, `G1`.
    GateId,
    "a gate's name (letters, digits, `_`, `-`, `.`)"
);
name_id!(
    /// The name of a check within its gate: `pytest`.
    CheckId,
    "a check's name (letters, digits, `_`, `-`, `.`)"
);
name_id!(
    /// The name of an environment, as written in the policy: `production`.
    EnvironmentId,
    "an environment's name (letters, digits, `_`, `-`, `.`)"
);
name_id!(
    /// The name of a journey, as written in the policy: `order`.
    JourneyId,
    "a journey's name (letters, digits, `_`, `-`, `.`)"
);
name_id!(
    /// The name of a fault within its journey: `double-click`.
    FaultId,
    "a fault's name (letters, digits, `_`, `-`, `.`)"
);
name_id!(
    /// One call of `tollgate run` or `tollgate record`; also the folder under `runs/`.
    RunId,
    "a run's id"
);

/// A check named from outside its gate: `build/image`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckRef {
    /// The stage or gate that holds the check.
    pub gate: GateId,
    /// The check's own name.
    pub check: CheckId,
}

impl CheckRef {
    /// Joins the two names.
    pub fn new(gate: GateId, check: CheckId) -> Self {
        Self { gate, check }
    }
}

impl FromStr for CheckRef {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let wrong = || InvalidId::new(text, "a check (GATE/CHECK)");
        let (gate, check) = text.split_once('/').ok_or_else(wrong)?;
        Ok(Self::new(
            gate.parse().map_err(|_| wrong())?,
            check.parse().map_err(|_| wrong())?,
        ))
    }
}

impl fmt::Display for CheckRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.gate, self.check)
    }
}

/// A full Git commit id in lower case: 40 hex digits (SHA-1) or 64 (SHA-256).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CommitSha(String);

impl CommitSha {
    /// All hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first twelve digits, for people.
    pub fn short(&self) -> &str {
        &self.0[..12]
    }
}

impl FromStr for CommitSha {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let full = matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit());
        if full {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(InvalidId::new(
                text,
                "a full commit SHA (40 or 64 hex digits)",
            ))
        }
    }
}

impl TryFrom<String> for CommitSha {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<CommitSha> for String {
    fn from(sha: CommitSha) -> Self {
        sha.0
    }
}

impl fmt::Display for CommitSha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A SHA-256, written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(Default))]
#[serde(try_from = "String", into = "String")]
pub struct Sha256Digest([u8; 32]);

impl Sha256Digest {
    /// Hashes bytes that are in memory.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Takes the 32 bytes that a streaming hasher gave.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for Sha256Digest {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let wrong = || InvalidId::new(text, "a SHA-256 (64 hex digits)");
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            let pair = &text[2 * index..2 * index + 2];
            *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Sha256Digest {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<Sha256Digest> for String {
    fn from(digest: Sha256Digest) -> Self {
        digest.to_string()
    }
}

impl fmt::Display for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digits = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let text: String = digits
            .map(|digit| char::from(DIGITS[usize::from(digit)]))
            .collect();
        f.write_str(&text)
    }
}

impl fmt::Debug for Sha256Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The digest that names an image in a registry, `sha256:` and 64 hex digits (OCI image-spec,
/// "Digests"). Not a tag: a tag can be moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageDigest(Sha256Digest);

impl FromStr for ImageDigest {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        text.strip_prefix("sha256:")
            .and_then(|hex| hex.parse().ok())
            .map(Self)
            .ok_or_else(|| InvalidId::new(text, "an image digest (sha256: and 64 hex digits)"))
    }
}

impl TryFrom<String> for ImageDigest {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<ImageDigest> for String {
    fn from(digest: ImageDigest) -> Self {
        digest.to_string()
    }
}

impl fmt::Display for ImageDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_may_and_may_not_be_used() {
        for good in ["lint", "G1", "npm-ci", "a.b_c"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "-x", "a/b", "a b", "ü", &"x".repeat(101)] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn a_check_is_named_by_gate_and_check() {
        assert_eq!(
            "build/image".parse::<CheckRef>().unwrap().to_string(),
            "build/image"
        );
        assert!("build".parse::<CheckRef>().is_err());
        assert!("build/".parse::<CheckRef>().is_err());
    }

    #[test]
    fn a_commit_is_forty_or_sixty_four_digits_in_lower_case() {
        assert_eq!(
            "A".repeat(40).parse::<CommitSha>().unwrap().as_str(),
            "a".repeat(40)
        );
        assert!("abc123".parse::<CommitSha>().is_err());
        assert!("g".repeat(40).parse::<CommitSha>().is_err());
    }

    #[test]
    fn digests_are_read_as_they_are_written() {
        let digest = Sha256Digest::of(b"tollgate");
        assert_eq!(digest.to_string().parse(), Ok(digest));
        let image = format!("sha256:{digest}");
        assert_eq!(image.parse::<ImageDigest>().unwrap().to_string(), image);
        assert!(digest.to_string().parse::<ImageDigest>().is_err());
        assert!("+f".repeat(32).parse::<Sha256Digest>().is_err());
        assert!(
            "é".repeat(32).parse::<Sha256Digest>().is_err(),
            "not ASCII, 64 bytes"
        );
    }
}
