//! What a verification looks for, and what it says. Nothing here knows a database: a ledger hands
//! in its rows, a chain at a time.

use std::fmt;

use crate::domain::ids::Sha256Digest;
use crate::domain::record::chain;
use crate::domain::record::event::Event;
use crate::domain::release::ReleaseId;

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyReport {
    /// How many releases were looked at.
    pub releases: u64,
    /// How many events were looked at.
    pub events: u64,
    /// Everything that is wrong, events first.
    pub damages: Vec<Damage>,
    /// What the seal over the whole says.
    pub seal: SealState,
}

impl VerifyReport {
    /// Tells whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.damages.is_empty()
    }
}

/// The seal over every byte, beside the chains over the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealState {
    /// Every byte is as it was when the ledger was closed.
    Intact,
    /// Bytes were changed; the damages say where.
    Broken,
    /// It is in use, or was not closed: the chains hold, and space without events is not covered.
    Open,
    /// This kind of ledger has none.
    None,
}

/// Where a bad event stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The release, as it is written in the ledger.
    pub release: String,
    /// The event's number in its chain.
    pub sequence: u64,
    /// Its key, where one can be read.
    pub key: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event {} of release {}", self.sequence, self.release)?;
        match &self.key {
            Some(key) => write!(f, " ({key})"),
            None => Ok(()),
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// An event's content is not what was hashed.
    #[error("{0} was altered: its content does not have its hash")]
    Altered(Place),
    /// An event's content is whole; the hash that stands beside it is not its own.
    #[error("{0} has an altered hash; its content is whole")]
    HashAltered(Place),
    /// An event's content is whole; the key that stands beside it is not its own.
    #[error("{place} stands under the key of another event: its own is {own}")]
    KeyAltered {
        /// The event, with the key that stands beside it.
        place: Place,
        /// The key in its content.
        own: String,
    },
    /// An event's content is whole; the columns beside it, by which it is found, say otherwise.
    #[error("{0} is filed under what its content does not say")]
    Misfiled(Place),
    /// An event belongs to another release.
    #[error("{0} belongs to another release")]
    Foreign(Place),
    /// An event cannot be read.
    #[error("{place} cannot be read: {message}")]
    Unreadable {
        /// The event.
        place: Place,
        /// What was said.
        message: String,
    },
    /// Events are gone.
    #[error("release {release} lost its events {first} to {last}")]
    Missing {
        /// The release.
        release: String,
        /// The first that is gone.
        first: u64,
        /// The last that is gone.
        last: u64,
    },
    /// An event cannot be checked, because the one before it is gone.
    #[error("{0} cannot be checked, because the event before it is missing")]
    Unproven(Place),
    /// A chain does not end as the ledger says it ends.
    #[error("the chain of release {release} does not end with the hash that the ledger has for it")]
    HeadAltered {
        /// The release.
        release: String,
    },
    /// There are more events than the ledger has for the release.
    #[error("release {release} has {found} events, and the ledger knows {known}")]
    Surplus {
        /// The release.
        release: String,
        /// How many it should have.
        known: u64,
        /// How many there are.
        found: u64,
    },
    /// An event stands in no release's chain.
    #[error("the event {key} stands in no release's chain")]
    Stray {
        /// Its key.
        key: String,
    },
    /// The database found itself damaged.
    #[error("the file's structure is damaged: {0}")]
    Structure(String),
    /// A table, index, trigger or view is not what this build makes.
    #[error("the definition of {0} was changed")]
    Definition(String),
    /// Bytes were changed since the ledger was closed.
    #[error("bytes {first} to {last} of the file were changed since the ledger was closed")]
    Bytes {
        /// The first byte, from 0.
        first: u64,
        /// The last byte.
        last: u64,
    },
}

/// An event as a ledger stores it.
#[derive(Debug)]
pub(super) struct Stored<'a> {
    pub sequence: u64,
    pub key: &'a str,
    pub hash: Sha256Digest,
    pub body: &'a str,
}

/// Walks the chain of one release.
#[derive(Debug)]
pub(super) struct ChainAudit {
    /// As it is written in the ledger.
    release: String,
    /// What that means; `None` when it is not how ids are written.
    id: Option<ReleaseId>,
    /// The last event that was seen.
    sequence: u64,
    before: Before,
    damages: Vec<Damage>,
    events: u64,
}

/// What is known of the hash that the next link stands on.
#[derive(Debug, Clone, Copy)]
enum Before {
    /// It is the first link.
    Nothing,
    /// The hash that stands in the ledger and the one that was computed.
    Hashes {
        stored: Sha256Digest,
        computed: Option<Sha256Digest>,
    },
    /// The event before is gone.
    Unknown,
}

