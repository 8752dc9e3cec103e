//! The OpenAPI document is true: it is valid, and what is answered is what it says.

use serde_json::{Value, json};

use super::server::{Answer, RELEASE, Server, created, event, reported};
use crate::project::Project;

const POLICY: &str = r#"
pipeline:
  lint: { checks: { ruff: { run: "true" } } }
environments:
  staging: { gates: [lint], approvals: { minimum: 1, from: [qa] } }
"#;

/// Asks whether an answer is one that the document has for the route, by status and by schema.
#[track_caller]
fn is_described(document: &Value, route: &str, method: &str, answer: &Answer) {
    let operation = &document["paths"][route][method];
    let responses = operation["responses"].as_object().unwrap();
    let response = responses.get(&answer.status.to_string());
    let response =
        response.unwrap_or_else(|| panic!("{method} {route} does not say {}", answer.status));
    let media = answer.headers.get("content-type");
    let media = media.map_or("", |media| media.to_str().unwrap());
    let media = media.split(';').next().unwrap();
    let schema = &response["content"][media]["schema"];
    assert!(schema.is_object(), "{method} {route} does not say {media}");
    if media != "application/json" {
        return;
    }
    check(document, schema, &answer.json());
}

/// Asks whether a value is what a schema of the document says.
#[track_caller]
fn check(document: &Value, schema: &Value, value: &Value) {
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": document["components"],
        "allOf": [schema],
    });
    let validator = jsonschema::validator_for(&whole).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?} in {value:#}");
}

#[test]
fn every_answer_is_described() {
    let project = Project::new(POLICY);
    let server = Server::start(&project);
    let document = server.get("/v1/openapi.json", "otto").expect(200).json();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let envelope = &document["components"]["schemas"]["Envelope"];
    for event in [created(), reported("lint/ruff", "passed")] {
        check(&document, envelope, &event);
        let answer = server.post("ci", &event);
        is_described(&document, "/v1/events", "post", &answer);
        assert_eq!(answer.status, 200);
    }
    let forged = event(
        "approval_recorded",
        "k",
        json!({"gate": "lint", "by": "ci", "decision": "approved"}),
    );
    for (who, body) in [
        ("ci", created().to_string()),
        ("ci", "nope".to_owned()),
        ("ci", "{}".to_owned()),
        ("ci", "{\"schema_version\": \"2\"}".to_owned()),
        ("ci", forged.to_string()),
        ("ci", created().to_string().replace("1.4.0", "1.4.1")),
        ("ci", " ".repeat(11_000_000)),
        ("", created().to_string()),
    ] {
        let together = format!("[{body}]");
        let answer = server.post_text(who, body);
        is_described(&document, "/v1/events", "post", &answer);
        let request = server.request("POST", "/v1/events/batch", who);
        let answer = server.send(request.body(together));
        is_described(&document, "/v1/events/batch", "post", &answer);
    }
    for (route, who) in [
        ("/", "otto"),
        ("/", ""),
        ("/releases/{id}", "otto"),
        ("/releases/{id}", ""),
        ("/releases/{id}/report", "otto"),
        ("/releases/{id}/report", ""),
        ("/sign-in", ""),
        ("/healthz", ""),
        ("/readyz", ""),
        ("/metrics", "otto"),
        ("/metrics", ""),
        ("/v1/openapi.json", ""),
        ("/v1/releases", "otto"),
        ("/v1/releases", ""),
        ("/v1/releases/{id}", "otto"),
        ("/v1/releases/{id}", ""),
        ("/v1/releases/{id}/eligibility/{env}", "otto"),
        ("/v1/releases/{id}/report", "otto"),
    ] {
        let path = route.replace("{id}", RELEASE).replace("{env}", "staging");
        is_described(&document, route, "get", &server.get(&path, who));
    }
    for (route, body) in [("/sign-in", "key=x"), ("/sign-out", "")] {
        let answer = server.send(server.request("POST", route, "").body(body));
        is_described(&document, route, "post", &answer);
    }
}
