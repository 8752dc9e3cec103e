//! `tollgate.report/v1`: the parts of the status document, and what a report tells besides.

use serde_json::{Map, Value, json};

use super::Sources;
use super::model::{DeploymentPart, EvidencePart, ManualItem, Moment, Report};
use crate::domain::evidence::redaction::Redactor;
use crate::domain::gate::facts::SignoffFact;
use crate::render::StatusView;
use crate::render::json::{SignoffV1, status};

/// The name of the schema.
pub const REPORT_SCHEMA: &str = "tollgate.report/v1";

/// The record of a release for programs. Fields may be added; none is ever renamed.
pub fn json(sources: &Sources<'_>, report: &Report) -> Value {
    let mut document = Map::new();
    document.insert("schema".to_owned(), REPORT_SCHEMA.into());
    document.insert("as_of".to_owned(), sources.now.to_string().into());
    let view = StatusView {
        release: sources.release,
        dirty: false,
        verdict: sources.verdict,
    };
    if let Value::Object(parts) = status(&view) {
        document.extend(parts.into_iter().filter(|(name, _)| name != "schema"));
    }
    if let Some(Value::Object(release)) = document.get_mut("release") {
        release.remove("dirty"); // a record is of a commit, and has no work tree
        release.insert("project".to_owned(), report.head.project.as_str().into());
        release.insert(
            "created_at".to_owned(),
            json!(report.head.created.map(|at| at.to_string())),
        );
        let digests = report.head.images.iter().map(|image| image.digest.as_str());
        release.insert("image_digests".to_owned(), digests.collect());
    }
    document.extend(further(sources, report));
    masked(Value::Object(document), sources.redactor)
}

fn further(sources: &Sources<'_>, report: &Report) -> [(String, Value); 8] {
    let texts =
        |texts: &[super::text::Text]| -> Value { texts.iter().map(|it| it.as_str()).collect() };
    let moments = report.timeline.days.iter().flat_map(|day| &day.moments);
    [
        ("outcome", report.head.outcome.as_str().into()),
        ("next", texts(&report.steps)),
        ("signoffs", signoffs(&sources.facts.signoffs)),
        ("manual", report.manual.iter().map(manual).collect()),
        ("timeline", moments.map(moment).collect()),
        ("evidence", report.evidence.iter().map(evidence).collect()),
        (
            "deployments",
            report.deployments.iter().map(deployment).collect(),
        ),
        (
            "record",
            json!({"events": report.head.events, "hash": report.head.chain}),
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value))
}

/// Every sign-off, whether it counts or not, the oldest first.
fn signoffs(facts: &[SignoffFact]) -> Value {
    let mut facts: Vec<&SignoffFact> = facts.iter().collect();
    facts.sort_by_key(|fact| (fact.at, &fact.key));
    let entry = |fact: &SignoffFact| {
        let mut entry = serde_json::to_value(SignoffV1::of(fact)).unwrap_or_default();
        entry["gate"] = fact.record.gate.as_str().into();
        entry["check"] = fact.record.check.as_str().into();
        entry
    };
    facts.into_iter().map(entry).collect()
}

fn manual(item: &ManualItem) -> Value {
    json!({
        "check": item.name.as_str(),
        "status": item.badge.word,
        "instruction": item.instruction.as_str(),
        "places": item.places.iter().map(|place| json!({
            "environment": place.name.as_ref().map(|name| name.as_str()),
            "signed_by": place.signoff.as_ref().map(|signoff| signoff.by.as_str()),
        })).collect::<Vec<_>>(),
    })
}

fn moment(moment: &Moment) -> Value {
    json!({
        "at": moment.at.to_string(),
        "since": moment.since.map(|since| since.to_string()),
        "event": moment.kind,
        "text": moment.text.as_str(),
    })
}

fn evidence(piece: &EvidencePart) -> Value {
    json!({
        "of": piece.of.as_str(),
        "type": piece.kind.as_str(),
        "name": piece.name.as_str(),
        "sha256": piece.sha256,
        "size": piece.bytes,
        "uri": piece.uri.as_str(),
        "counts": piece.counts,
    })
}

fn deployment(deployment: &DeploymentPart) -> Value {
    json!({
        "kind": deployment.what,
        "deployment_id": deployment.id.as_str(),
        "environment": deployment.environment.as_str(),
        "status": deployment.badge.word,
        "started_at": deployment.started.map(|at| at.to_string()),
        "finished_at": deployment.finished.map(|at| at.to_string()),
        "by": deployment.by.as_str(),
        "digest": deployment.digest,
    })
}

/// The same with every text masked: the status document has them as the ledger does.
pub(in crate::render) fn masked(value: Value, redactor: &Redactor) -> Value {
    match value {
        Value::String(text) => Value::String(redactor.mask_string(text).into_inner()),
        Value::Array(items) => items
            .into_iter()
            .map(|item| masked(item, redactor))
            .collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter();
            let fields = fields.map(|(name, value)| (name, masked(value, redactor)));
            Value::Object(fields.collect())
        }
        value => value,
    }
}