impl ChainAudit {
    pub(super) fn new(release: &str) -> Self {
        Self {
            release: release.to_owned(),
            id: release
                .parse()
                .ok()
                .filter(|id: &ReleaseId| id.to_string() == release),
            sequence: 0,
            before: Before::Nothing,
            damages: Vec::new(),
            events: 0,
        }
    }

    /// The number of the last event seen.
    pub(super) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Takes the next event of the chain, and gives it where it can be read.
    pub(super) fn next(&mut self, stored: &Stored<'_>) -> Option<Event> {
        self.step_to(stored.sequence);
        self.events += 1;
        let computed = self.check_hash(stored);
        self.before = Before::Hashes {
            stored: stored.hash,
            computed,
        };
        match serde_json::from_str::<Event>(stored.body) {
            Ok(event) => {
                self.check_names(&event, stored);
                Some(event)
            }
            Err(error) => {
                // A body that was altered is reported by its hash already.
                if computed == Some(stored.hash) {
                    let place = self.place(stored.sequence, Some(stored.key));
                    let message = error.to_string();
                    self.damages.push(Damage::Unreadable { place, message });
                }
                None
            }
        }
    }

    /// Takes note that the columns beside the last event say something else than its content.
    pub(super) fn misfiled(&mut self, stored: &Stored<'_>) {
        let place = self.place(stored.sequence, Some(stored.key));
        self.damages.push(Damage::Misfiled(place));
    }

    /// Takes note of an event that is there and cannot be read.
    pub(super) fn unreadable(&mut self, sequence: u64, message: String) {
        self.step_to(sequence);
        self.events += 1;
        self.before = Before::Unknown;
        let place = self.place(sequence, None);
        self.damages.push(Damage::Unreadable { place, message });
    }

    /// Compares the end of the chain with what the ledger has for it.
    pub(super) fn finish(mut self, length: u64, head: Option<Sha256Digest>) -> (u64, Vec<Damage>) {
        let release = self.release.clone();
        let found = self.sequence;
        if found < length {
            self.damages.push(Damage::Missing {
                release,
                first: found + 1,
                last: length,
            });
        } else if found > length {
            self.damages.push(Damage::Surplus {
                release,
                known: length,
                found,
            });
        } else if let Before::Hashes { stored, computed } = self.before
            && head != Some(stored)
        {
            if head.is_some() && head == computed {
                self.blame_the_hash();
            } else {
                self.damages.push(Damage::HeadAltered { release });
            }
        }
        (self.events, self.damages)
    }

    fn step_to(&mut self, sequence: u64) {
        if sequence > self.sequence + 1 {
            let (first, last) = (self.sequence + 1, sequence - 1);
            let release = self.release.clone();
            self.damages.push(Damage::Missing {
                release,
                first,
                last,
            });
            self.before = Before::Unknown;
        }
        self.sequence = sequence;
    }

    /// The hash of the event by its content, where what it stands on is known.
    fn check_hash(&mut self, stored: &Stored<'_>) -> Option<Sha256Digest> {
        let hash = |previous| chain::hash_of(stored.sequence, previous, stored.body);
        let by_stored = match self.before {
            Before::Nothing => hash(None),
            Before::Hashes { stored, .. } => hash(Some(stored)),
            Before::Unknown => {
                let place = self.place(stored.sequence, Some(stored.key));
                self.damages.push(Damage::Unproven(place));
                return None;
            }
        };
        if by_stored == stored.hash {
            return Some(by_stored);
        }
        if let Before::Hashes {
            computed: Some(computed),
            ..
        } = self.before
            && hash(Some(computed)) == stored.hash
        {
            self.blame_the_hash();
            return Some(stored.hash);
        }
        let place = self.place(stored.sequence, Some(stored.key));
        self.damages.push(Damage::Altered(place));
        Some(by_stored)
    }

    /// What follows stands on the content of the last event: only the hash beside it is wrong.
    fn blame_the_hash(&mut self) {
        let altered = self
            .damages
            .iter_mut()
            .rfind(|damage| matches!(damage, Damage::Altered(_)));
        if let Some(damage) = altered
            && let Damage::Altered(place) = damage
        {
            *damage = Damage::HashAltered(place.clone());
        }
    }

    fn check_names(&mut self, event: &Event, stored: &Stored<'_>) {
        if event.idempotency_key != stored.key {
            let place = self.place(stored.sequence, Some(stored.key));
            let own = event.idempotency_key.clone();
            self.damages.push(Damage::KeyAltered { place, own });
        }
        if Some(event.release_id) != self.id {
            let place = self.place(stored.sequence, Some(stored.key));
            self.damages.push(Damage::Foreign(place));
        }
    }

    fn place(&self, sequence: u64, key: Option<&str>) -> Place {
        Place {
            release: self.release.clone(),
            sequence,
            key: key.map(str::to_owned),
        }
    }
}
