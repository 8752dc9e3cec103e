//! The rule against a GitHub that answers well, badly and not at all.

use std::time::Duration;

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::domain::status::CheckStatus::{self, Errored, Failed, Passed};
use crate::retry::RetryPolicy;

const BASE: &str = "/repos/acme/shop/environments/production";

fn client(server: &MockServer) -> Client {
    let retry = RetryPolicy {
        tries: 2,
        first_pause: Duration::ZERO,
        longest_pause: Duration::ZERO,
    };
    let client = Client::new(&server.uri(), "t0ken".into(), "acme/shop".parse().unwrap());
    client
        .unwrap()
        .with_patience(retry, Duration::from_secs(20))
}

fn rule() -> GitHubRule {
    GitHubRule {
        environment: "production".to_owned(),
        reviewers: 2,
        prevent_self_review: true,
        secrets: vec!["DATABASE_URL".to_owned()],
        variables: vec!["APP_URL".to_owned()],
    }
}

/// An environment with so many reviewers.
fn environment(reviewers: usize, prevents: bool) -> ResponseTemplate {
    let reviewers: Vec<Value> = (0..reviewers)
        .map(|number| json!({"type": "User", "reviewer": {"login": format!("u{number}")}}))
        .collect();
    let rules = json!([
        {"id": 1, "type": "required_reviewers", "prevent_self_review": prevents, "reviewers": reviewers},
        {"id": 2, "type": "branch_policy"}
    ]);
    answer(
        json!({"name": "Production", "protection_rules": rules, "deployment_branch_policy": null}),
    )
}

fn answer(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

fn complaint(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"message": "Resource not accessible"}))
}

fn names(key: &str, names: &[&str]) -> ResponseTemplate {
    let items: Vec<Value> = names
        .iter()
        .map(|name| json!({"name": name, "value": "x"}))
        .collect();
    answer(json!({"total_count": items.len(), key: items}))
}

/// Answers about the environment, its secrets and its variables.
async fn check(answers: [ResponseTemplate; 3], status: CheckStatus, codes: &[&str], says: &str) {
    let server = MockServer::start().await;
    for (place, answer) in ["", "/secrets", "/variables"].into_iter().zip(answers) {
        let mock = Mock::given(method("GET")).and(path(format!("{BASE}{place}")));
        mock.respond_with(answer).mount(&server).await;
    }
    let result = run(&rule(), &client(&server)).await;
    let found: Vec<_> = result
        .reasons
        .iter()
        .map(|reason| reason.code.as_str())
        .collect();
    assert_eq!(
        (result.status, found.as_slice()),
        (status, codes),
        "{:?}",
        result.reasons
    );
    let all: Vec<_> = result
        .reasons
        .iter()
        .map(|reason| reason.message.as_str())
        .collect();
    assert!(all.join("\n").contains(says), "{all:#?}");
}

fn secrets() -> ResponseTemplate {
    names("secrets", &["OTHER", "DATABASE_URL"])
}

fn variables() -> ResponseTemplate {
    names("variables", &["app_url"])
}

#[tokio::test]
async fn an_environment_that_has_it_all_passes() {
    check(
        [environment(2, true), secrets(), variables()],
        Passed,
        &[],
        "",
    )
    .await;
    check(
        [environment(6, true), secrets(), variables()],
        Passed,
        &[],
        "",
    )
    .await;
}

#[tokio::test]
async fn an_environment_that_is_weaker_fails() {
    let weak = ["environment_unprotected"];
    check(
        [environment(1, true), secrets(), variables()],
        Failed,
        &weak,
        "has 1 required",
    )
    .await;
    check(
        [environment(2, false), secrets(), variables()],
        Failed,
        &weak,
        "Prevent self-review",
    )
    .await;
    let none = answer(json!({"name": "production", "protection_rules": []}));
    let both = ["environment_unprotected", "environment_unprotected"];
    check(
        [none, secrets(), variables()],
        Failed,
        &both,
        "has 0 required",
    )
    .await;
    let missing = ["environment_missing"];
    check(
        [complaint(404), secrets(), variables()],
        Failed,
        &missing,
        "no protection",
    )
    .await;
}

#[tokio::test]
async fn names_that_are_missing_fail() {
    let good = || environment(2, true);
    let no_secret = names("secrets", &["OTHER"]);
    check(
        [good(), no_secret, variables()],
        Failed,
        &["secret_missing"],
        "DATABASE_URL",
    )
    .await;
    let no_variable = names("variables", &[]);
    let code = ["github_variable_missing"];
    check([good(), secrets(), no_variable], Failed, &code, "APP_URL").await;
}

#[tokio::test]
async fn what_cannot_be_read_is_errored_and_names_the_permission() {
    let code = ["environment_unreadable"];
    let good = || environment(2, true);
    check(
        [complaint(403), secrets(), variables()],
        Errored,
        &code,
        "`actions: read`",
    )
    .await;
    check(
        [complaint(401), secrets(), variables()],
        Errored,
        &code,
        "token can't be used",
    )
    .await;
    check(
        [good(), complaint(403), variables()],
        Errored,
        &code,
        "`environments: read`",
    )
    .await;
    check(
        [good(), secrets(), complaint(403)],
        Errored,
        &code,
        "GITHUB_TOKEN can't have",
    )
    .await;
    check(
        [good(), complaint(404), variables()],
        Errored,
        &code,
        "may not see",
    )
    .await;
    let codes = ["environment_unreadable", "environment_unprotected"];
    check(
        [environment(0, true), complaint(403), variables()],
        Errored,
        &codes,
        "has 0",
    )
    .await;
}

#[tokio::test]
async fn a_github_in_trouble_is_errored() {
    let code = ["environment_unreadable"];
    let good = || environment(2, true);
    let odd = || ResponseTemplate::new(200).set_body_string("<html>");
    for broken in [
        complaint(500),
        complaint(502),
        complaint(429),
        odd(),
        answer(json!([])),
    ] {
        check(
            [broken, secrets(), variables()],
            Errored,
            &code,
            "production",
        )
        .await;
    }
    check(
        [good(), complaint(503), variables()],
        Errored,
        &code,
        "production",
    )
    .await;
    check([good(), secrets(), odd()], Errored, &code, "can't be read").await;
}

#[tokio::test]
async fn a_github_that_never_answers_is_errored() {
    let server = MockServer::start().await;
    let slow = environment(2, true).set_delay(Duration::from_secs(600));
    Mock::given(method("GET"))
        .respond_with(slow)
        .mount(&server)
        .await;
    let once = RetryPolicy {
        tries: 1,
        first_pause: Duration::ZERO,
        longest_pause: Duration::ZERO,
    };
    let client = client(&server).with_patience(once, Duration::from_millis(50));
    let result = run(&rule(), &client).await;
    assert_eq!(result.status, Errored);
    assert!(
        result.reasons[0].message.contains("no answer"),
        "{:?}",
        result.reasons
    );
}
