//! What is to be sent, and in which order: what is recorded + what waits → plan.

use std::collections::BTreeSet;

use crate::domain::access::{Role, without_claims};
use crate::domain::record::event::{Event, EventType};

/// What becomes of the events that wait.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Plan {
    /// To be sent, in the order in which they were recorded.
    pub(super) send: Vec<Event>,
    /// What makes the release known, should the server not know it: it may be that another job
    /// recorded it, and told nobody.
    pub(super) creation: Option<Event>,
    /// Keys of decisions of people, which this producer has no right to tell: whoever decided tells
    /// the server, with a key of their own.
    pub(super) withheld: BTreeSet<String>,
    /// Keys of events that were never recorded: a killed run put them into the spool and got no
    /// further.
    pub(super) unrecorded: BTreeSet<String>,
}

impl Plan {
    /// Plans what to send of what waits. `recorded` are the release's events in the order of their
    /// chain; what is sent is what stands there, whatever the spool says, without what a server takes
    /// from GitHub alone. `role` is the producer's, where that is known on this side.
    pub(super) fn of(recorded: &[Event], waiting: &[Event], role: Option<Role>) -> Self {
        let keys = waiting.iter().map(|event| event.idempotency_key.as_str());
        let mut keys: BTreeSet<&str> = keys.collect();
        let mut plan = Self::default();
        for event in recorded {
            if !keys.remove(event.idempotency_key.as_str()) {
                continue;
            }
            let key = event.idempotency_key.clone();
            match role {
                Some(role) if !role.may_record(event.event_type) => {
                    plan.withheld.insert(key);
                }
                _ => plan.send.push(without_claims(event.clone())),
            }
        }
        plan.unrecorded = keys.into_iter().map(str::to_owned).collect();
        let is_creation = |event: &&Event| event.event_type == EventType::ReleaseCreated;
        plan.creation = recorded.iter().find(is_creation).cloned();
        plan
    }

    /// Keys of what need not wait any longer, though it is not sent.
    pub(super) fn left_out(&self) -> BTreeSet<String> {
        let all = [&self.withheld, &self.unrecorded];
        all.into_iter().flatten().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// `release 1`, `check 2`, `approval 3`: a kind and a key. With `!` it names the authors.
    fn event(text: &str) -> Event {
        let (kind, key) = text.split_once(' ').unwrap();
        let kind = match kind {
            "release" => "release_created",
            "check" => "check_reported",
            _ => "approval_recorded",
        };
        let payload = match key.strip_suffix('!') {
            Some(_) => json!({"authors": ["alice"]}),
            None => json!({}),
        };
        let event = json!({
            "schema_version": "1", "idempotency_key": key, "event_type": kind,
            "source_system": "tests", "release_id": "5f4a1cb0-28d0-55dd-8fb0-b37893f52a39",
            "occurred_at": "2026-01-02T03:04:05Z", "actor": "alice", "payload": payload,
        });
        serde_json::from_value(event).unwrap()
    }

    fn events(text: &str) -> Vec<Event> {
        text.split(", ")
            .filter(|it| !it.is_empty())
            .map(event)
            .collect()
    }

    fn keys<'e>(events: impl IntoIterator<Item = &'e Event>) -> String {
        let keys = events
            .into_iter()
            .map(|event| event.idempotency_key.as_str());
        keys.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_waits_is_sent_in_the_order_of_the_chain() {
        const JOB: Option<Role> = Some(Role::CiServiceRole);
        let all = "release 1, check 2, check 3, release 4, approval 5, approval 6!";
        for (waiting, role, expect) in [
            ("release 1, check 2", JOB, "send 1 2, creation 1"),
            ("check 3, check 2", JOB, "send 2 3, creation 1"),
            ("check 3, check 3", None, "send 3, creation 1"),
            ("release 4", None, "send 4, creation 1"),
            ("", JOB, "creation 1"),
            ("check 9", JOB, "creation 1, unrecorded 9"),
            ("approval 5", JOB, "creation 1, withheld 5"),
            ("approval 5", None, "send 5, creation 1"),
            ("approval 6!", None, "send 6!, creation 1"),
            ("approval 6!", JOB, "creation 1, withheld 6!"),
        ] {
            let plan = Plan::of(&events(all), &events(waiting), role);
            let text = |keys: &BTreeSet<String>| keys.iter().cloned().collect::<Vec<_>>().join(" ");
            let parts = [
                ("send", keys(&plan.send)),
                ("creation", keys(&plan.creation)),
                ("withheld", text(&plan.withheld)),
                ("unrecorded", text(&plan.unrecorded)),
            ];
            let parts = parts.iter().filter(|(_, keys)| !keys.is_empty());
            let said: Vec<_> = parts.map(|(name, keys)| format!("{name} {keys}")).collect();
            assert_eq!(said.join(", "), expect, "{waiting}");
            assert!(plan.send.iter().all(|event| event.payload.is_empty()));
        }
    }

    proptest! {
        #[test]
        fn everything_that_waits_is_sent_once_or_named(
            recorded in proptest::collection::btree_set(0..30_u32, 0..20),
            waiting in proptest::collection::vec(0..30_u32, 0..20),
        ) {
            let named = |key: &u32| event(&match key % 3 {
                0 => format!("check {key}"),
                1 => format!("approval {key}"),
                _ => format!("release {key}"),
            });
            let recorded: Vec<Event> = recorded.iter().map(named).collect();
            let waiting: Vec<Event> = waiting.iter().map(named).collect();
            let plan = Plan::of(&recorded, &waiting, Some(Role::CiServiceRole));
            let sent: Vec<&str> = plan.send.iter().map(|it| it.idempotency_key.as_str()).collect();
            let distinct: BTreeSet<&str> = sent.iter().copied().collect();
            prop_assert_eq!(distinct.len(), sent.len());
            for event in &waiting {
                let key = event.idempotency_key.as_str();
                let places = [
                    distinct.contains(key),
                    plan.withheld.contains(key),
                    plan.unrecorded.contains(key),
                ];
                prop_assert_eq!(places.into_iter().filter(|it| *it).count(), 1);
            }
        }
    }
}
