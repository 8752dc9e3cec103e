//! The command line and the action as producers: what they record is told to a server, once,
//! whatever becomes of it meanwhile.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::issuer::{AUDIENCE, Issuer, Signer};
use super::server::Server;
use crate::fake_github::FakeGitHub;
use crate::jobs::Job;
use crate::project::{Call, Outcome, Project};
use crate::web::{Web, answer, ok};

const POLICY: &str = r#"
pipeline:
  lint: { checks: { ruff: { run: "env" } } }
  test: { checks: { unit: { run: "test ! -e broken" } } }
environments: { staging: { gates: [test] } }
"#;

const REFUSED: &str = r#"
pipeline: { lint: { checks: { ruff: { run: "true" } } } }
environments: { staging: { gates: [lint] } }
ledger: { spooled: refused }
"#;

const MANUAL: &str = r#"
gates:
  G1:
    approvals: { minimum: 1, from: [qa] }
    checks: { look: { manual: "Look at it" }, a: { run: "true" } }
"#;

/// A server with a ledger of its own, in a folder that outlives it.
struct ControlPlane {
    folder: Project,
}

impl ControlPlane {
    fn new() -> Self {
        let folder = Project::empty();
        Self { folder }
    }

    fn start(&self) -> Server {
        Server::of(self.folder.call("serve --listen 127.0.0.1:0 -v"))
    }

    /// `release_created`, `check_reported test/unit`: what its ledger holds, in its order.
    fn events(&self) -> Vec<String> {
        events(
            &self
                .folder
                .call("ledger log --all --format json --ledger sqlite:.tollgate/ledger.db")
                .run(),
        )
    }
}

/// The keys of the events that a call prints.
fn events(log: &Outcome) -> Vec<String> {
    let links = log.expect(0).stdout.lines();
    let links = links.map(|line| serde_json::from_str::<Value>(line).unwrap());
    let key = |link: Value| {
        link["event"]["idempotency_key"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    links.map(key).collect()
}

/// The keys of the events that a project has recorded.
fn recorded(project: &Project) -> Vec<String> {
    events(&project.tollgate("ledger log --format json"))
}

/// The same of every release.
fn all_recorded(project: &Project) -> Vec<String> {
    events(&project.tollgate("ledger log --all --format json"))
}

/// What waits to be sent: the keys.
fn spooled(project: &Project) -> Vec<String> {
    let Ok(entries) = fs::read_dir(project.path(".tollgate/spool")) else {
        return Vec::new();
    };
    let files = entries.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let text: String = files.collect();
    let events = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    events
        .map(|event| event["idempotency_key"].as_str().unwrap().to_owned())
        .collect()
}

/// An address on which nobody listens.
fn nowhere() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// A call that tells a server, with the key of somebody; with none for nobody.
fn telling(project: &Project, line: &str, server: &str, who: &str) -> Call {
    let call = project.call(line).env("TOLLGATE_LEDGER", server);
    match who {
        "" => call,
        who => call.env("TOLLGATE_API_KEY", &format!("key-of-{who}")),
    }
}

/// Every file below a folder, and every text in it.
fn read_all(folder: &Path, texts: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => read_all(&path, texts),
            false => {
                let bytes = fs::read(&path).unwrap();
                let text = String::from_utf8_lossy(&bytes).into_owned();
                texts.push((path.display().to_string(), text));
            }
        }
    }
}

#[track_caller]
fn never_shows(project: &Project, outcome: &Outcome, secret: &str) {
    // What is masked in the log of GitHub Actions is named to the runner, which shows none of it.
    let shown = outcome.all();
    let shown = shown
        .lines()
        .filter(|line| !line.starts_with("::add-mask::"));
    let shown: Vec<&str> = shown.collect();
    let mut texts = vec![("the output".to_owned(), shown.join("\n"))];
    read_all(&project.path(".tollgate"), &mut texts);
    for (place, text) in texts {
        assert!(!text.contains(secret), "{secret} is in {place}");
    }
}

