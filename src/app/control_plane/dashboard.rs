//! The pages of the control plane: only what a page shows is read and judged.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::policies::Rules;
use super::{ControlPlane, Fault, Found, NoRules};
use crate::domain::access::Caller;
use crate::domain::gate::facts::Viewpoint;
use crate::domain::gate::judge::judge;
use crate::domain::release::{ReleaseId, Repository};
use crate::render::dashboard::{Asked, Entry, ReleaseList, ReleasePage, Row, Unjudged};
use crate::render::json::ListedRelease;
use crate::render::report::text::Pen;

/// How many events that made a release known are looked through for the list.
const LOOKED_THROUGH: u32 = 10_000;

/// How many repositories are offered to choose from.
const OFFERED: usize = 200;

/// The rules of the repositories of one page: each is asked for once, and none any more once
/// GitHub is away.
#[derive(Default)]
struct RulesOfPage(HashMap<String, Result<Arc<Rules>, NoRules>>);

impl RulesOfPage {
    async fn of(
        &mut self,
        plane: &ControlPlane,
        repository: &Repository,
    ) -> Result<Arc<Rules>, NoRules> {
        let name = repository.as_str().to_lowercase();
        if let Some(known) = self.0.get(&name) {
            return known.clone();
        }
        let is_away = |known: &&Result<_, NoRules>| matches!(known, Err(NoRules::Away(_)));
        let rules = match self.0.values().find(is_away) {
            Some(away) => away.clone(),
            None => plane.policies.rules(repository).await,
        };
        self.0.insert(name, rules.clone());
        rules
    }
}

impl ControlPlane {
    /// A page of the releases that a caller may see, the newest first.
    ///
    /// # Errors
    /// When the ledger cannot be read. A release that cannot be judged says so itself.
    pub async fn list(
        &self,
        caller: &Caller,
        asked: Asked,
        now: Timestamp,
    ) -> Result<ReleaseList, Fault> {
        let (mut listed, is_cut) = self.told(caller, LOOKED_THROUGH).await?;
        let repositories = repositories(&listed);
        listed.retain(|it| asked.means(it.release.repository.as_str()));
        let (asked, range) = asked.within(listed.len());
        let (mut rows, mut rules) = (Vec::new(), RulesOfPage::default());
        for release in listed.get(range).unwrap_or_default() {
            rows.push(self.row(release, &mut rules, now).await?);
        }
        let pen = Pen::new(&self.redactor);
        Ok(ReleaseList {
            asked,
            rows,
            repositories: repositories.iter().map(|name| pen.name(name)).collect(),
            total: listed.len(),
            is_cut,
        })
    }

    /// A release of the list. One whose record is damaged is in it, and not judged.
    async fn row(
        &self,
        listed: &ListedRelease,
        rules: &mut RulesOfPage,
        now: Timestamp,
    ) -> Result<Row, Fault> {
        let unknown = |why: &str| {
            let entry = Entry {
                release: &listed.release,
                told: listed.created,
                redactor: &self.redactor,
            };
            Row::of(entry, Err(why), now)
        };
        let id = listed.release.id();
        let found = match self.look_up(id).await {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(unknown("its record does not say what it is a release of")),
            Err(fault @ Fault::Away(_)) => return Err(fault),
            Err(fault @ Fault::Broken(_)) => {
                tracing::error!(release = %id, %fault, "a record could not be read");
                return Ok(unknown(
                    "its record cannot be read; the server's log says why",
                ));
            }
        };
        let rules = rules.of(self, &listed.release.repository).await;
        Ok(judged(&found, rules, self, now))
    }

    /// A release that a caller may see; one of another repository is not there.
    ///
    /// # Errors
    /// When the ledger cannot be read. A release that cannot be judged says so itself.
    pub async fn page(
        &self,
        caller: &Caller,
        id: ReleaseId,
        now: Timestamp,
    ) -> Result<Option<ReleasePage>, Fault> {
        let Some(found) = self.find(caller, id).await? else {
            return Ok(None);
        };
        let page = match self.policies.rules(&found.release.repository).await {
            Ok(rules) => {
                let material = self.judge_by(&rules, found, now).await?;
                ReleasePage::judged(&material.sources())
            }
            Err(why) => ReleasePage::unjudged(Unjudged {
                release: &found.release,
                links: found.links(),
                redactor: &self.redactor,
                why: &why.to_string(),
            }),
        };
        Ok(Some(page))
    }
}

/// The row of a release. Approvals of other commits are not looked for: they never count.
fn judged(
    found: &Found,
    rules: Result<Arc<Rules>, NoRules>,
    plane: &ControlPlane,
    now: Timestamp,
) -> Row {
    let times = found.links().iter().map(|link| link.event.occurred_at);
    let entry = Entry {
        release: &found.release,
        told: times.max().unwrap_or(now),
        redactor: &plane.redactor,
    };
    match rules {
        Ok(rules) => {
            let verdict = judge(&rules.policy, found.facts(), &Viewpoint::Ledger, now);
            let redactor = &*rules.redactor;
            let entry = Entry { redactor, ..entry };
            Row::of(entry, Ok((&rules.policy, &verdict)), now)
        }
        Err(why) => Row::of(entry, Err(&why.to_string()), now),
    }
}

/// The repositories that there are releases of, each once, by name.
fn repositories(listed: &[ListedRelease]) -> Vec<String> {
    let names = listed.iter().map(|it| it.release.repository.as_str());
    let names: BTreeMap<String, &str> = names.map(|it| (it.to_lowercase(), it)).collect();
    let names = names.into_values().take(OFFERED);
    names.map(str::to_owned).collect()
}
