//! The rules of settings.

use super::*;
use crate::domain::doctor::settings::Refusal;

/// A repository in which everything is right.
fn good() -> Audit {
    let mut audit = audit();
    let environment = |name: &str, reviewers: &[&str]| EnvironmentFacts {
        name: name.to_owned(),
        reviewers: reviewers.iter().map(|name| (*name).to_owned()).collect(),
        prevents_self_review: true,
        admins_can_bypass: Some(false),
        restricts_branches: true,
    };
    audit.live.repository = Answer::Known(RepositoryFacts {
        private: false,
        default_branch: "main".to_owned(),
    });
    audit.live.environments = Answer::Known(vec![
        environment("staging", &[]),
        environment("Production", &["user:Alice"]),
    ]);
    audit.live.required_checks = Answer::Known(Vec::new());
    audit.live.queue = Answer::Known(None);
    audit
}

fn production(change: impl Fn(&mut EnvironmentFacts)) -> Audit {
    let mut audit = good();
    if let Answer::Known(environments) = &mut audit.live.environments {
        change(&mut environments[1]);
    }
    audit
}

fn ids(audit: &Audit) -> Vec<&'static str> {
    let findings = examine(audit).into_iter();
    findings.map(|finding| finding.rule.id).collect()
}

fn require(audit: &mut Audit, checks: &[(&str, Option<i64>)]) {
    let checks = checks.iter().map(|(name, app)| RequiredCheckFacts {
        name: (*name).to_owned(),
        app: *app,
    });
    audit.live.required_checks = Answer::Known(checks.collect());
}

const OURS: Option<i64> = Some(GITHUB_ACTIONS_APP);

#[test]
fn good_settings_have_no_findings() {
    assert_eq!(ids(&good()), Vec::<&str>::new());
}

#[test]
fn each_setting_of_an_environment_has_its_rule() {
    for (change, expect) in [
        (
            (|it| it.name = "prod".to_owned()) as fn(&mut EnvironmentFacts),
            "environment-missing",
        ),
        (|it| it.reviewers.clear(), "environment-unreviewed"),
        (
            |it| it.prevents_self_review = false,
            "environment-self-review",
        ),
        (
            |it| it.admins_can_bypass = Some(true),
            "environment-admin-bypass",
        ),
        (|it| it.restricts_branches = false, "environment-any-branch"),
        (
            |it| it.reviewers.push("user:bob".to_owned()),
            "environment-reviewers-differ",
        ),
    ] {
        assert_eq!(ids(&production(change)), [expect]);
    }
    let unsaid = production(|it| it.admins_can_bypass = None);
    assert_eq!(ids(&unsaid), Vec::<&str>::new());
}

#[test]
fn what_the_policy_does_not_ask_is_not_found() {
    let mut audit = production(|it| {
        it.reviewers.clear();
        it.prevents_self_review = false;
        it.admins_can_bypass = Some(true);
    });
    audit.environments[1].approvals = None;
    assert_eq!(ids(&audit), Vec::<&str>::new());
    let mut audit = production(|it| it.prevents_self_review = false);
    audit.environments[1].approvals = Some(ExpectedApprovals {
        prevent_self_approval: false,
        ..approvals(&["user:alice"])
    });
    assert_eq!(ids(&audit), Vec::<&str>::new());
}

#[test]
fn a_private_repository_needs_a_plan_for_reviewers() {
    let mut audit = production(|it| it.reviewers.clear());
    audit.live.repository = Answer::Known(RepositoryFacts {
        private: true,
        default_branch: "main".to_owned(),
    });
    assert_eq!(ids(&audit), ["reviewers-need-plan"]);
}

#[test]
fn people_and_teams_are_compared_among_themselves() {
    let differ = |from: &[&str], reviewers: &[&str]| {
        let mut audit = production(|it| {
            it.reviewers = reviewers.iter().map(|name| (*name).to_owned()).collect();
        });
        audit.environments[1].approvals = Some(approvals(from));
        of_rule(&audit, "environment-reviewers-differ").len()
    };
    assert_eq!(differ(&["team:acme/qa"], &["team:qa"]), 0);
    assert_eq!(differ(&["team:qa"], &["team:ops"]), 1);
    assert_eq!(differ(&["team:qa"], &["user:alice"]), 0, "she may be in it");
    assert_eq!(differ(&["user:alice", "user:bob"], &["user:alice"]), 1);
    assert_eq!(
        differ(&["qa"], &["user:alice"]),
        0,
        "roles are not GitHub's"
    );
    assert_eq!(differ(&[], &["user:alice"]), 0);
}

const GATES: &str = "on: [pull_request]\njobs: {a: {permissions: {checks: write}, timeout-minutes: 5, steps: [{uses: a/tollgate@SHA, with: {gate: lint}}, {uses: a/tollgate@SHA, with: {gate: test}}, {uses: a/tollgate@SHA, with: {gate: G4}}]}}";

