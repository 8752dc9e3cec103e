//! Packs of one release: the sound one is judged again to its verdict, and nothing in it can be
//! changed, left out or moved without being named.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::export::heard;
use super::policy::meant;
use super::verify::{Fault, Finding, Verified, check};
use crate::domain::gate::facts::Viewpoint;
use crate::domain::gate::judge::judge;
use crate::domain::ids::Sha256Digest;
use crate::domain::record::chain::Link;
use crate::domain::record::event::{Event, EventType};
use crate::domain::record::history;
use crate::domain::release::Release;
use crate::ledger::pack::export_release;
use crate::ledger::pack::parts::{
    ManifestPart, Parts, PolicyPart, ReleasePart, Teams, VerdictPart,
};
use crate::render::{StatusView, json as documents};

const POLICY: &str = "version: 1
project: shop
pipeline:
  test: { checks: { pytest: { run: \"true\" } } }
gates:
  G1: { requires: test, checks: { wording: { manual: Read the texts } } }
environments:
  production: { gates: [G1] }
";
const AT: &str = "2026-11-21T04:20:00Z";
const RUN: &str = "0198a6b0-0000-7000-8000-000000000001";

fn release() -> Release {
    Release {
        repository: "acme/shop".parse().unwrap(),
        sha: "5f4a1cb0d8c7b6a59483726150493827160594a3".parse().unwrap(),
        version: Some("1.4.0".to_owned()),
    }
}

fn event(number: i64, kind: EventType, payload: &Value) -> Event {
    let start: Timestamp = "2026-11-21T04:00:00Z".parse().unwrap();
    Event {
        schema_version: "1".to_owned(),
        idempotency_key: format!("made/{number}"),
        event_type: kind,
        source_system: "tollgate".to_owned(),
        release_id: release().id(),
        occurred_at: start + jiff::Span::new().seconds(number),
        actor: "dev".to_owned(),
        payload: payload.as_object().unwrap().clone(),
    }
}

/// A release whose tests passed and whose texts nobody read yet.
fn events() -> Vec<Event> {
    vec![
        event(
            1,
            EventType::ReleaseCreated,
            &json!({"repository": "acme/shop", "sha": release().sha, "version": "1.4.0"}),
        ),
        event(
            2,
            EventType::CheckReported,
            &json!({"gate": "test", "check": "pytest", "status": "passed", "duration_ms": 812,
                    "attempt": 1, "run": RUN}),
        ),
        event(
            3,
            EventType::EvidenceRecorded,
            &json!({"gate": "test", "check": "pytest", "type": "junit", "name": "pytest.xml",
                    "sha256": Sha256Digest::of(b"xml"), "size": 3, "uri": "runs/1/pytest.xml",
                    "run": RUN}),
        ),
    ]
}

fn links() -> Vec<Link> {
    events().into_iter().fold(Vec::new(), |mut links, event| {
        links.push(Link::after(links.last(), event).unwrap());
        links
    })
}

fn policy() -> PolicyPart {
    let mut part = PolicyPart {
        path: ".github/tollgate.yml".to_owned(),
        text: POLICY.to_owned(),
        digest: Sha256Digest::of(b""),
        variables: [].into(),
    };
    part.digest = meant(&part, &release()).unwrap().digest;
    part
}

fn manifest() -> ManifestPart {
    let text = json!({
        "schema": "tollgate.manifest/v1", "run": RUN, "release": release().id(),
        "repository": "acme/shop", "sha": release().sha, "dirty": false,
        "files": [{"gate": "test", "check": "pytest", "type": "junit", "name": "pytest.xml",
                   "sha256": Sha256Digest::of(b"xml"), "size": 3,
                   "path": "evidence/test/pytest/pytest.xml", "retention_days": 90}],
    })
    .to_string();
    ManifestPart {
        run: RUN.parse().unwrap(),
        sha256: Sha256Digest::of(text.as_bytes()),
        text,
    }
}

fn verdict() -> VerdictPart {
    let at = AT.parse().unwrap();
    let (facts, _) = history::fold(events().iter());
    let facts = heard(facts, Teams::Unheard, &release());
    let policy = meant(&policy(), &release()).unwrap();
    let status = documents::status(&StatusView {
        release: &release(),
        dirty: false,
        verdict: &judge(&policy, &facts, &Viewpoint::Ledger, at),
    });
    VerdictPart {
        at,
        teams: Teams::Unheard,
        status,
    }
}

fn parts() -> Parts {
    Parts {
        release: ReleasePart::of(&release(), false),
        policy: policy(),
        manifests: vec![manifest()],
        verdict: verdict(),
    }
}

/// A pack whose writer put `change` into it: its digests fit, but not what it says.
fn written(change: impl FnOnce(&mut Parts, &mut Vec<Link>)) -> Vec<u8> {
    let (mut parts, mut links) = (parts(), links());
    change(&mut parts, &mut links);
    let mut out = Vec::new();
    export_release(&links, &parts, &mut out).unwrap();
    out
}

fn finding(pack: &[u8]) -> Option<Finding> {
    match check(pack) {
        Ok(_) => None,
        Err(Fault::Tampered(finding)) => Some(finding),
        Err(Fault::Unreadable(error)) => panic!("{error}"),
    }
}

#[test]
fn a_sound_pack_is_judged_again_to_its_verdict() {
    let pack = written(|_, _| {});
    let Ok(Verified {
        events, rejudged, ..
    }) = check(pack.as_slice())
    else {
        panic!("{:?}", finding(&pack))
    };
    let rejudged = rejudged.unwrap();
    assert_eq!((events, rejudged.at.to_string().as_str()), (3, AT));
    assert_eq!(rejudged.manifests, [(manifest().run, manifest().sha256)]);
    let production = &rejudged.verdict.environments[0];
    assert!(!production.eligible);
}

#[test]
fn every_flipped_bit_is_found() {
    let mut pack = written(|_, _| {});
    for place in 0..pack.len() {
        let bit = 1 << (place % 8);
        pack[place] ^= bit;
        assert!(finding(&pack).is_some(), "byte {place}");
        pack[place] ^= bit;
    }
}

/// Lines of the pack: 1 head, 2 release, 3 policy, 4 manifest, 5–7 events, 8 verdict, 9 end.
#[track_caller]
fn named(change: impl FnOnce(&mut Vec<String>), item: &str, message: &str) {
    let pack = String::from_utf8(written(|_, _| {})).unwrap();
    let mut lines: Vec<String> = pack.lines().map(|line| format!("{line}\n")).collect();
    change(&mut lines);
    says(lines.concat().as_bytes(), item, message);
}

#[track_caller]
fn says(pack: &[u8], item: &str, message: &str) {
    let found = finding(pack).expect("a finding");
    assert!(
        found.item == item && found.message.contains(message),
        "{found:?}"
    );
}

#[test]
fn the_first_line_that_was_changed_is_named() {
    let swap = |line: usize, from: &'static str, to: &'static str| {
        move |lines: &mut Vec<String>| {
            assert!(lines[line - 1].contains(from));
            lines[line - 1] = lines[line - 1].replacen(from, to, 1);
        }
    };
    named(swap(2, "1.4.0", "1.4.1"), "release", "altered");
    named(swap(3, "Read the", "Skip the"), "policy", "altered");
    let run = format!("manifest of run {RUN}");
    named(swap(4, "pytest.xml", "pytest.xmk"), &run, "altered");
    let result = "event 2 (check_reported test/pytest)";
    named(swap(6, "passed", "failed"), result, "altered");
    let junit = "event 3 (evidence_recorded test/pytest)";
    named(swap(7, "\"size\":3", "\"size\":4"), junit, "altered");
    named(swap(8, "pending", "passed"), "verdict", "altered");
}

#[test]
fn what_is_missing_or_moved_is_named() {
    let without = |line: usize| move |lines: &mut Vec<String>| drop(lines.remove(line - 1));
    named(without(2), "release", "missing");
    named(without(3), "policy", "missing");
    named(without(4), &format!("manifest of run {RUN}"), "missing");
    named(without(6), "event 2", "missing");
    named(without(8), "verdict", "missing");
    named(|lines| lines.swap(1, 2), "release", "missing");
}

#[test]
fn a_pack_whose_digests_fit_must_still_say_what_its_events_say() {
    let other = |parts: &mut Parts, _: &mut Vec<Link>| parts.release.version = None;
    let told =
        written(|parts, _| parts.verdict.status["environments"][0]["eligible"] = json!(true));
    says(&told, "verdict", "environment production was so, is not so");
    let gate = written(|parts, _| parts.verdict.status["gates"][1]["status"] = json!("passed"));
    says(&gate, "verdict", "gate G1 was passed, is pending");
    assert_ne!(finding(&written(other)), None);
    let eased = written(|parts, _| {
        parts.policy.text = POLICY.replace("[G1]", "[test]");
    });
    says(&eased, "policy", "it has the digest");
    let lost = written(|_, links| drop(links.pop()));
    let run = format!("manifest of run {RUN}");
    says(&lost, &run, "no event recorded that");
    let unlisted = written(|parts, _| {
        let text = parts.manifests[0]
            .text
            .replace("pytest.xml\",\"path", "other.xml\",\"path");
        let text = text.replace("\"name\":\"pytest.xml\"", "\"name\":\"other.xml\"");
        parts.manifests[0].sha256 = Sha256Digest::of(text.as_bytes());
        parts.manifests[0].text = text;
    });
    says(&unlisted, &run, "no event recorded that");
}
