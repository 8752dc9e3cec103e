//! Every read against every way in which GitHub can fail.

use super::scripted::{Scripted, Step};
use super::*;

const READS: [&str; 15] = [
    "workflow_run",
    "run_artifacts",
    "run_reviews",
    "check_runs",
    "check_runs of a name",
    "environments",
    "environment",
    "environment_secrets",
    "environment_variables",
    "commit_people",
    "is_in_team",
    "repository_settings",
    "branch_rules",
    "tag_target",
    "download_artifact",
];

async fn read(client: &Client, name: &str) -> Result<(), GitHubError> {
    match name {
        "workflow_run" => client.workflow_run(7).await.map(drop),
        "run_artifacts" => client.run_artifacts(7).await.map(drop),
        "run_reviews" => client.run_reviews(7).await.map(drop),
        "check_runs" => client.check_runs(&sha(COMMIT), None).await.map(drop),
        "check_runs of a name" => client.check_runs(&sha(COMMIT), Some("x")).await.map(drop),
        "environments" => client.environments().await.map(drop),
        "environment" => client.environment("a/b").await.map(drop),
        "environment_secrets" => client.environment_secrets("prod").await.map(drop),
        "environment_variables" => client.environment_variables("prod").await.map(drop),
        "commit_people" => client.commit_people(&sha(COMMIT)).await.map(drop),
        "is_in_team" => client.is_in_team("ops", "alice").await.map(drop),
        "repository_settings" => client.repository_settings().await.map(drop),
        "branch_rules" => client.branch_rules("main").await.map(drop),
        "tag_target" => client.tag_target("v1").await.map(drop),
        "download_artifact" => {
            let folder = tempfile::tempdir().unwrap();
            let artifact = downloads::artifact(None);
            let to = folder.path().join("a.zip");
            client
                .download_artifact(&artifact, &to, 100)
                .await
                .map(drop)
        }
        other => panic!("{other} is no read"),
    }
}

/// Does the same to every request, and tells the kind of the error and the number of requests.
async fn outcome(read_name: &str, step: Step) -> (String, usize) {
    let time_out = match step {
        Step::Silence => Duration::from_millis(50),
        _ => Duration::from_secs(20),
    };
    let server = Scripted::start(move |_| step.clone()).await;
    let client = client_of(&server.url).with_patience(patience(3), time_out);
    let kind = match read(&client, read_name).await {
        Ok(()) => "Ok".to_owned(),
        Err(error) => kind(&error),
    };
    let asked = server.requests();
    let routes = asked
        .iter()
        .filter(|asked| asked.target.starts_with("/api/v3/"));
    assert_eq!(
        routes.count(),
        asked.len(),
        "{read_name} has the API's path"
    );
    assert_eq!(client.usage().calls, asked.len() as u64, "{read_name}");
    (kind, asked.len())
}

async fn expect(step: Step, kind: &str, requests: usize) {
    for name in READS {
        let is_found_out =
            kind == "NotFound" && matches!(name, "environment" | "is_in_team" | "tag_target");
        let kind = if is_found_out { "Ok" } else { kind };
        let found = outcome(name, step.clone()).await;
        assert_eq!(found, (kind.to_owned(), requests), "{name}: {step:?}");
    }
}

async fn expect_status(status: u16, kind: &str, requests: usize) {
    let body = json!({"message": "said so"});
    expect(Step::json(status, &body), kind, requests).await;
}

#[tokio::test]
async fn a_refusal_is_final() {
    expect_status(400, "Refused", 1).await;
    expect_status(401, "BadToken", 1).await;
    expect_status(403, "Forbidden", 1).await;
    expect_status(404, "NotFound", 1).await;
    expect_status(409, "Refused", 1).await;
    expect_status(410, "Expired", 1).await;
    expect_status(422, "Refused", 1).await;
}

#[tokio::test]
async fn a_limit_that_lasts_too_long_ends_it() {
    expect_status(429, "RateLimited", 1).await;
    let secondary = json!({"message": "You have exceeded a secondary rate limit."});
    expect(Step::json(403, &secondary), "RateLimited", 1).await;
    let hour = Step::with_headers(403, "retry-after: 3600\r\n", "{}");
    expect(hour, "RateLimited", 1).await;
}

#[tokio::test]
async fn a_short_limit_is_waited_for() {
    let now = Step::with_headers(429, "retry-after: 0\r\n", "{}");
    expect(now, "RateLimited", 3).await;
    let reset = "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 1\r\n";
    let past = Step::with_headers(403, reset, "{}");
    expect(past, "RateLimited", 3).await;
}

#[tokio::test]
async fn trouble_is_asked_about_again() {
    expect_status(408, "Unreachable", 3).await;
    expect_status(500, "Unreachable", 3).await;
    expect_status(502, "Unreachable", 3).await;
    expect(
        Step::with_headers(503, "retry-after: 0\r\n", "<html>"),
        "Unreachable",
        3,
    )
    .await;
    expect(
        Step::with_headers(503, "retry-after: 3600\r\n", ""),
        "Unreachable",
        1,
    )
    .await;
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again() {
    expect(Step::Reset, "Unreachable", 3).await;
    expect(Step::json(200, &json!({"id": 1})).cut(), "Unreachable", 3).await;
    expect(Step::Bytes("SSH-2.0-x\r\n".to_owned()), "Unreachable", 3).await;
}

#[tokio::test]
async fn silence_is_asked_again() {
    expect(Step::Silence, "Unreachable", 3).await;
}

#[tokio::test]
async fn an_answer_that_nobody_understands_ends_it() {
    expect(Step::with_headers(200, "", "<html>"), "Unreachable", 1).await;
    expect(Step::json(200, &json!("text")), "Unreachable", 1).await;
    expect(Step::with_headers(304, "", ""), "Unreachable", 1).await;
}