#[test]
fn what_is_recorded_is_told_to_the_server_once_and_the_key_to_nobody() {
    let (project, plane) = (Project::new(POLICY), ControlPlane::new());
    let server = plane.start();
    let ran = telling(&project, "run", &server.url, "ci").run();
    ran.expect(0);
    never_shows(&project, &ran, "key-of-ci");
    never_shows(&project, &ran, "TOLLGATE_API_KEY");
    telling(&project, "run", &server.url, "ci").run().expect(0);
    assert_eq!(spooled(&project), [""; 0]);
    let log = server.stop();
    assert!(!log.contains("key-of-ci"), "{log}");
    let told = plane.events();
    assert_eq!(told, recorded(&project));
    assert!(told.len() > 2 && told[0].ends_with("/release"), "{told:?}");
}

#[test]
fn a_server_that_is_away_is_said_and_the_next_run_tells_it_each_once() {
    let (project, plane) = (Project::new(POLICY), ControlPlane::new());
    let ran = telling(&project, "run lint", &nowhere(), "ci").run();
    ran.expect(0).says("could not be sent to http://127.0.0.1:");
    assert_eq!(spooled(&project), recorded(&project));
    assert!(spooled(&project).len() > 1);
    project.write("broken", "");
    project.commit("broken");
    let failed = telling(&project, "run", &nowhere(), "ci").run();
    failed.expect(1).says("could not be sent");
    project.git(&["checkout", "--quiet", "HEAD~1"]);
    let server = plane.start();
    let ran = telling(&project, "run", &server.url, "ci").run();
    ran.expect(0);
    assert!(!ran.all().contains("could not be sent"), "{}", ran.all());
    drop(server.stop());
    assert_eq!(plane.events(), recorded(&project));
    assert!(
        !spooled(&project).is_empty(),
        "the other release still waits"
    );
}

#[test]
fn what_a_server_refuses_is_named_and_kept() {
    let (project, plane) = (Project::new(POLICY), ControlPlane::new());
    let server = plane.start();
    for (who, says) in [
        (
            "otto",
            "403 forbidden: the role audit_reader may not record release_created",
        ),
        ("nobody", "401 unauthorized"),
        ("", "TOLLGATE_API_KEY is not set"),
    ] {
        let ran = telling(&project, "run", &server.url, who).run();
        ran.expect(0).says(says);
        assert_eq!(spooled(&project), recorded(&project), "{who}");
    }
    let run = telling(&project, "run", &server.url, "ci").run();
    run.expect(0);
    assert_eq!(spooled(&project), [""; 0]);
    drop(server.stop());
    assert_eq!(plane.events(), recorded(&project));
}

#[test]
fn a_server_that_comes_later_is_told_of_the_release_first() {
    let (project, plane) = (Project::new(POLICY), ControlPlane::new());
    project.tollgate("run lint").expect(0);
    let before = recorded(&project);
    let server = plane.start();
    telling(&project, "run", &server.url, "ci").run().expect(0);
    drop(server.stop());
    let told = plane.events();
    assert_eq!(told[0], before[0]);
    assert_eq!(told[1..], recorded(&project)[before.len()..]);
}

#[test]
fn a_person_tells_of_a_decision_with_a_key_of_their_own() {
    let project = Project::new(MANUAL);
    let plane = ControlPlane::new();
    let server = plane.start();
    telling(&project, "run G1", &server.url, "ci")
        .run()
        .expect(3);
    let sign_off = "sign-off G1/look --by quinn --result passed";
    let signed = telling(&project, sign_off, &server.url, "quinn").run();
    signed.expect(0);
    assert_eq!(spooled(&project), [""; 0], "{}", signed.all());
    let told = recorded(&project);
    let approve = "approve G1 --by quinn --role qa";
    let approved = telling(&project, approve, &server.url, "quinn").run();
    approved.expect(0).says("taken from GitHub alone");
    assert_eq!(spooled(&project), [""; 0]);
    let refused = telling(&project, sign_off, &server.url, "otto").run();
    refused.expect(0).says("403 forbidden");
    drop(server.stop());
    assert_eq!(plane.events(), told);
}

