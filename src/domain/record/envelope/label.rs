//! What an envelope says of itself, whether or not it is an event: for the log of those that were
//! not taken. It is bounded, and holds nothing of the payload.

use serde_json::Value;

use super::is_wrong_as_a_name;
use crate::domain::release::ReleaseId;

/// An envelope's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Its key.
    pub key: String,
    /// The kind that it claims.
    pub event_type: Option<String>,
    /// The source that it claims.
    pub source_system: Option<String>,
    /// The release that it claims.
    pub release: Option<ReleaseId>,
}

impl Label {
    /// Reads what an envelope says of itself; `None` where it has no key. What could not stand in an
    /// event is left out.
    pub fn of(envelope: &Value) -> Option<Self> {
        let name = |field: &str| {
            let text = envelope.get(field)?.as_str()?;
            is_wrong_as_a_name(text).is_none().then(|| text.to_owned())
        };
        Some(Self {
            key: name("idempotency_key")?,
            event_type: name("event_type").filter(|word| is_a_word(word)),
            source_system: name("source_system"),
            release: name("release_id").and_then(|id| id.parse().ok()),
        })
    }

    /// The same of what came.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        Self::of(&serde_json::from_slice(bytes).ok()?)
    }
}

/// As kinds are written, whether or not there is one of that name.
fn is_a_word(text: &str) -> bool {
    text.len() <= 100 && text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_label_is_what_could_stand_in_an_event() {
        const ID: &str = "5f4a1cb0-28d0-55dd-8fb0-b37893f52a39";
        let long = "x".repeat(501);
        for (key, kind, source, release, expect) in [
            (
                json!("k"),
                json!("party"),
                json!("s"),
                json!(ID),
                "k party s 5f4a1cb0",
            ),
            (
                json!("k"),
                json!("me@x.example"),
                json!(7),
                json!("7"),
                "k - - -",
            ),
            (json!("k"), json!(long), json!(long), json!(null), "k - - -"),
            (json!(long), json!("party"), json!("s"), json!(ID), ""),
            (json!("a\nb"), json!("party"), json!("s"), json!(ID), ""),
            (json!(null), json!("party"), json!("s"), json!(ID), ""),
        ] {
            let envelope = json!({"idempotency_key": key, "event_type": kind,
                "source_system": source, "release_id": release, "payload": {"secret": "s"}});
            let said = Label::read(envelope.to_string().as_bytes()).map(|label| {
                let or_none = |text: Option<String>| text.unwrap_or("-".to_owned());
                let release = label.release.map(|id| id.to_string()[..8].to_owned());
                let (kind, source) = (or_none(label.event_type), or_none(label.source_system));
                format!("{} {kind} {source} {}", label.key, or_none(release))
            });
            assert_eq!(said.unwrap_or_default(), expect, "{envelope}");
        }
        assert_eq!((Label::read(b"[]"), Label::read(b"nope")), (None, None));
    }
}
