//! What would be, under another policy or at another moment, and what differs from now.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::domain::gate::change::{Change, Subject};
use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::Sha256Digest;
use crate::domain::release::Release;

use super::json::{self, ReasonV1};
use super::paint::Paint;
use super::status::{StatusView, release_name};
use super::{clean, words};

/// How a release stands, and would stand.
#[derive(Debug, Clone, Copy)]
pub struct ForecastView<'a> {
    /// The release.
    pub release: &'a Release,
    /// Whether the work tree differs from the commit.
    pub dirty: bool,
    /// The moment; `None` is now.
    pub at: Option<Timestamp>,
    /// The other policy with its digest; `None` is the present one.
    pub policy: Option<(&'a str, Sha256Digest)>,
    /// How it stands.
    pub now: &'a Verdict,
    /// How it would stand.
    pub then: &'a Verdict,
    /// What differs.
    pub changes: &'a [Change],
}

/// The difference, for people. Ends with a line feed.
pub fn text(view: &ForecastView<'_>, paint: Paint) -> String {
    let policy = view
        .policy
        .map(|(path, _)| format!("under {}", clean::line(path)));
    let at = view.at.map(|at| format!("at {at}"));
    let what: Vec<String> = policy.into_iter().chain(at).collect();
    let word = |verdict: &Verdict| {
        let status = verdict.status;
        paint.gate(status, &format!("{} {status}", words::gate_sign(status)))
    };
    let mut lines = vec![
        format!(
            "{} · {} now, {} {}",
            paint.strong(&release_name(view.release)),
            word(view.now),
            word(view.then),
            what.join(" ")
        ),
        String::new(),
    ];
    for change in view.changes {
        lines.push(format!("  {}", change_line(change, paint)));
        let reasons = change.reasons.iter().map(words::reason);
        lines.extend(reasons.map(|reason| format!("      {}", paint.faint(&reason))));
    }
    if view.changes.is_empty() {
        lines.push("  Nothing changes.".to_owned());
    }
    lines.push(String::new());
    lines.join("\n")
}

/// `test: waived → failed`.
fn change_line(change: &Change, paint: Paint) -> String {
    let name = match &change.subject {
        Subject::Gate(id) => id.to_string(),
        Subject::Check(name) => name.to_string(),
        Subject::Environment(id) => format!("environment {id}"),
        Subject::Waiver { id, scope } => clean::line(&format!("waiver {id} of {scope}")),
    };
    let name = paint.strong(&name);
    match (change.from, change.to) {
        (Some(from), Some(to)) if from == to => format!("{name}: {to} as now, for other reasons"),
        (Some(from), Some(to)) => format!("{name}: {from} → {to}"),
        (None, Some(to)) => format!("{name}: not there now → {to}"),
        (Some(from), None) => format!("{name}: {from} → not there"),
        (None, None) => name,
    }
}

/// `tollgate.what-if/v1`. Fields may be added; none is ever renamed.
pub fn document(view: &ForecastView<'_>) -> Value {
    let status = |verdict| {
        json::status(&StatusView {
            release: view.release,
            dirty: view.dirty,
            verdict,
        })
    };
    let changes = view.changes.iter();
    json!({
        "schema": "tollgate.what-if/v1",
        "at": view.at,
        "policy": view.policy.map(|(path, digest)| json!({ "path": path, "digest": digest })),
        "changes": changes.map(change_document).collect::<Vec<_>>(),
        "now": status(view.now),
        "then": status(view.then),
    })
}

fn change_document(change: &Change) -> Value {
    let (kind, id) = match &change.subject {
        Subject::Gate(id) => ("gate", id.to_string()),
        Subject::Check(name) => ("check", name.to_string()),
        Subject::Environment(id) => ("environment", id.to_string()),
        Subject::Waiver { id, .. } => ("waiver", id.clone()),
    };
    let mut document = json!({
        "kind": kind,
        "id": id,
        "from": change.from,
        "to": change.to,
        "reasons": change.reasons.iter().map(ReasonV1::of).collect::<Vec<_>>(),
    });
    if let Subject::Waiver { scope, .. } = &change.subject {
        document["scope"] = json!(scope);
    }
    document
}
