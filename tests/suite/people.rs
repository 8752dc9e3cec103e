//! What people tell: `approve`, `waive`, `sign-off` and `evidence add`.

use serde_json::{Value, json};

use crate::project::{Outcome, Project, codes};

const POLICY: &str = r#"
pipeline:
  lint: { checks: { a: { run: "true" } } }
gates:
  G1: { requires: lint, checks: { flaky: { run: "test -f good" }, good: { run: "true" } } }
  G2: { requires: lint, checks: { uat: { manual: Buy something, only: [staging] } } }
  G3:
    severity: absolute
    requires: lint
    evidence: [rollback-plan]
    approvals: { from: [qa, "user:alice"], prevent-self-approval: true }
    checks: { money: { run: "true" } }
environments:
  staging: { gates: [lint] }
  production: { gates: [G1, G2, G3], approvals: { from: ["user:bob"] } }
waivers: { longest: 14d, from: ["user:mia"] }
"#;

/// A project whose gates were run, which leaves G1 failed and people to decide.
fn project() -> Project {
    let project = Project::new(POLICY);
    project.tollgate("run lint G1 G2 G3").expect(1);
    project
}

fn gate(project: &Project, id: &str) -> Value {
    let status = project.status();
    let gates = status["gates"].as_array().unwrap();
    gates.iter().find(|gate| gate["id"] == id).unwrap().clone()
}

/// `failed check_failed`: the status of a gate with the codes of its reasons.
fn shown(project: &Project, id: &str) -> String {
    let gate = gate(project, id);
    format!(
        "{} {}",
        gate["status"].as_str().unwrap(),
        codes(&gate).join(" ")
    )
}

/// Calls with the last argument as one word, blanks and all.
fn with(project: &Project, arguments: &str, last: &str) -> Outcome {
    project.call(arguments).arg(last).run()
}

fn events(project: &Project) -> usize {
    project.tollgate("ledger log").stdout.lines().count()
}

#[test]
fn a_release_goes_through_all_that_people_decide() {
    let project = project();
    project.write("plan.md", "# Rollback\nCall bob@example.com");
    project
        .tollgate("waive G1/flaky --by mia --expires 7d --reason known")
        .expect(0);
    project
        .tollgate("sign-off G2/uat --by carol --result passed --environment staging")
        .expect(0);
    project
        .tollgate("evidence add rollback-plan plan.md --gate G3")
        .expect(0);
    project
        .tollgate("approve G3 --by quinn --role qa --comment fine")
        .expect(0);
    project
        .tollgate("approve production --by Bob")
        .expect(0)
        .says("1 of 1 approvals count");
    std::fs::remove_file(project.path("plan.md")).unwrap();
    project
        .tollgate("promote production")
        .expect(0)
        .says("eligible: production");
    assert_eq!(shown(&project, "G1"), "waived waived command_failed");
    assert_eq!(shown(&project, "G2"), "passed ");
    assert_eq!(shown(&project, "G3"), "passed ");
    project.tollgate("ledger verify").expect(0);
}

#[test]
fn a_waiver_prints_its_id_and_is_shown_in_the_status() {
    let project = project();
    let waived = project.tollgate("waive G1 --by Mia --expires 7d --reason known");
    waived.expect(0).says("G1 is waived by Mia until");
    let id = waived.stdout.trim();
    let waiver = &gate(&project, "G1")["waiver"];
    assert_eq!(
        (&waiver["id"], &waiver["by"], &waiver["reason"]),
        (&json!(id), &json!("Mia"), &json!("known"))
    );
    assert!(
        waiver["expires_at"].as_str().unwrap().ends_with('Z'),
        "{waiver}"
    );
    project
        .tollgate(&format!("waive --revoke {id}"))
        .expect(0)
        .says("revoked");
    assert_eq!(shown(&project, "G1"), "failed command_failed");
    project.tollgate("waive --revoke w-none").expect(2).says(id);
}

#[test]
fn a_waiver_that_was_asked_for_is_granted_by_somebody_who_may() {
    let project = project();
    let asked = project.tollgate("waive G1 --by dev --expires 2d --reason late --request");
    asked.expect(0);
    let id = asked.stdout.trim();
    assert_eq!(shown(&project, "G1"), "failed command_failed");
    project
        .tollgate(&format!("waive --grant {id} --by dev"))
        .expect(3)
        .says("user:mia");
    project
        .tollgate(&format!("waive --grant {id} --by mia"))
        .expect(0);
    assert_eq!(shown(&project, "G1"), "waived waived command_failed");
}

