//! The command line and the action as producers: what they record is told to a server, once,
//! whatever becomes of it meanwhile.

mod decisions;
mod jobs;

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::server::Server;
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

/// Its second stage kills Tollgate, once.
const KILLED: &str = r#"
pipeline:
  lint: { checks: { ruff: { run: "true" } } }
  test: { checks: { unit: { run: "test -e .git/again || { touch .git/again; kill -9 $PPID; }" } } }
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
fn what_a_killed_run_recorded_is_told_by_the_next() {
    let (project, plane) = (Project::new(KILLED), ControlPlane::new());
    let server = plane.start();
    let killed = telling(&project, "run", &server.url, "ci").run();
    assert_eq!(killed.code, None, "{}", killed.all());
    let before = recorded(&project);
    assert!(before.len() > 1);
    assert_eq!(spooled(&project), before);
    telling(&project, "run", &server.url, "ci").run().expect(0);
    drop(server.stop());
    assert_eq!(plane.events(), recorded(&project));
    assert_eq!(spooled(&project), [""; 0]);
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
    let approve = "approve G1 --by quinn --role qa";
    let approved = telling(&project, approve, &server.url, "quinn").run();
    approved.expect(0);
    assert_eq!(spooled(&project), [""; 0]);
    let told = recorded(&project);
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
fn what_is_not_taken_together_is_told_one_by_one() {
    let accepted = r#"{"ingest_id":"x","status":"accepted","detail":{}}"#;
    let web = Web::start(
        move |_, request| match request.starts_with("POST /v1/events/batch ") {
            true => answer("413 Content Too Large", "", ""),
            false => answer("200 OK", "tollgate-batch: 500\r\n", accepted),
        },
    );
    let project = Project::new(POLICY);
    telling(&project, "run", &web.url(""), "ci").run().expect(0);
    assert_eq!(spooled(&project), [""; 0]);
    let requests = web.requests();
    let (together, alone): (Vec<_>, Vec<_>) = requests
        .iter()
        .partition(|request| request.starts_with("POST /v1/events/batch "));
    assert_eq!((together.len(), alone.len()), (1, recorded(&project).len()));
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
