//! Signatures and deliveries, a line a case.

use serde_json::{Value, json};

use super::*;

const API: &str = "https://api.github.com";

#[test]
fn a_signature_is_that_of_the_secret_over_the_bytes() {
    // The vector of GitHub's own page.
    let good = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let secret = SecretString::from("It's a Secret to Everybody");
    for (body, signature, is_good) in [
        ("Hello, World!", format!("sha256={good}"), true),
        (
            "Hello, World!",
            format!("sha256={}", good.to_uppercase()),
            true,
        ),
        ("Hello, World?", format!("sha256={good}"), false),
        ("Hello, World!", good.to_owned(), false),
        ("Hello, World!", format!("sha1={good}"), false),
        ("Hello, World!", format!("sha256={}", &good[..62]), false),
        ("Hello, World!", "sha256=".to_owned(), false),
        ("Hello, World!", format!("sha256={}", "é".repeat(32)), false),
        ("Hello, World!", String::new(), false),
    ] {
        assert_eq!(
            is_signed(&secret, body.as_bytes(), &signature),
            is_good,
            "{body} {signature}"
        );
    }
}

fn request() -> Value {
    json!({
        "action": "requested", "environment": "production", "event": "push",
        "deployment_callback_url": format!("{API}/repos/acme/shop/actions/runs/77/deployment_protection_rule"),
        "deployment": {"id": 1, "sha": "a".repeat(40), "ref": "main", "created_at": "2026-01-02T03:04:05Z"},
        "repository": {"id": 42, "full_name": "acme/shop"}, "installation": {"id": 9},
        "sender": {"login": "alice"},
    })
}

fn review() -> Value {
    json!({
        "action": "approved", "approver": {"login": "Rita"}, "comment": "go",
        "since": "2026-01-02T03:04:05Z",
        "workflow_job_runs": [{"environment": "production"}, {"environment": "production"}],
        "workflow_run": {"id": 77, "run_attempt": 2, "head_sha": "a".repeat(40),
            "actor": {"login": "alice"}, "triggering_actor": {"login": "alice"}},
        "repository": {"id": 42, "full_name": "acme/shop"},
    })
}

fn read_as(event: &str, body: &Value) -> Result<Delivery, UnreadableDelivery> {
    read(event, body.to_string().as_bytes(), API)
}

#[test]
fn a_job_that_waits_is_read() {
    let Ok(Delivery::Requested(found)) = read_as("deployment_protection_rule", &request()) else {
        panic!("it is a request");
    };
    assert_eq!(
        (found.run, found.installation, found.repository_id),
        (77, 9, 42)
    );
    assert_eq!(
        (found.environment.as_str(), found.sender.as_str()),
        ("production", "alice")
    );
}

#[test]
fn a_callback_leads_nowhere_else() {
    let with = |url: &str| {
        let mut body = request();
        body["deployment_callback_url"] = url.into();
        read_as("deployment_protection_rule", &body).is_ok()
    };
    for (url, is_taken) in [
        (
            "https://api.github.com/repos/Acme/Shop/actions/runs/77/deployment_protection_rule",
            true,
        ),
        (
            "https://api.github.com.evil.example/repos/acme/shop/actions/runs/77/deployment_protection_rule",
            false,
        ),
        (
            "https://evil.example/repos/acme/shop/actions/runs/77/deployment_protection_rule",
            false,
        ),
        (
            "https://api.github.com/repos/acme/other/actions/runs/77/deployment_protection_rule",
            false,
        ),
        (
            "https://api.github.com/repos/acme/shop/actions/runs/77/../deployment_protection_rule",
            false,
        ),
        (
            "https://api.github.com/repos/acme/shop/actions/runs/77/deployment_protection_rule?x",
            false,
        ),
        ("é", false),
    ] {
        assert_eq!(with(url), is_taken, "{url}");
    }
}

#[test]
fn a_decision_is_read_once_for_each_environment() {
    let Ok(Delivery::Reviewed(found)) = read_as("deployment_review", &review()) else {
        panic!("it is a review");
    };
    assert_eq!(
        (found.by.as_str(), found.decision, found.run),
        ("Rita", Decision::Approved, (77, 2))
    );
    assert_eq!(found.environments, ["production"]);
    assert_eq!(found.triggered_by, ["alice"]);
}

#[test]
fn what_lacks_something_is_told_and_what_does_not_matter_is_left() {
    let without = |mut body: Value, field: &str| {
        body.as_object_mut().unwrap().remove(field);
        body
    };
    let acting = |mut body: Value, action: &str| {
        body["action"] = action.into();
        body
    };
    for (event, body, expect) in [
        (
            "deployment_protection_rule",
            without(request(), "deployment"),
            None,
        ),
        (
            "deployment_protection_rule",
            without(request(), "installation"),
            None,
        ),
        (
            "deployment_protection_rule",
            acting(request(), "created"),
            Some(Delivery::Other),
        ),
        ("deployment_review", without(review(), "approver"), None),
        ("deployment_review", without(review(), "workflow_run"), None),
        (
            "deployment_review",
            without(review(), "workflow_job_runs"),
            None,
        ),
        (
            "deployment_review",
            acting(review(), "requested"),
            Some(Delivery::Other),
        ),
        ("ping", json!({"zen": "…"}), Some(Delivery::Other)),
    ] {
        assert_eq!(read_as(event, &body).ok(), expect, "{event} {body}");
    }
}
