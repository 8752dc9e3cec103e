//! GitHub in trouble: a verdict is never better than without the fault, nothing is posted twice,
//! and what could not be posted is said.

use crate::fake_github::{ALWAYS, Call, FakeGitHub, Fault, Service};
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
const STORE: &str = "/actions-results/*";
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

/// With what is at `path` in trouble, a gate stays shut that requires what was done before.
fn stays_shut(path: &str) {
    for (name, fault) in faults() {
        let (github, project) = scene();
        Job::new(&github, &project, 77).uses("gate: lint").expect(0);
        github.fail("GET", path, fault, ALWAYS);
        let acted = Job::new(&github, &project, 77).uses("gate: test");
        let code = acted.outcome.code;
        let said = acted.outcome.all();
        assert!(matches!(code, Some(3 | 4)), "{name}: {code:?} {said}");
        let told = posted(&github);
        assert!(!told.contains("test=success"), "{name}: {told}");
    }
}

#[test]
fn a_gate_never_opens_when_check_runs_cannot_be_listed() {
    stays_shut(LISTED);
}

#[test]
fn a_gate_never_opens_when_artifacts_cannot_be_listed() {
    stays_shut(ARTIFACTS);
}

#[test]
fn a_gate_never_opens_when_an_artifact_cannot_be_downloaded() {
    stays_shut(DOWNLOAD);
}

#[test]
fn a_verdict_that_could_not_be_told_is_no_success() {
    for (name, fault) in faults() {
        let (github, project) = scene();
        github.fail("POST", CHECK_RUNS, fault, ALWAYS);
        let acted = Job::new(&github, &project, 77).uses("gate: lint");
        // Whoever may only read is told in the summary and by the exit code.
        let expect = if name == "403" { 0 } else { 4 };
        assert_eq!(
            acted.outcome.code,
            Some(expect),
            "{name}: {}",
            acted.outcome.all()
        );
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
fn a_store_that_hangs_does_not_keep_the_verdict_back() {
    let (github, project) = scene();
    github.fail("PUT", STORE, Fault::hang(), ALWAYS);
    let job = Job::new(&github, &project, 77).with("TOLLGATE_ARTIFACT_SECONDS", "1");
    job.uses("gate: lint")
        .expect(4)
        .says("the evidence was not uploaded")
        .says("it was not complete after 1 s")
        .says("it lies in the evidence directory");
    assert!(job.checkout.exists(".tollgate/runs"));
    assert_eq!(posted(&github), "tollgate / lint=success");
}

#[test]
fn a_store_that_hangs_is_waited_for_once() {
    let (github, project) = scene();
    for gate in ["lint", "test"] {
        let inputs = format!("gate: {gate}");
        Job::new(&github, &project, 77).uses(&inputs).expect(0);
    }
    let is_download = |call: &&Call| call.service == Service::Blobs && call.method == "GET";
    let downloads = || github.journal().iter().filter(is_download).count();
    let before = downloads();
    github.fail("GET", STORE, Fault::hang(), ALWAYS);
    let job = Job::new(&github, &project, 77).attempt(2);
    let job = job.with("TOLLGATE_ARTIFACT_SECONDS", "1");
    let acted = job.uses("gate: test");
    acted
        .expect(4)
        .says("lint is not proven")
        .says("it was not complete after 1 s");
    assert_eq!(downloads(), before + 1, "of two parcels");
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
}
