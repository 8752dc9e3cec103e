//! Reading: which releases there are, and how one stands.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::known::created_in;
use super::policies::Rules;
use super::{ControlPlane, Fault, NoRules};
use crate::app::report::Material;
use crate::app::{ledgers, status};
use crate::domain::access::{Caller, may_reach};
use crate::domain::gate::facts::Facts;
use crate::domain::record::chain::Link;
use crate::domain::record::envelope::created;
use crate::domain::record::event::EventType;
use crate::domain::release::{Release, ReleaseId};
use crate::render::json::ListedRelease;

/// A release in the ledger.
#[derive(Debug)]
pub struct Found {
    /// The release, with the newest version that is known.
    pub release: Release,
    links: Vec<Link>,
    facts: Facts,
}

/// Why a release was not judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotJudged {
    /// There is no policy for it.
    #[error(transparent)]
    NoRules(#[from] NoRules),
    /// The ledger has no answer.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Found {
    /// Its chain in the ledger.
    pub(super) fn links(&self) -> &[Link] {
        &self.links
    }

    /// What is known of it.
    pub(super) fn facts(&self) -> &Facts {
        &self.facts
    }
}

impl ControlPlane {
    /// The newest releases that a caller may see, the newest first. A release that was told of
    /// several times stands where it was told of last.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn releases(&self, caller: &Caller, most: u32) -> Result<Vec<ListedRelease>, Fault> {
        self.told(caller, most).await.map(|(listed, _)| listed)
    }

    /// The same, with whether there are older ones.
    pub(super) async fn told(
        &self,
        caller: &Caller,
        most: u32,
    ) -> Result<(Vec<ListedRelease>, bool), Fault> {
        let one_more = most.saturating_add(1);
        let mut events = self
            .ledger
            .newest(EventType::ReleaseCreated, one_more)
            .await?;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let is_cut = events.len() > most;
        events.truncate(most);
        let mut listed: Vec<ListedRelease> = Vec::new();
        let mut places: BTreeMap<ReleaseId, usize> = BTreeMap::new();
        for event in events {
            let Some(told) = created(&event) else {
                continue;
            };
            let at = event.occurred_at;
            if may_reach(caller, &told.repository).is_err() {
                continue;
            }
            if let Some(entry) = places
                .get(&event.release_id)
                .and_then(|it| listed.get_mut(*it))
            {
                entry.created = entry.created.min(at);
                entry.release.version = entry.release.version.take().or(told.version);
                continue;
            }
            places.insert(event.release_id, listed.len());
            let release = Release {
                repository: told.repository,
                sha: told.sha,
                version: told.version,
            };
            listed.push(ListedRelease {
                release,
                created: at,
            });
        }
        Ok((listed, is_cut))
    }

    /// Finds a release that a caller may see. One of another repository is not there.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn find(&self, caller: &Caller, id: ReleaseId) -> Result<Option<Found>, Fault> {
        let found = self.look_up(id).await?;
        let may_see = |found: &Found| may_reach(caller, &found.release.repository).is_ok();
        Ok(found.filter(may_see))
    }

    /// Finds a release.
    pub(super) async fn look_up(&self, id: ReleaseId) -> Result<Option<Found>, Fault> {
        let links = self.ledger.events(id).await?;
        let Some(created) = created_in(&links) else {
            return Ok(None);
        };
        let facts = ledgers::facts_of(&links, Timestamp::MAX);
        let release = Release {
            repository: created.repository,
            sha: created.sha,
            version: facts.version.clone(),
        };
        Ok(Some(Found {
            release,
            links,
            facts,
        }))
    }

    /// Judges a release as it stands at a moment.
    ///
    /// # Errors
    /// When there is nothing to judge by, or the ledger cannot be read.
    pub async fn judge(&self, found: Found, now: Timestamp) -> Result<Material, NotJudged> {
        let rules = self.policies.rules(&found.release.repository).await?;
        Ok(self.judge_by(&rules, found, now).await?)
    }

    /// Judges a release by rules that are known.
    pub(super) async fn judge_by(
        &self,
        rules: &Rules,
        found: Found,
        now: Timestamp,
    ) -> Result<Material, Fault> {
        let Found {
            release,
            links,
            facts,
        } = found;
        let elsewhere = status::elsewhere(&*self.ledger, &rules.policy, &release).await;
        let elsewhere = elsewhere?;
        let known = (links, Facts { elsewhere, ..facts });
        let (policy, redactor) = (rules.policy.clone(), Arc::clone(&rules.redactor));
        Ok(Material::judged(policy, known, release, redactor, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access::{Reach, Role};
    use crate::domain::record::event::Event;
    use crate::settings::{LedgerAddress, Settings};

    async fn plane(folder: &std::path::Path) -> ControlPlane {
        let settings = Settings {
            target: None,
            root: None,
            working_directory: folder.to_owned(),
            policy: None,
            ledger: Some(LedgerAddress::Sqlite(folder.join("ledger.db"))),
            server: None,
            release_sha: None,
            release_version: None,
            repository: None,
            environment: BTreeMap::new(),
            actions: None,
        };
        ControlPlane::open(&settings).await.unwrap()
    }

    /// `release_created` of the `number`th commit.
    fn creation(number: u32) -> Event {
        let release = Release {
            repository: "acme/shop".parse().unwrap(),
            sha: format!("{number:040x}").parse().unwrap(),
            version: None,
        };
        serde_json::from_value(serde_json::json!({
            "schema_version": "1", "idempotency_key": format!("created/{number}"),
            "event_type": "release_created", "source_system": "tests",
            "release_id": release.id(), "occurred_at": "2026-01-02T03:04:05Z", "actor": "alice",
            "payload": {"repository": "acme/shop", "sha": release.sha},
        }))
        .unwrap()
    }

    #[tokio::test]
    async fn a_list_knows_whether_there_are_older_ones() {
        let folder = tempfile::tempdir().unwrap();
        let plane = plane(folder.path()).await;
        plane
            .ledger
            .append((1..=3).map(creation).collect())
            .await
            .unwrap();
        let caller = Caller {
            name: "otto".to_owned(),
            role: Role::AuditReader,
            reach: Reach::Everything,
        };
        for (most, expect) in [
            (1, (1, true)),
            (2, (2, true)),
            (3, (3, false)),
            (9, (3, false)),
        ] {
            let (listed, is_cut) = plane.told(&caller, most).await.unwrap();
            assert_eq!((listed.len(), is_cut), expect, "{most}");
        }
        plane.close().await.unwrap();
    }
}
