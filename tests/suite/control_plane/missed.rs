//! Deliveries that did not arrive, and are fetched.

use serde_json::json;

use super::github_app::{RUN, Stage, deliver, report, review};
use crate::fake_github::Fault;

const REQUEST: &str = "deployment_protection_rule";

/// Every try of GitHub that was looked at in full.
fn fetched(stage: &Stage) -> usize {
    let journal = stage.github.journal();
    let of_one = |path: &str| path.strip_prefix("/app/hook/deliveries/").is_some();
    journal.iter().filter(|call| of_one(&call.path)).count()
}

#[test]
fn what_was_missed_while_the_server_was_away_is_fetched_on_start() {
    let stage = Stage::set();
    let (staging, production) = (stage.request("staging"), stage.request("production"));
    stage
        .github
        .delivered_before(70, "d1", (REQUEST, &staging), 502)
        .delivered_before(60, "d2", (REQUEST, &production), 504)
        .delivered("d3", "deployment_review", &review("production"), 502);
    for number in 0..150 {
        let guid = format!("ping{number}");
        stage.github.delivered(&guid, "ping", &json!({}), 502);
    }
    let server = stage.server();
    stage
        .github
        .wait_until("all three are fetched", |_| fetched(&stage) == 3);
    server.create_release();
    report(&server, "lint/ruff=passed G1/journeys=passed");
    assert_eq!(stage.answered("staging"), "approved");
    assert_eq!(stage.answered("production"), "approved");
    let log = server.stop();
    assert!(log.contains("a missed delivery was fetched"), "{log}");
    assert_eq!(fetched(&stage), 3, "pings are left");
}

#[test]
fn what_arrived_is_not_fetched_and_what_is_known_is_kept_once() {
    let stage = Stage::set();
    let (staging, production) = (stage.request("staging"), stage.request("production"));
    let server = stage.server();
    deliver(&server, "d1", REQUEST, &staging);
    server.stop();
    stage
        .github
        .delivered("d1", REQUEST, &staging, 504)
        .delivered("d2", REQUEST, &production, 502)
        .delivered("d2", REQUEST, &production, 202)
        .delivered_before(73, "d4", (REQUEST, &production), 502)
        .delivered("d3", REQUEST, &json!({"action": "requested"}), 500)
        .delivered("d5", REQUEST, &json!({"action": "requested"}), 500)
        .delivered("d6", REQUEST, &production, 500);
    stage
        .github
        .fail("GET", "/app/hook/deliveries/*", Fault::status(404), 1);
    let server = stage.server();
    stage
        .github
        .wait_until("three are fetched", |_| fetched(&stage) == 3);
    report(&server, "lint/ruff=passed G1/journeys=passed");
    assert_eq!(stage.answered("staging"), "approved");
    let log = server.stop();
    assert_eq!(fetched(&stage), 3, "{log}");
    for said in [
        "GitHub keeps a missed delivery no longer",
        "a missed delivery could not be read",
    ] {
        assert!(log.contains(said), "{log}");
    }
    assert_eq!(stage.github.answers(RUN), ["staging approved"]);
}

#[test]
fn while_github_is_in_trouble_the_server_serves_and_asks_again() {
    let stage = Stage::set();
    let staging = stage.request("staging");
    stage
        .github
        .delivered("d1", REQUEST, &staging, 502)
        .fail("GET", "/app/hook/deliveries", Fault::status(502), 3)
        .fail("GET", "/app/hook/deliveries", Fault::limited(403, 0), 1)
        .fail("GET", "/app/hook/deliveries/*", Fault::reset(), 3);
    let server = stage.server();
    report_release(&server);
    assert_eq!(stage.answered("staging"), "approved");
    let log = server.stop();
    assert!(
        log.contains("missed deliveries could not be fetched"),
        "{log}"
    );
}

fn report_release(server: &super::server::Server) {
    server.create_release();
    report(server, "lint/ruff=passed G1/journeys=passed");
}
