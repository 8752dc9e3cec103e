//! Jobs of GitHub Actions as producers: a new token for each call, and a spool that travels.

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::{ControlPlane, POLICY, REFUSED, all_recorded, never_shows, nowhere, spooled, telling};
use crate::control_plane::issuer::{AUDIENCE, Issuer, Signer};
use crate::control_plane::server::Server;
use crate::fake_github::FakeGitHub;
use crate::jobs::Job;
use crate::project::Project;
use crate::web::{Web, ok};

const PRODUCTION: &str = r#"
pipeline: { lint: { checks: { ruff: { run: "true" } } } }
environments: { production: { gates: [lint], approvals: { from: ["user:bob"] } } }
ledger: { spooled: refused }
"#;

/// GitHub's side of tokens for jobs: who may ask, what was made.
struct TokenService {
    web: Web,
    issuer: Arc<Issuer>,
    made: Arc<Mutex<Vec<String>>>,
}

/// What lets a job ask for tokens.
const RIGHT: &str = "the-right-to-ask-for-tokens";

impl TokenService {
    fn start() -> Self {
        let (issuer, signer) = (Arc::new(Issuer::start()), Signer::new("first"));
        issuer.publish(&[&signer]);
        let made: Arc<Mutex<Vec<String>>> = Arc::default();
        let (of, kept) = (Arc::clone(&issuer), Arc::clone(&made));
        let web = Web::start(move |_, request| {
            let asks = request.contains("&audience=https%3A%2F%2Ftollgate.example ");
            assert!(asks && request.contains(RIGHT), "{request}");
            let token = signer.sign(&of.claims());
            kept.lock().unwrap().push(token.clone());
            ok(&json!({"value": token}).to_string())
        });
        Self { web, issuer, made }
    }

    /// A server that believes these tokens.
    fn serve(&self, plane: &ControlPlane) -> Server {
        let call = plane.folder.call("serve --listen 127.0.0.1:0 -v");
        let call = call.env("TOLLGATE_OIDC_AUDIENCE", AUDIENCE);
        let call = call.env("TOLLGATE_OIDC_ISSUER", &self.issuer.address());
        Server::of(call.env("TOLLGATE_REPOSITORIES", "42"))
    }

    /// A job that may ask for tokens.
    fn job<'g>(&self, github: &'g FakeGitHub, project: &Project) -> Job<'g> {
        Job::new(github, project, 77)
            .with(
                "ACTIONS_ID_TOKEN_REQUEST_URL",
                &self.web.url("/token?api-version=2.0"),
            )
            .with("ACTIONS_ID_TOKEN_REQUEST_TOKEN", RIGHT)
            .with("TOLLGATE_OIDC_AUDIENCE", AUDIENCE)
    }
}

#[test]
fn a_job_sends_what_an_earlier_one_could_not() {
    let (github, project) = (FakeGitHub::start(), Project::new(POLICY));
    github.commit(&project.head(), "alice");
    github.workflow_run(77, "push", &project.head(), "alice");
    let (tokens, plane) = (TokenService::start(), ControlPlane::new());

    let first = tokens.job(&github, &project);
    let linted = first.uses(&format!("gate: lint, ledger: {}", nowhere()));
    linted.expect(0).says("could not be sent");
    let waiting = spooled(&first.checkout);
    assert_eq!(waiting, all_recorded(&first.checkout));
    let artifact = github.artifacts().remove(0).bytes;
    let holds = |name: &[u8]| artifact.windows(name.len()).any(|bytes| bytes == name);
    assert!(holds(b"spool/"), "the spool travels");

    let before = tokens.made.lock().unwrap().len();
    let server = tokens.serve(&plane);
    let second = tokens.job(&github, &project);
    let tested = second.uses(&format!("gate: test, ledger: {}", server.url));
    tested.expect(0);
    assert_eq!(spooled(&second.checkout), [""; 0]);
    let log = server.stop();
    let told = plane.events();
    assert_eq!(told, all_recorded(&second.checkout));
    assert!(waiting.iter().all(|key| told.contains(key)));

    let made = tokens.made.lock().unwrap().clone();
    let calls = made.len() - before;
    assert!(
        (2..told.len()).contains(&calls),
        "{calls} calls for {told:?}"
    );
    for secret in made.iter().map(String::as_str).chain([RIGHT]) {
        never_shows(&first.checkout, &linted.outcome, secret);
        never_shows(&second.checkout, &tested.outcome, secret);
        assert!(!log.contains(secret));
    }
}

