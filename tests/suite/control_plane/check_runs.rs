//! The App's check runs: one for each environment, on the commit of the release.

use std::thread;

use rustix::process::Signal;
use serde_json::json;

use super::github_app::{Stage, deliver, report};
use super::server::{RELEASE, SHA, Server, event, reported};
use crate::fake_github::{ALWAYS, APP, FakeGitHub, Fault};

const WRITES: &str = "/repos/acme/shop/check-runs";

/// What stands on the commit, the oldest first: `staging in_progress, production success`.
fn shown(github: &FakeGitHub) -> String {
    let repository = github.look();
    let ours = repository.check_runs.iter().filter(|run| run.app == APP);
    let words = ours.map(|run| {
        assert_eq!(run.head_sha, SHA);
        let name = run.name.strip_prefix("Tollgate / ").unwrap();
        format!("{name} {}", run.conclusion.as_ref().unwrap_or(&run.status))
    });
    words.collect::<Vec<_>>().join(", ")
}

#[track_caller]
fn wait_for(stage: &Stage, expect: &str) {
    stage
        .github
        .wait_until(expect, |github| shown(github) == expect);
}

/// How often something was asked.
fn count(stage: &Stage, method: &str, path: &str) -> usize {
    let journal = stage.github.journal();
    let is_it = |line: &String| line.starts_with(&format!("{method} {path}"));
    journal.iter().map(|call| call.line()).filter(is_it).count()
}

fn writes(stage: &Stage) -> usize {
    count(stage, "POST", WRITES) + count(stage, "PATCH", WRITES)
}

/// Rita lets the release go to production.
fn approve(server: &Server) {
    let payload =
        json!({"environment": "production", "by": "rita", "decision": "approved", "comment": "go"});
    let approval = event("approval_recorded", "tests/approval", payload);
    server.post("rita", &approval).expect(200);
}

#[test]
fn each_environment_has_one_that_follows_the_events() {
    let stage = Stage::set();
    let server = stage.server();
    server.create_release();
    wait_for(&stage, "staging in_progress, production in_progress");
    report(&server, "lint/ruff=passed G1/journeys=passed");
    wait_for(&stage, "staging success, production in_progress");
    approve(&server);
    wait_for(&stage, "staging success, production success");
    let mut failed = reported("G1/journeys", "failed");
    failed["occurred_at"] = json!("2026-01-02T03:05:00Z");
    server.post("ci", &failed).expect(200);
    wait_for(&stage, "staging failure, production success");
    let repository = stage.github.look();
    let [staging, production] = &repository.check_runs[..] else {
        panic!("{:?}", repository.check_runs);
    };
    let (title, summary) = (
        staging.title.as_ref().unwrap(),
        staging.summary.as_ref().unwrap(),
    );
    assert!(title.starts_with("closed: G1 is failed"), "{title}");
    assert!(
        summary.contains("| **staging** |") && summary.contains("| **G1** |"),
        "{summary}"
    );
    assert!(
        production
            .external_id
            .as_ref()
            .unwrap()
            .starts_with("tollgate:v1:environment:"),
        "{production:?}"
    );
    assert_eq!(
        count(&stage, "POST", WRITES),
        2,
        "they are changed, not doubled"
    );
    server.stop();
}

#[test]
fn one_leads_to_the_page_of_its_release_where_people_can_reach_it() {
    let stage = Stage::set();
    let serve = |address: &str| stage.call().env("TOLLGATE_PUBLIC_URL", address);
    serve("gates.example/")
        .run()
        .expect(2)
        .says("TOLLGATE_PUBLIC_URL: it is no URL");
    let server = Server::of(serve("https://gates.example/"));
    server.create_release();
    wait_for(&stage, "staging in_progress, production in_progress");
    let page = format!("https://gates.example/releases/{RELEASE}");
    for run in &stage.github.look().check_runs {
        assert_eq!(run.details_url.as_ref(), Some(&page));
    }
    server.stop();
}

#[test]
fn one_that_a_waiver_opened_closes_when_the_waiver_ends() {
    let stage = Stage::set();
    let policy = stage.project.read(".github/tollgate.yml");
    let waivers = "waivers: { longest: 14d, from: [\"user:rita\"] }\n";
    let policy = format!("{policy}{waivers}");
    stage.project.write(".github/tollgate.yml", &policy);
    let server = stage.server();
    server.create_release();
    report(&server, "lint/ruff=passed G1/journeys=failed");
    wait_for(&stage, "staging failure, production in_progress");
    let end = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(5);
    let payload =
        json!({"id": "w", "gate": "G1", "by": "rita", "reason": "known", "expires_at": end});
    let mut waiver = event("exception_granted", "tests/waiver", payload);
    waiver["occurred_at"] = json!(jiff::Timestamp::now());
    server.post("rita", &waiver).expect(200);
    wait_for(&stage, "staging success, production in_progress");
    wait_for(&stage, "staging failure, production in_progress");
    assert!(jiff::Timestamp::now() >= end, "not before its time");
    server.stop();
}

