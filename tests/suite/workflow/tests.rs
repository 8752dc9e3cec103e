//! The interpreter itself: which jobs and steps GitHub would run.

use super::{Conclusion, Run};
use crate::fake_github::FakeGitHub;
use crate::project::Project;

const PATH: &str = ".github/workflows/ci.yml";

fn scene(jobs: &str) -> (FakeGitHub, Project) {
    let github = FakeGitHub::start();
    let project = Project::empty();
    project.write(PATH, &format!("on: push\njobs:\n{jobs}"));
    project.commit("start");
    github.commit(&project.head(), "alice");
    github.workflow_run(77, "push", &project.head(), "carol");
    (github, project)
}

#[test]
fn a_failed_need_skips_a_job_unless_it_asks_how_things_went() {
    let (github, project) = scene(
        r#"
  bad: { steps: [{ run: exit 1 }] }
  after: { needs: bad, steps: [{ run: "true" }] }
  later: { needs: after, steps: [{ run: "true" }] }
  even-so: { needs: bad, if: always(), steps: [{ run: "true" }] }
  by-text: { needs: bad, if: github.event_name == 'push', steps: [{ run: "true" }] }
  mend: { needs: [after, even-so], if: "${{ failure() }}", steps: [{ run: "true" }] }
  good: { steps: [{ run: "true" }] }
  tell: { needs: [bad, good], if: "!cancelled() && needs.bad.result == 'failure'", steps: [{ run: "true" }] }
  other: { needs: good, if: github.event_name == 'pull_request', steps: [{ run: "true" }] }
  beyond: { needs: even-so, steps: [{ run: "true" }] }
"#,
    );
    let expect = "bad=failure after=skipped later=skipped even-so=success by-text=skipped \
                  mend=success good=success tell=success other=skipped beyond=skipped";
    assert_eq!(Run::of(&github, &project, PATH, 77).go(), expect);
}

#[test]
fn steps_go_on_after_a_failure_only_where_they_say_so() {
    let (github, project) = scene(
        r#"
  one:
    env: { COLOUR: red }
    steps:
      - { uses: actions/checkout@v7, with: { persist-credentials: false } }
      - { id: try, run: "echo got=it >>\"$GITHUB_OUTPUT\"; exit 1", continue-on-error: true }
      - { run: "echo ${{ steps.try.outcome }} ${{ steps.try.conclusion }} ${{ steps.try.outputs.got }}" }
      - { id: there, working-directory: .github, run: "ls; echo $COLOUR", env: { COLOUR: "${{ env.COLOUR }}dish" } }
      - { run: "exit 3 # bad" }
      - { run: echo skipped }
      - { if: failure(), run: echo mended }
      - { if: "${{ !cancelled() }}", run: "env | grep -c ^ACTIONS_ || echo no services" }
"#,
    );
    let mut run = Run::of(&github, &project, PATH, 77);
    assert_eq!(run.go(), "one=failure");
    let job = run.job("one");
    assert_eq!(job.step("echo failure").stdout, "failure success it\n");
    assert_eq!(job.step("ls;").stdout, "workflows\nreddish\n");
    assert_eq!(job.find("echo skipped").outcome, Conclusion::Skipped);
    assert_eq!(job.step("mended").stdout, "mended\n");
    assert_eq!(job.step("no services").stdout, "0\nno services\n");
}

#[test]
fn a_job_with_an_environment_waits_for_its_reviewers() {
    let (github, project) = scene(
        r#"
  deploy: { environment: production, steps: [{ run: exit 1 }] }
  preview: { environment: preview, steps: [{ run: "true" }] }
"#,
    );
    github.environment("production", &["bob"]);
    let mut run = Run::of(&github, &project, PATH, 77);
    assert_eq!(run.go(), "deploy=waiting preview=success");
    assert_eq!(github.look().runs[0].waits_for, ["production"]);
    assert_eq!(
        github.look().environments.len(),
        2,
        "GitHub makes what is missing"
    );
    github.approve(77, "production", "bob", "go");
    assert_eq!(run.go(), "deploy=failure preview=success");
    assert_eq!(run.rerun_failed("carol"), "deploy=waiting preview=success");
    github.reject(77, "production", "bob", "no");
    assert_eq!(run.go(), "deploy=failure preview=success");
    assert!(run.job("deploy").steps.is_empty());
}

#[test]
fn failed_jobs_and_what_they_skipped_are_run_again() {
    let (github, project) = scene(
        r#"
  one: { steps: [{ run: "echo $GITHUB_RUN_ATTEMPT" }] }
  two: { needs: one, steps: [{ run: "test $GITHUB_RUN_ATTEMPT = 2" }] }
  three: { needs: two, steps: [{ run: "echo $GITHUB_RUN_ATTEMPT" }] }
"#,
    );
    let mut run = Run::of(&github, &project, PATH, 77);
    assert_eq!(run.go(), "one=success two=failure three=skipped");
    let again = run.rerun_failed("bob");
    assert_eq!(again, "one=success two=success three=success");
    assert_eq!(run.job("one").step("echo").stdout, "1\n");
    assert_eq!(run.job("three").step("echo").stdout, "2\n");
    let jobs = github.look().jobs;
    let ends: Vec<_> = jobs
        .iter()
        .map(|job| (job.attempt, job.conclusion.as_deref().unwrap()))
        .collect();
    let expect = [
        (1, "success"),
        (1, "failure"),
        (1, "skipped"),
        (2, "success"),
        (2, "success"),
    ];
    assert_eq!(ends, expect);
}
