//! What differs between two verdicts on one release.

use std::collections::BTreeSet;

use super::verdict::{GateVerdict, Verdict};
use super::waiver::WaiverVerdict;
use crate::domain::delivery::promotion::EnvironmentVerdict;
use crate::domain::ids::{CheckId, CheckRef, EnvironmentId, GateId};
use crate::domain::reason::{Reason, ReasonCode};

/// Something that stands otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What.
    pub subject: Subject,
    /// How it stood; `None` where it was not there.
    pub from: Option<&'static str>,
    /// How it stands; `None` where it is not there. The same word where only the reasons differ.
    pub to: Option<&'static str>,
    /// Why it stands so.
    pub reasons: Vec<Reason>,
}

/// What a change is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A stage or gate.
    Gate(GateId),
    /// A check.
    Check(CheckRef),
    /// An environment.
    Environment(EnvironmentId),
    /// A waiver, with what it is about.
    Waiver {
        /// Its id.
        id: String,
        /// What it is about: `test`, or `test/pytest`.
        scope: String,
    },
}

/// Everything that differs, in the order of the second verdict: each gate with its checks, then
/// environments, then waivers. Words of reasons make no difference, their codes do.
pub fn between(before: &Verdict, after: &Verdict) -> Vec<Change> {
    let mut changes = Vec::new();
    for id in names(&before.gates, &after.gates, |gate| &gate.id) {
        let (from, to) = (before.gate(id), after.gate(id));
        let state = |gate: &GateVerdict| State::of(gate.status.as_str(), &gate.reasons);
        changes.extend(change(
            Subject::Gate(id.clone()),
            from.map(state),
            to.map(state),
        ));
        changes.extend(checks(id, from, to));
    }
    for id in names(&before.environments, &after.environments, |it| &it.id) {
        let (from, to) = (before.environment(id), after.environment(id));
        let subject = Subject::Environment(id.clone());
        changes.extend(change(subject, from.map(environment), to.map(environment)));
    }
    let find = |all: &[WaiverVerdict], id: &str| {
        let waiver = all.iter().find(|waiver| waiver.id == id)?;
        let note: Vec<Reason> = waiver.note.iter().cloned().collect();
        Some(State::of(waiver.state.as_str(), &note))
    };
    for waiver in unique(&after.waivers) {
        let subject = Subject::Waiver {
            id: waiver.id.clone(),
            scope: waiver.scope(),
        };
        let (from, to) = (
            find(&before.waivers, &waiver.id),
            find(&after.waivers, &waiver.id),
        );
        changes.extend(change(subject, from, to));
    }
    changes
}

/// How something stands, and why.
struct State {
    word: &'static str,
    reasons: Vec<Reason>,
}

impl State {
    fn of(word: &'static str, reasons: &[Reason]) -> Self {
        let reasons = reasons.to_vec();
        Self { word, reasons }
    }

    fn codes(&self) -> BTreeSet<(ReasonCode, Option<&GateId>, Option<&CheckId>)> {
        let reasons = self.reasons.iter();
        reasons
            .map(|it| (it.code, it.gate.as_ref(), it.check.as_ref()))
            .collect()
    }
}

fn change(subject: Subject, from: Option<State>, to: Option<State>) -> Option<Change> {
    let is_same = match (&from, &to) {
        (Some(from), Some(to)) => from.word == to.word && from.codes() == to.codes(),
        (None, None) => true,
        _ => false,
    };
    (!is_same).then(|| Change {
        subject,
        from: from.map(|state| state.word),
        to: to.as_ref().map(|state| state.word),
        reasons: to.map_or_else(Vec::new, |state| state.reasons),
    })
}

fn checks(gate: &GateId, from: Option<&GateVerdict>, to: Option<&GateVerdict>) -> Vec<Change> {
    let all = |gate: Option<&GateVerdict>| gate.map_or_else(Vec::new, |gate| gate.checks.clone());
    let state = |gate: Option<&GateVerdict>, id: &CheckId| {
        let check = gate?.check(id)?;
        Some(State::of(check.status.as_str(), &check.reasons))
    };
    let (before, after) = (all(from), all(to));
    let names = names(&before, &after, |check| &check.id);
    let changes = names.into_iter().filter_map(|id| {
        let subject = Subject::Check(CheckRef::new(gate.clone(), id.clone()));
        change(subject, state(from, id), state(to, id))
    });
    changes.collect()
}

fn environment(verdict: &EnvironmentVerdict) -> State {
    let word = match verdict.eligible {
        true => "eligible",
        false => "not eligible",
    };
    State::of(word, &verdict.reasons)
}

/// The names of the second list, then those that only the first has.
fn names<'v, T, N: PartialEq>(
    before: &'v [T],
    after: &'v [T],
    name: fn(&'v T) -> &'v N,
) -> Vec<&'v N> {
    let mut names: Vec<&N> = after.iter().map(name).collect();
    let gone = before.iter().map(name).filter(|old| !names.contains(old));
    let gone: Vec<&N> = gone.collect();
    names.extend(gone);
    names
}

