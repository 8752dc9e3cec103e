//! The work for GitHub that goes on while the server serves: what waits is looked after, check runs
//! are written, and what was missed is fetched. Of several servers that share a ledger one does it;
//! the others take deliveries and events, and one of them takes over when it is gone.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::GitHubApp;
use super::trouble::pause_after;
use crate::app::control_plane::ControlPlane;
use crate::domain::record::event::{Event, EventType};
use crate::ledger::Duty;

/// How often it is looked who has the duty.
const LOOK: Duration = Duration::from_secs(2);

/// How long work that was begun may take when the server is to end.
const GRACE: Duration = Duration::from_secs(1);

/// How long the pauses become while the ledger cannot be read.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Does the work until `stop` comes, whenever this server has the duty; without an App there is none.
pub async fn attend(plane: &ControlPlane, stop: &CancellationToken) {
    let Some(github) = &plane.github_app else {
        return;
    };
    let mut duty = plane.ledger.duty();
    while take(&mut *duty, github, stop).await {
        tokio::select! {
            () = plane.work(github, stop) => return,
            () = lost(&mut *duty) => {
                tracing::warn!("the ledger could not be reached: another server may work for GitHub now");
                github.forget();
            }
        }
    }
}

/// Waits for the duty; gives `false` when the server is to end. What another server is to do is
/// not remembered here meanwhile: the ledger has it.
async fn take(duty: &mut dyn Duty, github: &GitHubApp, stop: &CancellationToken) -> bool {
    let mut tries = 0;
    loop {
        let pause = match duty.hold().await {
            Ok(true) => return !stop.is_cancelled(),
            Ok(false) => LOOK,
            Err(error) => {
                tracing::error!(%error, "who works for GitHub cannot be asked");
                tries += 1;
                pause_after(tries).min(LONGEST_PAUSE)
            }
        };
        github.forget();
        tokio::select! {
            () = stop.cancelled() => return false,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Returns when the duty is lost.
async fn lost(duty: &mut dyn Duty) {
    while matches!(duty.hold().await, Ok(true)) {
        tokio::time::sleep(LOOK).await;
    }
}

impl ControlPlane {
    /// Works until `stop` comes, and then finishes what it is about to do.
    async fn work(&self, github: &GitHubApp, stop: &CancellationToken) {
        let seen = self.heads().await; // before the events are read, so that none is missed
        let all = async {
            tokio::join!(
                self.watch(github, seen, stop),
                self.look_after_all(github, stop),
                self.write_all(github, stop),
                self.fetch_all_missed(github, stop),
            )
        };
        let cut_off = async {
            stop.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            _ = all => {}
            () = cut_off => {}
        }
    }

    /// The newest events of a kind, however long the ledger is away.
    pub(super) async fn read(&self, kind: EventType, most: u32) -> Vec<Event> {
        let mut tries = 0;
        loop {
            match self.ledger.newest(kind, most).await {
                Ok(events) => return events,
                Err(error) => tracing::error!(%error, "what is to be done cannot be read"),
            }
            tokio::time::sleep(pause_after(tries).min(LONGEST_PAUSE)).await;
            tries += 1;
        }
    }
}
