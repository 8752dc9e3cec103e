//! `tollgate promote` and `tollgate deployed`.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::project::{Call, Outcome, Project, codes};

const POLICY: &str = r#"
pipeline:
  lint: { checks: { a: { run: "true" } } }
  test: { checks: { b: { run: "test -f good" } } }
environments:
  staging: { gates: [lint] }
  production:
    gates: [test]
    after: [staging]
    approvals: { from: ["user:bob"], prevent-self-approval: true, max-age: 24h }
"#;

const OPEN: &str = r#"
pipeline: { lint: { checks: { a: { run: "true" } } } }
environments: { staging: { gates: [lint] }, production: { gates: [lint], after: staging } }
"#;

/// An environment of a status document.
fn environment<'a>(status: &'a Value, id: &str) -> &'a Value {
    let environments = status["environments"].as_array().unwrap();
    environments.iter().find(|it| it["id"] == id).unwrap()
}

#[test]
fn status_shows_which_environments_are_open() {
    let project = Project::new(POLICY);
    project.tollgate("run").expect(1).says("Environments");
    let status = project.status();
    let staging = environment(&status, "staging");
    assert_eq!(
        (&staging["eligible"], codes(staging)),
        (&json!(true), vec![])
    );
    let production = environment(&status, "production");
    assert_eq!(production["eligible"], false);
    let expect = ["gate_failed", "deployment_missing", "approval_missing"];
    assert_eq!(codes(production), expect);
    assert_eq!(production["reasons"][0]["gate"], "test");
    let shown = project.tollgate("status");
    shown
        .expect(0)
        .says("staging  eligible")
        .says("production  not eligible");
    let summary = std::fs::read_to_string(project.newest_run().join("summary.md")).unwrap();
    assert!(
        summary.contains("| **production** | ⏸ not eligible |"),
        "{summary}"
    );
}

#[test]
fn a_release_goes_where_its_gates_let_it() {
    let project = Project::new(OPEN);
    project
        .tollgate("promote staging")
        .expect(3)
        .says("lint is pending")
        .says("tollgate run lint");
    project.tollgate("run").expect(0);
    project
        .tollgate("promote staging")
        .expect(0)
        .says("eligible: staging")
        .says("tollgate deployed staging");
    project
        .tollgate("promote production")
        .expect(3)
        .says("(deployment_missing)");
    project
        .tollgate("deployed staging --status failed --by alice")
        .expect(0)
        .says("staging failed");
    project
        .tollgate("promote production")
        .expect(3)
        .says("(deployment_failed)");
    project
        .tollgate("deployed staging --status passed --by alice")
        .expect(0);
    let promoted = project.tollgate("promote production --format json");
    let document = promoted.expect(0).json();
    assert_eq!(document["schema"], "tollgate.status/v1");
    assert_eq!(environment(&document, "production")["eligible"], true);
    project.commit("another");
    project.tollgate("promote staging").expect(3);
}

#[test]
fn a_deployment_is_two_events_of_one_name() {
    let project = Project::new(OPEN);
    let digest = format!("sha256:{}", "ab".repeat(32));
    let recorded = project
        .call("deployed staging --status passed --by")
        .arg("Alice A")
        .arg("--digest")
        .arg(&digest)
        .run();
    recorded.expect(0);
    let log = project.tollgate("ledger log --format json");
    let events: Vec<Value> = log
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let kinds: Vec<_> = events
        .iter()
        .map(|it| it["event"]["event_type"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            "release_created",
            "deployment_started",
            "deployment_finished"
        ]
    );
    let payload = |number: usize| &events[number]["event"]["payload"];
    assert_eq!(payload(1)["deployment_id"], payload(2)["deployment_id"]);
    assert_eq!(
        (&payload(2)["digest"], &payload(2)["status"]),
        (&json!(digest), &json!("passed"))
    );
    assert_eq!(events[2]["event"]["actor"], "Alice A");
    assert!(project.newest_run().join("manifest.json").is_file());
    assert!(project.newest_run().join("log.jsonl").is_file());
    project.tollgate("ledger verify").expect(0);
}

#[test]
fn wrong_names_and_words_are_usage_errors() {
    let project = Project::new(OPEN);
    project
        .tollgate("promote prodcution")
        .expect(2)
        .says("did you mean production?");
    project
        .tollgate("promote x")
        .expect(2)
        .says("it has staging, production");
    project.tollgate("promote").expect(2);
    project.tollgate("promote a/b").expect(2);
    project
        .tollgate("deployed stagin --status passed --by a")
        .expect(2)
        .says("staging");
    project
        .tollgate("deployed staging --status good --by a")
        .expect(2);
    project
        .tollgate("deployed staging --status passed")
        .expect(2);
    project
        .call("deployed staging --status passed --by")
        .arg("")
        .run()
        .expect(2);
    project
        .call("deployed staging --status passed --by")
        .arg(" ")
        .run()
        .expect(2);
    project
        .tollgate("deployed staging --status passed --by a --digest latest")
        .expect(2);
    let bare = Project::new("pipeline: { lint: { checks: { a: { run: x } } } }");
    bare.tollgate("promote production")
        .expect(2)
        .says("no `environments`");
    assert!(
        !project.exists(".tollgate/ledger.db"),
        "nothing was recorded"
    );
}

