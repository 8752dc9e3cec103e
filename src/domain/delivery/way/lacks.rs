//! What a gate that is shut for a reason of its own lacks, approvals aside.

use super::step::SignOff;
use super::world::{kinds, performs};
use crate::domain::check::{Check, Verb};
use crate::domain::gate::Gate;
use crate::domain::gate::verdict::{CheckVerdict, GateVerdict, Verdict};
use crate::domain::gate::waiver;
use crate::domain::ids::{CheckRef, EnvironmentId};
use crate::domain::record::payload::SignoffResult;
use crate::domain::status::CheckStatus;

/// What must come before the gate can pass.
pub(super) struct Lacks<'a> {
    pub(super) gate: &'a Gate,
    /// The checks that a run must bring to pass.
    pub(super) runs: Vec<&'a Check>,
    /// The manual checks that people must look at.
    looks: Vec<(&'a Check, &'a CheckVerdict)>,
    /// The types of evidence that somebody must bring.
    pub(super) evidence: Vec<String>,
}

type Due<'a> = (&'a Check, &'a CheckVerdict);

impl<'a> Lacks<'a> {
    /// Looks at a gate. One for which a waiver is heard lacks nothing but approvals: it is shut by
    /// a rejection.
    pub(super) fn of(gate: &'a Gate, judged: &'a GateVerdict, verdict: &Verdict) -> Self {
        let is_waived = waiver::active(&verdict.waivers, &gate.id, None).is_some();
        let due = match is_waived {
            true => Vec::new(),
            false => due(gate, judged),
        };
        let (looks, runs): (Vec<Due<'_>>, Vec<Due<'_>>) =
            due.into_iter().partition(|(check, _)| is_manual(check));
        let is_run = !runs.is_empty();
        let asked = evidence(gate, judged, is_run).filter(|_| !is_waived);
        Self {
            gate,
            runs: runs.iter().map(|(check, _)| *check).collect(),
            evidence: asked.map(str::to_owned).collect(),
            looks,
        }
    }

    /// The sign-offs that are missing, or that said that it is not as it should be.
    pub(super) fn sign_offs(&self) -> impl Iterator<Item = SignOff> {
        self.looks.iter().flat_map(|(check, judged)| {
            let places = places(check, judged).into_iter();
            places.map(|place| SignOff {
                check: CheckRef::new(self.gate.id.clone(), check.id.clone()),
                place,
                instruction: match &check.verb {
                    Verb::Manual(instruction) => instruction.clone(),
                    _ => String::new(),
                },
            })
        })
    }
}

fn is_manual(check: &Check) -> bool {
    matches!(check.verb, Verb::Manual(_))
}

/// The checks that must be brought to pass: all that have no result, and of those that are bad as
/// many as are too many. A run may mend all that are not manual at once.
fn due<'a>(gate: &'a Gate, judged: &'a GateVerdict) -> Vec<Due<'a>> {
    let all = gate
        .checks
        .iter()
        .filter_map(|check| Some((check, judged.check(&check.id)?)));
    let open = all.filter(|(_, it)| it.status != CheckStatus::Passed && it.waiver.is_none());
    let (mut due, bad): (Vec<_>, Vec<_>) =
        open.partition(|(_, it)| it.status == CheckStatus::Pending);
    let over = (bad.len() as u64).saturating_sub(gate.allowed_failures());
    if over > 0 {
        let (by_people, by_run): (Vec<_>, Vec<_>) =
            bad.into_iter().partition(|(check, _)| is_manual(check));
        let more = over.saturating_sub(by_run.len() as u64);
        due.extend(by_run);
        due.extend(
            by_people
                .into_iter()
                .take(usize::try_from(more).unwrap_or(usize::MAX)),
        );
    }
    due
}

/// Where a manual check must still be looked at.
fn places(check: &Check, judged: &CheckVerdict) -> Vec<Option<EnvironmentId>> {
    let seen = judged.signoffs.iter().map(|fact| &fact.record);
    if check.only.is_empty() {
        let failed = seen.clone().filter(|it| it.result == SignoffResult::Failed);
        let failed: Vec<_> = failed.map(|it| it.environment.clone()).collect();
        return match failed.is_empty() {
            true => vec![None],
            false => failed,
        };
    }
    let is_seen = |place: &&EnvironmentId| {
        seen.clone()
            .any(|it| it.result == SignoffResult::Passed && it.environment.as_ref() == Some(*place))
    };
    let missing = check.only.iter().filter(|place| !is_seen(place));
    missing.map(|place| Some(place.clone())).collect()
}

/// The types that a gate asks for and does not have. Where its checks are still to be run, what
/// they declare is about to come.
pub(super) fn evidence<'a>(
    gate: &'a Gate,
    judged: &'a GateVerdict,
    is_run: bool,
) -> impl Iterator<Item = &'a str> {
    let has = |kind: &str| {
        let of_checks = judged.checks.iter().flat_map(|check| &check.evidence);
        let mut all = judged.evidence.iter().chain(of_checks);
        all.any(|piece| piece.kind == kind)
    };
    let comes = move |kind: &str| {
        let mut run = gate.checks.iter().filter(|check| performs(check, None));
        is_run && run.any(|check| kinds(check).iter().any(|it| it == kind))
    };
    let missing = gate.evidence.iter().map(String::as_str);
    missing.filter(move |kind| !has(kind) && !comes(kind))
}