#[test]
fn what_makes_no_sense_is_refused_and_leaves_no_trace() {
    let project = project();
    let before = events(&project);
    for (arguments, code, says) in [
        (
            "waive G9 --by mia --expires 1d --reason x",
            2,
            "no stage or gate G9",
        ),
        (
            "waive G1/nope --by mia --expires 1d --reason x",
            2,
            "no check nope",
        ),
        ("waive G3 --by mia --expires 1d --reason x", 2, "absolute"),
        (
            "waive G3/money --by mia --expires 1d --reason x",
            2,
            "absolute",
        ),
        (
            "waive G1 --by mia --expires 2020-01-01 --reason x",
            2,
            "would end at 2020-01-01",
        ),
        (
            "waive G1 --by mia --expires 0s --reason x",
            2,
            "would end at",
        ),
        (
            "waive G1 --by mia --expires 15d --reason x",
            2,
            "waivers.longest",
        ),
        (
            "waive G1 --by mia --expires soon --reason x",
            2,
            "2026-12-01",
        ),
        ("waive G1 --by mia --reason x", 2, "--expires"),
        ("waive G1 --by eve --expires 1d --reason x", 3, "user:mia"),
        (
            "sign-off G1/good --by carol --result passed",
            2,
            "nobody can sign off",
        ),
        (
            "sign-off G2/nope --by carol --result passed",
            2,
            "no check nope",
        ),
        (
            "sign-off G2/uat --by carol --result passed --environment stagin",
            2,
            "did you mean staging?",
        ),
        ("sign-off G2/uat --by carol --result fine", 2, "passed"),
        ("evidence add rollback-plan missing.md", 2, "missing.md"),
        ("evidence add rollback-plan . --gate G3", 2, "no file"),
        (
            "evidence add rollback-plan plan.md --gate G9",
            2,
            "no stage or gate G9",
        ),
        ("approve G9 --by quinn", 2, "no gate and no environment G9"),
        ("approve G1 --by quinn", 2, "asks for no approvals"),
        ("approve G3 --by quinn", 3, "not among those under `from`"),
        ("approve G3 --by alice", 3, "made the release"),
        (
            "approve G3 --by eve --reject",
            3,
            "not among those who decide",
        ),
    ] {
        project.tollgate(arguments).expect(code).says(says);
    }
    for (arguments, empty) in [
        ("waive G1 --by mia --expires 1d --reason", " "),
        ("approve G3 --role qa --by", ""),
        ("sign-off G2/uat --result passed --by", " "),
    ] {
        with(&project, arguments, empty).expect(2);
    }
    assert_eq!(events(&project), before);
}

