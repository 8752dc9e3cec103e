//! Requests are answered before GitHub gives them up, whatever is missing by then.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::github_app::{RUN, Stage, deliver, report};
use super::server::Server;
use crate::fake_github::{ALWAYS, Fault};

const REQUEST: &str = "deployment_protection_rule";

/// The request of a job that has waited for so many hours.
fn old_request(stage: &Stage, environment: &str, hours: i64) -> Value {
    let mut request = stage.request(environment);
    let at = Timestamp::now() - SignedDuration::from_hours(hours);
    request["deployment"]["created_at"] = json!(at);
    request
}

#[test]
fn what_is_still_undecided_is_rejected_with_what_is_missing() {
    let stage = Stage::set();
    let server = stage.server();
    deliver(
        &server,
        "d1",
        REQUEST,
        &old_request(&stage, "production", 28 * 24),
    );
    deliver(
        &server,
        "d2",
        REQUEST,
        &old_request(&stage, "staging", 29 * 24 + 1),
    );
    assert_eq!(stage.answered("staging"), "rejected");
    let comment = stage.github.last_comment(RUN);
    for said in ["29 days", "G1 is blocked", "`gate_not_passed`"] {
        assert!(comment.contains(said), "{comment}");
    }
    server.stop();
    assert_eq!(
        stage.github.answers(RUN),
        ["staging rejected"],
        "the other has time"
    );
}

#[test]
fn what_is_open_by_then_is_approved() {
    let stage = Stage::set();
    let server = stage.server();
    server.create_release();
    report(&server, "lint/ruff=passed G1/journeys=passed");
    deliver(
        &server,
        "d1",
        REQUEST,
        &old_request(&stage, "staging", 29 * 24 + 1),
    );
    assert_eq!(stage.answered("staging"), "approved");
    server.stop();
}

#[test]
fn what_could_never_be_judged_is_rejected_too() {
    let stage = Stage::set();
    let policy = "/repos/acme/shop/contents/**";
    stage.github.fail("GET", policy, Fault::status(500), ALWAYS);
    let server = Server::of(stage.call_of("serve --listen 127.0.0.1:0 -v"));
    deliver(
        &server,
        "d1",
        REQUEST,
        &old_request(&stage, "staging", 29 * 24 + 1),
    );
    assert_eq!(stage.answered("staging"), "rejected");
    let comment = stage.github.last_comment(RUN);
    assert!(comment.contains("could not be judged"), "{comment}");
    server.stop();
}

#[test]
fn a_run_that_github_gave_up_is_forgotten() {
    let stage = Stage::set();
    stage.github.change_run(RUN, |run| run.waits_for.clear());
    let server = stage.server();
    deliver(
        &server,
        "d1",
        REQUEST,
        &old_request(&stage, "staging", 31 * 24),
    );
    let asked = |stage: &Stage| {
        let journal = stage.github.journal();
        let asked = journal
            .iter()
            .filter(|it| it.path.ends_with("/pending_deployments"));
        asked.count()
    };
    stage
        .github
        .wait_until("it is asked for", |_| asked(&stage) > 0);
    server.stop();
    let server = stage.server();
    stage
        .github
        .change_run(RUN, |run| run.waits_for.push("production".to_owned()));
    deliver(&server, "d2", REQUEST, &stage.request("production"));
    report(&server, "lint/ruff=failed");
    assert_eq!(stage.answered("production"), "rejected");
    server.stop();
    assert_eq!(asked(&stage), 1, "the old one is not looked at again");
}
