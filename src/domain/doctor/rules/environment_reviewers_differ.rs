//! GitHub asks those whose approval counts.

use super::environments_with_approvals;
use crate::domain::doctor::{Audit, Finding, Rule, Severity};

/// The rule.
pub(super) const RULE: Rule = Rule {
    id: "environment-reviewers-differ",
    severity: Severity::Warning,
    title: "The required reviewers are not those whom the policy names",
    why: "GitHub lets the job start on an approval that Tollgate does not count, and asks nobody whose approval would.",
    mend: "make the required reviewers and `approvals.from` of the policy name the same people and teams",
};

/// Applies it. A person may be in a team, which is not known here: people and teams are compared
/// only among themselves.
pub(super) fn check(audit: &Audit) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (expected, facts) in environments_with_approvals(audit) {
        let wanted = expected.from.iter().filter_map(|entry| Approver::of(entry));
        let wanted: Vec<Approver> = wanted.collect();
        let asked = facts
            .reviewers
            .iter()
            .filter_map(|entry| Approver::of(entry));
        let asked: Vec<Approver> = asked.collect();
        if wanted.is_empty() || asked.is_empty() {
            continue;
        }
        let surplus = without(&asked, &wanted);
        let missing = without(&wanted, &asked);
        let mut parts = Vec::new();
        if !surplus.is_empty() {
            parts.push(format!(
                "{} may approve on GitHub and does not count",
                surplus.join(", ")
            ));
        }
        if !missing.is_empty() {
            parts.push(format!(
                "{} would count and is not asked",
                missing.join(", ")
            ));
        }
        if !parts.is_empty() {
            let message = format!("environment `{}`: {}", facts.name, parts.join("; "));
            let place = format!("environment {} › required reviewers", facts.name);
            findings.push(Finding::at_setting(&RULE, place, message));
        }
    }
    findings
}

/// Those of a list that are certainly not in another.
fn without(list: &[Approver], other: &[Approver]) -> Vec<String> {
    let is_mixed = |one: &Approver| other.iter().any(|two| two.is_team != one.is_team);
    let absent = list
        .iter()
        .filter(|one| !other.contains(one) && !is_mixed(one));
    absent.map(Approver::shown).collect()
}

/// A person or a team; roles are Tollgate's own.
#[derive(PartialEq, Eq)]
struct Approver {
    is_team: bool,
    name: String,
}

impl Approver {
    fn of(entry: &str) -> Option<Self> {
        let (kind, name) = entry.split_once(':')?;
        let name = name.rsplit('/').next().unwrap_or_default();
        Some(Self {
            is_team: match kind {
                "team" => true,
                "user" => false,
                _ => return None,
            },
            name: name.to_ascii_lowercase(),
        })
    }

    fn shown(&self) -> String {
        let kind = if self.is_team { "team" } else { "user" };
        format!("{kind}:{}", self.name)
    }
}