#[test]
fn verified_in_code_is_not_verified_in_staging() {
    let project = project();
    let signed = project.tollgate("sign-off G2/uat --by carol --result passed");
    signed.expect(0).says("must be verified in staging");
    assert_eq!(shown(&project, "G2"), "pending signoff_missing");
    let reason = gate(&project, "G2")["reasons"][0]["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(reason.contains("was not verified in staging"), "{reason}");
    project
        .tollgate("sign-off G2/uat --by carol --result failed --environment staging")
        .expect(0);
    assert_eq!(shown(&project, "G2"), "failed signoff_failed");
    project
        .tollgate("sign-off G2/uat --by carol --result passed --environment staging")
        .expect(0);
    assert_eq!(shown(&project, "G2"), "passed ");
}

#[test]
fn a_sign_off_of_a_blocked_gate_never_counts() {
    let project = Project::new(POLICY);
    let early = "sign-off G2/uat --by carol --result passed --environment staging";
    project.tollgate(early).expect(3).says("G2 is blocked");
    project.tollgate("run").expect(0);
    assert_eq!(
        shown(&project, "G2"),
        "pending signoff_missing out_of_order"
    );
    project.tollgate(early).expect(0);
    assert_eq!(shown(&project, "G2"), "passed ");
}

#[test]
fn what_is_brought_is_kept_masked() {
    let project = project();
    project.write("plan.md", "Call bob@example.com");
    project
        .tollgate("evidence add rollback-plan plan.md --gate G3")
        .expect(0);
    let kept = project.newest_run().join("evidence/G3/plan.md");
    let text = std::fs::read_to_string(kept).unwrap();
    assert!(
        !text.contains("bob@example.com") && text.contains("Call"),
        "{text}"
    );
    let note = with(
        &project,
        "sign-off G2/uat --by carol --result failed --environment staging --note",
        "ask eve@example.com",
    );
    note.expect(0);
    let log = project.tollgate("ledger log").stdout;
    assert!(!log.contains("eve@example.com"), "{log}");
    project
        .tollgate("evidence add rolback-plan plan.md --gate G3")
        .expect(0)
        .says("does not ask for evidence of the type rolback-plan");
}

#[test]
fn another_policy_or_other_evidence_voids_an_approval() {
    let project = project();
    project.write("plan.md", "one");
    project
        .tollgate("evidence add rollback-plan plan.md --gate G3")
        .expect(0);
    project
        .tollgate("approve G3 --by quinn --role qa")
        .expect(0);
    assert_eq!(shown(&project, "G3"), "passed ");
    project.write("plan.md", "two");
    project
        .tollgate("evidence add rollback-plan plan.md --gate G3")
        .expect(0);
    assert_eq!(
        shown(&project, "G3"),
        "pending approval_missing approval_void"
    );
    project
        .tollgate("approve G3 --by quinn --role qa")
        .expect(0);
    assert_eq!(shown(&project, "G3"), "passed ");
    let policy = project.read(".github/tollgate.yml");
    let path = project.path("other.yml");
    std::fs::write(&path, policy.replace("longest: 14d", "longest: 10d")).unwrap();
    let status = project
        .call("status --format json --policy")
        .arg(path.to_str().unwrap())
        .run();
    let status = status.expect(0).json();
    let gate = status["gates"]
        .as_array()
        .unwrap()
        .iter()
        .find(|gate| gate["id"] == "G3")
        .unwrap();
    assert_eq!(codes(gate), ["approval_missing", "approval_void"]);
}

#[test]
fn a_rejection_stands_until_the_same_person_approves() {
    let project = project();
    project.write("plan.md", "one");
    project
        .tollgate("evidence add rollback-plan plan.md --gate G3")
        .expect(0);
    project
        .tollgate("approve G3 --by quinn --role qa --reject --comment no")
        .expect(0);
    project.tollgate("approve G3 --by ruth --role qa").expect(0);
    assert_eq!(shown(&project, "G3"), "failed approval_rejected");
    project
        .tollgate("approve G3 --by quinn --role qa")
        .expect(0);
    assert_eq!(shown(&project, "G3"), "passed ");
}

#[test]
fn what_people_still_have_to_do_runs_nothing_again() {
    let project = Project::new(
        r#"
gates:
  G1: { checks: { once: { run: "echo x >> .tollgate/ran" }, uat: { manual: Look } } }
"#,
    );
    project
        .tollgate("run G1")
        .expect(3)
        .says("tollgate sign-off G1/uat");
    project.tollgate("run G1").expect(3);
    assert_eq!(project.read(".tollgate/ran").lines().count(), 1);
    project
        .tollgate("sign-off G1/uat --by carol --result passed")
        .expect(0);
    project.tollgate("run G1").expect(0);
    assert_eq!(project.read(".tollgate/ran").lines().count(), 1);
}

#[test]
fn a_check_of_an_environment_is_performed_when_that_is_looked_at() {
    let project = Project::new(
        r#"
gates:
  G1: { checks: { smoke: { run: "test $TOLLGATE_ENVIRONMENT = staging", only: [staging] } } }
environments: { staging: { gates: [G1] } }
"#,
    );
    project
        .tollgate("run G1")
        .expect(3)
        .says("has no result in staging");
    project.tollgate("run G1 --environment nowhere").expect(2);
    project.tollgate("run G1 --environment staging").expect(0);
    assert_eq!(shown(&project, "G1"), "passed ");
}

#[test]
fn a_new_commit_voids_an_approval_and_says_so() {
    let project = project();
    project.tollgate("approve production --by bob").expect(0);
    let before = project.head();
    project.write("more.txt", "more");
    project.commit("more");
    let status = project.status();
    let production = &status["environments"][1];
    let void = production["reasons"].as_array().unwrap().last().unwrap();
    assert_eq!(void["code"], "approval_void");
    let message = void["message"].as_str().unwrap();
    assert!(
        message.contains(&before[..12]) && message.contains("bob approved"),
        "{message}"
    );
    project.tollgate("approve production --by bob").expect(0);
    let status = project.status();
    assert!(!codes(&status["environments"][1]).contains(&"approval_void"));
}

#[test]
fn what_is_waived_is_never_said_to_have_passed() {
    let project = project();
    project
        .tollgate("waive G1 --by mia --expires 7d --reason known")
        .expect(0);
    let run = project.tollgate("run G1");
    run.expect(0).says("G1 is waived for this commit, not run");
    run.says("~ waived: G1").says("failed, waived");
    assert!(!run.all().contains("G1 passed"), "{}", run.all());
    run.says("waived by mia until").says(": known");
    let summary = std::fs::read_to_string(project.newest_run().join("summary.md")).unwrap();
    assert!(summary.contains("# \\~ waived: G1"), "{summary}");
    project
        .tollgate("status")
        .expect(0)
        .says("active: G1 by mia until");
}
