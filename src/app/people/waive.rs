//! `tollgate waive`: time-limited exceptions are asked for, granted and taken back.

use jiff::Timestamp;
use uuid::Uuid;

use super::{Before, masked, record, teams};
use crate::app::failure::Failure;
use crate::app::names::{unknown_check, unknown_gate};
use crate::app::project::Project;
use crate::app::run::stop::Stop;
use crate::domain::delivery::environment::Person;
use crate::domain::gate::verdict::Verdict;
use crate::domain::gate::waiver::{self, WaiverState, WaiverVerdict};
use crate::domain::ids::{CheckId, CheckRef, GateId};
use crate::domain::record::payload::{Exception, ExceptionRevoked};

/// A waiver as somebody asks for it or grants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverRequest {
    /// The gate.
    pub gate: GateId,
    /// The one check of it; `None` is the whole gate.
    pub check: Option<CheckId>,
    /// Who asks or grants.
    pub by: String,
    /// The role in which they do.
    pub role: Option<String>,
    /// Why.
    pub reason: String,
    /// From then on it is not heard.
    pub expires_at: Timestamp,
    /// Whether it is granted or only asked for.
    pub force: WaiverForce,
}

/// Whether a waiver is granted or only asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaiverForce {
    /// It is heard from now on.
    Granted,
    /// Somebody who may has to grant it first.
    Requested,
}

/// What a call came to.
#[derive(Debug)]
pub struct Waived {
    /// The waiver as it stands now.
    pub waiver: WaiverVerdict,
    /// The release as it stands now.
    pub verdict: Verdict,
}

/// Grants a waiver, or asks for one.
///
/// # Errors
/// Usage: a gate that the policy does not have or that is absolute, an end that has passed or is too
/// far away, no reason. Blocked: a person who may not grant it. A ledger that cannot be written.
pub async fn waive(
    project: &Project,
    request: &WaiverRequest,
    stop: Stop,
) -> Result<Waived, Failure> {
    let before = Before::of(project).await?;
    let exception = Exception {
        id: new_id(),
        gate: request.gate.clone(),
        check: request.check.clone(),
        by: request.by.clone(),
        reason: request.reason.clone(),
        expires_at: request.expires_at,
        role: request.role.clone(),
        teams: Vec::new(),
    };
    write(project, &before, exception, request.force, stop).await
}

/// Grants a waiver that somebody asked for, with the same scope, reason and end.
///
/// # Errors
/// Usage: an id that no request has. Else as [`waive`].
pub async fn grant(
    project: &Project,
    id: &str,
    by: &str,
    role: Option<String>,
    stop: Stop,
) -> Result<Waived, Failure> {
    let before = Before::of(project).await?;
    let is_it = |waiver: &&WaiverVerdict| waiver.id == id && waiver.state == WaiverState::Requested;
    let waivers = before.judge(&before.facts).waivers;
    let asked = waivers
        .iter()
        .find(is_it)
        .ok_or_else(|| unknown_waiver(id, &waivers))?;
    let exception = Exception {
        id: id.to_owned(),
        gate: asked.gate.clone(),
        check: asked.check.clone(),
        by: by.to_owned(),
        reason: asked.reason.clone(),
        expires_at: asked.expires_at,
        role,
        teams: Vec::new(),
    };
    write(project, &before, exception, WaiverForce::Granted, stop).await
}

/// Takes a waiver back, or a request for one.
///
/// # Errors
/// Usage: an id that no waiver has. A ledger that cannot be written.
pub async fn revoke(
    project: &Project,
    revoked: ExceptionRevoked,
    stop: Stop,
) -> Result<Waived, Failure> {
    let before = Before::of(project).await?;
    let waivers = before.judge(&before.facts).waivers;
    if !waivers.iter().any(|waiver| waiver.id == revoked.id) {
        return Err(unknown_waiver(&revoked.id, &waivers));
    }
    let id = revoked.id.clone();
    let verdict = record(project, stop, |recording| {
        let reason = masked(recording, &revoked.reason);
        let record = ExceptionRevoked { reason, ..revoked };
        Ok(vec![
            recording.writer().exception_revoked(before.now, &record),
        ])
    })
    .await?;
    found(verdict, &id)
}

