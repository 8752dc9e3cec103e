//! The hash chain: each event of a release is bound to all that came before it.
//!
//! A link's hash is SHA-256 over the canonical JSON (RFC 8785) of
//! `{"event": …, "previous": HEX or null, "sequence": N}`.

use serde::{Deserialize, Serialize};

use super::event::Event;
use crate::domain::ids::Sha256Digest;

/// An event in its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// From 1, without gaps, for each release.
    pub sequence: u64,
    /// The hash of the link before; `None` for the first.
    pub previous: Option<Sha256Digest>,
    /// The hash of this link.
    pub hash: Sha256Digest,
    /// The event.
    pub event: Event,
}

#[derive(Serialize)]
struct Hashed<'a> {
    event: &'a Event,
    previous: Option<Sha256Digest>,
    sequence: u64,
}

/// What is wrong with a chain, at its first bad place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// A link is missing or stands twice.
    #[error("event {expected} of the chain is missing: event {found} stands in its place")]
    Gap {
        /// The sequence number that should follow.
        expected: u64,
        /// The one that does.
        found: u64,
    },
    /// A link does not name the hash of the one before it.
    #[error("event {sequence} ({key}) does not follow from the event before it")]
    Broken {
        /// The bad link's number.
        sequence: u64,
        /// Its event's key.
        key: String,
    },
    /// A link's content is not what was hashed.
    #[error("event {sequence} ({key}) was altered: its content does not have the hash {hash}")]
    Altered {
        /// The bad link's number.
        sequence: u64,
        /// Its event's key.
        key: String,
        /// The hash that stands there.
        hash: Sha256Digest,
    },
    /// An event of another release stands in the chain.
    #[error("event {sequence} ({key}) belongs to another release")]
    Foreign {
        /// The bad link's number.
        sequence: u64,
        /// Its event's key.
        key: String,
    },
    /// An event cannot be written as canonical JSON.
    #[error("event {key} has no canonical form: {message}")]
    NotCanonical {
        /// Its key.
        key: String,
        /// What the serialiser said.
        message: String,
    },
}

impl Link {
    /// Binds an event to the link before it.
    ///
    /// # Errors
    /// [`ChainError::NotCanonical`] when the payload holds what JSON cannot, such as NaN.
    pub fn after(previous: Option<&Link>, event: Event) -> Result<Self, ChainError> {
        let head = previous.map(|link| (link.sequence, link.hash));
        Self::after_head(head, event)
    }

    /// The same, where only number and hash of the link before are known.
    ///
    /// # Errors
    /// As [`Link::after`].
    pub fn after_head(head: Option<(u64, Sha256Digest)>, event: Event) -> Result<Self, ChainError> {
        let sequence = head.map_or(1, |(sequence, _)| sequence + 1);
        let previous = head.map(|(_, hash)| hash);
        let hash = hash(sequence, previous, &event)?;
        Ok(Self {
            sequence,
            previous,
            hash,
            event,
        })
    }
}

/// The digest of an event by itself; two events are the same when it is the same.
///
/// # Errors
/// [`ChainError::NotCanonical`].
pub fn content_digest(event: &Event) -> Result<Sha256Digest, ChainError> {
    canonical(event, &event.idempotency_key)
}

/// Walks a chain of one release from its first link.
///
/// # Errors
/// The first place at which the chain does not hold.
pub fn verify<'a>(links: impl IntoIterator<Item = &'a Link>) -> Result<(), ChainError> {
    let mut before: Option<&Link> = None;
    for link in links {
        verify_link(before, link)?;
        before = Some(link);
    }
    Ok(())
}

/// Checks one link against the one before it.
///
/// # Errors
/// What is wrong with the link.
pub fn verify_link(before: Option<&Link>, link: &Link) -> Result<(), ChainError> {
    let sequence = link.sequence;
    let key = || link.event.idempotency_key.clone();
    let expected = before.map_or(1, |link| link.sequence + 1);
    if sequence != expected {
        return Err(ChainError::Gap {
            expected,
            found: sequence,
        });
    }
    if before.is_some_and(|before| before.event.release_id != link.event.release_id) {
        return Err(ChainError::Foreign {
            sequence,
            key: key(),
        });
    }
    if link.previous != before.map(|link| link.hash) {
        return Err(ChainError::Broken {
            sequence,
            key: key(),
        });
    }
    if link.hash != hash(sequence, link.previous, &link.event)? {
        return Err(ChainError::Altered {
            sequence,
            key: key(),
            hash: link.hash,
        });
    }
    Ok(())
}

fn hash(
    sequence: u64,
    previous: Option<Sha256Digest>,
    event: &Event,
) -> Result<Sha256Digest, ChainError> {
    let hashed = Hashed {
        event,
        previous,
        sequence,
    };
    canonical(&hashed, &event.idempotency_key)
}

fn canonical(value: &impl Serialize, key: &str) -> Result<Sha256Digest, ChainError> {
    serde_json_canonicalizer::to_vec(value)
        .map(|bytes| Sha256Digest::of(&bytes))
        .map_err(|error| ChainError::NotCanonical {
            key: key.to_owned(),
            message: error.to_string(),
        })
}
