//! What happened, event by event, in words.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Desk, badges};
use crate::domain::delivery::approval::PersonVerdict;
use crate::domain::delivery::environment::is_same;
use crate::domain::gate::waiver::WaiverState;
use crate::domain::ids::{CheckRef, EnvironmentId, GateId};
use crate::domain::record::event::{Event, EventType};
use crate::domain::record::payload::{
    ApprovalRecorded, CheckReported, EvidenceRecorded, Exception, ExceptionRevoked, GateSignoff,
    ReleaseCreated,
};
use crate::domain::status::CheckStatus;
use crate::render::report::minute;
use crate::render::report::model::{Badge, Day, Lane, Moment, Timeline, Tone};
use crate::render::report::picture::Picture;
use crate::render::words;

/// How many moments are told.
const MOST_MOMENTS: usize = 2_000;

/// What an event comes to in words.
struct Told {
    lane: Lane,
    badge: Badge,
    text: String,
    since: Option<Timestamp>,
}

impl Told {
    fn new(lane: Lane, badge: Badge, text: String) -> Self {
        Self {
            lane,
            badge,
            text,
            since: None,
        }
    }
}

pub(super) fn timeline(desk: &Desk<'_>) -> Timeline {
    let mut moments = moments(desk);
    moments.sort_by(|a, b| (a.at, &a.lane, a.text.as_str()).cmp(&(b.at, &b.lane, b.text.as_str())));
    let left_out = moments.len().saturating_sub(MOST_MOMENTS);
    moments.drain(..left_out);
    Timeline {
        picture: Picture::of(&moments),
        days: days(moments),
        left_out,
    }
}

fn days(moments: Vec<Moment>) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for moment in moments {
        let date = moment.at.strftime("%Y-%m-%d").to_string();
        match days.last_mut().filter(|day| day.date == date) {
            Some(day) => day.moments.push(moment),
            None => days.push(Day {
                date,
                moments: vec![moment],
            }),
        }
    }
    days
}

fn moments(desk: &Desk<'_>) -> Vec<Moment> {
    let mut versions = HashSet::new();
    let events = desk.sources.links.iter().map(|link| &link.event);
    let events = events.filter(|event| {
        let version = event.payload.get("version");
        event.event_type != EventType::ReleaseCreated || versions.insert(version)
    });
    let told = events.filter_map(|event| {
        let told = tell(desk, event)?;
        Some(Moment {
            at: event.occurred_at,
            since: told.since,
            lane: told.lane,
            kind: event.event_type.as_str(),
            badge: told.badge,
            text: desk.pen.line(&told.text),
        })
    });
    told.chain(expired(desk)).collect()
}

/// Waivers that ended by themselves.
fn expired<'d>(desk: &'d Desk<'_>) -> impl Iterator<Item = Moment> + 'd {
    let waivers = desk.sources.verdict.waivers.iter();
    waivers
        .filter(|it| it.state == WaiverState::Expired)
        .map(|waiver| Moment {
            at: waiver.expires_at,
            since: None,
            lane: Lane::People,
            kind: "waiver_expired",
            badge: badges::waiver(waiver.state),
            text: desk.pen.line(&format!(
                "the waiver {} of {} expired",
                waiver.id,
                waiver.scope()
            )),
        })
}

/// An event in words; `None` for one that only says what another says better. One whose payload
/// makes no sense is named all the same.
fn tell(desk: &Desk<'_>, event: &Event) -> Option<Told> {
    let told = match event.event_type {
        EventType::ReleaseCreated => read(event).map(|it| Some(created(event, &it))),
        EventType::CheckReported => read(event).map(|it| reported(desk, event, &it)),
        EventType::EvidenceRecorded => read(event).map(|it| brought(desk, event, &it)),
        EventType::GateSignoff => read(event).map(|it| Some(signed(&it))),
        EventType::ApprovalRecorded => read(event).map(|it| Some(decided(desk, event, &it))),
        EventType::ExceptionRequested => read(event).map(|it| Some(waiver(&it, "asked to waive"))),
        EventType::ExceptionGranted => read(event).map(|it| Some(waiver(&it, "waived"))),
        EventType::ExceptionRevoked => read(event).map(|it| Some(revoked(&it))),
        EventType::DeploymentStarted
        | EventType::DeploymentFinished
        | EventType::RollbackStarted
        | EventType::RollbackFinished => Some(Some(moved(desk, event))),
        _ => None,
    };
    told.unwrap_or_else(|| Some(other(desk, event)))
}

