//! Small texts that several parts share.

use std::time::Duration;

use crate::domain::gate::verdict::CheckVerdict;
use crate::domain::ids::{CheckId, EnvironmentId, GateId};
use crate::render::report::text::{Pen, Text};
use crate::render::words;

/// The id of a gate's part. Names of gates hold nothing that an id may not.
pub(super) fn gate_anchor(gate: &GateId) -> String {
    format!("gate-{gate}")
}

/// The id of an environment's part.
pub(super) fn environment_anchor(environment: &EnvironmentId) -> String {
    format!("environment-{environment}")
}

/// The id of a manual check's part.
pub(super) fn manual_anchor(gate: &GateId, check: &CheckId) -> String {
    format!("manual-{gate}-{check}")
}

/// A title that says more than the name.
pub(super) fn title(pen: Pen<'_>, title: &str, name: &str) -> Option<Text> {
    (title != name)
        .then(|| pen.name(title))
        .filter(|text| !text.is_empty())
}

/// `812 ms in 2 attempts`; empty for a check that was not run.
pub(super) fn took(check: &CheckVerdict) -> String {
    let Some(report) = check.fact.as_ref().map(|fact| &fact.report) else {
        return String::new();
    };
    let time = words::duration(Duration::from_millis(report.duration_ms));
    match report.attempt {
        0 | 1 => time,
        attempts => format!("{time} in {attempts} attempts"),
    }
}
