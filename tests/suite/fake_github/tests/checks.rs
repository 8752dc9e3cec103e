//! Which check runs GitHub takes, and which it lists.

use reqwest::Method;
use serde_json::{Value, json};

use super::super::Token;
use super::{Asker, SHA, github};

#[tokio::test]
async fn check_runs_that_github_refuses_are_refused() {
    let fake = github();
    let asker = Asker::new(&fake, Token::workflow());
    let output = |annotation: Value| {
        let lines = json!({
            "path": "a", "start_line": 2, "end_line": 2,
            "annotation_level": "notice", "message": "x",
        });
        let mut lines = lines.as_object().unwrap().clone();
        lines.extend(annotation.as_object().unwrap().clone());
        json!({"output": {"title": "x", "summary": "x", "annotations": [lines]}})
    };
    for (more, is_described) in [
        (json!({"conclusion": "stale"}), false),
        (json!({"status": "completed"}), false),
        (json!({"name": ""}), false),
        (json!({"head_sha": "1".repeat(40)}), false),
        (output(json!({"title": "x".repeat(256)})), false),
        (output(json!({"message": "x".repeat(65_537)})), false),
        (output(json!({"end_line": 1})), false),
        (output(json!({"end_line": 3, "start_column": 1})), false),
        (json!({"conclusion": "passed"}), true),
        (json!({"status": "waiting"}), true),
        (
            json!({"output": {"title": "x", "summary": "x".repeat(65_536)}}),
            true,
        ),
        (json!({"output": {"summary": "x"}}), true),
    ] {
        let mut body = json!({"name": "x", "head_sha": SHA});
        let fields = body.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        let path = "/repos/acme/shop/check-runs";
        let answer = asker.ask(Method::POST, path, Some(body)).await;
        assert_eq!(answer.status, 422, "{more}: {}", answer.body);
        assert_eq!(!fake.take_violations().is_empty(), is_described, "{more}");
    }
    assert!(fake.check_runs().is_empty());
}

#[tokio::test]
async fn only_the_newest_of_a_name_is_listed_unless_all_are_asked_for() {
    let fake = github();
    let actions = Asker::new(&fake, Token::workflow());
    let app = Asker::new(&fake, Token::app(99, "gates"));
    for (asker, conclusion) in [
        (&actions, "failure"),
        (&actions, "success"),
        (&app, "failure"),
    ] {
        let body = json!({
            "name": "x", "head_sha": SHA, "conclusion": conclusion, "details_url": "https://a.example",
        });
        let path = "/repos/acme/shop/check-runs";
        let made = asker.ask(Method::POST, path, Some(body)).await;
        assert_eq!(made.status, 201, "{}", made.body);
    }
    let list = format!("/repos/acme/shop/commits/{SHA}/check-runs");
    let latest = actions.get(&list).await.body;
    assert_eq!(latest["total_count"], 2);
    assert_eq!(latest["check_runs"][0]["details_url"], "https://a.example");
    assert_ne!(latest["check_runs"][1]["details_url"], "https://a.example");
    let all = actions
        .get(&format!("{list}?filter=all&app_id=15368"))
        .await;
    assert_eq!(all.body["total_count"], 2);
    let annotations = format!(
        "/repos/acme/shop/check-runs/{}/annotations",
        fake.check_runs()[0].id
    );
    assert_eq!(actions.get(&annotations).await.body, json!([]));
}