async fn write(
    project: &Project,
    before: &Before,
    mut exception: Exception,
    force: WaiverForce,
    stop: Stop,
) -> Result<Waived, Failure> {
    is_sound(before, &exception)?;
    if force == WaiverForce::Granted {
        let from = before
            .policy
            .waivers
            .as_ref()
            .map_or(&[][..], |rule| &rule.from);
        exception.teams = teams(project, from, &exception.by).await?;
        may_grant(before, &exception)?;
    }
    let id = exception.id.clone();
    let verdict = record(project, stop, |recording| {
        exception.reason = masked(recording, &exception.reason);
        let writer = recording.writer();
        Ok(vec![match force {
            WaiverForce::Granted => writer.exception_granted(before.now, &exception),
            WaiverForce::Requested => writer.exception_requested(before.now, &exception),
        }])
    })
    .await?;
    found(verdict, &id)
}

/// Refuses what makes no sense whoever asks for it.
fn is_sound(before: &Before, exception: &Exception) -> Result<(), Failure> {
    let Exception {
        gate,
        check,
        expires_at,
        ..
    } = exception;
    let policy = &before.policy;
    if policy.gate(gate).is_none() {
        return Err(unknown_gate(policy, gate));
    }
    if let Some(check) = check {
        let name = CheckRef::new(gate.clone(), check.clone());
        policy
            .check(&name)
            .ok_or_else(|| unknown_check(policy, &name))?;
    }
    let usage = |message: String| Failure::usage(message).hint("nothing was recorded");
    if let Some(reason) = waiver::beyond_reach(policy, gate, check.as_ref()) {
        return Err(usage(reason.message));
    }
    if exception.reason.trim().is_empty() {
        return Err(usage("a waiver needs a reason (`--reason`)".to_owned()));
    }
    if *expires_at <= before.now {
        let now = before.now;
        return Err(usage(format!(
            "the waiver would end at {expires_at:.0}, and it is {now:.0}"
        )));
    }
    match waiver::too_long(policy.waivers.as_ref(), before.now, *expires_at) {
        Some(reason) => Err(usage(reason.message)),
        None => Ok(()),
    }
}

fn may_grant(before: &Before, exception: &Exception) -> Result<(), Failure> {
    let person = Person {
        login: &exception.by,
        role: exception.role.as_deref(),
        teams: &exception.teams,
    };
    match waiver::not_a_granter(before.policy.waivers.as_ref(), &person) {
        None => Ok(()),
        Some(reason) => Err(Failure::blocked(reason.message).hint(
            "nothing was recorded; `--request` asks for the waiver, and somebody who may grants it \
             with `tollgate waive --grant ID --by NAME`",
        )),
    }
}

/// `w-` and twelve hex digits.
fn new_id() -> String {
    let random = Uuid::new_v4().simple().to_string();
    format!("w-{}", &random[..12])
}

fn unknown_waiver(id: &str, waivers: &[WaiverVerdict]) -> Failure {
    let known: Vec<String> = waivers
        .iter()
        .map(|waiver| {
            format!(
                "{} ({}, {})",
                waiver.id,
                waiver.scope(),
                waiver.state.as_str()
            )
        })
        .collect();
    let hint = match known.as_slice() {
        [] => "the release has no waivers".to_owned(),
        known => format!("the release has {}", known.join(", ")),
    };
    Failure::usage(format!("the release has no such waiver as {id}")).hint(hint)
}

fn found(verdict: Verdict, id: &str) -> Result<Waived, Failure> {
    let found = verdict
        .waivers
        .iter()
        .rev()
        .find(|waiver| waiver.id == id)
        .cloned();
    let gone = || {
        Failure::unreachable(format!(
            "the waiver {id} was recorded and is not to be read"
        ))
    };
    Ok(Waived {
        waiver: found.ok_or_else(gone)?,
        verdict,
    })
}
