//! How long evidence is kept.

use std::collections::BTreeMap;

/// `evidence.retention`: days by type of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// For a type that is not named.
    pub default_days: u32,
    /// For the types that are.
    pub days: BTreeMap<String, u32>,
}

impl Default for Retention {
    /// GitHub's own default for artifacts: 90 days.
    fn default() -> Self {
        Self {
            default_days: 90,
            days: BTreeMap::new(),
        }
    }
}

impl Retention {
    /// How many days evidence of a type is kept.
    pub fn days_for(&self, kind: &str) -> u32 {
        self.days.get(kind).copied().unwrap_or(self.default_days)
    }
}
