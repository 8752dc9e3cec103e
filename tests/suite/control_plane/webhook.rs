//! Jobs that wait at the App's protection rule, with a GitHub on this machine that delivers to the
//! real binary and is called back by it.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rustix::process::Signal;
use serde_json::{Value, json};
use sha2::Sha256;

use super::server::{Answer, RELEASE, SHA, Server, app_key, reported};
use crate::project::{Call, Project};
use crate::web::{Web, answer, ok};

pub(super) const SECRET: &str = "It's a Secret to Everybody";

/// How long an answer is awaited before the test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

const POLICY: &str = r#"
pipeline:
  lint: { checks: { ruff: { run: "true" } } }
gates:
  G1: { requires: [lint], checks: { journeys: { run: "true" } } }
environments:
  staging: { gates: [G1] }
  production: { gates: [lint], approvals: { minimum: 1, from: ["user:rita"], prevent-self-approval: true } }
"#;

/// A GitHub with one run that waits.
struct GitHub {
    web: Web,
    /// Every answer to the run, as it comes.
    answers: Receiver<Value>,
    /// How the next callbacks are answered; 204 when there is nothing more.
    trouble: Arc<Mutex<Vec<&'static str>>>,
    /// The policy on the default branch.
    policy: Arc<Mutex<Option<String>>>,
}

impl GitHub {
    fn start() -> Self {
        let trouble: Arc<Mutex<Vec<&'static str>>> = Arc::default();
        let policy: Arc<Mutex<Option<String>>> = Arc::default();
        let on_branch = Arc::clone(&policy);
        let (heard, answers) = channel();
        let (heard, next) = (Mutex::new(heard), Arc::clone(&trouble));
        let web = Web::start(move |_, request| {
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            let place = head.split(' ').nth(1).unwrap();
            match place.trim_start_matches("/repos/acme/shop/") {
                "/app/installations/9/access_tokens" if head.contains("Bearer ey") => {
                    answer("201 Created", "", "{\"token\": \"ghs_installation\"}")
                }
                "installation" if head.contains("Bearer ey") => ok("{\"id\": 9}"),
                _ if !head.contains("Bearer ghs_installation") => {
                    answer("401 Unauthorized", "", "{}")
                }
                "actions/runs/77/deployment_protection_rule" => {
                    let fault = next.lock().unwrap().pop();
                    if let Some(fault) = fault {
                        return answer(fault, "", "{\"message\": \"in trouble\"}");
                    }
                    heard
                        .lock()
                        .unwrap()
                        .send(serde_json::from_str(body).unwrap())
                        .unwrap();
                    answer("204 No Content", "", "")
                }
                "contents/.github/tollgate.yml" => match &*on_branch.lock().unwrap() {
                    Some(text) => ok(&json!({
                        "type": "file", "encoding": "base64", "content": STANDARD.encode(text),
                    })
                    .to_string()),
                    None => answer("404 Not Found", "", "{}"),
                },
                "actions/runs/77/pending_deployments" => {
                    ok("[{\"environment\": {\"name\": \"staging\"}}]")
                }
                "actions/runs/77" => ok(&run().to_string()),
                "actions/runs/77/approvals" => ok(&json!([{
                    "environments": [{"name": "production"}], "state": "approved",
                    "user": {"login": "rita"}, "comment": "go",
                }])
                .to_string()),
                place if place.starts_with("commits/") => ok(&json!({
                    "commit": {"author": {"name": "Alice", "email": "a@example.com"},
                        "committer": {"name": "Alice", "email": "a@example.com"}, "message": "m"},
                    "author": {"login": "alice"}, "committer": {"login": "alice"},
                })
                .to_string()),
                _ => answer("404 Not Found", "", "{}"),
            }
        });
        Self {
            web,
            answers,
            trouble,
            policy,
        }
    }

