//! What other servers, and programs that write to the ledger themselves, recorded: found by the ends
//! of the chains, which are looked at every few seconds.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::GitHubApp;
use super::trouble::pause_after;
use crate::app::control_plane::ControlPlane;
use crate::domain::ids::Sha256Digest;
use crate::domain::record::event::Event;
use crate::domain::release::ReleaseId;
use crate::ledger::LedgerError;

/// How often the ends are looked at, at the most.
const EVERY: Duration = Duration::from_secs(5);

/// The pause is so many times as long as looking took: in a ledger of many releases it takes a while.
const SHARE: u32 = 50;

/// The ends of all chains.
pub(super) type Heads = HashMap<ReleaseId, Sha256Digest>;

impl ControlPlane {
    /// The ends of all chains, however long the ledger is away.
    pub(super) async fn heads(&self) -> Heads {
        let mut tries = 0;
        loop {
            match self.ledger.releases().await {
                Ok(heads) => return heads.into_iter().map(|it| (it.release, it.hash)).collect(),
                Err(error) => tracing::error!(%error, "the releases cannot be read"),
            }
            tokio::time::sleep(pause_after(tries)).await;
            tries += 1;
        }
    }

    /// Takes note of what was recorded elsewhere, until `stop` comes.
    pub(super) async fn watch(
        &self,
        github: &GitHubApp,
        mut seen: Heads,
        stop: &CancellationToken,
    ) {
        loop {
            let begun = Instant::now();
            if let Err(error) = self.look_around(github, &mut seen).await {
                tracing::error!(%error, "what others recorded cannot be read");
            }
            let pause = (begun.elapsed() * SHARE).max(EVERY);
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn look_around(&self, github: &GitHubApp, seen: &mut Heads) -> Result<(), LedgerError> {
        for head in self.ledger.releases().await? {
            if seen.get(&head.release) == Some(&head.hash) {
                continue;
            }
            let links = self.ledger.events(head.release).await?;
            let events: Vec<Event> = links.into_iter().map(|link| link.event).collect();
            github.queue().restore(&events);
            github.told(head.release);
            seen.insert(head.release, head.hash);
        }
        Ok(())
    }
}