fn read<T: DeserializeOwned>(event: &Event) -> Option<T> {
    T::deserialize(&event.payload).ok()
}

fn lane_of_gate(desk: &Desk<'_>, gate: &GateId) -> Lane {
    let gates = &desk.sources.policy.gates;
    let place = gates.iter().position(|known| known.id == *gate);
    Lane::Gate(place.unwrap_or(gates.len()), gate.to_string())
}

fn lane_of_environment(desk: &Desk<'_>, name: &str) -> Lane {
    let known = &desk.sources.policy.environments;
    let id: Option<EnvironmentId> = name.parse().ok();
    match id {
        Some(id) => {
            let place = known.iter().position(|it| it.id == id);
            Lane::Environment(place.unwrap_or(known.len()), id.to_string())
        }
        None => Lane::Other,
    }
}

fn created(event: &Event, record: &ReleaseCreated) -> Told {
    let version = record.version.as_deref();
    let version = version.map_or(String::new(), |version| format!(" {version}"));
    let text = format!("release{version} created by {}", event.actor);
    Told::new(Lane::Release, badges::happened(), text)
}

fn reported(desk: &Desk<'_>, event: &Event, report: &CheckReported) -> Option<Told> {
    if report.status == CheckStatus::Pending {
        return None; // its end is told of
    }
    let name = CheckRef::new(report.gate.clone(), report.check.clone());
    let time = std::time::Duration::from_millis(report.duration_ms);
    let place = report.environment.as_ref();
    let place = place.map_or(String::new(), |id| format!(" in {id}"));
    let beside = match (report.blocked, report.dirty) {
        (true, _) => ", while its gate was blocked, so it never counts",
        (false, true) => ", in a tree that differs from the commit, so it does not count",
        (false, false) => "",
    };
    let plain = badges::check_status(report.status);
    let badge = match beside {
        "" => plain,
        _ => Badge {
            tone: Tone::Idle,
            ..plain
        },
    };
    let (status, took) = (report.status, words::duration(time));
    Some(Told {
        since: event.occurred_at.checked_sub(time).ok(),
        ..Told::new(
            lane_of_gate(desk, &report.gate),
            badge,
            format!("{name} {status}{place} in {took}{beside}"),
        )
    })
}

/// Evidence that no check made: that of checks is told with them.
fn brought(desk: &Desk<'_>, event: &Event, piece: &EvidenceRecorded) -> Option<Told> {
    if piece.check.is_some() {
        return None;
    }
    let gate = piece.gate.as_ref();
    let what = gate.map_or(String::new(), |gate| format!(" for {gate}"));
    let text = format!(
        "{} {} added{what} by {}",
        piece.kind, piece.name, event.actor
    );
    let lane = gate.map_or(Lane::People, |gate| lane_of_gate(desk, gate));
    Some(Told::new(lane, badges::happened(), text))
}

fn signed(record: &GateSignoff) -> Told {
    let GateSignoff {
        by,
        gate,
        check,
        result,
        ..
    } = record;
    let place = record.environment.as_ref();
    let place = place.map_or(String::new(), |id| format!(" in {id}"));
    let said = said(&record.note);
    let text = format!("{by} signed {gate}/{check} off as {result}{place}{said}");
    Told::new(
        Lane::People,
        badges::signoff(*result, !record.blocked),
        text,
    )
}

fn said(text: &str) -> String {
    match text.trim() {
        "" => String::new(),
        text => format!(": {text}"),
    }
}

fn decided(desk: &Desk<'_>, event: &Event, record: &ApprovalRecorded) -> Told {
    let gate = record.gate.as_ref().map(GateId::as_str);
    let subject = gate.or(record.environment.as_ref().map(EnvironmentId::as_str));
    let person = person(desk, event, record);
    let counts = person.is_none_or(|person| person.objection.is_none());
    let beside = match (counts, person.map(|person| person.decision)) {
        (false, Some(crate::domain::record::payload::Decision::Approved)) => {
            ", which does not count"
        }
        _ => "",
    };
    let (by, decision, said) = (&record.by, record.decision, said(&record.comment));
    let subject = subject.unwrap_or_default();
    let text = format!("{by} {decision} {subject}{beside}{said}");
    Told::new(Lane::People, badges::decision(decision, counts), text)
}

