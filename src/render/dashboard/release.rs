//! How one release stands, for those who decide on it.

use std::collections::HashMap;

use jiff::Timestamp;

use super::operations::{self, DrillPart, IncidentPart};
use crate::domain::delivery::standing::standing;
use crate::domain::evidence::redaction::Redactor;
use crate::domain::record::chain::Link;
use crate::domain::record::event::EventType;
use crate::domain::release::Release;
use crate::render::report::model::{Badge, Moment};
use crate::render::report::text::{Pen, Text};
use crate::render::report::{Report, Sources, badges, in_short};

/// How many of the newest events are told.
const NEWS: usize = 20;

/// A release.
#[derive(Debug, Clone, PartialEq)]
pub struct ReleasePage {
    /// Its id.
    pub id: String,
    /// `owner/name`.
    pub repository: Text,
    /// Its version, where one is known.
    pub version: Option<Text>,
    /// The commit, in full.
    pub commit: String,
    /// When it was first told of.
    pub created: Option<Timestamp>,
    /// When it was told of last.
    pub told: Option<Timestamp>,
    /// Its record, judged; else why it could not be.
    pub record: Result<Box<Report>, Text>,
    /// Incidents, the newest first.
    pub incidents: Vec<IncidentPart>,
    /// Recovery drills, the newest first.
    pub drills: Vec<DrillPart>,
    /// The newest of what happened, the newest first.
    pub news: Vec<News>,
    /// How many events there are that are older.
    pub older: usize,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct News {
    /// When.
    pub at: Timestamp,
    /// Sign and colour; the word is the text's.
    pub badge: Badge,
    /// What.
    pub text: Text,
}

/// A release that was not judged.
#[derive(Debug, Clone, Copy)]
pub struct Unjudged<'a> {
    /// The release, with the newest version that is known.
    pub release: &'a Release,
    /// Its chain in the ledger.
    pub links: &'a [Link],
    /// What masks everything that is told.
    pub redactor: &'a Redactor,
    /// Why it was not judged.
    pub why: &'a str,
}

impl ReleasePage {
    /// A release that was judged.
    pub fn judged(sources: &Sources<'_>) -> Self {
        let mut report = Report::of(sources);
        show_standings(&mut report, sources);
        let days = report.timeline.days.iter().rev();
        let all = days.flat_map(|day| day.moments.iter().rev());
        let told = all.clone().count() + report.timeline.left_out;
        let news: Vec<News> = all.take(NEWS).map(news).collect();
        let unjudged = Unjudged {
            release: sources.release,
            links: sources.links,
            redactor: sources.redactor,
            why: "",
        };
        Self {
            older: told - news.len(),
            news,
            record: Ok(Box::new(report)),
            ..Self::unjudged(unjudged)
        }
    }

    /// A release that could not be judged: what is known of it, and no verdict.
    pub fn unjudged(of: Unjudged<'_>) -> Self {
        let pen = Pen::new(of.redactor);
        let times = of.links.iter().map(|link| link.event.occurred_at);
        let creations = of.links.iter().map(|link| &link.event);
        let creations = creations.filter(|event| event.event_type == EventType::ReleaseCreated);
        Self {
            id: of.release.id().to_string(),
            repository: pen.name(of.release.repository.as_str()),
            version: of.release.version.as_deref().map(|it| pen.name(it)),
            commit: of.release.sha.to_string(),
            created: creations.map(|event| event.occurred_at).min(),
            told: times.max(),
            record: Err(pen.line(of.why)),
            incidents: operations::incidents(of.links, pen),
            drills: operations::drills(of.links, pen),
            news: in_words(of.links, pen),
            older: of.links.len().saturating_sub(NEWS),
        }
    }
}

/// Says of each environment whether it is eligible, blocked or waiting.
fn show_standings(report: &mut Report, sources: &Sources<'_>) {
    let (policy, verdict) = (sources.policy, sources.verdict);
    let known = policy.environments.iter();
    let known = known.filter_map(|it| verdict.environment(&it.id));
    let mut badges_by_anchor: HashMap<String, Badge> = HashMap::new();
    for (part, environment) in report.environments.iter_mut().zip(known) {
        part.badge = badges::standing(standing(policy, verdict, environment));
        badges_by_anchor.insert(part.anchor.clone(), part.badge.clone());
    }
    for obstacle in &mut report.obstacles {
        if let Some(badge) = badges_by_anchor.get(&obstacle.anchor) {
            obstacle.badge = badge.clone();
        }
    }
}

fn news(moment: &Moment) -> News {
    News {
        at: moment.at,
        badge: moment.badge.clone(),
        text: moment.text.clone(),
    }
}

/// The newest events by their types and what their payloads name, the newest first.
fn in_words(links: &[Link], pen: Pen<'_>) -> Vec<News> {
    let mut events: Vec<_> = links.iter().map(|link| &link.event).collect();
    events.sort_by_key(|event| std::cmp::Reverse((event.occurred_at, &event.idempotency_key)));
    let newest = events.into_iter().take(NEWS);
    let told = newest.map(|event| News {
        at: event.occurred_at,
        badge: badges::happened(),
        text: pen.line(&in_short(event)),
    });
    told.collect()
}
