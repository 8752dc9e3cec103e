//! Deliveries that did not arrive: GitHub sends none again by itself, so it is asked for them on
//! start and every few minutes. They come over the App's own line to GitHub, so they need no
//! signature, and arrive also where GitHub can't reach the server.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::GitHubApp;
use super::intake::Delivered;
use super::trouble::{Trouble, pause_after};
use crate::app::control_plane::ControlPlane;
use crate::domain::record::event::{Event, EventType};
use crate::github::client::Attempt;
use crate::github::webhook;
use crate::ledger::LedgerError;

/// How often GitHub is asked.
const EVERY: Duration = Duration::from_secs(5 * 60);

/// How long GitHub keeps deliveries.
const KEPT: SignedDuration = SignedDuration::from_hours(3 * 24);

/// How far each look reaches back before the last one: a delivery is listed when it was answered.
const OVERLAP: SignedDuration = SignedDuration::from_hours(1);

/// How many events of a kind are read to learn what has arrived.
const LOOKED_AT: u32 = 10_000;

/// How the keys of events begin that were made of deliveries.
const OF_GITHUB: &str = "github/";

/// How far the deliveries were looked at.
#[derive(Debug)]
struct Mark {
    since: Timestamp,
    /// The deliveries that need not be fetched, by their GUID.
    settled: BTreeSet<String>,
}

impl ControlPlane {
    /// Fetches what was missed until `stop` comes. Trouble is logged, and ends nothing.
    pub(super) async fn fetch_all_missed(&self, github: &GitHubApp, stop: &CancellationToken) {
        let (mut mark, mut tries) = (None, 0);
        loop {
            let pause = match self.fetch_missed(github, &mut mark).await {
                Ok(()) => {
                    tries = 0;
                    EVERY
                }
                Err(trouble) => {
                    tracing::error!(%trouble, "missed deliveries could not be fetched");
                    tries += 1;
                    pause_after(tries).min(EVERY)
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Looks once at what GitHub delivered, and takes what did not arrive, the oldest first.
    async fn fetch_missed(
        &self,
        github: &GitHubApp,
        mark: &mut Option<Mark>,
    ) -> Result<(), Trouble> {
        let now = Timestamp::now();
        let mark = match mark {
            Some(mark) => mark,
            None => mark.insert(Mark {
                since: now - KEPT,
                settled: self.arrived().await?,
            }),
        };
        let attempts = github.app.deliveries(mark.since).await?;
        for attempt in missed(&attempts, &mark.settled) {
            self.fetch(github, attempt).await?;
            mark.settled.insert(attempt.guid.clone());
        }
        let listed: BTreeSet<&str> = attempts.iter().map(|it| it.guid.as_str()).collect();
        mark.settled.retain(|guid| listed.contains(guid.as_str()));
        mark.since = now - OVERLAP;
        Ok(())
    }

    /// The deliveries of which the ledger has an event.
    async fn arrived(&self) -> Result<BTreeSet<String>, LedgerError> {
        let mut arrived = BTreeSet::new();
        for kind in [EventType::EnvironmentEvent, EventType::ApprovalRecorded] {
            let events = self.ledger.newest(kind, LOOKED_AT).await?;
            arrived.extend(events.iter().filter_map(guid).map(str::to_owned));
        }
        Ok(arrived)
    }

    /// Takes one delivery, as if it had arrived. One that can't be had or read is left for good.
    async fn fetch(&self, github: &GitHubApp, attempt: &Attempt) -> Result<(), Trouble> {
        let Attempt { guid, event, .. } = attempt;
        let Some(payload) = github.app.delivered(attempt.id).await? else {
            tracing::warn!(guid, "GitHub keeps a missed delivery no longer");
            return Ok(());
        };
        match self.deliver(guid, event, payload.as_bytes()).await {
            Delivered::Taken => tracing::info!(guid, event, "a missed delivery was fetched"),
            Delivered::Fault(fault) => return Err(fault.into()),
            Delivered::Unreadable(message) => {
                tracing::warn!(guid, message, "a missed delivery could not be read");
            }
            Delivered::NotSigned => {}
        }
        Ok(())
    }
}

/// The delivery that an event was made of.
fn guid(event: &Event) -> Option<&str> {
    let rest = event.idempotency_key.strip_prefix(OF_GITHUB)?;
    rest.split('/').next()
}

/// The last try of each delivery that matters and arrived at none of them, the oldest first.
fn missed<'a>(attempts: &'a [Attempt], settled: &BTreeSet<String>) -> Vec<&'a Attempt> {
    let of = |wanted: fn(&Attempt) -> bool| attempts.iter().filter(move |it| wanted(it));
    let arrived: BTreeSet<&str> = of(Attempt::has_arrived)
        .map(|it| it.guid.as_str())
        .collect();
    let mut seen = BTreeSet::new();
    let mut missed: Vec<&Attempt> = of(|it| webhook::matters(&it.event))
        .filter(|it| !arrived.contains(it.guid.as_str()) && !settled.contains(&it.guid))
        .filter(|it| seen.insert(it.guid.as_str()))
        .collect();
    missed.reverse();
    missed
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Tries of words, the newest first: `7:d1=502` is try 7 of delivery d1, answered 502.
    fn attempts(words: &str) -> Vec<Attempt> {
        let attempt = |word: &str| {
            let (id, rest) = word.split_once(':').unwrap();
            let (guid, code) = rest.split_once('=').unwrap();
            let event = match guid.starts_with('p') {
                true => "ping",
                false => "deployment_review",
            };
            serde_json::from_value(json!({
                "id": id.parse::<u64>().unwrap(), "guid": guid, "event": event, "status": "?",
                "status_code": code.parse::<i64>().unwrap(), "delivered_at": "2026-01-02T03:04:05Z",
            }))
        };
        words
            .split_whitespace()
            .map(|word| attempt(word).unwrap())
            .collect()
    }

    #[test]
    fn what_arrived_at_no_try_and_is_not_known_was_missed() {
        let settled = BTreeSet::from(["known".to_owned()]);
        for (words, expect) in [
            ("", ""),
            ("1:d1=202", ""),
            ("1:d1=502", "1"),
            ("3:d2=0 2:d1=500 1:p1=500", "2 3"),
            ("2:d1=502 1:d1=504", "2"),
            ("2:d1=202 1:d1=502", ""),
            ("2:d1=502 1:d1=202", ""),
            ("1:known=502", ""),
        ] {
            let attempts = attempts(words);
            let found = missed(&attempts, &settled).into_iter();
            let ids: Vec<String> = found.map(|it| it.id.to_string()).collect();
            assert_eq!(ids.join(" "), expect, "{words}");
        }
    }

    #[test]
    fn events_name_their_delivery() {
        for (key, expect) in [
            ("github/d1", Some("d1")),
            ("github/d1/release", Some("d1")),
            ("github/d1/production", Some("d1")),
            ("tests/d1", None),
        ] {
            let event: Event = serde_json::from_value(json!({
                "schema_version": "1", "idempotency_key": key, "event_type": "environment_event",
                "source_system": "github", "release_id": "5f4a1cb0-28d0-55dd-8fb0-b37893f52a39",
                "occurred_at": "2026-01-02T03:04:05Z", "actor": "alice", "payload": {},
            }))
            .unwrap();
            assert_eq!(guid(&event), expect, "{key}");
        }
    }
}