/// What the verdict says of this very decision.
fn person<'d>(
    desk: &'d Desk<'_>,
    event: &Event,
    record: &ApprovalRecorded,
) -> Option<&'d PersonVerdict> {
    let verdict = desk.sources.verdict;
    let gate = record.gate.as_ref().and_then(|id| verdict.gate(id));
    let environment = record
        .environment
        .as_ref()
        .and_then(|id| verdict.environment(id));
    let of_gate = gate.and_then(|gate| gate.approvals.as_ref());
    let approvals = of_gate.or_else(|| environment.and_then(|it| it.approvals.as_ref()))?;
    let mut people = approvals.people.iter();
    people.find(|it| is_same(&it.by, &record.by) && it.at == event.occurred_at)
}

fn waiver(record: &Exception, what: &str) -> Told {
    let Exception {
        id,
        gate,
        by,
        expires_at,
        ..
    } = record;
    let check = record.check.as_ref();
    let check = check.map_or(String::new(), |check| format!("/{check}"));
    let (said, until) = (said(&record.reason), minute(*expires_at));
    let text = format!("{by} {what} {gate}{check} until {until}{said} ({id})");
    let state = match what {
        "waived" => WaiverState::Active,
        _ => WaiverState::Requested,
    };
    Told::new(Lane::People, badges::waiver(state), text)
}

fn revoked(record: &ExceptionRevoked) -> Told {
    let (by, id, said) = (&record.by, &record.id, said(&record.reason));
    let text = format!("{by} took the waiver {id} back{said}");
    Told::new(Lane::People, badges::waiver(WaiverState::Revoked), text)
}

/// A deployment or rollback that began or ended.
fn moved(desk: &Desk<'_>, event: &Event) -> Told {
    let field = |name: &str| event.payload.get(name).and_then(Value::as_str);
    let environment = field("environment").unwrap_or_default();
    let what = match event.event_type {
        EventType::DeploymentStarted | EventType::DeploymentFinished => "deployment to",
        _ => "rollback of",
    };
    let status = match event.event_type {
        EventType::DeploymentStarted | EventType::RollbackStarted => None,
        _ => Some(field("status").unwrap_or("failed")),
    };
    let lane = lane_of_environment(desk, environment);
    let by = &event.actor;
    let Some(status) = status else {
        let text = format!("{what} {environment} started by {by}");
        return Told::new(lane, badges::deployment(None), text);
    };
    let since = since(desk, event);
    let took = since.map(|from| event.occurred_at.duration_since(from).unsigned_abs());
    let took = took.map_or(String::new(), |took| {
        format!(" in {}", words::duration(took))
    });
    let ended = match status {
        "passed" => crate::domain::record::payload::DeploymentStatus::Passed,
        _ => crate::domain::record::payload::DeploymentStatus::Failed,
    };
    Told {
        since,
        ..Told::new(
            lane,
            badges::deployment(Some(ended)),
            format!("{what} {environment} {status}{took}, told by {by}"),
        )
    }
}

/// When a deployment or rollback that ended had begun.
fn since(desk: &Desk<'_>, end: &Event) -> Option<Timestamp> {
    let start = match end.event_type {
        EventType::DeploymentFinished => EventType::DeploymentStarted,
        _ => EventType::RollbackStarted,
    };
    let id = end.payload.get("deployment_id")?;
    let events = desk.sources.links.iter().map(|link| &link.event);
    let starts = events.filter(|event| event.event_type == start);
    let starts = starts.filter(|event| event.payload.get("deployment_id") == Some(id));
    let before = starts
        .map(|event| event.occurred_at)
        .filter(|at| *at <= end.occurred_at);
    before.max()
}

/// An event of which nothing more is known than its type and what its payload names.
fn other(desk: &Desk<'_>, event: &Event) -> Told {
    let environment = event.payload.get("environment").and_then(Value::as_str);
    let lane = environment.map_or(Lane::Other, |name| lane_of_environment(desk, name));
    Told::new(lane, badges::happened(), in_short(event))
}

/// An event by its type, who told of it, and what its payload names.
pub(in crate::render) fn in_short(event: &Event) -> String {
    let field = |name: &str| event.payload.get(name).and_then(Value::as_str);
    let named = [
        "gate",
        "check",
        "environment",
        "kind",
        "decision",
        "result",
        "status",
        "severity",
        "summary",
        "detail",
        "channel",
        "outcome",
    ];
    let named: Vec<&str> = named.iter().filter_map(|name| field(name)).collect();
    let what = event.event_type.as_str().replace('_', " ");
    let text = format!("{what} by {}: {}", event.actor, named.join(" · "));
    text.trim_end_matches(": ").to_owned()
}
