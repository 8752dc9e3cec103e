//! GitHub in trouble: a verdict is never better than without the fault, nothing is posted twice,
//! and what could not be posted is said.

use crate::fake_github::{ALWAYS, FakeGitHub, Fault};
use crate::jobs::{Job, posted};
use crate::project::Project;

const TWO: &str = r#"
pipeline:
  lint: { checks: { ruff: { run: "true" } } }
  test: { checks: { pytest: { run: "true" } } }
"#;

const CHECK_RUNS: &str = "/repos/acme/shop/check-runs";
const LISTED: &str = "/repos/acme/shop/commits/*/check-runs";
const ARTIFACTS: &str = "/repos/acme/shop/actions/runs/*/artifacts";
const DOWNLOAD: &str = "/repos/acme/shop/actions/artifacts/*/zip";

fn scene() -> (FakeGitHub, Project) {
    let github = FakeGitHub::start();
    let project = Project::new(TWO);
    github.commit(&project.head(), "alice");
    github.workflow_run(77, "push", &project.head(), "alice");
    (github, project)
}

fn faults() -> Vec<(&'static str, Fault)> {
    vec![
        ("401", Fault::status(401)),
        ("403", Fault::status(403)),
        ("404", Fault::status(404)),
        ("409", Fault::status(409)),
        ("422", Fault::status(422)),
        ("429", Fault::limited(429, 1)),
        ("500", Fault::status(500)),
        ("502", Fault::status(502)),
        ("reset", Fault::reset()),
        ("cut body", Fault::cut_body()),
        ("wrong JSON", Fault::wrong_json()),
    ]
}

#[test]
fn a_gate_never_opens_on_what_could_not_be_looked_up() {
    for (name, path) in [("list", LISTED), ("artifacts", ARTIFACTS), ("download", DOWNLOAD)] {
        for (fault_name, fault) in faults() {
            let (github, project) = scene();
            Job::new(&github, &project, 77).uses("gate: lint").expect(0);
            github.fail("GET", path, fault, ALWAYS);
            let acted = Job::new(&github, &project, 77).uses("gate: test");
            let code = acted.outcome.code;
            assert!(matches!(code, Some(3 | 4)), "{name} {fault_name}: {code:?} {}", acted.outcome.all());
            let told = posted(&github);
            assert!(!told.contains("test=success"), "{name} {fault_name}: {told}");
        }
    }
}

#[test]
fn a_verdict_that_could_not_be_told_is_no_success() {
    for (name, fault) in faults() {
        let (github, project) = scene();
        github.fail("POST", CHECK_RUNS, fault, ALWAYS);
        let acted = Job::new(&github, &project, 77).uses("gate: lint");
        // Whoever may only read is told in the summary and by the exit code.
        let expect = if name == "403" { 0 } else { 4 };
        assert_eq!(acted.outcome.code, Some(expect), "{name}: {}", acted.outcome.all());
        let said = acted.outcome.all() + &acted.step.summary();
        assert!(said.contains("check run"), "{name}: {said}");
        assert_eq!(posted(&github), "", "{name}");
    }
}

#[test]
fn an_answer_that_is_lost_posts_nothing_twice() {
    for (name, fault) in [
        ("500", Fault::status(500)),
        ("502", Fault::status(502)),
        ("reset", Fault::reset()),
        ("cut body", Fault::cut_body()),
        ("wrong JSON", Fault::wrong_json()),
    ] {
        for fault in [fault.clone(), fault.after()] {
            let (github, project) = scene();
            github.fail("POST", CHECK_RUNS, fault, 1);
            Job::new(&github, &project, 77).uses("gate: lint").expect(0);
            assert_eq!(posted(&github), "tollgate / lint=success", "{name}");
        }
    }
}

#[test]
fn evidence_that_could_not_be_uploaded_is_said() {
    for method in ["CreateArtifact", "FinalizeArtifact"] {
        let (github, project) = scene();
        let path = format!("/twirp/github.actions.results.api.v1.ArtifactService/{method}");
        github.fail("POST", &path, Fault::status(403), ALWAYS);
        let job = Job::new(&github, &project, 77);
        let acted = job.uses("gate: lint");
        acted.expect(4).says("the evidence was not uploaded");
        assert!(job.checkout.exists(".tollgate/runs"));
    }
//! The crate's own client against a fake GitHub at which things go wrong.

use std::time::Duration;

use tollgate::github::client::{GitHubError, Tagged};
use tollgate::retry::RetryPolicy;

use crate::fake_github::{ALWAYS, Fault, Token};
use crate::github_client::{RUN, check_run, client, github, sha};

#[tokio::test]
async fn every_fault_is_an_error_and_reads_come_through_passing_ones() {
    let fake = github();
    let client = client(&fake, Token::workflow());
    for status in [401, 403, 404, 409, 422, 429, 500, 502] {
        fake.fail("GET", "/repos/*/*", Fault::status(status), 3);
        assert!(client.repository_settings().await.is_err(), "{status}");
        while client.repository_settings().await.is_err() {}
    }
    for fault in [Fault::reset(), Fault::cut_body(), Fault::wrong_json()] {
        fake.fail("GET", "/repos/**/runs/*", fault.clone(), ALWAYS);
        let error = client.workflow_run(RUN).await.unwrap_err();
        let is_told = matches!(error, GitHubError::Unreachable { .. });
        assert!(is_told, "{fault:?}: {error}");
        fake.heal();
    }
    fake.fail("GET", "/repos/*/*", Fault::limited(403, 60), 1);
    let wait = Some(Duration::from_secs(60));
    let limited = client.repository_settings().await;
    assert_eq!(limited, Err(GitHubError::RateLimited { wait }));
    fake.fail("GET", "/repos/*/*", Fault::hang(), 1);
    let once = RetryPolicy {
        tries: 1,
        ..RetryPolicy::default()
    };
    let impatient = client.with_patience(once, Duration::from_millis(200));
    let error = impatient.repository_settings().await.unwrap_err();
    assert!(error.to_string().contains("no answer"), "{error}");
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_took_effect_and_one_before_it_did_not() {
    let fake = github();
    let client = client(&fake, Token::workflow());
    let faults = [
        Fault::status(502),
        Fault::reset(),
        Fault::cut_body(),
        Fault::wrong_json(),
    ];
    for fault in faults {
        let before = fake.check_runs().len();
        let run = check_run("tollgate / test", 1);
        fake.fail("POST", "/**/check-runs", fault.clone(), 1);
        assert!(client.create_check_run(&run).await.is_err(), "{fault:?}");
        assert_eq!(fake.check_runs().len(), before, "{fault:?}");
        fake.fail("POST", "/**/check-runs", fault.clone().after(), 1);
        assert!(client.create_check_run(&run).await.is_err(), "{fault:?}");
        assert_eq!(fake.check_runs().len(), before + 1, "{fault:?}");
    }
    fake.fail("POST", "/**/git/refs", Fault::reset().after(), 1);
    let tagged = client.create_tag("v1", &sha(), "Release").await;
    assert_eq!(tagged, Ok(Tagged::Present(sha())));
}

#[tokio::test]
async fn a_used_up_limit_ends_it() {
    let fake = github();
    let client = client(&fake, Token::workflow());
    fake.allow_requests(1);
    assert!(client.repository_settings().await.is_ok());
    let error = client.repository_settings().await.unwrap_err();
    assert!(matches!(error, GitHubError::RateLimited { .. }), "{error}");
}
