//! What waits: a fold over the events that tell of it, so that no crash forgets anything.

use std::collections::BTreeSet;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::trouble::pause_after;
use crate::domain::ids::Sha256Digest;
use crate::domain::record::event::{Event, EventType};
use crate::domain::release::{ReleaseId, Repository};

/// By when a job is answered, whatever is missing: GitHub fails one that waited for 30 days
/// (<https://docs.github.com/en/actions/reference/limits>), and a server may be away for a while.
const ANSWERED_WITHIN: SignedDuration = SignedDuration::from_hours(29 * 24);

/// The source of events that were made of deliveries.
pub(super) const OF_GITHUB: &str = "github";

/// `kind` of an event that tells of a job which waits.
pub(super) const REQUESTED: &str = "protection_rule_requested";

/// `kind` of an event that tells how it was answered.
pub(super) const ANSWERED: &str = "protection_rule_answered";

/// The payload of [`REQUESTED`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Requested {
    pub(super) environment: String,
    pub(super) kind: String,
    pub(super) detail: String,
    pub(super) repository: Repository,
    pub(super) run_id: u64,
    pub(super) installation_id: u64,
    pub(super) delivery: String,
}

/// The payload of [`ANSWERED`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Answered {
    pub(super) environment: String,
    pub(super) kind: String,
    pub(super) detail: String,
    pub(super) run_id: u64,
    /// `approved`, `rejected`, or `gone` where the run waits no longer.
    pub(super) state: String,
    /// Every delivery that is answered by it.
    pub(super) deliveries: Vec<String>,
}

/// An environment of a run that waits. A matrix asks once for each of its jobs, and one answer is
/// for all of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Waiting {
    pub(super) release: ReleaseId,
    pub(super) repository: Repository,
    pub(super) run: u64,
    pub(super) environment: String,
    pub(super) installation: u64,
    pub(super) since: Timestamp,
    pub(super) deliveries: Vec<String>,
    /// How often the run was reviewed, the request itself counted as once.
    reviewed: u32,
    /// Up to which review GitHub was asked who they were.
    read: u32,
    /// The end of the release's chain when it was judged last.
    pub(super) judged: Option<Sha256Digest>,
    tries: u32,
    not_before: Option<Instant>,
}

impl Waiting {
    /// Tells whether GitHub is to be asked who reviewed the run.
    pub(super) fn is_reviewed(&self) -> bool {
        self.reviewed > self.read
    }

    /// Tells whether an event is a decision on the run that GitHub delivered.
    fn is_review(&self, event: &Event) -> bool {
        event.event_type == EventType::ApprovalRecorded
            && event.source_system == OF_GITHUB
            && event.release_id == self.release
            && event.payload.get("run").and_then(Value::as_u64) == Some(self.run)
    }

    /// Has GitHub asked who reviewed the run.
    fn note_reviews(&mut self, reviewed: u32) {
        self.reviewed = reviewed;
        self.judged = None;
        self.not_before = None;
    }

    /// Tells whether it has to be answered, since GitHub will soon give it up.
    pub(super) fn is_late(&self, now: Timestamp) -> bool {
        now.duration_since(self.since) >= ANSWERED_WITHIN
    }
}

/// Everything that waits.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Vec<Waiting>,
    /// The deliveries that were answered: what is read of the ledger may be older than an answer.
    answered: BTreeSet<String>,
}

impl Queue {
    /// Takes over what events of the ledger tell, in any order. What came in meanwhile stays, unless
    /// it was answered.
    pub(super) fn restore(&mut self, events: &[Event]) {
        let answers = events
            .iter()
            .filter_map(|event| payload::<Answered>(event, ANSWERED))
            .flat_map(|answered| answered.deliveries);
        self.answered.extend(answers);
        for event in events {
            if let Some(requested) = payload::<Requested>(event, REQUESTED) {
                self.add(event.release_id, event.occurred_at, requested);
            }
        }
        self.remove_answered();
        for waiting in &mut self.waiting {
            let reviews = events
                .iter()
                .filter(|event| waiting.is_review(event))
                .count();
            let reviewed = 1 + u32::try_from(reviews).unwrap_or(u32::MAX - 1);
            if reviewed > waiting.reviewed {
                waiting.note_reviews(reviewed);
            }
        }
    }

