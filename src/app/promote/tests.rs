//! Promotion against a GitHub that answers well, badly and not at all.

mod approvals;
mod trouble;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::app::failure::FailureKind;
use crate::domain::release::Release;
use crate::domain::run::Tree;
use crate::github::Client;
use crate::github::context::WorkflowAttempt;
use crate::ledger::Ledger as _;
use crate::ledger::sqlite::Sqlite;
use crate::policy::{Expansion, Source, load};
use crate::retry::RetryPolicy;
use crate::settings::{ActionsRun, Settings};

const SHA: &str = "0123456789abcdef0123456789abcdef01234567";
const ENVIRONMENT: &str = "/repos/acme/shop/environments/production";
const RUN: &str = "/repos/acme/shop/actions/runs/77";
const REVIEWS: &str = "/repos/acme/shop/actions/runs/77/approvals";
const COMMIT: &str = "/repos/acme/shop/commits/0123456789abcdef0123456789abcdef01234567";

/// A policy without checks to pass, whose environment takes these approvals.
fn policy(approvals: &str) -> String {
    format!(
        "version: 1\npipeline: {{ test: {{ checks: {{ a: {{ run: x }} }} }} }}\n\
         environments: {{ base: {{ gates: test }}, production: {{ approvals: {{ {approvals} }} }} }}\n"
    )
}

const STRICT: &str =
    "from: [\"user:bob\", \"team:ops\"], prevent-self-approval: true, max-age: 24h";

/// A project in a folder, and a GitHub that answers as it is told.
struct World {
    server: MockServer,
    project: Project,
    folder: TempDir,
}

impl World {
    async fn new(policy: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = Source {
            path: "tollgate.yml".to_owned(),
            text: policy.to_owned(),
        };
        let settings = Settings {
            target: None,
            root: None,
            working_directory: folder.path().to_owned(),
            policy: None,
            ledger: None,
            server: None,
            release_sha: None,
            release_version: None,
            repository: None,
            environment: BTreeMap::new(),
            actions: Some(ActionsRun {
                run_id: "77".to_owned(),
                attempt: "2".to_owned(),
            }),
        };
        let project = Project {
            root: folder.path().to_owned(),
            policy: load(&source, Expansion::Keep).unwrap(),
            source,
            release: Release {
                repository: "acme/shop".parse().unwrap(),
                sha: SHA.parse().unwrap(),
                version: None,
            },
            tree: Tree::Clean,
            directory: String::new(),
            github: None,
            results_from: Vec::new(),
            settings,
        };
        let server = MockServer::start().await;
        Self {
            server,
            project,
            folder,
        }
    }

    /// Answers a request; the first answer to a place stands.
    async fn answer(&self, place: &str, answer: ResponseTemplate) -> &Self {
        let mock = Mock::given(method("GET")).and(path(place));
        mock.respond_with(answer).mount(&self.server).await;
        self
    }

    /// Everything that was not told yet is answered well.
    async fn well(&self) -> &Self {
        self.answer(ENVIRONMENT, environment(1)).await;
        self.answer(RUN, run("2026-01-01T00:00:00Z", "carol", "carol"))
            .await;
        self.answer(REVIEWS, reviews(&[])).await;
        self.answer(COMMIT, commit(Some("alice"))).await
    }

    fn job(&self, time_out: Duration) -> Job {
        let retry = RetryPolicy {
            tries: 2,
            first_pause: Duration::ZERO,
            longest_pause: Duration::ZERO,
        };
        let client = Client::new(
            &self.server.uri(),
            "t0ken".into(),
            "acme/shop".parse().unwrap(),
        );
        let attempt = WorkflowAttempt {
            run: 77,
            attempt: 2,
        };
        Job::new(client.unwrap().with_patience(retry, time_out), attempt)
    }

    async fn promote(&self, job: Option<&Job>) -> Result<Promoted, Failure> {
        let id = "production".parse().unwrap();
        promote(&self.project, &id, job, Reporters::default(), Stop::new()).await
    }

