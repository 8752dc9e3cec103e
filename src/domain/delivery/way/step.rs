//! One step of the way: what is to be done, as a command that can be typed.

use std::borrow::Cow;
use std::fmt;

use crate::domain::delivery::approval::ApprovalVerdict;
use crate::domain::delivery::environment::{ApprovalRule, Approver, SelfApproval};
use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::{CheckRef, EnvironmentId, GateId};
use crate::domain::record::payload::ApprovalRecorded;
use crate::domain::status::GateStatus;

/// What somebody can do to open the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Mend what is bad, then run.
    Run(Run),
    /// Look at what a manual check asks for, and sign it off.
    SignOff(SignOff),
    /// Bring evidence.
    AddEvidence(AddEvidence),
    /// Let somebody approve.
    Approve(Approve),
    /// Deploy to an environment that comes before, and record it.
    Deploy(EnvironmentId),
    /// Promote.
    Promote(EnvironmentId),
}

/// Gates that are to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Those that are to be named: what they require is run with them.
    pub gates: Vec<GateId>,
    /// The environment that is looked at.
    pub place: Option<EnvironmentId>,
    /// The checks that did not pass when they were run last: what made them fail is still there.
    pub mend: Vec<CheckRef>,
}

/// A manual check that is to be signed off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOff {
    /// Which.
    pub check: CheckRef,
    /// Where it is to be looked at; `None` where the check does not say.
    pub place: Option<EnvironmentId>,
    /// What the person is to do.
    pub instruction: String,
}

/// Evidence that is to be brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddEvidence {
    /// Its type.
    pub kind: String,
    /// The gate that it is for; `None` where several ask for it.
    pub gate: Option<GateId>,
}

/// A decision that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approve {
    /// What is to be approved.
    pub subject: Approvable,
    /// Who must: somebody who rejected, which nobody else can lift.
    pub by: Option<String>,
    /// The role in which they must, where a name alone does not count.
    pub role: Option<String>,
    /// Who may.
    pub rule: ApprovalRule,
}

/// What people approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approvable {
    /// A stage or gate.
    Gate(GateId),
    /// The way into an environment.
    Environment(EnvironmentId),
}

impl Approvable {
    /// Tells whether a decision is about it.
    pub(super) fn is_of(&self, record: &ApprovalRecorded) -> bool {
        match self {
            Self::Gate(id) => record.gate.as_ref() == Some(id),
            Self::Environment(id) => record.environment.as_ref() == Some(id),
        }
    }

    /// How its approvals stand.
    pub(super) fn approvals<'v>(&self, verdict: &'v Verdict) -> Option<&'v ApprovalVerdict> {
        match self {
            Self::Gate(id) => verdict.gate(id)?.approvals.as_ref(),
            Self::Environment(id) => verdict.environment(id)?.approvals.as_ref(),
        }
    }

    /// Tells whether it can be looked at: nothing that it requires is missing.
    pub(super) fn is_open(&self, verdict: &Verdict) -> bool {
        match self {
            Self::Gate(id) => verdict.status_of(id) != GateStatus::Blocked,
            Self::Environment(_) => true,
        }
    }
}

impl fmt::Display for Approvable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gate(id) => id.fmt(f),
            Self::Environment(id) => id.fmt(f),
        }
    }
}

impl Step {
    /// The command; words in capitals are to be filled in.
    pub fn command(&self) -> String {
        match self {
            Self::Run(run) => run.command(),
            Self::SignOff(SignOff { check, place, .. }) => {
                let place = flag("environment", place.as_ref());
                format!("tollgate sign-off {check} --by NAME --result passed{place}")
            }
            Self::AddEvidence(AddEvidence { kind, gate }) => {
                let gate = flag("gate", gate.as_ref());
                format!("tollgate evidence add {kind} FILE{gate}")
            }
            Self::Approve(approve) => approve.command(),
            Self::Deploy(id) => format!("tollgate deployed {id} --status passed --by NAME"),
            Self::Promote(id) => format!("tollgate promote {id}"),
        }
    }

    /// Tells whether a command does it alone, with no person who looks or decides.
    pub(super) fn is_run(&self) -> bool {
        matches!(self, Self::Run(_))
    }
}

impl Run {
    fn command(&self) -> String {
        let gates: Vec<&str> = self.gates.iter().map(GateId::as_str).collect();
        let place = flag("environment", self.place.as_ref());
        format!("tollgate run {}{place}", gates.join(" "))
    }
}

impl Approve {
    /// Those who may, as people read it: `qa or user:alice, but nobody who made the release`.
    pub fn who(&self) -> String {
        let but = match self.rule.self_approval {
            SelfApproval::Allowed => "",
            SelfApproval::Refused => ", but nobody who made the release",
        };
        format!("{}{but}", listed(&self.rule.from))
    }

    fn command(&self) -> String {
        let by = self.by.as_deref().unwrap_or("NAME");
        let by = shlex::try_quote(by).unwrap_or(Cow::Borrowed("NAME"));
        let role = flag("role", self.role.as_ref());
        format!("tollgate approve {} --by {by}{role}", self.subject)
    }
}

/// `qa or user:alice`.
pub(super) fn listed(from: &[Approver]) -> String {
    let from: Vec<String> = from.iter().map(ToString::to_string).collect();
    from.join(" or ")
}

pub(super) fn flag<T: fmt::Display>(name: &str, value: Option<&T>) -> String {
    value.map_or_else(String::new, |value| format!(" --{name} {value}"))
}