#[test]
fn a_server_that_is_started_again_finds_what_it_wrote() {
    let stage = Stage::set();
    let server = stage.server();
    server.create_release();
    report(&server, "lint/ruff=passed G1/journeys=passed");
    wait_for(&stage, "staging success, production in_progress");
    server.stop();
    let list = format!("/repos/acme/shop/commits/{SHA}/check-runs");
    let lists = count(&stage, "GET", &list);
    let server = stage.server();
    stage.github.wait_until("GitHub is asked what it has", |_| {
        count(&stage, "GET", &list) > lists
    });
    approve(&server);
    wait_for(&stage, "staging success, production success");
    assert_eq!(count(&stage, "POST", WRITES), 2, "nothing is written twice");
    server.stop();
}

#[test]
fn whatever_github_does_it_ends_with_one_for_each() {
    let troubles = [
        ("POST", WRITES, Fault::status(502).after(), 1),
        ("POST", WRITES, Fault::reset(), 1),
        ("POST", WRITES, Fault::limited(403, 0), 5),
        ("POST", WRITES, Fault::status(500), 4),
        (
            "PATCH",
            "/repos/acme/shop/check-runs/*",
            Fault::status(500),
            4,
        ),
        (
            "GET",
            "/repos/acme/shop/commits/*/check-runs",
            Fault::cut_body(),
            4,
        ),
        (
            "GET",
            "/repos/acme/shop/installation",
            Fault::status(503),
            4,
        ),
        (
            "POST",
            "/app/installations/9/access_tokens",
            Fault::status(500),
            4,
        ),
    ];
    thread::scope(|scope| {
        for (method, path, fault, times) in troubles {
            scope.spawn(move || {
                let stage = Stage::set();
                stage.github.fail(method, path, fault, times);
                let server = stage.server();
                server.create_release();
                wait_for(&stage, "staging in_progress, production in_progress");
                report(&server, "lint/ruff=passed G1/journeys=passed");
                approve(&server);
                wait_for(&stage, "staging success, production success");
                server.stop();
            });
        }
    });
}

#[test]
fn one_that_github_deleted_is_written_anew() {
    let stage = Stage::set();
    let server = stage.server();
    server.create_release();
    wait_for(&stage, "staging in_progress, production in_progress");
    stage
        .github
        .change(|repository| repository.check_runs.clear());
    report(&server, "lint/ruff=passed G1/journeys=passed");
    stage.github.wait_until("staging", |github| {
        shown(github).contains("staging success")
    });
    server.stop();
}

#[test]
fn a_server_that_is_killed_while_it_writes_doubles_and_loses_nothing() {
    let stage = Stage::set();
    let (held, hold) = Fault::held();
    stage
        .github
        .fail("POST", WRITES, Fault::hang().after(), 1)
        .fail("POST", WRITES, held, 1);
    let server = stage.server();
    server.create_release();
    stage.github.wait_until("the first is there", |github| {
        shown(github) == "staging in_progress"
    });
    server.signal(Signal::KILL);
    server.ended();
    let server = stage.server();
    hold.wait();
    server.signal(Signal::KILL);
    server.ended();
    let server = stage.server();
    wait_for(&stage, "staging in_progress, production in_progress");
    server.stop();
}

#[test]
fn an_app_that_may_not_write_check_runs_answers_jobs_all_the_same() {
    for without in ["permission", "installation"] {
        let stage = Stage::set();
        match without {
            "permission" => stage.github.forbid_app("checks"),
            _ => stage.github.fail(
                "GET",
                "/repos/acme/shop/installation",
                Fault::status(404),
                ALWAYS,
            ),
        };
        let server = stage.server();
        deliver(
            &server,
            "d1",
            "deployment_protection_rule",
            &stage.request("staging"),
        );
        report(&server, "lint/ruff=passed G1/journeys=passed");
        assert_eq!(stage.answered("staging"), "approved");
        let log = server.stop();
        assert!(!log.contains("check runs could not be written"), "{log}");
        assert_eq!(writes(&stage), 0, "without {without}");
    }
}

#[test]
fn where_the_policy_is_not_known_nothing_is_written_until_it_is() {
    let stage = Stage::set();
    let policy = stage.project.read(".github/tollgate.yml");
    let has = |text: &str| {
        let text = text.to_owned();
        stage.github.change(|repository| {
            let path = ".github/tollgate.yml".to_owned();
            repository.files.insert(path, text);
        });
    };
    has("version: 1\nproject: shop\nenvironment: {}\n");
    let server = Server::of(stage.call_of("serve --listen 127.0.0.1:0 -v"));
    server.create_release();
    report(&server, "lint/ruff=passed G1/journeys=passed");
    stage.github.wait_until("the policy is read", |_| {
        count(
            &stage,
            "GET",
            "/repos/acme/shop/contents/.github/tollgate.yml",
        ) > 0
    });
    assert_eq!(shown(&stage.github), "");
    has(&policy);
    wait_for(&stage, "staging success, production in_progress");
    let log = server.stop();
    assert!(log.contains("check runs could not be written"), "{log}");
}