    fn remove_answered(&mut self) {
        let answered = &self.answered;
        for waiting in &mut self.waiting {
            waiting
                .deliveries
                .retain(|delivery| !answered.contains(delivery));
        }
        self.waiting.retain(|it| !it.deliveries.is_empty());
    }

    /// Adds a request.
    pub(super) fn add(&mut self, release: ReleaseId, since: Timestamp, requested: Requested) {
        let Requested {
            environment,
            repository,
            run_id,
            installation_id,
            delivery,
            ..
        } = requested;
        if self.answered.contains(&delivery) {
            return;
        }
        let is_same = |it: &&mut Waiting| {
            it.run == run_id && it.release == release && it.environment == environment
        };
        if let Some(waiting) = self.waiting.iter_mut().find(is_same) {
            if !waiting.deliveries.contains(&delivery) {
                waiting.deliveries.push(delivery);
                waiting.since = waiting.since.min(since);
                waiting.judged = None;
            }
            return;
        }
        self.waiting.push(Waiting {
            release,
            repository,
            run: run_id,
            environment,
            installation: installation_id,
            since,
            deliveries: vec![delivery],
            reviewed: 1,
            read: 0,
            judged: None,
            tries: 0,
            not_before: None,
        });
    }

    /// What may be looked at now.
    pub(super) fn due(&self, instant: Instant) -> Vec<Waiting> {
        let is_due = |it: &&Waiting| it.not_before.is_none_or(|at| at <= instant);
        self.waiting.iter().filter(is_due).cloned().collect()
    }

    /// When something that was put off is due; `None` where nothing was.
    pub(super) fn next(&self) -> Option<Instant> {
        self.waiting.iter().filter_map(|it| it.not_before).min()
    }

    /// Takes note that a run was reviewed.
    pub(super) fn reviewed(&mut self, repository: &Repository, run: u64) {
        let same = |it: &&mut Waiting| it.run == run && it.repository.is_same(repository);
        for waiting in self.waiting.iter_mut().filter(same) {
            waiting.note_reviews(waiting.reviewed + 1);
        }
    }

    /// Takes note that something was judged as it was then, and waits on.
    pub(super) fn judged(&mut self, waiting: &Waiting, head: Option<Sha256Digest>) {
        self.change(waiting, |it| {
            it.judged = head;
            it.read = waiting.reviewed;
            (it.tries, it.not_before) = (0, None);
        });
    }

    /// Puts something off: something outside is in trouble.
    pub(super) fn put_off(&mut self, waiting: &Waiting, now: Instant) {
        self.change(waiting, |it| {
            it.not_before = Some(now + pause_after(it.tries));
            it.tries += 1;
        });
    }

    /// Forgets what was answered. A request that came meanwhile stays.
    pub(super) fn answered(&mut self, waiting: &Waiting) {
        self.answered.extend(waiting.deliveries.iter().cloned());
        self.remove_answered();
    }

    fn change(&mut self, waiting: &Waiting, change: impl Fn(&mut Waiting)) {
        let is_it = |it: &&mut Waiting| {
            it.run == waiting.run
                && it.release == waiting.release
                && it.environment == waiting.environment
        };
        self.waiting.iter_mut().filter(is_it).for_each(change);
    }
}

