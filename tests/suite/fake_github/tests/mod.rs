//! What the fake does that the crate's client does not ask for (yet).

mod artifacts;
mod checks;

use axum::http::HeaderMap;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::{Branches, FakeGitHub, Fault, Service, Token};
use crate::project::Project;

const SHA: &str = "cccccccccccccccccccccccccccccccccccccccc";

/// Somebody who asks the fake.
struct Asker<'a> {
    fake: &'a FakeGitHub,
    token: String,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl<'a> Asker<'a> {
    fn new(fake: &'a FakeGitHub, token: Token) -> Self {
        let token = fake.token(token);
        Self { fake, token }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let url = format!("{}{path}", self.fake.api_url());
        let mut request = client().request(method, url).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        Answer::of(request).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }
}

impl Answer {
    async fn of(request: reqwest::RequestBuilder) -> Self {
        let answer = request.send().await.unwrap();
        Self {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default(),
        }
    }

    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

fn client() -> Client {
    let nowhere = reqwest::redirect::Policy::none();
    Client::builder()
        .redirect(nowhere)
        .user_agent("a test")
        .build()
        .unwrap()
}

fn github() -> FakeGitHub {
    let fake = FakeGitHub::start();
    fake.commit(SHA, "alice")
        .workflow_run(77, "push", SHA, "alice");
    fake
}

#[tokio::test]
async fn every_other_route_answers_as_described() {
    let fake = github();
    fake.workflow_job(77, "build", Some("success"))
        .workflow_job(77, "test", None)
        .environment("production", &["bob"])
        .change_environment("production", |environment| {
            let patterns = vec!["release/*".to_owned()];
            environment.branches = Branches::Custom(patterns);
        })
        .environment("staging", &[])
        .change_environment("staging", |environment| {
            environment.branches = Branches::Protected;
        })
        .change_run(77, |run| run.waits_for.push("production".to_owned()))
        .pull_request(5, "bob", &[SHA])
        .require_check("main", "test", None)
        .tag("v1", SHA)
        .artifact(77, "ledger", b"zip");
    let job = fake.look().jobs[0].id;
    let ruleset = fake.look().rules[0].ruleset;
    let asker = Asker::new(&fake, Token::workflow());
    for (path, pointer, expect) in [
        ("actions/runs?head_sha=x", "/total_count", json!(0)),
        (
            "actions/runs?event=push&status=in_progress",
            "/total_count",
            json!(1),
        ),
        ("actions/runs/77/attempts/1", "/run_attempt", json!(1)),
        (
            "actions/runs/77/attempts/1/jobs",
            "/jobs/1/conclusion",
            json!(null),
        ),
        ("actions/runs/77/jobs?filter=all", "/total_count", json!(2)),
        (&format!("actions/jobs/{job}"), "/name", json!("build")),
        (&format!("check-runs/{job}"), "/status", json!("completed")),
        (
            "actions/runs/77/pending_deployments",
            "/0/environment/name",
            json!("production"),
        ),
        (
            "environments/production/deployment-branch-policies",
            "/total_count",
            json!(1),
        ),
        (
            "environments/staging",
            "/deployment_branch_policy/protected_branches",
            json!(true),
        ),
        (
            &format!("commits/{SHA}/pulls"),
            "/0/user/login",
            json!("bob"),
        ),
        ("rulesets", "/0/enforcement", json!("active")),
        (
            &format!("rulesets/{ruleset}"),
            "/rules/0/type",
            json!("required_status_checks"),
        ),
        ("git/matching-refs/tags/v", "/0/ref", json!("refs/tags/v1")),
        ("actions/artifacts?name=ledger", "/total_count", json!(1)),
        (
            &format!("actions/artifacts/{}", fake.artifacts()[0].id),
            "/size_in_bytes",
            json!(3),
        ),
    ] {
        let answer = asker.get(&format!("/repos/acme/shop/{path}")).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert_eq!(answer.body.pointer(pointer), Some(&expect), "{path}");
    }
    let answer = asker
        .get("/repos/acme/shop/actions/runs/77/attempts/2")
        .await;
    assert_eq!(answer.status, 404);
    let answer = asker.get("/rate_limit").await;
    assert_eq!(answer.body["rate"]["remaining"], 1000 - 17);
}

#[tokio::test]
async fn pages_are_linked() {
    let fake = github();
    for number in 0..5 {
        fake.environment(&format!("e{number}"), &[]);
    }
    let asker = Asker::new(&fake, Token::workflow());
    let path = "/repos/acme/shop/environments?per_page=2&page=2";
    let answer = asker.get(path).await;
    assert_eq!(answer.body["total_count"], 5);
    assert_eq!(answer.body["environments"][0]["name"], "e2");
    let next = path.replace("&page=2", "&page=3");
    let next = format!("<{}{next}>; rel=\"next\"", fake.api_url());
    assert_eq!(answer.header("link"), next);
    let last = asker
        .get("/repos/acme/shop/environments?per_page=2&page=3")
        .await;
    assert!(!last.headers.contains_key("link"));
}

#[tokio::test]
async fn what_has_not_changed_costs_nothing() {
    let fake = github();
    let asker = Asker::new(&fake, Token::workflow());
    let path = format!("{}/repos/acme/shop", fake.api_url());
    let first = asker.get("/repos/acme/shop").await;
    assert_eq!(first.header("x-ratelimit-remaining"), "999");
    let again = client().get(&path).bearer_auth(&asker.token);
    let again = Answer::of(again.header("if-none-match", first.header("etag"))).await;
    assert_eq!((again.status, again.body), (304, Value::Null));
    assert_eq!(again.headers["x-ratelimit-remaining"], "999");
    fake.change(|repository| repository.is_private = true);
    let changed = client().get(&path).bearer_auth(&asker.token);
    let changed = Answer::of(changed.header("if-none-match", first.header("etag"))).await;
    assert_eq!(changed.status, 200);
}

#[test]
fn a_step_has_the_environment_of_its_event() {
    let fake = github();
    let project = Project::new("gates:\n  open:\n    checks:\n      a: { run: \"true\" }\n");
    let step = fake.step(&project, 77, 1);
    assert_eq!(step.environment["GITHUB_REF"], "refs/heads/main");
    assert_eq!(step.environment["GITHUB_SHA"], project.head());
    let step = step.tag("v1").with("MORE", "1").without("GITHUB_TOKEN");
    assert_eq!(step.environment["GITHUB_REF"], "refs/tags/v1");
    assert_eq!(step.environment["MORE"], "1");
    assert!(!step.environment.contains_key("GITHUB_TOKEN"));
    step.call(&project, "status").run().expect(0);
    assert_eq!(step.output() + &step.summary(), "");
    for (event, pointer) in [
        ("push", "/after"),
        ("merge_group", "/merge_group/head_sha"),
        ("workflow_run", "/workflow_run/head_sha"),
        ("pull_request", "/pull_request/head/sha"),
    ] {
        fake.change_run(77, |run| run.event = event.to_owned());
        let step = fake.step(&project, 77, 1);
        let file = std::fs::read_to_string(step.file("GITHUB_EVENT_PATH")).unwrap();
        let payload: Value = serde_json::from_str(&file).unwrap();
        assert_eq!(payload.pointer(pointer), Some(&json!(SHA)), "{event}");
        tollgate::github::event::WorkflowEvent::read(event, &file).unwrap();
        let context = tollgate::github::context::ActionsContext::read(&step.environment);
        let context = context.unwrap().unwrap();
        assert!(context.is_hosted() && context.artifacts.is_some());
    }
}

#[tokio::test]
async fn the_journal_says_what_was_asked_and_keeps_no_credentials() {
    let fake = github();
    let asker = Asker::new(&fake, Token::workflow());
    fake.fail("GET", "/repos/acme/shop", Fault::status(500), 1);
    asker.get("/repos/acme/shop").await;
    asker.get("/repos/acme/shop/environments?page=2").await;
    let other = fake.repository("acme/other");
    other.commit(SHA, "alice");
    asker.get("/repos/acme/other").await;
    let journal = fake.journal();
    let lines: Vec<_> = journal.iter().map(super::Call::line).collect();
    let expect = [
        "GET /repos/acme/shop",
        "GET /repos/acme/shop/environments",
        "GET /repos/acme/other",
    ];
    assert_eq!(lines, expect);
    assert_eq!(journal[0].status, None);
    assert_eq!(journal[1].query, "page=2");
    assert!(journal[1].is_authorized && journal[1].service == Service::Rest);
    assert_eq!((&journal[1].body, journal[1].size), (&Value::Null, 0));
    assert_eq!(journal[0].headers["user-agent"], "a test");
    assert!(!format!("{journal:?}").contains(&asker.token));
    assert_eq!(fake.calls(), 3);
}

#[tokio::test]
async fn a_request_without_a_sender_or_of_another_time_is_refused() {
    let fake = github();
    let asker = Asker::new(&fake, Token::workflow());
    let url = format!("{}/repos/acme/shop", fake.api_url());
    let nameless = Client::new().get(&url).bearer_auth(&asker.token);
    assert_eq!(Answer::of(nameless).await.status, 403);
    let dated = client().get(&url).bearer_auth(&asker.token);
    let dated = dated.header("x-github-api-version", "2019-01-01");
    assert_eq!(Answer::of(dated).await.status, 400);
    assert_eq!(fake.take_violations().len(), 2);
}

#[tokio::test]
#[should_panic(expected = "GitHub has no such endpoint")]
async fn a_request_that_github_does_not_know_fails_the_test() {
    let fake = github();
    let asker = Asker::new(&fake, Token::workflow());
    asker.get("/repos/acme/shop/verdicts").await;
}
