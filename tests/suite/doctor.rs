//! `tollgate doctor`: workflow files, settings of a GitHub on loopback, and what it says of them.

use std::os::unix::fs::symlink;

use serde_json::{Value, json};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::project::{Call, Outcome, Project};

const POLICY: &str = "pipeline:
  lint: { checks: { a: { run: \"true\" } } }
  test: { checks: { a: { run: \"true\" } } }
budgets: { pipeline: 30m }
";

const CLEAN: &str = "on: [pull_request, merge_group]
jobs:
  gate:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    permissions: { contents: read, checks: write }
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1
        with: { persist-credentials: false }
      - uses: acme/tollgate@3d3c42e5aac5ba805825da76410c181273ba90b1
";

const BAD: &str = "on: push
jobs:
  lint: { permissions: {}, timeout-minutes: 5, steps: [{ run: tollgate run lint }] }
  test:
    permissions: {}
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@v4
      - run: tollgate run test || true
";

fn project(workflow: &str) -> Project {
    let project = Project::new(POLICY);
    project.write(".github/workflows/ci.yml", workflow);
    project
}

/// The findings as `rule place`.
fn found(outcome: &Outcome) -> Vec<String> {
    let document = outcome.json();
    assert_eq!(document["schema"], "tollgate.doctor/v1");
    let findings = document["findings"].as_array().unwrap().iter();
    let shown = findings.map(|finding| {
        let rule = finding["rule"].as_str().unwrap();
        match (&finding["file"], &finding["setting"]) {
            (Value::String(file), _) => format!("{rule} {file}:{}", finding["line"]),
            (_, setting) => format!("{rule} {}", setting.as_str().unwrap()),
        }
    });
    shown.collect()
}

#[test]
fn a_clean_repository_is_clean_and_says_what_was_not_asked() {
    let project = project(CLEAN);
    let outcome = project.tollgate("doctor --offline");
    outcome
        .expect(0)
        .says("settings-not-read")
        .says("0 errors, 0 warnings, 1 note");
    assert!(!project.exists(".tollgate"), "it writes nothing");
}

#[test]
fn our_own_workflows_are_clean() {
    let project = Project::new(POLICY);
    let own = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/workflows");
    let mut count = 0;
    for entry in std::fs::read_dir(own).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        project.write(&format!(".github/workflows/{name}"), &text);
        count += 1;
    }
    assert!(count > 0);
    let outcome = project.tollgate("doctor --offline --format json");
    outcome.expect(0);
    assert_eq!(
        found(&outcome),
        ["settings-not-read settings of the repository"]
    );
}

#[test]
fn findings_have_lines_and_exit_1() {
    let project = project(BAD);
    let outcome = project.tollgate("doctor --offline --format json");
    outcome.expect(1);
    let file = ".github/workflows/ci.yml";
    assert_eq!(
        found(&outcome),
        [
            format!("missing-needs {file}:4"),
            format!("failure-ignored {file}:9"),
            format!("missing-permission {file}:5"),
            format!("unpinned-action {file}:8"),
            "settings-not-read settings of the repository".to_owned(),
        ]
    );
}

#[test]
fn github_gets_annotations_and_code_scanning_gets_sarif() {
    let project = project(BAD);
    let outcome = project.tollgate("doctor --offline --format github");
    let place = "::error file=.github/workflows/ci.yml,line=9,title=failure-ignored::";
    outcome.expect(1).says(place);
    let outcome = project.tollgate("doctor --offline --format sarif");
    outcome.expect(1);
    let run = &outcome.json()["runs"][0];
    let results = run["results"].as_array().unwrap();
    let ignored = results
        .iter()
        .find(|result| result["ruleId"] == "failure-ignored")
        .unwrap();
    assert_eq!(ignored["level"], "error");
    let physical = &ignored["locations"][0]["physicalLocation"];
    assert_eq!(physical["region"]["startLine"], 9);
    assert_eq!(
        physical["artifactLocation"]["uri"],
        ".github/workflows/ci.yml"
    );
}

#[test]
fn sarif_is_for_this_command_only() {
    let project = project(CLEAN);
    for command in ["status", "run", "ledger log", "policy check"] {
        let outcome = project.tollgate(&format!("{command} --format sarif"));
        outcome.expect(2).says("doctor");
        assert_eq!(outcome.stdout, "");
    }
}

#[test]
fn what_cannot_be_read_is_a_finding_and_never_passed_over() {
    let project = project("on: push\njobs:\n\ta: {}\n");
    project.write(
        ".github/workflows/later.yaml",
        "on: push\njobs: {}\n---\nx: y\n",
    );
    project.write(".github/workflows/empty.yml", "");
    project.write(".github/workflows/large.yml", &"# x\n".repeat(300_000));
    project.write(".github/workflows/notes.txt", "[");
    project.write(".github/workflows/deeper/x.yml", "[");
    let bytes = [b"on: push\njobs: {}\n# ".as_slice(), &[0xff]].concat();
    std::fs::write(project.path(".github/workflows/bytes.yml"), bytes).unwrap();
    let outside = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(outside.path(), CLEAN).unwrap();
    symlink(outside.path(), project.path(".github/workflows/link.yml")).unwrap();
    symlink("nowhere", project.path(".github/workflows/dangling.yml")).unwrap();
    let outcome = project.tollgate("doctor --offline --format json");
    outcome.expect(1);
    let mut found = found(&outcome);
    found.retain(|finding| finding.starts_with("workflow-unreadable"));
    let names = [
        "bytes.yml:3",
        "ci.yml:3",
        "dangling.yml:1",
        "empty.yml:1",
        "large.yml:1",
        "later.yaml:3",
        "link.yml:1",
    ];
    let expected = names.map(|name| format!("workflow-unreadable .github/workflows/{name}"));
    assert_eq!(found, expected);
    outcome.says("leads out of the project's directory");
}

#[test]
fn a_missing_or_wrong_policy_is_a_usage_error() {
    let project = Project::empty();
    project.write(".github/workflows/ci.yml", CLEAN);
    project
        .tollgate("doctor --offline")
        .expect(2)
        .says("there is no policy");
    project.write(
        ".github/tollgate.yml",
        "version: 1\nproject: x\npipelin: {}\n",
    );
    project
        .tollgate("doctor --offline")
        .expect(2)
        .says("pipelin");
}

#[test]
fn a_project_in_a_folder_is_judged_by_the_repositorys_workflows() {
    let project = Project::empty();
    let policy = format!("version: 1\nproject: api\n{POLICY}");
    project.write("services/api/.github/tollgate.yml", &policy);
    let call = "on: push\njobs: {a: {permissions: {}, timeout-minutes: 5, steps: [{run: tollgate -C services/api run lint || true}, {run: tollgate -C services/web run lint || true}]}}\n";
    project.write(".github/workflows/ci.yml", call);
    let outcome = project.tollgate("doctor --offline --format json -C services/api");
    outcome.expect(1);
    assert_eq!(
        found(&outcome)[0],
        "failure-ignored .github/workflows/ci.yml:2"
    );
    assert_eq!(outcome.json()["errors"], 1);
}

#[test]
fn an_action_of_the_repository_that_runs_tollgate_is_followed() {
    let local = "on: push\njobs: {a: {permissions: {}, timeout-minutes: 5, steps: [{uses: ./.github/actions/gates, with: {gate: lint}, continue-on-error: true}]}}\n";
    let project = project(local);
    let faults = |count: u32| {
        let outcome = project.tollgate("doctor --offline --format json");
        assert_eq!(outcome.json()["errors"], count, "{}", outcome.all());
    };
    faults(0);
    let action =
        "runs: {using: docker, image: Dockerfile, entrypoint: /tollgate, args: [action]}\n";
    project.write(".github/actions/gates/action.yml", action);
    faults(1);
}

#[test]
fn secrets_are_masked() {
    let project = project("on: push\njobs: {a: {steps: [{uses: 'x/hunter2-secret@v1'}]}}\n");
    for format in ["human", "github", "json", "sarif"] {
        let call = project.call("doctor --offline --format").arg(format);
        let outcome = call.env("SHOP_TOKEN", "hunter2-secret").run();
        outcome.expect(1).says("[masked:secret]");
        assert!(!outcome.all().contains("hunter2-secret"), "{format}");
    }
}

/// A GitHub that knows one repository.
struct GitHub {
    runtime: tokio::runtime::Runtime,
    server: MockServer,
}

impl GitHub {
    fn new() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let server = runtime.block_on(MockServer::start());
        Self { runtime, server }
    }

    fn answers(&self, route: &str, status: u16, body: Value) -> &Self {
        let mock = Mock::given(method("GET"))
            .and(path(format!("/api/v3/repos/acme/shop{route}")))
            .and(header("authorization", "Bearer t0ken-of-a-job"))
            .respond_with(ResponseTemplate::new(status).set_body_json(body))
            .expect(1);
        self.runtime.block_on(mock.mount(&self.server));
        self
    }

    fn repository(&self) -> &Self {
        let body = json!({"id": 1, "default_branch": "main", "private": false});
        self.answers("", 200, body)
    }

    fn environments(&self) -> &Self {
        self.answers(
            "/environments",
            200,
            json!({"total_count": 0, "environments": []}),
        )
    }

    fn rules(&self, rules: Value) -> &Self {
        self.answers("/rules/branches/main", 200, rules)
    }

    fn protection(&self, enabled: bool, checks: Value) -> &Self {
        let checks = json!({"enforcement_level": "everyone", "contexts": [], "checks": checks});
        let protection = json!({"enabled": enabled, "required_status_checks": checks});
        let body = json!({"name": "main", "protected": enabled, "protection": protection});
        self.answers("/branches/main", 200, body)
    }

    fn call(&self, project: &Project, arguments: &str) -> Call {
        let call = project.call(&format!("doctor {arguments}"));
        call.env("GITHUB_API_URL", &format!("{}/api/v3", self.server.uri()))
            .env("GITHUB_REPOSITORY", "acme/shop")
            .env("GH_TOKEN", "t0ken-of-a-job")
    }

    /// Calls the doctor; every answer was fetched once.
    fn doctor(&self, project: &Project) -> Outcome {
        let outcome = self.call(project, "--format json").run();
        self.runtime.block_on(self.server.verify());
        outcome
    }
}

fn required(checks: Value, more: &[Value]) -> Value {
    let rule =
        json!({"type": "required_status_checks", "parameters": {"required_status_checks": checks}});
    let all: Vec<Value> = std::iter::once(rule).chain(more.iter().cloned()).collect();
    Value::Array(all)
}

#[test]
fn good_settings_are_clean() {
    let github = GitHub::new();
    let checks = json!([{"context": "tollgate / test", "integration_id": 15368}]);
    github
        .repository()
        .environments()
        .rules(required(checks, &[]))
        .protection(false, json!([]));
    let outcome = github.doctor(&project(CLEAN));
    outcome.expect(0);
    assert_eq!(found(&outcome), Vec::<String>::new());
    assert_eq!(outcome.json()["complete"], true);
}

#[test]
fn the_older_protection_of_branches_counts_too() {
    let github = GitHub::new();
    let checks = json!([{"context": "tollgate / test", "app_id": -1}]);
    github
        .repository()
        .environments()
        .rules(json!([]))
        .protection(true, checks);
    let outcome = github.doctor(&project(CLEAN));
    outcome.expect(1);
    let place = "rules for main › required status checks";
    assert_eq!(found(&outcome), [format!("check-from-any-app {place}")]);
}

#[test]
fn wrong_rules_of_the_default_branch_are_found() {
    let github = GitHub::new();
    let checks = json!([{"context": "tollgate / tset"}]);
    let queue = json!({"type": "merge_queue", "parameters": {"check_response_timeout_minutes": 5}});
    github
        .repository()
        .environments()
        .rules(required(checks, &[queue]))
        .protection(false, json!([]));
    let outcome = github.doctor(&project(CLEAN));
    outcome.expect(1);
    let place = "rules for main › required status checks";
    assert_eq!(
        found(&outcome),
        [
            format!("check-unknown {place}"),
            "queue-too-short rules for main › merge queue".to_owned(),
            format!("check-from-any-app {place}"),
            format!("check-not-required {place}"),
        ]
    );
}

#[test]
fn an_environment_that_github_does_not_have_is_found() {
    let github = GitHub::new();
    let checks = json!([{"context": "gate", "integration_id": 15368}]);
    github
        .repository()
        .rules(required(checks, &[]))
        .protection(false, json!([]));
    let environment =
        json!({"name": "staging", "protection_rules": [], "deployment_branch_policy": null});
    github.answers("/environments", 200, json!({"environments": [environment]}));
    let project = project(&format!(
        "{CLEAN}  one: {{ environment: Staging, steps: [] }}\n  two: {{ environment: preview, steps: [] }}\n"
    ));
    let outcome = github.doctor(&project);
    outcome.expect(1);
    assert_eq!(
        found(&outcome),
        ["environment-unknown .github/workflows/ci.yml:12"]
    );
}

#[test]
fn what_the_token_may_not_read_is_a_finding_with_its_permission() {
    let github = GitHub::new();
    github.repository().rules(json!([]));
    let forbidden = json!({"message": "Resource not accessible by integration"});
    github.answers("/environments", 403, forbidden);
    github.answers("/branches/main", 404, json!({"message": "Not Found"}));
    let outcome = github.doctor(&project(CLEAN));
    outcome
        .expect(1)
        .says("actions: read")
        .says("contents: read");
    assert_eq!(
        found(&outcome),
        [
            "setting-unreadable environments",
            "setting-unreadable protection of main"
        ]
    );
}

#[test]
fn a_github_that_cannot_be_asked_is_exit_4_and_the_files_are_judged() {
    let github = GitHub::new();
    github.answers("", 401, json!({"message": "Bad credentials"}));
    let project = project(BAD);
    let outcome = github.doctor(&project);
    outcome.expect(4).says("Bad credentials");
    assert_eq!(outcome.json()["complete"], false);
    assert!(found(&outcome).contains(&"unpinned-action .github/workflows/ci.yml:8".to_owned()));
    let outcome = project
        .call("doctor --format sarif")
        .env("GITHUB_REPOSITORY", "acme/shop")
        .run();
    outcome.expect(4).says("there is no token");
    assert_eq!(
        outcome.json()["runs"][0]["invocations"][0]["executionSuccessful"],
        false
    );
    let nobody = GitHub::new().call(&project, "--offline").run();
    nobody.expect(1).says("settings-not-read");
}

#[test]
fn an_answer_that_makes_no_sense_is_exit_4() {
    let github = GitHub::new();
    github
        .repository()
        .answers("/environments", 200, json!({"environments": 7}));
    let outcome = github.doctor(&project(CLEAN));
    outcome.expect(4).says("environments");
}

#[test]
fn an_unknown_repository_is_a_usage_error() {
    let project = project(CLEAN);
    let outcome = project.call("doctor").env("GITHUB_TOKEN", "x").run();
    outcome.expect(2).says("--repository");
}