fn payload<T: for<'a> Deserialize<'a>>(event: &Event, kind: &str) -> Option<T> {
    let is_it = event.payload.get("kind").and_then(|it| it.as_str()) == Some(kind);
    is_it.then(|| T::deserialize(&event.payload).ok())?
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    /// Events of words: `77/d1` asks by delivery d1 of run 77, `!77/d1,d2` answers.
    fn events(words: &str) -> Vec<Event> {
        let event = |word: &str| {
            let (run, deliveries) = word.trim_start_matches('!').split_once('/').unwrap();
            let run: u64 = run.parse().unwrap();
            let payload = match word.starts_with('!') {
                false => {
                    json!({"environment": "production", "kind": REQUESTED, "detail": "", "repository": "acme/shop", "run_id": run, "installation_id": 9, "delivery": deliveries})
                }
                true => {
                    json!({"environment": "production", "kind": ANSWERED, "detail": "", "run_id": run, "state": "approved", "deliveries": deliveries.split(',').collect::<Vec<_>>()})
                }
            };
            serde_json::from_value(json!({
                "schema_version": "1", "idempotency_key": word, "event_type": "environment_event",
                "source_system": "github", "release_id": "5f4a1cb0-28d0-55dd-8fb0-b37893f52a39",
                "occurred_at": "2026-01-02T03:04:05Z", "actor": "alice", "payload": payload,
            }))
        };
        words
            .split_whitespace()
            .map(|word| event(word).unwrap())
            .collect()
    }

    fn restored(words: &str) -> Queue {
        let mut queue = Queue::default();
        queue.restore(&events(words));
        queue
    }

    fn open(queue: &Queue) -> String {
        let open = queue
            .waiting
            .iter()
            .map(|it| format!("{}/{}", it.run, it.deliveries.join(",")));
        open.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_has_no_answer_is_open_whatever_the_order() {
        for (words, expect) in [
            ("", ""),
            ("77/d1", "77/d1"),
            ("77/d1 77/d2 78/d3", "77/d1,d2 78/d3"),
            ("77/d1 77/d2 !77/d1,d2", ""),
            ("!77/d1 77/d1", ""),
            ("77/d1 !77/d1 77/d4", "77/d4"),
        ] {
            assert_eq!(open(&restored(words)), expect, "{words}");
        }
    }

    #[test]
    fn what_came_in_before_the_ledger_was_read_stays() {
        let mut queue = restored("78/d3");
        queue.restore(&events("77/d1 78/d3"));
        assert_eq!(open(&queue), "78/d3 77/d1");
    }

    #[test]
    fn a_request_that_comes_while_another_is_answered_stays() {
        let mut queue = restored("77/d1");
        let looked_at = queue.waiting[0].clone();
        let late = payload::<Requested>(&events("77/d2")[0], REQUESTED).unwrap();
        queue.add(looked_at.release, looked_at.since, late);
        queue.answered(&looked_at);
        assert_eq!(open(&queue), "77/d2");
    }

    #[test]
    fn what_is_read_of_the_ledger_brings_no_answered_request_back() {
        let mut queue = restored("77/d1 78/d3");
        let looked_at = queue.waiting[0].clone();
        queue.answered(&looked_at);
        queue.restore(&events("77/d1 !78/d3"));
        assert_eq!(open(&queue), "");
    }

    #[test]
    fn a_review_that_another_server_took_is_read() {
        let mut queue = restored("77/d1");
        let looked_at = queue.waiting[0].clone();
        queue.judged(&looked_at, None);
        let mut review = events("77/d2").remove(0);
        review.event_type = EventType::ApprovalRecorded;
        review.payload = json!({"run": 77}).as_object().cloned().unwrap();
        let elsewhere = Event {
            source_system: "tests".to_owned(),
            ..review.clone()
        };
        queue.restore(&[elsewhere]);
        assert!(!queue.waiting[0].is_reviewed());
        queue.restore(&[review]);
        assert!(queue.waiting[0].is_reviewed());
    }

    #[test]
    fn a_review_that_comes_while_it_is_judged_is_read_later() {
        let mut queue = restored("77/d1");
        let looked_at = queue.waiting[0].clone();
        queue.reviewed(&looked_at.repository, 77);
        queue.judged(&looked_at, None);
        assert!(queue.waiting[0].is_reviewed());
        let looked_at = queue.waiting[0].clone();
        queue.judged(&looked_at, None);
        assert!(!queue.waiting[0].is_reviewed());
    }

    #[test]
    fn what_is_put_off_comes_back() {
        let mut queue = restored("77/d1");
        let (waiting, start) = (queue.waiting[0].clone(), Instant::now());
        queue.put_off(&waiting, start);
        assert!(queue.due(start).is_empty());
        assert_eq!(queue.next(), Some(start + Duration::from_secs(1)));
        assert_eq!(queue.due(start + Duration::from_secs(1)).len(), 1);
    }

    #[test]
    fn the_one_that_waits_longest_says_by_when_all_are_answered() {
        let mut queue = restored("77/d1");
        let (release, since) = (queue.waiting[0].release, queue.waiting[0].since);
        let request = |words: &str| payload::<Requested>(&events(words)[0], REQUESTED).unwrap();
        let day = SignedDuration::from_hours(24);
        queue.add(release, since + 5 * day, request("77/d2"));
        let minute = SignedDuration::from_mins(1);
        assert!(!queue.waiting[0].is_late(since + 29 * day - minute));
        assert!(queue.waiting[0].is_late(since + 29 * day));
        queue.add(release, since - day, request("77/d3"));
        assert!(queue.waiting[0].is_late(since + 28 * day));
    }
}