/// What the server says of the environment, the run, its reviews and the commit.
struct GitHub {
    _runtime: Runtime,
    address: SocketAddr,
    reviews: Arc<Mutex<Value>>,
}

impl GitHub {
    fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let reviews = Arc::new(Mutex::new(json!([])));
        let told = Arc::clone(&reviews);
        let answers = Router::new().fallback(async move |uri: Uri| answer(&uri, &told));
        runtime.spawn(async move { axum::serve(listener, answers).await });
        Self {
            _runtime: runtime,
            address,
            reviews,
        }
    }

    fn review(&self, who: &str, state: &str) {
        let review = json!({
            "user": {"login": who}, "state": state, "comment": "ship it",
            "environments": [{"name": "production"}]
        });
        self.reviews
            .lock()
            .unwrap()
            .as_array_mut()
            .unwrap()
            .push(review);
    }

    fn call(&self, project: &Project, arguments: &str) -> Call {
        project
            .call(arguments)
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_REPOSITORY", "acme/shop")
            .env("GITHUB_SHA", &project.head())
            .env("GITHUB_RUN_ID", "77")
            .env("GITHUB_RUN_ATTEMPT", "1")
            .env("GITHUB_TOKEN", "t0ken-of-the-job")
            .env("GITHUB_API_URL", &format!("http://{}", self.address))
    }

    fn promote(&self, project: &Project) -> Outcome {
        self.call(project, "promote production").run()
    }
}

fn answer(uri: &Uri, reviews: &Mutex<Value>) -> Response {
    let path = uri.path();
    let answer = if path.ends_with("/environments/production") {
        json!({"name": "production", "protection_rules": [
            {"type": "required_reviewers", "prevent_self_review": true, "reviewers": [{"type": "User", "reviewer": {"login": "bob"}}]}
        ]})
    } else if path.ends_with("/actions/runs/77") {
        let now = jiff::Timestamp::now().to_string();
        json!({"id": 77, "event": "workflow_run", "head_sha": "x", "created_at": now, "actor": {"login": "carol"}})
    } else if path.ends_with("/actions/runs/77/approvals") {
        reviews.lock().unwrap().clone()
    } else if path.contains("/commits/") {
        json!({"author": {"login": "alice"}, "committer": null, "commit": {"author": null, "committer": null}})
    } else {
        return StatusCode::NOT_FOUND.into_response();
    };
    axum::Json(answer).into_response()
}

/// A release that passed its gates and stands on staging.
fn ready(github: &GitHub) -> Project {
    let project = Project::new(POLICY);
    project.write("good", "");
    project.commit("ready");
    github.call(&project, "run").run().expect(0);
    github
        .call(&project, "deployed staging --status passed --by carol")
        .run()
        .expect(0);
    project
}

#[test]
fn in_actions_a_review_of_the_run_opens_the_door() {
    let github = GitHub::start();
    let project = ready(&github);
    github
        .promote(&project)
        .expect(3)
        .says("approval_missing")
        .says("::error");
    github.review("Bob", "approved");
    github
        .promote(&project)
        .expect(0)
        .says("Bob approved: ship it");
    let document = github
        .call(&project, "promote production --format json")
        .run();
    let production = environment(&document.json(), "production").clone();
    assert_eq!(
        (&production["eligible"], &production["approvals"]["counted"]),
        (&json!(true), &json!(1))
    );
    github.review("bob", "rejected");
    github
        .promote(&project)
        .expect(3)
        .says("approval_rejected")
        .says("start a new run");
}

#[test]
fn in_actions_nothing_replaces_the_review() {
    let github = GitHub::start();
    let project = ready(&github);
    github.review("alice", "approved");
    github.promote(&project).expect(3).says("not_an_approver");
    let without = github
        .call(&project, "promote production")
        .env("GITHUB_TOKEN", "")
        .run();
    without.expect(3).says("no token");
    github
        .call(&project, "promote staging")
        .run()
        .expect(3)
        .says("no protection");
    let elsewhere = github
        .call(&project, "promote production --repository acme/other")
        .run();
    elsewhere.expect(2).says("acme/other");
}

#[test]
fn a_github_that_is_not_there_is_no_approval() {
    let github = GitHub::start();
    let project = ready(&github);
    let gone = github
        .call(&project, "promote production")
        .env("GITHUB_API_URL", "http://127.0.0.1:9");
    gone.run().expect(4).says("nothing was approved");
    assert!(project.newest_run().join("manifest.json").is_file());
}

#[test]
fn the_protection_of_an_environment_can_be_a_check() {
    let github = GitHub::start();
    let policy = |reviewers: u32| {
        format!(
            "gates: {{ G0: {{ checks: {{ it: {{ github: {{ environment: production, reviewers: {reviewers}, prevent-self-review: true }} }} }} }} }}"
        )
    };
    let good = Project::new(&policy(1));
    github.call(&good, "run G0").run().expect(0);
    let local = good.call("run G0 --force --repository acme/shop");
    let local = local.env("GITHUB_API_URL", &format!("http://{}", github.address));
    local.env("GH_TOKEN", "t0ken-of-mine").run().expect(0);
    let bare = good.call("run G0 --force").run();
    bare.expect(1)
        .says("GH_TOKEN")
        .says("environment_unreadable");
    let weak = Project::new(&policy(2));
    github
        .call(&weak, "run G0")
        .run()
        .expect(1)
        .says("1 required reviewers");
}