    /// Promotes, and gives `eligible` or the reasons' codes with all messages.
    async fn promoted(&self) -> (String, String) {
        let job = self.job(Duration::from_secs(20));
        let promoted = self.promote(Some(&job)).await.unwrap();
        shown(&promoted)
    }

    /// The decisions in the ledger: their keys, actors and payloads.
    async fn decisions(&self) -> Vec<(String, String, Value)> {
        let ledger = Sqlite::open(&self.folder.path().join(".tollgate/ledger.db"))
            .await
            .unwrap();
        let links = ledger.events(self.project.release.id()).await.unwrap();
        let ours = links.into_iter().map(|link| link.event);
        let ours = ours.filter(|event| event.event_type.as_str() == "approval_recorded");
        ours.map(|event| {
            (
                event.idempotency_key,
                event.actor,
                Value::Object(event.payload),
            )
        })
        .collect()
    }
}

fn shown(promoted: &Promoted) -> (String, String) {
    let judged = promoted
        .verdict
        .environment(&"production".parse().unwrap())
        .unwrap();
    let codes: Vec<&str> = judged.reasons.iter().map(|it| it.code.as_str()).collect();
    let messages: Vec<&str> = judged
        .reasons
        .iter()
        .map(|it| it.message.as_str())
        .collect();
    let codes = match judged.eligible {
        true => "eligible".to_owned(),
        false => codes.join(" "),
    };
    assert_eq!(promoted.outcome == Outcome::Passed, judged.eligible);
    (codes, messages.join("\n"))
}

fn body(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

fn complaint(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"message": "Resource not accessible"}))
}

fn environment(reviewers: usize) -> ResponseTemplate {
    let reviewers: Vec<_> = (0..reviewers)
        .map(|number| json!({"type": "User", "reviewer": {"login": format!("u{number}")}}))
        .collect();
    body(json!({
        "name": "production",
        "protection_rules": [{"id": 1, "type": "required_reviewers", "reviewers": reviewers}],
        "deployment_branch_policy": null
    }))
}

fn run(created_at: &str, actor: &str, triggering_actor: &str) -> ResponseTemplate {
    body(json!({
        "id": 77, "event": "push", "head_sha": SHA, "run_attempt": 2, "created_at": created_at,
        "actor": {"login": actor, "type": "User"},
        "triggering_actor": {"login": triggering_actor, "type": "User"}
    }))
}

fn run_of_today() -> ResponseTemplate {
    run(&Timestamp::now().to_string(), "carol", "carol")
}

/// `bob approved production`.
fn reviews(lines: &[&str]) -> ResponseTemplate {
    let review = |line: &&str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        json!({
            "user": {"login": words[0], "type": "User"}, "state": words[1],
            "environments": [{"id": 1, "name": words[2]}],
            "comment": format!("{} at bob@example.com", words[1])
        })
    };
    body(lines.iter().map(review).collect())
}

fn commit(author: Option<&str>) -> ResponseTemplate {
    commit_saying(author, "Add it")
}

fn commit_saying(author: Option<&str>, message: &str) -> ResponseTemplate {
    let account = author.map_or(json!(null), |login| json!({"login": login}));
    let person = json!({"name": "Alice A", "email": "alice@example.com"});
    body(json!({
        "sha": SHA, "author": account, "committer": account,
        "commit": {"author": person, "committer": person, "message": message}
    }))
}

/// A promotion of today's run under the strict policy, with these reviews.
async fn check(lines: &[&str], expect: &str) -> String {
    let world = World::new(&policy(STRICT)).await;
    world.answer(RUN, run_of_today()).await;
    world.answer(REVIEWS, reviews(lines)).await;
    world.well().await;
    let (codes, messages) = world.promoted().await;
    assert_eq!(codes, expect, "{lines:?}\n{messages}");
    messages
}
