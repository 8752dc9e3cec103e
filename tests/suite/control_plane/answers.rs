//! What each request is answered with, a line a case.

use serde_json::{Value, json};

use super::server::{RELEASE, Server, created, event, reported};
use crate::project::Project;

const POLICY: &str = r#"
pipeline:
  lint: { checks: { ruff: { run: "true" } } }
environments:
  staging: { gates: [lint] }
"#;

fn server() -> (Project, Server) {
    let project = Project::new(POLICY);
    let server = Server::start(&project);
    (project, server)
}

#[test]
fn an_event_is_accepted_once_and_a_duplicate_gets_the_first_answer() {
    let (_project, server) = server();
    let first = server.post("ci", &created()).expect(200).json();
    let second = server.post("ci", &created()).expect(200).json();
    assert_eq!(
        (&first["status"], &second["status"]),
        (&"accepted".into(), &"duplicate".into())
    );
    assert_eq!(first["ingest_id"], second["ingest_id"]);
    assert_eq!(first["detail"], second["detail"]);
    assert_eq!(first["detail"]["sequence"], 1);
}

#[test]
fn bad_input_is_told_by_its_status_and_changes_nothing() {
    let (project, server) = server();
    server.create_release();
    server
        .post("ci", &reported("lint/ruff", "passed"))
        .expect(200);
    let without = |field: &str| {
        let mut event = reported("lint/ruff", "failed");
        event.as_object_mut().unwrap().remove(field);
        event.to_string()
    };
    let with = |field: &str, value: &str| {
        let mut event = reported("lint/ruff", "failed");
        event[field] = value.into();
        event.to_string()
    };
    let other_body = with("idempotency_key", "tests/lint/ruff/passed");
    for (body, expect) in [
        ("{\"a\": 1,\n  nope}".to_owned(), "400 not_json"),
        ("[]".to_owned(), "400 invalid_field"),
        (without("actor"), "400 missing_field"),
        (with("occurred_at", "yesterday"), "400 invalid_field"),
        (with("schema_version", "2"), "422 unknown_schema"),
        (
            with("release_id", "00000000-0000-5000-8000-000000000000"),
            "409 unknown_release",
        ),
        (other_body, "409 key_taken"),
        (" ".repeat(11_000_000), "413 too_large"),
    ] {
        let answer = server.post_text("ci", body.clone());
        assert_eq!(answer.said(), expect, "{:.200}", body);
        assert_eq!(answer.json()["status"], "rejected");
    }
    let place = server.post_text("ci", "{\"a\": 1,\n  nope}".to_owned());
    assert_eq!(place.json()["detail"]["place"], "2:3");
    let field = server.post_text("ci", without("actor"));
    assert_eq!(field.json()["detail"]["field"], "actor");
    let status = server
        .get(&format!("/v1/releases/{RELEASE}"), "otto")
        .json();
    assert_eq!(status["gates"][0]["status"], "passed");
    server.stop();
    let log = project.tollgate("ledger log --all --format json");
    assert_eq!(log.expect(0).stdout.lines().count(), 2);
}

#[test]
fn nothing_is_anonymous_but_health() {
    let (_project, server) = server();
    let described = server.get("/v1/openapi.json", "otto").expect(200).json();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let path = path.replace("{id}", RELEASE).replace("{env}", "staging");
            let method = method.to_uppercase();
            for who in ["", "mallory"] {
                let answer = server.send(server.request(&method, &path, who));
                let is_health = ["/healthz", "/readyz"].contains(&&*path);
                let expect = if is_health { 200 } else { 401 };
                assert_eq!(answer.status, expect, "{method} {path} {who:?}");
                assert_eq!(answer.headers.contains_key("www-authenticate"), !is_health);
            }
        }
    }
}

#[test]
fn a_role_records_what_is_its_own() {
    let (_project, server) = server();
    server.create_release();
    let approval = |by: &str| json!({"environment": "staging", "by": by, "decision": "approved", "comment": "ok"});
    let waiver = |by: &str| json!({"id": "w", "gate": "lint", "by": by, "reason": "r", "expires_at": "2026-02-01T00:00:00Z"});
    let incident =
        json!({"incident_id": "i", "environment": "staging", "severity": "low", "summary": "s"});
    for (who, kind, payload, expect) in [
        ("ci", "approval_recorded", approval("ci"), "403 forbidden"),
        ("ci", "exception_granted", waiver("ci"), "403 forbidden"),
        (
            "quinn",
            "approval_recorded",
            approval("rita"),
            "403 forbidden",
        ),
        (
            "quinn",
            "approval_recorded",
            approval("Quinn"),
            "200 accepted",
        ),
        (
            "quinn",
            "exception_granted",
            waiver("quinn"),
            "403 forbidden",
        ),
        ("rita", "exception_granted", waiver("rita"), "200 accepted"),
        ("sam", "approval_recorded", approval("sam"), "403 forbidden"),
        ("sam", "incident_opened", incident.clone(), "200 accepted"),
        ("dora", "incident_opened", incident.clone(), "200 accepted"),
        (
            "dora",
            "incident_closed",
            json!({"incident_id": "i"}),
            "403 forbidden",
        ),
        ("otto", "incident_opened", incident.clone(), "403 forbidden"),
    ] {
        let event = event(
            kind,
            &format!("tests/{who}/{kind}/{}", payload["by"]),
            payload,
        );
        assert_eq!(server.post(who, &event).said(), expect, "{who} {event}");
    }
}