/// Each waiver once: a grant and its request have the same id.
fn unique(waivers: &[WaiverVerdict]) -> impl Iterator<Item = &WaiverVerdict> {
    let is_first = |place: usize, id: &str| !waivers[..place].iter().any(|it| it.id == id);
    let all = waivers.iter().enumerate();
    all.filter(move |(place, it)| is_first(*place, &it.id))
        .map(|(_, waiver)| waiver)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::gate::verdict::CheckVerdict;
    use crate::domain::gate::{GateKind, Severity};
    use crate::domain::status::{CheckStatus, GateStatus};

    /// Gates from words such as `G1=failed(tests_failed)/pytest=failed`, environments such as
    /// `production!` (eligible) and `production?gate_failed`.
    fn verdict(words: &str) -> Verdict {
        let (mut gates, mut environments) = (Vec::new(), Vec::new());
        for word in words.split_whitespace() {
            if let Some((id, code)) = word.split_once(['!', '?']) {
                environments.push(EnvironmentVerdict {
                    id: id.parse().unwrap(),
                    eligible: code.is_empty(),
                    reasons: reasons(code),
                    approvals: None,
                });
            } else {
                gates.push(gate(word));
            }
        }
        Verdict {
            status: GateStatus::Pending,
            gates,
            environments,
            waivers: Vec::new(),
        }
    }

    fn gate(word: &str) -> GateVerdict {
        let (own, checks) = word.split_once('/').unwrap_or((word, ""));
        let (id, status, codes) = parts(own);
        let checks = checks.split('/').filter(|it| !it.is_empty()).map(|word| {
            let (id, status, codes) = parts(word);
            CheckVerdict {
                id: id.parse().unwrap(),
                title: id.to_owned(),
                status: serde_json::from_value::<CheckStatus>(status.into()).unwrap(),
                reasons: reasons(codes),
                fact: None,
                evidence: Vec::new(),
                signoffs: Vec::new(),
                waiver: None,
            }
        });
        GateVerdict {
            id: id.parse().unwrap(),
            title: id.to_owned(),
            kind: GateKind::Gate,
            severity: Severity::Blocking,
            status: serde_json::from_value(status.into()).unwrap(),
            reasons: reasons(codes),
            checks: checks.collect(),
            waiver: None,
            approvals: None,
            evidence: Vec::new(),
        }
    }

    fn parts(word: &str) -> (&str, &str, &str) {
        let (id, rest) = word.split_once('=').unwrap();
        let (status, codes) = rest.split_once('(').unwrap_or((rest, ""));
        (id, status, codes.trim_end_matches(')'))
    }

    fn reasons(code: &str) -> Vec<Reason> {
        let code = Some(code).filter(|code| !code.is_empty());
        code.map(|code| Reason::new(ReasonCode::from_text(code), "why"))
            .into_iter()
            .collect()
    }

    #[track_caller]
    fn check(before: &str, after: &str, expect: &[&str]) {
        let changes = between(&verdict(before), &verdict(after));
        let shown = changes.iter().map(|change| {
            let subject = match &change.subject {
                Subject::Gate(id) => id.to_string(),
                Subject::Check(name) => name.to_string(),
                Subject::Environment(id) => format!("-> {id}"),
                Subject::Waiver { id, .. } => id.clone(),
            };
            let word = |word: Option<&'static str>| word.unwrap_or("none");
            let codes: Vec<&str> = change.reasons.iter().map(|it| it.code.as_str()).collect();
            let (from, to) = (word(change.from), word(change.to));
            format!("{subject}: {from} to {to} {}", codes.join(" "))
                .trim_end()
                .to_owned()
        });
        assert_eq!(shown.collect::<Vec<_>>(), expect);
    }

    #[test]
    fn what_stands_otherwise_is_named_with_its_reasons() {
        check("G1=passed p!", "G1=passed p!", &[]);
        check(
            "G1=waived/a=failed p!",
            "G1=failed(command_failed)/a=failed p?gate_failed",
            &[
                "G1: waived to failed command_failed",
                "-> p: eligible to not eligible gate_failed",
            ],
        );
        check(
            "G1=passed/a=passed",
            "G1=pending/a=pending(definition_changed)",
            &[
                "G1: passed to pending",
                "G1/a: passed to pending definition_changed",
            ],
        );
    }

    #[test]
    fn other_reasons_for_the_same_are_a_change_and_what_comes_or_goes_is_one() {
        check(
            "p?gate_failed",
            "p?approval_void",
            &["-> p: not eligible to not eligible approval_void"],
        );
        check(
            "G1=passed/a=passed G2=passed",
            "G0=pending G1=passed/b=passed q!",
            &[
                "G0: none to pending",
                "G1/b: none to passed",
                "G1/a: passed to none",
                "G2: passed to none",
                "-> q: none to eligible",
            ],
        );
    }
}
