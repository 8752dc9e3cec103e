//! `tollgate approve`: a person's decision on a gate or an environment.

use super::{Before, masked, record, teams};
use crate::app::failure::Failure;
use crate::app::forward::{Standing, standing};
use crate::app::names::unknown_subject;
use crate::app::project::Project;
use crate::app::run::stop::Stop;
use crate::domain::delivery::approval::{ApprovalVerdict, Basis};
use crate::domain::delivery::environment::{ApprovalRule, Person, is_same};
use crate::domain::gate::facts::{ApprovalFact, Facts};
use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::{EnvironmentId, GateId};
use crate::domain::policy::Policy;
use crate::domain::record::payload::{ApprovalRecorded, Decision};

/// A decision as somebody tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRequest {
    /// The gate or environment, by name.
    pub subject: String,
    /// Who decides.
    pub by: String,
    /// The role in which they do.
    pub role: Option<String>,
    /// What they decide.
    pub decision: Decision,
    /// What they say.
    pub comment: String,
}

/// What a decision came to.
#[derive(Debug)]
pub struct Decided {
    /// How they stand at the server that was told, or why that is not known; `None` without one.
    pub there: Option<Result<Standing, String>>,
    /// How the approvals of the subject stand now.
    pub approvals: Option<ApprovalVerdict>,
    /// The release as it stands now.
    pub verdict: Verdict,
}

/// Records a decision.
///
/// # Errors
/// Usage: a name that the policy does not have, or that asks for no approvals. Blocked: a person
/// whose decision would not count. A ledger that cannot be read or written.
pub async fn approve(
    project: &Project,
    request: &DecisionRequest,
    stop: Stop,
) -> Result<Decided, Failure> {
    let before = Before::of(project).await?;
    let subject = Subject::find(&before.policy, &request.subject)?;
    let rule = subject
        .rule(&before.policy)
        .cloned()
        .ok_or_else(|| asks_for_none(&request.subject))?;
    let mut decision = ApprovalRecorded {
        teams: teams(project, &rule.from, &request.by).await?,
        commit: Some(project.release.sha.clone()),
        authors: super::authors::authors(project, &request.by).await,
        ..subject.record(request)
    };
    bind(
        &mut decision,
        subject.approvals(&before.judge(&before.facts)),
    );
    may_decide(&before, &subject, &rule, &decision)?;
    bind_there(project, &request.subject, &mut decision).await;
    let verdict = record(project, stop, |recording| {
        decision.comment = masked(recording, &decision.comment);
        Ok(vec![
            recording
                .writer()
                .approval_recorded(0, before.now, &decision),
        ])
    })
    .await?;
    let there = match &project.settings.server {
        Some(server) => Some(standing(project, server, &request.subject).await),
        None => None,
    };
    Ok(Decided {
        there,
        approvals: subject.approvals(&verdict).cloned(),
        verdict,
    })
}

/// What is decided on.
enum Subject {
    Gate(GateId),
    Environment(EnvironmentId),
}

impl Subject {
    fn find(policy: &Policy, name: &str) -> Result<Self, Failure> {
        let gate = name.parse().ok().filter(|id| policy.gate(id).is_some());
        let environment = || {
            name.parse()
                .ok()
                .filter(|id| policy.environment(id).is_some())
        };
        gate.map(Self::Gate)
            .or_else(|| environment().map(Self::Environment))
            .ok_or_else(|| unknown_subject(policy, name))
    }

    fn rule<'p>(&self, policy: &'p Policy) -> Option<&'p ApprovalRule> {
        match self {
            Self::Gate(id) => policy.gate(id)?.approvals.as_ref(),
            Self::Environment(id) => policy.environment(id)?.approvals.as_ref(),
        }
    }

    fn approvals<'v>(&self, verdict: &'v Verdict) -> Option<&'v ApprovalVerdict> {
        match self {
            Self::Gate(id) => verdict.gate(id)?.approvals.as_ref(),
            Self::Environment(id) => verdict.environment(id)?.approvals.as_ref(),
        }
    }

    fn record(&self, request: &DecisionRequest) -> ApprovalRecorded {
        let (gate, environment) = match self {
            Self::Gate(id) => (Some(id.clone()), None),
            Self::Environment(id) => (None, Some(id.clone())),
        };
        ApprovalRecorded {
            gate,
            environment,
            by: request.by.clone(),
            decision: request.decision,
            comment: request.comment.clone(),
            role: request.role.clone(),
            teams: Vec::new(),
            observed_at: None,
            run: None,
            attempt: None,
            run_sha: None,
            authors: None,
            triggered_by: Vec::new(),
            commit: None,
            policy_digest: None,
            evidence_root: None,
        }
    }
}

fn asks_for_none(name: &str) -> Failure {
    Failure::usage(format!(
        "{name} asks for no approvals, so there is nothing to decide"
    ))
    .hint(format!(
        "add `approvals` with `from` to {name} in the policy"
    ))
}

fn bind(decision: &mut ApprovalRecorded, approvals: Option<&ApprovalVerdict>) {
    if let Some(Basis { policy, evidence }) = approvals.map(|it| it.basis) {
        decision.policy_digest = Some(policy);
        decision.evidence_root = Some(evidence);
    }
}

/// What a server decides by is what it has evidence of.
async fn bind_there(project: &Project, subject: &str, decision: &mut ApprovalRecorded) {
    let Some(server) = &project.settings.server else {
        return;
    };
    match standing(project, server, subject).await {
        Ok(there) => {
            decision.policy_digest = Some(there.basis.policy);
            decision.evidence_root = Some(there.basis.evidence);
        }
        Err(why) => tracing::warn!(
            %server, why,
            "what the server has evidence of is not known, so the decision is bound to what is known here"
        ),
    }
}

/// Refuses a decision that would not count. Whoever rejected may always take that back, though it
/// need not count as an approval.
fn may_decide(
    before: &Before,
    subject: &Subject,
    rule: &ApprovalRule,
    decision: &ApprovalRecorded,
) -> Result<(), Failure> {
    let person = Person {
        login: &decision.by,
        role: decision.role.as_deref(),
        teams: &decision.teams,
    };
    let mine = |facts: &Facts| {
        let verdict = before.judge(facts);
        let people = &subject.approvals(&verdict)?.people;
        people
            .iter()
            .find(|it| is_same(&it.by, &decision.by))
            .cloned()
    };
    if decision.decision == Decision::Rejected {
        let may = rule.from.iter().any(|entry| entry.means(&person));
        return if may {
            Ok(())
        } else {
            Err(not_among(rule, &decision.by))
        };
    }
    let is_veto = |decision| decision == Decision::Rejected;
    if mine(&before.facts).is_some_and(|person| is_veto(person.decision)) {
        return Ok(());
    }
    let mut facts = before.facts.clone();
    facts.approvals.push(ApprovalFact {
        at: before.now,
        key: String::new(),
        record: decision.clone(),
    });
    match mine(&facts).and_then(|person| person.objection) {
        None => Ok(()),
        Some(objection) => Err(Failure::blocked(objection.message).hint("nothing was recorded")),
    }
}

fn not_among(rule: &ApprovalRule, by: &str) -> Failure {
    let from: Vec<String> = rule.from.iter().map(ToString::to_string).collect();
    Failure::blocked(format!(
        "{by} is not among those who decide: {}",
        from.join(", ")
    ))
    .hint("nothing was recorded; a role is given with `--role`")
}