    /// The next answer to the run.
    #[track_caller]
    fn answered(&self, server: &Server) -> Value {
        let answer = self.answers.recv_timeout(PATIENCE);
        answer.unwrap_or_else(|_| panic!("the run is not answered:\n{}", server.log()))
    }

    /// How many answers were sent, heard or not.
    fn callbacks(&self) -> usize {
        let requests = self.web.requests();
        requests
            .iter()
            .filter(|it| it.contains("/deployment_protection_rule "))
            .count()
    }
}

fn run() -> Value {
    json!({
        "id": 77, "event": "push", "head_sha": SHA, "run_attempt": 1,
        "created_at": "2026-01-02T03:00:00Z", "actor": {"login": "alice", "type": "User"},
        "triggering_actor": {"login": "alice", "type": "User"},
    })
}

/// The delivery of a job that waits for an environment.
fn request(github: &GitHub, environment: &str) -> Value {
    json!({
        "action": "requested", "environment": environment, "event": "push",
        "deployment_callback_url":
            github.web.url("/repos/acme/shop/actions/runs/77/deployment_protection_rule"),
        "deployment": {"id": 1, "sha": SHA, "ref": "main", "created_at": jiff::Timestamp::now()},
        "repository": {"id": 42, "full_name": "acme/shop"}, "installation": {"id": 9},
        "sender": {"login": "alice"},
    })
}

fn review() -> Value {
    json!({
        "action": "approved", "approver": {"login": "Rita"}, "comment": "go",
        "since": "2026-01-02T03:05:00Z", "workflow_job_runs": [{"environment": "Production"}],
        "workflow_run": run(), "repository": {"id": 42, "full_name": "acme/shop"},
    })
}

