//! The variables that Tollgate itself sets, for `${…}` in the policy and for each check.

use std::collections::BTreeMap;

use crate::domain::ids::{CheckRef, EnvironmentId};
use crate::domain::policy::OWN_VARIABLES;
use crate::domain::release::Release;

/// What a policy text that needs a version says without one.
pub const NO_VERSION: &str =
    "the release has no version; give --release-version or tag the commit vX.Y.Z";

/// The variables of one release.
#[derive(Debug, Clone)]
pub struct Variables {
    values: BTreeMap<&'static str, String>,
}

impl Variables {
    /// The variables that are the same for every check; the directory is absolute.
    pub fn of(
        release: &Release,
        evidence_directory: &str,
        environment: Option<&EnvironmentId>,
    ) -> Self {
        let mut values = BTreeMap::from([
            ("TOLLGATE_SHA", release.sha.to_string()),
            ("TOLLGATE_RELEASE", release.id().to_string()),
            ("TOLLGATE_REPOSITORY", release.repository.to_string()),
            ("TOLLGATE_EVIDENCE_DIR", evidence_directory.to_owned()),
        ]);
        if let Some(version) = &release.version {
            values.insert("TOLLGATE_VERSION", version.clone());
        }
        if let Some(environment) = environment {
            values.insert("TOLLGATE_ENVIRONMENT", environment.to_string());
        }
        Self { values }
    }

    /// Tells whether Tollgate sets a variable of this name, be it with a value or without.
    pub fn is_ours(name: &str) -> bool {
        OWN_VARIABLES.contains(&name)
    }

    /// The value of a variable for a check.
    pub fn get(&self, check: Option<&CheckRef>, name: &str) -> Option<String> {
        match (name, check) {
            ("TOLLGATE_GATE", Some(check)) => Some(check.gate.to_string()),
            ("TOLLGATE_CHECK", Some(check)) => Some(check.check.to_string()),
            _ => self.values.get(name).cloned(),
        }
    }

    /// Every variable that has a value for a check.
    pub fn all(&self, check: &CheckRef) -> BTreeMap<String, String> {
        let mut all: BTreeMap<String, String> = self
            .values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        all.insert("TOLLGATE_GATE".to_owned(), check.gate.to_string());
        all.insert("TOLLGATE_CHECK".to_owned(), check.check.to_string());
        all
    }
}
