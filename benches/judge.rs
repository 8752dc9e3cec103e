//! Judging many releases: 10,000 of them, 8 gates each, 100 facts each, on one core. The goal is one
//! second. Beside it, in the same run, reading the same facts out of their events, so that it can be
//! seen what judging costs next to what must come before it.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use tollgate::domain::gate::facts::{Facts, Viewpoint};
use tollgate::domain::gate::judge::judge;
use tollgate::domain::policy::Policy;
use tollgate::domain::record::event::Event;
use tollgate::domain::record::history::fold;
use tollgate::policy::{Expansion, Source, load};

type Outcome<T> = Result<T, Box<dyn Error>>;

const RELEASES: u32 = 10_000;
const FACTS: usize = 100;
const DIFFERENT: usize = 50;

const POLICY: &str = r#"
version: 1
pipeline:
  lint:     { checks: { a: { run: x }, b: { run: x }, c: { run: x } } }
  test:     { checks: { a: { run: x, results: { junit: x }, require: { skipped: 0 } }, b: { run: x } } }
  build:    { checks: { a: { run: x }, b: { run: x } } }
  push:     { checks: { a: { run: x } } }
gates:
  G0: { requires: push, checks: { a: { run: x }, uat: { manual: Look, only: [staging] } } }
  G1: { requires: G0, checks: { a: { run: x }, b: { run: x }, c: { run: x } } }
  G3: { requires: G1, severity: absolute, evidence: plan, approvals: { from: [qa] }, checks: { a: { run: x } } }
  G4: { requires: G1, severity: advisory, tolerate: 1, checks: { a: { run: x }, b: { run: x } } }
environments:
  staging:    { gates: [push] }
  production: { gates: [G0, G1, G3, G4], after: [staging], approvals: { from: ["user:bob"] } }
waivers: { longest: 14d, from: ["user:mia"] }
"#;

fn main() -> Outcome<()> {
    let source = Source {
        path: "tollgate.yml".to_owned(),
        text: POLICY.to_owned(),
    };
    let policy = load(&source, Expansion::Keep).map_err(|problems| problems.to_string())?;
    let releases: Vec<Vec<Event>> = (0..DIFFERENT)
        .map(|number| history(&policy, number))
        .collect::<Outcome<_>>()?;
    let folded: Vec<Facts> = releases.iter().map(|events| fold(events).0).collect();
    let now = Timestamp::UNIX_EPOCH + 1000.hours();
    let (mut judging, mut reading, mut eligible) = (Duration::ZERO, Duration::ZERO, 0_u32);
    for number in 0..RELEASES as usize {
        let start = Instant::now();
        black_box(fold(black_box(&releases[number % DIFFERENT])));
        reading += start.elapsed();
        let start = Instant::now();
        let facts = black_box(&folded[number % DIFFERENT]);
        let verdict = judge(&policy, facts, &Viewpoint::Ledger, now);
        judging += start.elapsed();
        eligible += u32::from(
            black_box(&verdict)
                .environments
                .iter()
                .all(|it| it.eligible),
        );
    }
    println!(
        "{RELEASES} releases × {} gates × {FACTS} facts, {eligible} of them eligible everywhere:",
        policy.gates.len()
    );
    println!(
        "  judging {judging:.2?} ({:.2?} a release; goal 1 s)",
        judging / RELEASES
    );
    println!(
        "  reading the events into facts {reading:.2?}; judging costs {:.2} × as much",
        judging.as_secs_f64() / reading.as_secs_f64()
    );
    Ok(())
}

/// The events of a release: each check several times, and what people decided.
fn history(policy: &Policy, number: usize) -> Outcome<Vec<Event>> {
    let checks = policy
        .gates
        .iter()
        .flat_map(|gate| gate.checks.iter().map(move |it| (gate, it)));
    let mut payloads: Vec<(&str, Value)> = checks
        .map(|(gate, check)| {
            let status = if number.is_multiple_of(5) && check.id.as_str() == "c" { "failed" } else { "passed" };
            ("check_reported", json!({
                "gate": gate.id, "check": check.id, "status": status, "duration_ms": 812,
                "tests": {"total": 31, "passed": 31, "failed": 0, "errors": 0, "skipped": 0, "flaky": 0},
                "run": format!("r{number}"),
            }))
        })
        .collect();
    payloads.extend([
        ("gate_signoff", json!({"gate": "G0", "check": "uat", "by": "carol", "result": "passed", "environment": "staging"})),
        ("evidence_recorded", json!({"gate": "G3", "type": "plan", "name": "plan.md", "sha256": "ab".repeat(32)})),
        ("approval_recorded", json!({"gate": "G3", "by": "quinn", "role": "qa", "decision": "approved"})),
        ("approval_recorded", json!({"environment": "production", "by": "bob", "decision": "approved"})),
        ("deployment_finished", json!({"deployment_id": "d", "environment": "staging", "status": "passed"})),
        ("exception_granted", json!({"id": "w", "gate": "G1", "check": "c", "by": "mia", "reason": "x", "expires_at": "1970-02-13T00:00:00Z"})),
    ]);
    let events = payloads.iter().cycle().take(FACTS).enumerate();
    events
        .map(|(place, (kind, payload))| event(place, kind, payload))
        .collect()
}

fn event(place: usize, kind: &str, payload: &Value) -> Outcome<Event> {
    let at = Timestamp::UNIX_EPOCH + (950 * 3600 + i64::try_from(place)?).seconds();
    Ok(serde_json::from_value(json!({
        "schema_version": "1",
        "idempotency_key": place.to_string(),
        "event_type": kind,
        "source_system": "bench",
        "release_id": "5f4a1cb0-28d0-55dd-8fb0-b37893f52a39",
        "occurred_at": at,
        "actor": "bench",
        "payload": payload,
    }))?)
}
