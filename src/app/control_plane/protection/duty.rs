//! The work that goes on for GitHub while the server serves: what waits is looked after, check runs
//! are written, and what was missed is fetched.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::trouble::pause_after;
use crate::app::control_plane::ControlPlane;
use crate::domain::record::event::{Event, EventType};

/// How long work that was begun may take when the server is to end.
const GRACE: Duration = Duration::from_secs(1);

/// How long the pauses become while the ledger cannot be read.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Does the work until `stop` comes; without an App there is none.
pub async fn attend(plane: &ControlPlane, stop: &CancellationToken) {
    let Some(protection) = &plane.protection else {
        return;
    };
    let work = async {
        tokio::join!(
            plane.look_after_all(protection, stop),
            plane.write_all(protection, stop),
            plane.fetch_all_missed(protection, stop),
        )
    };
    let cut_off = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        _ = work => {}
        () = cut_off => {}
    }
}

impl ControlPlane {
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
