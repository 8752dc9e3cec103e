//! Incidents and drills of a release, put together from its events.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::record::chain::Link;
use crate::domain::record::event::{Event, EventType};
use crate::render::report::badges;
use crate::render::report::model::Badge;
use crate::render::report::text::{Pen, Text};
use crate::render::words;

/// How many of each are listed, the newest ones.
const LISTED: usize = 100;

/// An incident.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentPart {
    /// `open` or `closed`.
    pub badge: Badge,
    /// Its own id.
    pub id: Text,
    /// Where.
    pub environment: Text,
    /// How grave.
    pub severity: Text,
    /// What happened.
    pub summary: Text,
    /// When it was opened, as far as that was told.
    pub opened: Option<Timestamp>,
    /// When it was closed.
    pub closed: Option<Timestamp>,
}

/// A recovery drill.
#[derive(Debug, Clone, PartialEq)]
pub struct DrillPart {
    /// How it ended.
    pub badge: Badge,
    /// What was practised.
    pub kind: Text,
    /// Where.
    pub environment: Text,
    /// When.
    pub at: Timestamp,
    /// How long it took; empty where that is not told.
    pub took: String,
    /// Who told of it.
    pub by: Text,
}

/// The events of a release in the order in which they happened.
fn in_order(links: &[Link]) -> Vec<&Event> {
    let mut events: Vec<&Event> = links.iter().map(|link| &link.event).collect();
    events.sort_by_key(|event| (event.occurred_at, &event.idempotency_key));
    events
}

fn field<'a>(event: &'a Event, name: &str) -> &'a str {
    let value = event.payload.get(name).and_then(Value::as_str);
    value.unwrap_or_default()
}

/// Every incident, the newest first. One whose opening nobody told of is there all the same.
pub(super) fn incidents(links: &[Link], pen: Pen<'_>) -> Vec<IncidentPart> {
    let mut found: Vec<(&str, IncidentPart)> = Vec::new();
    for event in in_order(links) {
        let is_end = match event.event_type {
            EventType::IncidentOpened => false,
            EventType::IncidentClosed => true,
            _ => continue,
        };
        let id = field(event, "incident_id");
        let place = found.iter().position(|(known, _)| *known == id);
        let place = place.unwrap_or_else(|| {
            found.push((id, incident(id, pen)));
            found.len() - 1
        });
        match is_end {
            true => found[place].1.close(event),
            false => found[place].1.open(event, pen),
        }
    }
    let parts = found.into_iter().map(|(_, part)| part);
    parts.rev().take(LISTED).collect()
}

fn incident(id: &str, pen: Pen<'_>) -> IncidentPart {
    IncidentPart {
        badge: badges::incident(true),
        id: pen.name(id),
        environment: Text::default(),
        severity: Text::default(),
        summary: Text::default(),
        opened: None,
        closed: None,
    }
}

impl IncidentPart {
    fn open(&mut self, event: &Event, pen: Pen<'_>) {
        if self.opened.is_none() {
            self.opened = Some(event.occurred_at);
            self.environment = pen.name(field(event, "environment"));
            self.severity = pen.name(field(event, "severity"));
            self.summary = pen.line(field(event, "summary"));
        }
    }

    fn close(&mut self, event: &Event) {
        self.closed = Some(event.occurred_at);
        self.badge = badges::incident(false);
    }
}

/// Every drill, the newest first.
pub(super) fn drills(links: &[Link], pen: Pen<'_>) -> Vec<DrillPart> {
    let events = in_order(links).into_iter().rev();
    let drills = events.filter(|event| event.event_type == EventType::DrillRecorded);
    drills.take(LISTED).map(|event| drill(event, pen)).collect()
}

fn drill(event: &Event, pen: Pen<'_>) -> DrillPart {
    let ms = event.payload.get("duration_ms").and_then(Value::as_u64);
    let took = ms.map(|ms| words::duration(Duration::from_millis(ms)));
    DrillPart {
        badge: badges::ended(pen.name(field(event, "status")).as_str()),
        kind: pen.name(field(event, "kind")),
        environment: pen.name(field(event, "environment")),
        at: event.occurred_at,
        took: took.unwrap_or_default(),
        by: pen.name(&event.actor),
    }
}
