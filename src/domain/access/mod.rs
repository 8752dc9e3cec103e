//! Who may tell the ledger what. One table of rights, and the rules that no role stands above:
//! nobody speaks in another's name, and nobody claims what only GitHub can say.

mod caller;
mod role;
pub mod token;

use serde_json::Value;

pub use caller::{Caller, Reach};
pub use role::Role;

use super::record::event::{Event, EventType};
use super::release::Repository;

/// Why an event is not taken from a caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The role has no right to events of this kind.
    #[error("the role {role} may not record {kind}")]
    Role {
        /// The caller's role.
        role: Role,
        /// What it may not record.
        kind: EventType,
    },
    /// The event names another person as the one who decided.
    #[error("{name} may not record a decision of {by}: let {by} record it with a key of their own")]
    AnotherPerson {
        /// Who was named.
        by: String,
        /// Who called.
        name: String,
    },
    /// The event claims a role that the caller does not have.
    #[error("{name} has the role {role}, and may not decide as {claimed}")]
    AnotherRole {
        /// Who called.
        name: String,
        /// The caller's role.
        role: Role,
        /// The role that was claimed.
        claimed: String,
    },
    /// The event claims what only GitHub can say.
    #[error("payload.{field} says what only GitHub can say, and is not taken from a producer")]
    Claim {
        /// The field.
        field: &'static str,
    },
    /// The release is of a repository for which the caller does not speak.
    #[error("{name} speaks for {own} only, and the release is of {other}")]
    AnotherRepository {
        /// Who called.
        name: String,
        /// For which repository it speaks.
        own: Repository,
        /// Of which one the release is.
        other: Repository,
    },
}

impl Refusal {
    /// The field of the event that is at fault, where it is one.
    pub fn field(&self) -> Option<String> {
        match self {
            Self::Role { .. } => Some("event_type".to_owned()),
            Self::AnotherPerson { .. } => Some("payload.by".to_owned()),
            Self::AnotherRole { .. } => Some("payload.role".to_owned()),
            Self::Claim { field } => Some(format!("payload.{field}")),
            Self::AnotherRepository { .. } => Some("release_id".to_owned()),
        }
    }
}

/// What GitHub alone knows. From a producer it could make an approval count that must not:
/// membership in a team, and who made the release.
const ONLY_GITHUB_SAYS: [&str; 3] = ["teams", "authors", "triggered_by"];

/// Tells whether a caller may record an event of its release's repository.
///
/// # Errors
/// The first rule that forbids it.
pub fn may_record(caller: &Caller, event: &Event, repository: &Repository) -> Result<(), Refusal> {
    let kind = event.event_type;
    if !caller.role.may_record(kind) {
        let role = caller.role;
        return Err(Refusal::Role { role, kind });
    }
    may_reach(caller, repository)?;
    if is_a_decision(kind) {
        in_own_name(caller, event)?;
    }
    if kind == EventType::ReleaseCreated && caller.role != Role::CiServiceRole {
        names_no_authors(event)?;
    }
    match is_of_a_protection_rule(event) {
        true => Err(Refusal::Claim { field: "kind" }),
        false => Ok(()),
    }
}

/// Who made a release is a pipeline's to tell: whoever may approve it could leave themselves out.
fn names_no_authors(event: &Event) -> Result<(), Refusal> {
    match is_empty(event.payload.get("authors")) {
        true => Ok(()),
        false => Err(Refusal::Claim { field: "authors" }),
    }
}

/// How the kinds of environment events begin that tell of jobs which wait at GitHub: the server
/// records them from signed deliveries only.
pub const PROTECTION_RULE: &str = "protection_rule_";

fn is_of_a_protection_rule(event: &Event) -> bool {
    let kind = event.payload.get("kind").and_then(Value::as_str);
    event.event_type == EventType::EnvironmentEvent
        && kind.is_some_and(|kind| kind.trim_start().starts_with(PROTECTION_RULE))
}

/// Tells whether a caller may see the releases of a repository.
///
/// # Errors
/// [`Refusal::AnotherRepository`].
pub fn may_reach(caller: &Caller, repository: &Repository) -> Result<(), Refusal> {
    match &caller.reach {
        Reach::Repository(own) if !own.is_same(repository) => Err(Refusal::AnotherRepository {
            name: caller.name.clone(),
            own: own.clone(),
            other: repository.clone(),
        }),
        Reach::Repository(_) | Reach::Everything => Ok(()),
    }
}

/// Events with which a person decides something, under `by`.
fn is_a_decision(kind: EventType) -> bool {
    matches!(
        kind,
        EventType::ApprovalRecorded
            | EventType::GateSignoff
            | EventType::ExceptionRequested
            | EventType::ExceptionGranted
            | EventType::ExceptionRevoked
    )
}

fn in_own_name(caller: &Caller, event: &Event) -> Result<(), Refusal> {
    let text = |field: &str| event.payload.get(field).and_then(Value::as_str);
    let by = text("by").unwrap_or_default();
    if !caller.is_named(by) {
        return Err(Refusal::AnotherPerson {
            by: by.to_owned(),
            name: caller.name.clone(),
        });
    }
    if let Some(claimed) = text("role").filter(|role| !caller.role.goes_by(role)) {
        return Err(Refusal::AnotherRole {
            name: caller.name.clone(),
            role: caller.role,
            claimed: claimed.to_owned(),
        });
    }
    match claimed_of_people(event) {
        Some(field) => Err(Refusal::Claim { field }),
        None => Ok(()),
    }
}

/// The field of a decision that claims what only GitHub can say. No producer may tell it, whatever
/// its role.
fn claimed_of_people(event: &Event) -> Option<&'static str> {
    let is_claimed = |field: &&str| !is_empty(event.payload.get(*field));
    ONLY_GITHUB_SAYS.into_iter().find(is_claimed)
}

/// An event as a producer may tell it: a decision without what only GitHub can say.
pub fn without_claims(mut event: Event) -> Event {
    if is_a_decision(event.event_type) {
        event
            .payload
            .retain(|field, _| !ONLY_GITHUB_SAYS.contains(&field.as_str()));
    }
    event
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests;
