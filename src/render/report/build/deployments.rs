//! Deployments and rollbacks, each with its start and its end.

use jiff::Timestamp;
use serde_json::Value;

use super::{Desk, badges};
use crate::domain::ids::EnvironmentId;
use crate::domain::record::event::{Event, EventType};
use crate::domain::record::payload::DeploymentStatus;
use crate::render::report::model::{DeploymentPart, Proof};
use crate::render::words;

/// How many are listed.
const LISTED: usize = 500;

/// A deployment or rollback, put together from its events.
#[derive(Debug)]
struct Course<'a> {
    what: &'static str,
    id: &'a str,
    environment: &'a str,
    target: Option<&'a str>,
    digest: Option<&'a str>,
    by: &'a str,
    started: Option<Timestamp>,
    finished: Option<Timestamp>,
    status: Option<DeploymentStatus>,
}

pub(super) fn deployments(desk: &Desk<'_>) -> Vec<DeploymentPart> {
    let courses = courses(desk);
    let from = courses.len().saturating_sub(LISTED);
    let numbered = courses.iter().enumerate().skip(from);
    numbered
        .map(|(place, course)| part(desk, place, course))
        .collect()
}

/// Links to what tells of the deployments to an environment, the newest first.
pub(super) fn proofs(desk: &Desk<'_>, environment: &EnvironmentId) -> Vec<Proof> {
    let courses = courses(desk);
    let from = courses.len().saturating_sub(LISTED);
    let such = courses.iter().enumerate().skip(from);
    let such = such.filter(|(_, course)| course.environment == environment.as_str());
    let proof = |(place, course): (usize, &Course<'_>)| Proof {
        label: desk.pen.name(&format!("{} by {}", course.what, course.by)),
        anchor: anchor(place),
    };
    such.rev().take(3).map(proof).collect()
}

fn anchor(place: usize) -> String {
    format!("d{}", place + 1)
}

/// In the order in which they were first told of.
fn courses<'a>(desk: &Desk<'a>) -> Vec<Course<'a>> {
    let mut events: Vec<&Event> = desk.sources.links.iter().map(|link| &link.event).collect();
    events.sort_by_key(|event| (event.occurred_at, &event.idempotency_key));
    let mut courses: Vec<Course<'_>> = Vec::new();
    for event in events {
        let (what, is_end) = match event.event_type {
            EventType::DeploymentStarted => ("deployment", false),
            EventType::DeploymentFinished => ("deployment", true),
            EventType::RollbackStarted => ("rollback", false),
            EventType::RollbackFinished => ("rollback", true),
            _ => continue,
        };
        let Some(new) = course(event, what) else {
            continue;
        };
        let known = courses
            .iter()
            .position(|it| it.what == what && it.id == new.id);
        let place = known.unwrap_or_else(|| {
            courses.push(new);
            courses.len() - 1
        });
        courses[place].note(event, is_end);
    }
    courses
}

fn course<'a>(event: &'a Event, what: &'static str) -> Option<Course<'a>> {
    Some(Course {
        what,
        id: field(event, "deployment_id")?,
        environment: field(event, "environment")?,
        target: None,
        digest: None,
        by: &event.actor,
        started: None,
        finished: None,
        status: None,
    })
}

fn field<'a>(event: &'a Event, name: &str) -> Option<&'a str> {
    event.payload.get(name).and_then(Value::as_str)
}

impl<'a> Course<'a> {
    fn note(&mut self, event: &'a Event, is_end: bool) {
        self.target = self.target.or(field(event, "target"));
        self.digest = field(event, "digest").or(self.digest);
        if !is_end {
            self.started = self.started.or(Some(event.occurred_at));
            return;
        }
        self.finished = Some(event.occurred_at);
        self.status = match field(event, "status") {
            Some("passed") => Some(DeploymentStatus::Passed),
            _ => Some(DeploymentStatus::Failed),
        };
    }
}

fn part(desk: &Desk<'_>, place: usize, course: &Course<'_>) -> DeploymentPart {
    let pen = desk.pen;
    let target = course
        .target
        .map_or(String::new(), |target| format!(" · {target}"));
    let took = course
        .started
        .zip(course.finished)
        .map(|(from, until)| until.duration_since(from));
    let took = took.filter(|time| !time.is_negative());
    DeploymentPart {
        anchor: anchor(place),
        what: course.what,
        environment: pen.name(&format!("{}{target}", course.environment)),
        badge: badges::deployment(course.status),
        started: course.started,
        finished: course.finished,
        took: took.map_or(String::new(), |time| words::duration(time.unsigned_abs())),
        by: pen.name(course.by),
        digest: course.digest.map(|digest| pen.name(digest).to_string()),
        id: pen.name(course.id),
    }
}