#[test]
fn what_may_pass_is_asked_again_and_what_no_server_of_ours_says_is_no_answer() {
    let accepted = r#"{"ingest_id":"x","status":"accepted","detail":{}}"#;
    let web = Web::start(move |number, _| match number {
        1 => answer("503 Service Unavailable", "retry-after: 0\r\n", ""),
        2 => answer("429 Too Many Requests", "", ""),
        _ => ok(accepted),
    });
    let project = Project::new(POLICY);
    let ran = telling(&project, "run", &web.url("/gates/"), "ci").run();
    ran.expect(0);
    assert_eq!(spooled(&project), [""; 0]);
    let requests = web.requests();
    assert_eq!(requests.len(), recorded(&project).len() + 2);
    for request in &requests[..3] {
        let head = request.to_lowercase();
        assert!(head.starts_with("post /gates/v1/events "), "{request}");
        assert!(
            head.contains("authorization: bearer key-of-ci"),
            "{request}"
        );
    }
    let sign_in = Web::start(|_, _| ok("<html>sign in</html>"));
    let project = Project::new(POLICY);
    let ran = telling(&project, "run", &sign_in.url(""), "ci").run();
    ran.expect(0)
        .says("it answered 200, and not as a Tollgate server does");
    assert_eq!(sign_in.requests().len(), 1);
    assert_eq!(spooled(&project), recorded(&project));
}

#[test]
fn a_policy_may_refuse_what_the_server_does_not_have() {
    let (project, plane) = (Project::new(REFUSED), ControlPlane::new());
    let away = nowhere();
    let says = "the policy says `ledger: { spooled: refused }`";
    telling(&project, "run", &away, "ci")
        .run()
        .expect(4)
        .says(says);
    let promoted = telling(&project, "promote staging --format json", &away, "ci").run();
    let document = promoted.expect(3).json();
    assert_eq!(
        document["environments"][0]["reasons"][0]["code"],
        "facts_unsent"
    );
    let server = plane.start();
    let promoted = telling(&project, "promote staging", &server.url, "ci").run();
    promoted.expect(0);
    telling(&project, "run", &server.url, "ci").run().expect(0);
    drop(server.stop());
    assert_eq!(plane.events(), recorded(&project));
}

#[test]
fn a_spool_and_a_pack_are_brought_in_each_once() {
    let (project, plane) = (Project::new(POLICY), ControlPlane::new());
    telling(&project, "run", &nowhere(), "ci").run().expect(0);
    let all = recorded(&project);
    let count = all.len();
    project.tollgate("ledger export -o release.pack").expect(0);
    let import = |what: &str, says: &str| {
        let into = "sqlite:other.db";
        let brought = project
            .call(&format!("ledger import {what} --ledger {into}"))
            .run();
        brought.expect(0).says(says);
    };
    import(
        ".tollgate/spool",
        &format!("{count} events of 1 releases, {count} of them new"),
    );
    import(
        ".tollgate/spool",
        &format!("{count} events of 1 releases, 0 of them new"),
    );
    assert_eq!(spooled(&project), all);
    let server = plane.start();
    let send = |what: &str, who: &str| {
        telling(&project, &format!("ledger import {what}"), &server.url, who).run()
    };
    send(".tollgate/spool", "otto")
        .expect(3)
        .says("403 forbidden");
    send(".tollgate/spool", "ci")
        .expect(0)
        .says(&format!("{count} of them new"));
    assert_eq!(spooled(&project), [""; 0]);
    send("release.pack", "ci")
        .expect(0)
        .says(&format!("{count} events of 1 releases, 0 of them new"));
    send(".tollgate/spool", "ci")
        .expect(2)
        .says("there is no spool in");
    send(".github", "ci").expect(2);
    drop(server.stop());
    assert_eq!(plane.events(), all);
}

#[test]
fn addresses_that_are_not_safe_are_refused_without_showing_them() {
    let project = Project::new(POLICY);
    for (address, says) in [
        ("http://gates.example", "https, or by http on this machine"),
        ("https://ann:s3cret@gates.example", "no user, password"),
        ("https://gates.example/?key=s3cret", "no user, password"),
    ] {
        let ran = telling(&project, "run", address, "ci").run();
        ran.expect(2).says(says);
        assert!(!ran.all().contains("s3cret"), "{}", ran.all());
    }
    let served = telling(&project, "serve", "https://gates.example", "").run();
    served.expect(2).says("a server keeps a ledger of its own");
}

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
    assert!(made.len() >= told.len());
    for secret in made.iter().map(String::as_str).chain([RIGHT]) {
        never_shows(&first.checkout, &linted.outcome, secret);
        never_shows(&second.checkout, &tested.outcome, secret);
        assert!(!log.contains(secret));
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
