//! What happened to a release, in the order in which it did, and what proves it.

use jiff::Timestamp;

use super::Badge;
use crate::domain::ids::Sha256Digest;
use crate::render::report::picture::Picture;
use crate::render::report::text::Text;

/// A deployment or a rollback.
#[derive(Debug, Clone, PartialEq)]
pub struct DeploymentPart {
    /// The id of this part.
    pub anchor: String,
    /// `deployment` or `rollback`.
    pub what: &'static str,
    /// Where to, with the part of the environment where one is named.
    pub environment: Text,
    /// How it ended.
    pub badge: Badge,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// How long it took; empty where that is not known.
    pub took: String,
    /// Who told of it.
    pub by: Text,
    /// The image.
    pub digest: Option<String>,
    /// Its own id.
    pub id: Text,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// The days on which something happened.
    pub days: Vec<Day>,
    /// How many moments there was no room for.
    pub left_out: usize,
    /// The same as a picture; `None` where there is nothing to draw.
    pub picture: Option<Picture>,
}

/// A day, in UTC.
#[derive(Debug, Clone, PartialEq)]
pub struct Day {
    /// `2026-11-21`.
    pub date: String,
    /// What happened, the oldest first.
    pub moments: Vec<Moment>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// When it began, where it took time.
    pub since: Option<Timestamp>,
    /// Whose line of the picture it stands on.
    pub lane: Lane,
    /// The type of its event, or `waiver_expired`.
    pub kind: &'static str,
    /// Sign and colour; the word is the text's.
    pub badge: Badge,
    /// What.
    pub text: Text,
}

/// A line of the picture, in the order in which they stand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// The release itself.
    Release,
    /// A gate, by its place in the policy.
    Gate(usize, String),
    /// What people decided and saw.
    People,
    /// An environment, by its place in the policy.
    Environment(usize, String),
    /// Everything else.
    Other,
}

/// A piece of evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct EvidencePart {
    /// The id of this part: `e1`.
    pub anchor: String,
    /// What it is for: `test/pytest`, `G3`.
    pub of: Text,
    /// Its type.
    pub kind: Text,
    /// The file's name.
    pub name: Text,
    /// `2.0 KiB`.
    pub size: String,
    /// In bytes.
    pub bytes: u64,
    /// Of the stored bytes.
    pub sha256: Sha256Digest,
    /// Where it was said to lie: an address, or a path within the evidence directory.
    pub uri: Text,
    /// Where it lies, seen from the project's root.
    pub place: Text,
    /// The same as an address of the web, where it is one.
    pub link: Option<Text>,
    /// Whether it belongs to a result that counts.
    pub counts: bool,
}