#[test]
fn a_last_step_sends_what_steps_without_a_right_could_not() {
    let (github, project) = (FakeGitHub::start(), Project::new(POLICY));
    github.commit(&project.head(), "alice");
    github.workflow_run(77, "push", &project.head(), "alice");
    let (tokens, plane) = (TokenService::start(), ControlPlane::new());
    let server = tokens.serve(&plane);
    let job = tokens.job(&github, &project);
    let run = "run lint --repository acme/shop";
    let ran = telling(&job.checkout, run, &server.url, "").run();
    ran.expect(0).says("TOLLGATE_API_KEY is not set");
    assert!(!spooled(&job.checkout).is_empty());
    let published = job.uses(&format!("command: publish, ledger: {}", server.url));
    published.expect(0);
    assert_eq!(spooled(&job.checkout), [""; 0]);
    drop(server.stop());
    assert_eq!(plane.events(), all_recorded(&job.checkout));
}

#[test]
fn the_approvals_that_a_job_saw_are_not_its_to_tell_and_keep_nothing_back() {
    let (github, project) = (FakeGitHub::start(), Project::new(PRODUCTION));
    github.commit(&project.head(), "alice");
    github.workflow_run(77, "push", &project.head(), "alice");
    github.environment("production", &["bob"]);
    github.approve(77, "production", "bob", "go");
    let (tokens, plane) = (TokenService::start(), ControlPlane::new());
    let server = tokens.serve(&plane);
    let uses = |inputs: &str| {
        let job = tokens.job(&github, &project);
        let acted = job.uses(&format!("{inputs}, ledger: {}", server.url));
        acted.expect(0);
        job
    };
    uses("gate: lint");
    let promoted = uses("command: promote, environment: production");
    assert_eq!(spooled(&promoted.checkout), [""; 0]);
    drop(server.stop());
    let (told, all) = (plane.events(), all_recorded(&promoted.checkout));
    let approvals = all.iter().filter(|key| key.contains("/approval/"));
    assert_eq!(approvals.count(), 1);
    let expect: Vec<_> = all
        .iter()
        .filter(|key| !key.contains("/approval/"))
        .collect();
    assert_eq!(told.iter().collect::<Vec<_>>(), expect);
}

#[test]
fn a_job_tells_who_made_the_release_where_the_policy_asks_for_somebody_else() {
    for (rule, expect) in [
        (
            "prevent-self-approval: true",
            json!(["alice", "alice", "dave"]),
        ),
        ("minimum: 1", json!(null)),
    ] {
        let policy = PRODUCTION.replace("from:", &format!("{rule}, from:"));
        let (github, project) = (FakeGitHub::start(), Project::new(&policy));
        github.commit(&project.head(), "alice");
        github.workflow_run(77, "push", &project.head(), "dave");
        let (tokens, plane) = (TokenService::start(), ControlPlane::new());
        let server = tokens.serve(&plane);
        for _ in 0..2 {
            let job = tokens.job(&github, &project).with("GITHUB_ACTOR", "dave");
            job.uses(&format!("gate: lint, ledger: {}", server.url))
                .expect(0);
        }
        drop(server.stop());
        let log = plane
            .folder
            .call("ledger log --all --format json --ledger sqlite:.tollgate/ledger.db");
        let log = log.run();
        let events = log.expect(0).stdout.lines().map(|line| {
            let link: serde_json::Value = serde_json::from_str(line).unwrap();
            link["event"].clone()
        });
        let created = events.filter(|event| event["event_type"] == "release_created");
        let authors: Vec<_> = created
            .map(|event| event["payload"]["authors"].clone())
            .collect();
        assert_eq!(authors, [expect], "{rule}: told once");
    }
}

#[test]
fn a_job_without_the_permission_is_told_which_it_lacks() {
    let (github, project) = (FakeGitHub::start(), Project::new(POLICY));
    github.commit(&project.head(), "alice");
    github.workflow_run(77, "push", &project.head(), "alice");
    let job = Job::new(&github, &project, 77);
    let acted = job.uses(&format!("gate: lint, ledger: {}", nowhere()));
    acted.expect(0).says("lack `id-token: write`");
    let refusing = Project::new(REFUSED);
    let github = FakeGitHub::start();
    github.commit(&refusing.head(), "alice");
    github.workflow_run(77, "push", &refusing.head(), "alice");
    let job = Job::new(&github, &refusing, 77);
    let lint = format!("gate: lint, ledger: {}", nowhere());
    job.uses(&lint).expect(4).says("spooled: refused");
    job.uses("command: publish").expect(4);
    assert_eq!(
        github.check_runs().len(),
        0,
        "nothing says that lint passed"
    );
}
