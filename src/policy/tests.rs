//! Tests of the whole way from text to policy.

use super::*;

use crate::domain::check::Check;
use crate::domain::ids::{CheckRef, GateId};

mod accepted;
mod bounds;
mod environments;
mod expansion;
mod journeys;
mod people;
mod probes;
mod project_files;
mod refused;
mod refused_checks;
mod shown;

fn source(text: &str) -> Source {
    Source {
        path: "tollgate.yml".to_owned(),
        text: text.to_owned(),
    }
}

/// Loads a policy with its texts as written.
fn keep(text: &str) -> Result<Policy, Diagnostics> {
    load(&source(text), Expansion::Keep)
}

/// Loads a good policy.
fn good(text: &str) -> Policy {
    keep(text).unwrap_or_else(|problems| panic!("{problems}"))
}

/// A policy whose only check has these lines, in a stage `test`.
fn with_check(lines: &str) -> String {
    let lines = lines.lines().map(|line| format!("        {line}\n"));
    let lines: String = lines.collect();
    format!("version: 1\npipeline:\n  test:\n    checks:\n      one:\n{lines}")
}

/// The only check of a good policy.
fn check_of(lines: &str) -> Check {
    good(&with_check(lines)).gates[0].checks[0].clone()
}

/// Loads a policy and compares its problems, `line:column message | hint`, one each. An expected
/// text may be the beginning, and `…` in it stands for anything.
fn check(text: &str, expect: &[&str]) {
    let found: Vec<String> = match keep(text) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.0.iter().map(short).collect(),
    };
    let same = found.len() == expect.len()
        && found
            .iter()
            .zip(expect)
            .all(|(found, expect)| fits(found, expect));
    assert!(same, "{text}\nfound {found:#?}\nexpected {expect:#?}");
}

fn short(problem: &Diagnostic) -> String {
    let Diagnostic {
        line,
        column,
        message,
        hint,
        ..
    } = problem;
    format!("{line}:{column} {message} | {hint}")
}

fn fits(found: &str, expect: &str) -> bool {
    let mut rest = found;
    for (number, part) in expect.split('…').enumerate() {
        match rest.find(part) {
            Some(at) if number > 0 || at == 0 => rest = &rest[at + part.len()..],
            _ => return false,
        }
    }
    true
}

fn gate_id(text: &str) -> GateId {
    text.parse().unwrap()
}

fn check_ref(text: &str) -> CheckRef {
    text.parse().unwrap()
}
