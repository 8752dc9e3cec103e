//! `contract`: an OpenAPI document breaks nothing that the one of the last release promised.

use super::project_file;
use super::reasons::Reasons;
use crate::domain::check::{CheckResult, ContractRule};
use crate::domain::quality::contract::{Api, Break, Side, compare};
use crate::domain::reason::{Reason, ReasonCode};
use crate::formats::openapi::{self, MOST_BYTES};
use crate::worktree::WorkTree;

/// The longest part of a document that a message repeats, in characters.
const LONGEST: usize = 500;

/// Judges the rule. Reads files, so it blocks the thread.
pub fn run(rule: &ContractRule, tree: &WorkTree) -> CheckResult {
    judge(rule, tree).unwrap_or_else(|unusable| *unusable)
}

fn judge(rule: &ContractRule, tree: &WorkTree) -> Result<CheckResult, Box<CheckResult>> {
    let ContractRule { base, current } = rule;
    let hint = format!(
        "It is the contract of the last release. Where there is none yet, begin with what is \
         released now: `cp {current} {base}`, and commit it."
    );
    let promised = read(base, &hint, tree)?;
    let hint = "It is the contract that is released now. Write it, or correct `current`.";
    let released = read(current, hint, tree)?;
    if promised.operations() == 0 {
        let message = format!(
            "`{base}` describes no operation, so nothing can be held against it. Put the contract \
             of the last release there."
        );
        return Err(project_file::errored(
            ReasonCode::ContractUnreadable,
            message,
            base,
        ));
    }
    let mut reasons = Reasons::default();
    for broken in compare(&promised, &released) {
        reasons.bad(told(&broken, rule));
    }
    Ok(reasons.into_result())
}

fn read(path: &str, missing: &str, tree: &WorkTree) -> Result<Api, Box<CheckResult>> {
    let missing = (ReasonCode::FileMissing, missing);
    let text = project_file::text(path, MOST_BYTES, tree, missing)?;
    openapi::read(&text).map_err(|error| {
        let message = format!("`{path}` can't be read as OpenAPI 3: {error}.");
        let reason = Reason::new(ReasonCode::ContractUnreadable, message);
        Box::new(CheckResult::errored(reason.at(path, error.line())))
    })
}

/// What was removed stands in the base, everything else in the current document.
fn told(broken: &Break, rule: &ContractRule) -> Reason {
    let file = match broken.side {
        Side::Base => &rule.base,
        Side::Current => &rule.current,
    };
    let (line, pointer) = (broken.place.line, &broken.place.pointer);
    let what: String = broken.to_string().chars().take(LONGEST).collect();
    let pointer: String = pointer.chars().take(LONGEST).collect();
    let message = format!(
        "{what} ({file}:{line}, `{pointer}`). Take it back, or offer it as a new version of the API."
    );
    Reason::new(ReasonCode::ContractBroken, message).at(file, Some(line))
}

#[cfg(test)]
mod tests;
