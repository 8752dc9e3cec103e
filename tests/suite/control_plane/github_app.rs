//! A server as a GitHub App, with a GitHub that has state and is held to its own description.

use serde_json::{Value, json};

use super::server::{SHA, Server, app_key, reported};
use super::webhook::{SECRET, signature};
use crate::fake_github::{CLIENT_ID, FakeGitHub};
use crate::project::{Call, Project};

/// The run that waits.
pub(super) const RUN: u64 = 77;

/// A gate that an environment asks for, and an environment that a person has to open.
const POLICY: &str = r#"
pipeline:
  lint: { checks: { ruff: { run: "true" } } }
gates:
  G1: { requires: [lint], checks: { journeys: { run: "true" } } }
environments:
  staging: { gates: [G1] }
  production: { gates: [lint], approvals: { minimum: 1, from: ["user:rita"] } }
"#;

/// GitHub with the App installed, and the project of the server.
pub(super) struct Stage {
    pub(super) github: FakeGitHub,
    pub(super) project: Project,
}

impl Stage {
    /// GitHub with a run of the release that waits for both environments.
    pub(super) fn set() -> Self {
        let (github, project) = (FakeGitHub::start(), Project::new(POLICY));
        let key = app_key(&project);
        github.install_app(&key.public_key_pem());
        github
            .commit(SHA, "alice")
            .workflow_run(RUN, "push", SHA, "alice")
            .change_run(RUN, |run| {
                run.waits_for = vec!["staging".to_owned(), "production".to_owned()];
            });
        Self { github, project }
    }

    /// A call of the server with the settings of the App.
    pub(super) fn call(&self) -> Call {
        self.call_of("serve --listen 127.0.0.1:0 --policy .github/tollgate.yml -v")
    }

    /// The same for any call.
    pub(super) fn call_of(&self, call: &str) -> Call {
        self.project
            .call(call)
            .env("TOLLGATE_WEBHOOK_SECRET", SECRET)
            .env("TOLLGATE_GITHUB_APP_ID", CLIENT_ID)
            .env("TOLLGATE_GITHUB_APP_PRIVATE_KEY_FILE", "app.pem")
            .env("GITHUB_API_URL", self.github.api_url())
    }

    pub(super) fn server(&self) -> Server {
        Server::of(self.call())
    }

    /// What GitHub delivers when the run waits for an environment.
    pub(super) fn request(&self, environment: &str) -> Value {
        let api = self.github.api_url();
        json!({
            "action": "requested", "environment": environment, "event": "push",
            "deployment_callback_url":
                format!("{api}/repos/acme/shop/actions/runs/{RUN}/deployment_protection_rule"),
            "deployment": {"id": 1, "sha": SHA, "ref": "main", "created_at": jiff::Timestamp::now()},
            "repository": {"id": 42, "full_name": "acme/shop"}, "installation": {"id": 9},
            "sender": {"login": "alice"},
        })
    }

    /// Waits until the run is answered for an environment, and tells how.
    #[track_caller]
    pub(super) fn answered(&self, environment: &str) -> String {
        let of_it = |github: &FakeGitHub| {
            let answers = github.answers(RUN).into_iter();
            answers.filter_map(|it| Some(it.strip_prefix(environment)?.trim().to_owned()))
        };
        let what = format!("{environment} is answered");
        self.github
            .wait_until(&what, |github| of_it(github).next().is_some());
        of_it(&self.github).collect::<Vec<_>>().join(" ")
    }
}

/// Delivers as GitHub does.
#[track_caller]
pub(super) fn deliver(server: &Server, guid: &str, event: &str, body: &Value) {
    let body = body.to_string();
    let request = server.request("POST", "/v1/github/webhook", "");
    let request = request
        .header("X-GitHub-Delivery", guid)
        .header("X-GitHub-Event", event)
        .header("X-Hub-Signature-256", signature(SECRET, &body));
    server.send(request.body(body)).expect(202);
}

/// Tells of the release, and that its checks passed or failed: `lint/ruff=passed`.
#[track_caller]
pub(super) fn report(server: &Server, checks: &str) {
    for word in checks.split_whitespace() {
        let (check, status) = word.split_once('=').unwrap();
        server.post("ci", &reported(check, status)).expect(200);
    }
}

/// What GitHub delivers when somebody decided on the run.
pub(super) fn review(environment: &str) -> Value {
    let run = json!({
        "id": RUN, "head_sha": SHA, "run_attempt": 1, "actor": {"login": "alice"},
        "triggering_actor": {"login": "alice"},
    });
    json!({
        "action": "approved", "approver": {"login": "rita"}, "comment": "go",
        "since": jiff::Timestamp::now(), "workflow_job_runs": [{"environment": environment}],
        "workflow_run": run, "repository": {"id": 42, "full_name": "acme/shop"},
    })
}
