//! Database migrations, as they are recorded.

use serde::{Deserialize, Serialize};

use crate::domain::ids::Sha256Digest;

/// A migration that a check looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migration {
    /// Its name, with folders and without what tells up from down: `0001_init`.
    pub name: String,
    /// Of its way up, with line ends as LF and without a byte order mark.
    pub sha256: Sha256Digest,
    /// Whether it has a way down.
    pub reversible: bool,
    /// What stands for the way down, where it says that there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternative: Option<String>,
}
