//! The forms in which the way is shown.

use super::*;
use crate::domain::delivery::environment::{ApprovalRule, SelfApproval};
use crate::domain::delivery::way::AddEvidence;
use crate::domain::gate::GateKind;
use crate::domain::reason::{Reason, ReasonCode};
use crate::render::github;

fn rule(from: &str) -> ApprovalRule {
    ApprovalRule {
        minimum: 1,
        from: from.split(' ').map(|it| it.parse().unwrap()).collect(),
        self_approval: SelfApproval::Refused,
        max_age: None,
    }
}

fn approve(subject: Approvable, by: Option<&str>) -> Step {
    Step::Approve(Approve {
        subject,
        by: by.map(str::to_owned),
        role: by.is_none().then(|| "qa".to_owned()),
        rule: rule("qa user:alice"),
    })
}

fn way() -> Way {
    let reason = |code, text: &str| vec![Reason::new(code, text)];
    let production = "production".parse().unwrap();
    Way {
        environment: "production".parse().unwrap(),
        eligible: false,
        blockers: vec![
            Blocker {
                gate: Some(("test".parse().unwrap(), GateKind::Stage, GateStatus::Failed)),
                reasons: reason(
                    ReasonCode::TestsFailed,
                    "2 of 31 tests\u{1b}[2J failed\n::error::x",
                ),
            },
            Blocker {
                gate: None,
                reasons: reason(ReasonCode::DeploymentMissing, "not deployed to staging yet"),
            },
        ],
        steps: vec![
            Step::Run(Run {
                gates: vec!["G1".parse().unwrap(), "tag".parse().unwrap()],
                place: Some("staging".parse().unwrap()),
                mend: vec!["test/pytest".parse().unwrap()],
            }),
            Step::Deploy("staging".parse().unwrap()),
            Step::SignOff(SignOff {
                check: "G1/uat".parse().unwrap(),
                place: Some("staging".parse().unwrap()),
                instruction: "Buy something\n::error::y".to_owned(),
            }),
            Step::AddEvidence(AddEvidence {
                kind: "rollback-plan".to_owned(),
                gate: Some("G3".parse().unwrap()),
            }),
            approve(Approvable::Gate("G3".parse().unwrap()), Some("rita $(x)")),
            approve(Approvable::Environment(production), None),
            Step::Promote("production".parse().unwrap()),
        ],
        alternatives: vec![Waive {
            gate: "test".parse().unwrap(),
            check: Some("pytest".parse().unwrap()),
            from: vec!["user:mia".parse().unwrap()],
            longest: Some(Duration::from_secs(14 * 86_400)),
        }],
        dead_end: None,
    }
}

const WHOLE: &str = "\
acme/shop 1.4.0 at aaaaaaaaaaaa · ⏸ production: not eligible

What blocks
  ✗ test failed
      2 of 31 tests failed␊::error::x (tests_failed)
  ⏸ production
      not deployed to staging yet (deployment_missing)

Next steps
  1. Mend test/pytest, then run what has not passed
       tollgate run G1 tag --environment staging
  2. Deploy the release to staging, then record how it went
       tollgate deployed staging --status passed --by NAME
  3. Look at G1/uat in staging (Buy something␊::error::y), and sign it off
       tollgate sign-off G1/uat --by NAME --result passed --environment staging
  4. Bring evidence of the type rollback-plan for G3
       tollgate evidence add rollback-plan FILE --gate G3
  5. Let rita $(x) approve G3: nobody else lifts their rejection
       tollgate approve G3 --by 'rita $(x)'
  6. Let production be approved by qa or user:alice, but nobody who made the release; in GitHub \
Actions by a review of the job that names `environment: production`, elsewhere by
       tollgate approve production --by NAME --role qa
  7. Let the release into production
       tollgate promote production

Instead
  test/pytest may be waived by user:mia, for 14 d at most
       tollgate waive test/pytest --by NAME --reason REASON --expires 7d

Note
  Whoever mends a file makes another commit, which is another release: ask again for that one.
";

fn with<T>(way: &Way, show: impl Fn(&WayView<'_>) -> T) -> T {
    let release = Release {
        repository: "acme/shop".parse().unwrap(),
        sha: "a".repeat(40).parse().unwrap(),
        version: Some("1.4.0".to_owned()),
    };
    show(&WayView {
        release: &release,
        dirty: false,
        way,
    })
}

#[test]
fn people_read_what_blocks_and_what_to_do() {
    assert_eq!(with(&way(), |view| text(view, Paint::plain())), WHOLE);
}

#[test]
fn nothing_in_the_log_of_github_is_a_command_but_the_annotation() {
    let log = with(&way(), github::way);
    let commands: Vec<&str> = log.lines().filter(|line| line.starts_with("::")).collect();
    let expect = "::error title=tollgate::production is not eligible; next: tollgate run G1 tag \
                  --environment staging";
    assert_eq!(commands, [expect], "{log}");
}

#[test]
fn programs_read_the_same() {
    let document = with(&way(), document);
    assert_eq!(document["schema"], "tollgate.why/v1");
    assert_eq!(document["release"]["version"], "1.4.0");
    assert_eq!(document["blockers"][0]["gate"], "test");
    assert_eq!(
        document["blockers"][0]["reasons"][0]["code"],
        "tests_failed"
    );
    assert_eq!(document["blockers"][1]["environment"], "production");
    let steps = document["steps"].as_array().unwrap();
    let kinds: Vec<_> = steps
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect();
    let expect = [
        "run", "deploy", "sign-off", "evidence", "approve", "approve", "promote",
    ];
    assert_eq!(kinds, expect);
    assert_eq!(steps[0]["mend"][0], "test/pytest");
    assert_eq!(
        steps[0]["command"],
        "tollgate run G1 tag --environment staging"
    );
    assert_eq!(steps[5]["from"][1], "user:alice");
    assert_eq!(document["alternatives"][0]["longest_seconds"], 14 * 86_400);
}

#[test]
fn an_open_way_has_one_step_and_nothing_blocks() {
    let mut open = way();
    (open.eligible, open.blockers) = (true, Vec::new());
    open.alternatives.clear();
    open.steps.drain(..6);
    let shown = with(&open, |view| text(view, Paint::plain()));
    let expect = "acme/shop 1.4.0 at aaaaaaaaaaaa · ✓ production: eligible\n\nNext steps\n  \
                  1. Let the release into production\n       tollgate promote production\n";
    assert_eq!(shown, expect);
    assert!(!with(&open, github::way).contains("::"));
}
