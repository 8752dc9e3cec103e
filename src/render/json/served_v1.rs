//! What the control plane serves besides the report: status, eligibility, the list of releases.
//! Other producers wrote much of it, so every text is masked.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{EnvironmentV1, ReleaseV1, status};
use crate::domain::delivery::promotion::EnvironmentVerdict;
use crate::domain::evidence::redaction::Redactor;
use crate::domain::release::Release;
use crate::render::StatusView;
use crate::render::report::masked;

/// The name of the schema of [`eligibility`].
pub const ELIGIBILITY_SCHEMA: &str = "tollgate.eligibility/v1";

/// The name of the schema of [`releases`].
pub const RELEASES_SCHEMA: &str = "tollgate.releases/v1";

/// A release as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRelease {
    /// The release, with the newest version that is known.
    pub release: Release,
    /// When it was told of first.
    pub created: Timestamp,
}

/// The status document, masked.
pub fn served(view: &StatusView<'_>, redactor: &Redactor) -> Value {
    let mut document = masked(status(view), redactor);
    without_tree(&mut document);
    document
}

/// Whether a release may go to one environment, masked: the entry of the status document, with the
/// release that it is about.
pub fn eligibility(
    release: &Release,
    environment: &EnvironmentVerdict,
    redactor: &Redactor,
) -> Value {
    let entry = serde_json::to_value(EnvironmentV1::of(environment));
    let mut document = entry.unwrap_or(Value::Null); // strings and lists only: this cannot fail
    document["schema"] = ELIGIBILITY_SCHEMA.into();
    document["environment"] = environment.id.as_str().into();
    document["release"] = super::release(release, false);
    let mut document = masked(document, redactor);
    without_tree(&mut document);
    document
}

/// Releases, in the order given.
pub fn releases(listed: &[ListedRelease], redactor: &Redactor) -> Value {
    let entries = listed.iter().map(|entry| {
        let release = serde_json::to_value(ReleaseV1::of(&entry.release, false));
        let mut release = release.unwrap_or(Value::Null); // strings only: this cannot fail
        release["created_at"] = entry.created.to_string().into();
        let mut entry = json!({ "release": release });
        without_tree(&mut entry);
        entry["release"].take()
    });
    let entries: Vec<Value> = entries.collect();
    masked(
        json!({"schema": RELEASES_SCHEMA, "releases": entries}),
        redactor,
    )
}

/// A ledger has no work tree that could be dirty.
fn without_tree(document: &mut Value) {
    if let Some(Value::Object(release)) = document.get_mut("release") {
        release.remove("dirty");
    }
}