#[test]
fn a_build_in_its_short_form_is_judged_like_any_result() {
    let policy = r#"
pipeline:
  image: { checks: { build: { run: "true" } } }
environments:
  staging: { gates: [image] }
"#;
    let project = Project::new(policy);
    let server = Server::start(&project);
    server.create_release();
    for (second, status, expect) in [(1, "fail", false), (2, "pass", true), (3, "fail", false)] {
        let payload = json!({"gate": "image", "status": status});
        let mut built = event("build_complete", &format!("jenkins/{second}"), payload);
        built["occurred_at"] = format!("2026-01-02T03:04:0{second}Z").into();
        server.post("ci", &built).expect(200);
        let path = format!("/v1/releases/{RELEASE}/eligibility/staging");
        let answer = server.get(&path, "dora").expect(200).json();
        assert_eq!(answer["eligible"], expect, "{status}: {answer}");
    }
}

#[test]
fn releases_are_listed_judged_and_reported() {
    let (_project, server) = server();
    server.create_release();
    let path = |rest: &str| format!("/v1/releases/{RELEASE}{rest}");
    let list = server.get("/v1/releases", "dora").expect(200).json();
    assert_eq!(list["releases"][0]["id"], RELEASE);
    assert_eq!(list["releases"][0]["version"], "1.4.0");
    let before = server
        .get(&path("/eligibility/staging"), "dora")
        .expect(200)
        .json();
    assert_eq!(
        (&before["eligible"], &before["environment"]),
        (&false.into(), &"staging".into())
    );
    assert_eq!(before["reasons"][0]["code"], "gate_not_passed");
    server
        .post("ci", &reported("lint/ruff", "passed"))
        .expect(200);
    let after = server
        .get(&path("/eligibility/Staging"), "dora")
        .expect(200)
        .json();
    assert_eq!(
        (&after["eligible"], &after["reasons"]),
        (&true.into(), &json!([]))
    );
    let status = server.get(&path(""), "dora").expect(200).json();
    assert_eq!(status["schema"], "tollgate.status/v1");
    let report = |query: &str| {
        server
            .get(&path(&format!("/report{query}")), "dora")
            .expect(200)
            .text
    };
    assert_eq!(
        serde_json::from_str::<Value>(&report("")).unwrap()["schema"],
        "tollgate.report/v1"
    );
    assert!(report("?format=html").contains("<!doctype html>"));
    assert!(report("?format=md").contains("# "));
    assert!(report("?format=junit").contains("<testsuites"));
    for (rest, expect) in [
        ("/eligibility/moon", "404 not_found"),
        ("/report?format=pdf", "400 invalid_format"),
        ("/nothing", "404 not_found"),
    ] {
        assert_eq!(server.get(&path(rest), "dora").said(), expect, "{rest}");
    }
    for (path, expect) in [
        ("/v1/releases?limit=0", "400 invalid_limit"),
        ("/v1/releases?limit=1&limit=1", "400 invalid_query"),
        ("/v1/releases/7", "400 invalid_id"),
        ("/v1/releases/%FF", "400 invalid_path"),
        (
            "/v1/releases/00000000-0000-5000-8000-000000000000",
            "404 not_found",
        ),
    ] {
        assert_eq!(server.get(path, "dora").said(), expect, "{path}");
        server.get(path, "").expect(401);
    }
    assert_eq!(
        server
            .send(server.request("PUT", "/v1/events", "ci"))
            .said(),
        "405 wrong_method"
    );
}

#[test]
fn health_and_counters_are_told() {
    let (_project, server) = server();
    server.create_release();
    server.post("ci", &created()).expect(200);
    assert_eq!(server.get("/healthz", "").expect(200).text, "ok\n");
    assert_eq!(server.get("/readyz", "").expect(200).text, "ok\n");
    let metrics = server.get("/metrics", "otto").expect(200);
    assert!(
        metrics.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/plain; version=0.0.4")
    );
    for line in [
        "tollgate_events_total{status=\"accepted\"} 1\n",
        "tollgate_events_total{status=\"duplicate\"} 1\n",
        "tollgate_http_requests_total{method=\"POST\",route=\"/v1/events\",status=\"200\"} 2\n",
    ] {
        assert!(
            metrics.text.contains(line),
            "{line} is not in:\n{}",
            metrics.text
        );
    }
}