pub(super) fn signature(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let bytes = mac.finalize().into_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

fn call(project: &Project, github: &GitHub) -> Call {
    let call = "serve --listen 127.0.0.1:0 --policy .github/tollgate.yml -v";
    as_app(project, github, call)
}

/// A call with the settings of an App.
fn as_app(project: &Project, github: &GitHub, call: &str) -> Call {
    app_key(project);
    project
        .call(call)
        .env("TOLLGATE_WEBHOOK_SECRET", SECRET)
        .env("TOLLGATE_GITHUB_APP_ID", "Iv1.0123")
        .env("TOLLGATE_GITHUB_APP_PRIVATE_KEY_FILE", "app.pem")
        .env("GITHUB_API_URL", &github.web.url(""))
}

struct Scene {
    project: Project,
    github: GitHub,
    server: Server,
}

impl Scene {
    fn start() -> Self {
        let (project, github) = (Project::new(POLICY), GitHub::start());
        let server = Server::of(call(&project, &github));
        Self {
            project,
            github,
            server,
        }
    }

    fn send(&self, id: &str, event: &str, body: &str, signature: &str) -> Answer {
        let request = self.server.request("POST", "/v1/github/webhook", "");
        let request = request
            .header("X-GitHub-Delivery", id)
            .header("X-GitHub-Event", event)
            .header("X-Hub-Signature-256", signature);
        self.server.send(request.body(body.to_owned()))
    }

    /// Delivers as GitHub does.
    #[track_caller]
    fn deliver(&self, id: &str, event: &str, body: &Value) {
        let body = body.to_string();
        self.send(id, event, &body, &signature(SECRET, &body))
            .expect(202);
    }

    #[track_caller]
    fn wait_for(&self, environment: &str) {
        let body = request(&self.github, environment);
        self.deliver(environment, "deployment_protection_rule", &body);
    }

    fn report_release(&self) {
        self.server.create_release();
    }

    #[track_caller]
    fn report(&self, check: &str, status: &str) {
        self.server.post("ci", &reported(check, status)).expect(200);
    }
}

#[test]
fn a_release_that_is_eligible_is_approved_when_it_has_become_so() {
    let scene = Scene::start();
    scene.wait_for("staging");
    scene.report("lint/ruff", "passed");
    scene.report("G1/journeys", "passed");
    let answer = scene.github.answered(&scene.server);
    assert_eq!(
        (&answer["environment_name"], &answer["state"]),
        (&"staging".into(), &"approved".into())
    );
    assert_eq!(
        scene.github.callbacks(),
        1,
        "nothing was answered while it waited"
    );
    let log = scene.server.stop();
    assert!(
        !log.contains("ghs_installation") && !log.contains(SECRET),
        "{log}"
    );
    let call = "ledger log --all --format json --ledger sqlite:.tollgate/ledger.db";
    scene
        .project
        .tollgate(call)
        .expect(0)
        .says("protection_rule_requested");
}

#[test]
fn a_failed_gate_rejects_with_the_reason() {
    let scene = Scene::start();
    scene.wait_for("staging");
    scene.report("lint/ruff", "passed");
    scene.report("G1/journeys", "failed");
    let answer = scene.github.answered(&scene.server);
    assert_eq!(answer["state"], "rejected");
    let comment = answer["comment"].as_str().unwrap();
    assert!(
        comment.contains("G1 is failed") && comment.contains("`gate_failed`"),
        "{comment}"
    );
    assert!(comment.chars().count() <= 1024);
}

#[test]
fn an_environment_that_the_policy_does_not_have_is_rejected() {
    let scene = Scene::start();
    scene.wait_for("moon");
    let answer = scene.github.answered(&scene.server);
    assert_eq!(
        (&answer["environment_name"], &answer["state"]),
        (&"moon".into(), &"rejected".into())
    );
}

#[test]
fn trouble_at_github_never_answers_twice_and_never_loses_the_answer() {
    let scene = Scene::start();
    scene
        .github
        .trouble
        .lock()
        .unwrap()
        .extend(["500 Internal Server Error", "502 Bad Gateway"]);
    scene.report_release();
    scene.report("lint/ruff", "passed");
    scene.report("G1/journeys", "passed");
    scene.wait_for("staging");
    assert_eq!(scene.github.answered(&scene.server)["state"], "approved");
    assert_eq!(scene.github.callbacks(), 3);
}

#[test]
fn a_review_becomes_an_approval_and_github_says_who_made_the_release() {
    let scene = Scene::start();
    scene.wait_for("production");
    scene.report("lint/ruff", "passed");
    scene.deliver("review", "deployment_review", &review());
    let answer = scene.github.answered(&scene.server);
    assert_eq!(
        (&answer["environment_name"], &answer["state"]),
        (&"production".into(), &"approved".into())
    );
    let status = scene
        .server
        .get(&format!("/v1/releases/{RELEASE}"), "otto")
        .json();
    let production = &status["environments"][1];
    assert_eq!(
        (&production["id"], &production["eligible"]),
        (&"production".into(), &true.into())
    );
}

#[test]
fn what_waits_is_not_forgotten_when_the_server_is_killed() {
    let scene = Scene::start();
    scene.wait_for("staging");
    scene.report("lint/ruff", "passed");
    scene.server.signal(Signal::KILL);
    scene.server.ended();
    let server = Server::of(call(&scene.project, &scene.github));
    server
        .post("ci", &reported("G1/journeys", "passed"))
        .expect(200);
    assert_eq!(scene.github.answered(&server)["state"], "approved");
    server.stop();
    let again = Server::of(call(&scene.project, &scene.github));
    again
        .post("ci", &reported("lint/other", "passed"))
        .expect(200);
    again.stop();
    assert_eq!(
        scene.github.callbacks(),
        1,
        "what was answered is not answered again"
    );
}

#[test]
fn a_delivery_is_kept_once_and_only_when_it_is_signed() {
    let scene = Scene::start();
    let body = request(&scene.github, "staging").to_string();
    let good = signature(SECRET, &body);
    let event = "deployment_protection_rule";
    let elsewhere = body.replace("http://", "https://evil.example/?");
    for (what, name, body, signature, expect) in [
        ("no signature", event, &*body, "", "401 not_signed"),
        (
            "another secret",
            event,
            &body,
            &*signature("guess", &body),
            "401 not_signed",
        ),
        (
            "other bytes",
            event,
            &format!("{body} "),
            &good,
            "401 not_signed",
        ),
        (
            "an event that does not matter",
            "ping",
            "{}",
            &signature(SECRET, "{}"),
            "202 taken",
        ),
        (
            "no JSON",
            event,
            "nope",
            &signature(SECRET, "nope"),
            "400 unreadable",
        ),
        (
            "a callback elsewhere",
            event,
            &elsewhere,
            &signature(SECRET, &elsewhere),
            "400 unreadable",
        ),
        (
            "no name",
            "a b",
            "{}",
            &signature(SECRET, "{}"),
            "400 invalid_header",
        ),
        ("a good one", event, &body, &good, "202 taken"),
        ("the same again", event, &body, &good, "202 taken"),
    ] {
        assert_eq!(
            scene.send("d1", name, body, signature).said(),
            expect,
            "{what}"
        );
    }
    let log = scene.server.stop();
    assert!(
        !log.contains("requested") && !log.contains("acme/shop") && !log.contains("nope"),
        "{log}"
    );
    let call = "ledger log --all --format json --ledger sqlite:.tollgate/ledger.db";
    assert_eq!(
        scene
            .project
            .tollgate(call)
            .expect(0)
            .stdout
            .lines()
            .count(),
        2
    );
}

#[test]
fn without_a_named_policy_that_of_the_default_branch_counts() {
    let (project, github) = (Project::empty(), GitHub::start());
    let call = as_app(&project, &github, "serve --listen 127.0.0.1:0 -v");
    let server = Server::of(call);
    let scene = Scene {
        project,
        github,
        server,
    };
    scene.report_release();
    let ask = || {
        scene.server.get(
            &format!("/v1/releases/{RELEASE}/eligibility/staging"),
            "otto",
        )
    };
    assert_eq!(ask().said(), "502 policy_unusable");
    *scene.github.policy.lock().unwrap() =
        Some("version: 1\nproject: shop\npipelin: {}\n".to_owned());
    let wrong = ask();
    assert_eq!(wrong.said(), "502 policy_unusable");
    assert!(wrong.text.contains("tollgate.yml:3:1"), "{}", wrong.text);
    *scene.github.policy.lock().unwrap() = Some(format!("version: 1\nproject: shop\n{POLICY}"));
    assert_eq!(ask().expect(200).json()["eligible"], false);
    scene.wait_for("staging");
    scene.report("lint/ruff", "passed");
    scene.report("G1/journeys", "passed");
    assert_eq!(scene.github.answered(&scene.server)["state"], "approved");
    assert_eq!(ask().expect(200).json()["eligible"], true);
}

#[test]
fn without_an_app_no_delivery_is_taken_and_half_an_app_starts_nothing() {
    let project = Project::new(POLICY);
    let server = Server::start(&project);
    let request = server.request("POST", "/v1/github/webhook", "");
    let request = request.header("X-Hub-Signature-256", signature("", "{}"));
    assert_eq!(server.send(request.body("{}")).said(), "401 not_signed");
    let half = |name: &str, value: &str| {
        let call = project.call("serve --listen 127.0.0.1:0 --ledger sqlite:half.db");
        call.env(name, value).run()
    };
    half("TOLLGATE_WEBHOOK_SECRET", SECRET)
        .expect(2)
        .says("no GitHub App to answer with");
    half("TOLLGATE_GITHUB_APP_ID", "7")
        .expect(2)
        .says("in part only");
    half("TOLLGATE_GITHUB_APP_PRIVATE_KEY", "nope")
        .expect(2)
        .says("in part only");
}
