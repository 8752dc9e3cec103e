//! Who may record what, a line a case.

use serde_json::{Value, json};

use super::*;

/// Tells whether `ROLE NAME` may record an event of a kind with a payload.
fn ask(who: &str, kind: &str, payload: Value) -> Result<(), Refusal> {
    let (role, name) = who.split_once(' ').unwrap();
    let caller = Caller {
        name: name.to_owned(),
        role: role.parse().unwrap(),
        reach: Reach::Everything,
    };
    may_record(&caller, &event(kind, payload), &repository("acme/shop"))
}

fn event(kind: &str, payload: Value) -> Event {
    serde_json::from_value(json!({
        "schema_version": "1",
        "idempotency_key": "k",
        "event_type": kind,
        "source_system": "s",
        "release_id": "5f4a1cb0-28d0-55dd-8fb0-b37893f52a39",
        "occurred_at": "2026-01-02T03:04:05Z",
        "actor": "a",
        "payload": payload,
    }))
    .unwrap()
}

fn repository(name: &str) -> Repository {
    name.parse().unwrap()
}

/// The kinds of event that a role may record in its own name.
fn rights(role: Role) -> Vec<&'static str> {
    let who = format!("{role} pat");
    let may = |kind: &&EventType| ask(&who, kind.as_str(), json!({"by": "pat"})).is_ok();
    EventType::ALL
        .iter()
        .filter(may)
        .map(|it| it.as_str())
        .collect()
}

#[test]
fn every_role_has_these_rights_and_no_others() {
    let of = |role| rights(role).join(" ");
    assert_eq!(
        of(Role::CiServiceRole),
        "release_created check_reported build_complete evidence_recorded deployment_started \
         deployment_finished rollback_started rollback_finished environment_event drill_recorded \
         validation_started validation_finished validation_finalized notification_sent"
    );
    assert_eq!(
        of(Role::ReleaseManager),
        "release_created gate_signoff evidence_recorded approval_recorded exception_requested \
         exception_granted exception_revoked deployment_started deployment_finished \
         rollback_started rollback_finished environment_event incident_opened incident_closed \
         drill_recorded validation_started validation_finished validation_finalized"
    );
    assert_eq!(
        of(Role::QaTester),
        "gate_signoff evidence_recorded approval_recorded"
    );
    assert_eq!(
        of(Role::Sre),
        "deployment_started deployment_finished rollback_started rollback_finished \
         environment_event incident_opened incident_closed drill_recorded"
    );
    assert_eq!(of(Role::Developer), "incident_opened");
    assert_eq!(of(Role::AuditReader), "");
}

#[test]
fn nobody_decides_in_anothers_name() {
    for (who, kind, payload, is_allowed) in [
        (
            "qa_tester quinn",
            "approval_recorded",
            json!({"by": "quinn"}),
            true,
        ),
        (
            "qa_tester quinn",
            "approval_recorded",
            json!({"by": " Quinn "}),
            true,
        ),
        (
            "qa_tester quinn",
            "approval_recorded",
            json!({"by": "rita"}),
            false,
        ),
        (
            "qa_tester quinn",
            "approval_recorded",
            json!({"by": ""}),
            false,
        ),
        (
            "qa_tester quinn",
            "approval_recorded",
            json!({"by": ["quinn"]}),
            false,
        ),
        (
            "qa_tester quinn",
            "gate_signoff",
            json!({"by": "rita"}),
            false,
        ),
        (
            "release_manager rita",
            "approval_recorded",
            json!({"by": "quinn"}),
            false,
        ),
        (
            "release_manager rita",
            "exception_granted",
            json!({"by": "quinn"}),
            false,
        ),
        (
            "release_manager rita",
            "exception_revoked",
            json!({"by": "rita"}),
            true,
        ),
        (
            "ci_service_role ci",
            "gate_signoff",
            json!({"by": "ci"}),
            false,
        ),
        (
            "ci_service_role ci",
            "approval_recorded",
            json!({"by": "ci"}),
            false,
        ),
        (
            "ci_service_role ci",
            "exception_granted",
            json!({"by": "ci"}),
            false,
        ),
    ] {
        let answer = ask(who, kind, payload.clone());
        assert_eq!(
            answer.is_ok(),
            is_allowed,
            "{who} {kind} {payload}: {answer:?}"
        );
    }
}

#[test]
fn nobody_claims_a_role_or_what_only_github_says() {
    for (payload, is_allowed) in [
        (json!({"by": "quinn", "role": "qa"}), true),
        (json!({"by": "quinn", "role": "QA-Testers"}), true),
        (json!({"by": "quinn", "role": "release_manager"}), false),
        (json!({"by": "quinn", "role": "owner"}), false),
        (json!({"by": "quinn", "teams": []}), true),
        (
            json!({"by": "quinn", "teams": ["team:release-managers"]}),
            false,
        ),
        (json!({"by": "quinn", "authors": ["somebody"]}), false),
        (json!({"by": "quinn", "triggered_by": ["somebody"]}), false),
    ] {
        let answer = ask("qa_tester quinn", "approval_recorded", payload.clone());
        assert_eq!(answer.is_ok(), is_allowed, "{payload}: {answer:?}");
    }
}

#[test]
fn who_made_a_release_is_told_by_a_pipeline_alone() {
    for (who, authors, is_allowed) in [
        ("ci_service_role ci", json!(["alice"]), true),
        ("release_manager rita", json!(["alice"]), false),
        ("release_manager rita", json!("alice"), false),
        ("release_manager rita", json!([]), true),
    ] {
        let answer = ask(who, "release_created", json!({"authors": authors}));
        assert_eq!(answer.is_ok(), is_allowed, "{who} {authors}: {answer:?}");
    }
}

#[test]
fn what_only_github_says_is_left_out_of_decisions_alone() {
    let told = json!({"by": "quinn", "teams": ["t"], "authors": ["a"], "triggered_by": ["b"]});
    let left = |kind: &str| without_claims(event(kind, told.clone())).payload;
    assert_eq!(
        Value::Object(left("approval_recorded")),
        json!({"by": "quinn"})
    );
    assert_eq!(Value::Object(left("release_created")), told);
}

#[test]
fn nobody_tells_of_jobs_that_wait_at_github() {
    for (kind, is_allowed) in [("frozen", true), ("protection_rule_requested", false)] {
        for who in ["ci_service_role ci", "release_manager rita", "sre sam"] {
            let payload = json!({"environment": "production", "kind": kind});
            let answer = ask(who, "environment_event", payload);
            assert_eq!(answer.is_ok(), is_allowed, "{who} {kind}: {answer:?}");
        }
    }
}

#[test]
fn a_caller_of_one_repository_reaches_no_other() {
    let caller = Caller {
        name: "alice".to_owned(),
        role: Role::CiServiceRole,
        reach: Reach::Repository(repository("Acme/Shop")),
    };
    let reaches = |name: &str| may_reach(&caller, &repository(name)).is_ok();
    assert!(reaches("acme/shop"));
    assert!(!reaches("acme/other"));
    let created = event("release_created", json!({}));
    assert!(may_record(&caller, &created, &repository("acme/shop")).is_ok());
    assert!(may_record(&caller, &created, &repository("acme/other")).is_err());
}

#[test]
fn a_role_is_read_as_it_is_written() {
    for role in Role::ALL {
        assert_eq!(role.as_str().parse(), Ok(role));
        assert!(role.goes_by(role.as_str()), "{role}");
    }
    assert!("admin".parse::<Role>().is_err());
}