#[test]
fn the_last_gates_of_pull_requests_are_required() {
    let mut audit = with_workflow(good(), GATES);
    let place = "rules for main › required status checks";
    let rule = "check-not-required";
    assert_eq!(
        of_rule(&audit, rule),
        [format!(
            "{place}: the check `tollgate / test` is not required"
        )]
    );
    require(&mut audit, &[("tollgate / lint", OURS)]);
    assert_eq!(of_rule(&audit, rule).len(), 1);
    require(&mut audit, &[("tollgate / test", OURS)]);
    assert_eq!(ids(&audit), Vec::<&str>::new());
    require(&mut audit, &[("tollgate / shop / test", OURS)]);
    assert_eq!(ids(&audit), Vec::<&str>::new());
    require(&mut audit, &[("a", OURS)]);
    assert_eq!(
        ids(&audit),
        Vec::<&str>::new(),
        "the job stands for its gates"
    );
    let pushes = GATES.replace("[pull_request]", "push");
    assert_eq!(ids(&with_workflow(good(), &pushes)), Vec::<&str>::new());
    let silent = GATES
        .replace("uses: a/tollgate@SHA, with: {gate: ", "run: tollgate run {")
        .replace("run {lint}", "run lint")
        .replace("run {test}", "run test")
        .replace("run {G4}", "run G4");
    let audit = with_workflow(good(), &silent);
    assert_eq!(
        of_rule(&audit, rule),
        Vec::<String>::new(),
        "nothing is posted"
    );
}

#[test]
fn a_required_check_comes_from_an_app_and_a_gate() {
    let mut audit = with_workflow(good(), GATES);
    require(&mut audit, &[("tollgate / test", None)]);
    assert_eq!(ids(&audit), ["check-from-any-app"]);
    require(&mut audit, &[("tollgate / test", Some(7))]);
    let found = examine(&audit);
    assert_eq!(
        (found[0].rule.id, found[0].severity),
        ("check-from-any-app", Severity::Note)
    );
    require(
        &mut audit,
        &[("tollgate / test", OURS), ("tollgate / tset", OURS)],
    );
    assert_eq!(ids(&audit), ["check-unknown"]);
    let others = [
        ("tollgate / test", OURS),
        ("tollgate / other / x", None),
        ("build", None),
    ];
    require(&mut audit, &others);
    assert_eq!(ids(&audit), Vec::<&str>::new());
}

#[test]
fn a_merge_queue_waits_long_enough_and_is_served() {
    let mut audit = with_workflow(good(), GATES);
    require(&mut audit, &[("tollgate / test", OURS)]);
    let queue = |minutes| Answer::Known(Some(QueueFacts { minutes }));
    audit.live.queue = queue(Some(10));
    assert_eq!(ids(&audit), ["merge-group-missing", "queue-too-short"]);
    audit.live.queue = queue(Some(15));
    assert_eq!(ids(&audit), ["merge-group-missing"]);
    let served = GATES.replace("[pull_request]", "[pull_request, merge_group]");
    let mut audit = with_workflow(good(), &served);
    require(
        &mut audit,
        &[("tollgate / test", OURS), ("elsewhere", None)],
    );
    audit.live.queue = queue(None);
    assert_eq!(ids(&audit), Vec::<&str>::new());
}

#[test]
fn a_required_check_is_not_skipped_by_paths() {
    let filtered = GATES.replace("[pull_request]", "{pull_request: {paths: [src]}}");
    let mut audit = with_workflow(good(), &filtered);
    require(&mut audit, &[("tollgate / test", OURS)]);
    assert_eq!(ids(&audit), ["required-check-filtered"]);
    require(&mut audit, &[("a", None)]);
    assert_eq!(
        ids(&audit),
        ["required-check-filtered"],
        "a job by its name"
    );
    let twin = with_workflow(audit, &filtered.replace("paths", "paths-ignore"));
    assert_eq!(
        ids(&twin),
        Vec::<&str>::new(),
        "one stands in for the other"
    );
    let mut audit = with_workflow(good(), &filtered.replace("paths", "branches"));
    require(&mut audit, &[("tollgate / test", OURS)]);
    assert_eq!(ids(&audit), Vec::<&str>::new());
}

#[test]
fn what_is_not_known_is_said() {
    assert_eq!(ids(&audit()), ["settings-not-read"]);
    let mut audit = good();
    audit.live.environments = Answer::Refused(Refusal {
        setting: "environments".to_owned(),
        message: "give `actions: read`".to_owned(),
    });
    assert_eq!(
        of_rule(&audit, "setting-unreadable"),
        ["environments: give `actions: read`"]
    );
    assert_eq!(ids(&audit), ["setting-unreadable"]);
    audit.live.environments = Answer::Unreachable("it is down".to_owned());
    assert_eq!(ids(&audit), ["settings-not-read"]);
    let said = of_rule(&audit, "settings-not-read");
    assert!(said[0].contains("it is down"));
}
