//! The client against a GitHub that answers well, badly and not at all.

use serde_json::json;
use wiremock::matchers::{body_partial_json, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate, Times};

use super::*;
use crate::domain::ids::CommitSha;

const COMMIT: &str = "cccccccccccccccccccccccccccccccccccccccc";
const OTHER: &str = "dddddddddddddddddddddddddddddddddddddddd";
const TAG: &str = "1111111111111111111111111111111111111111";
const REF: &str = "/api/v3/repos/acme/shop/git/ref/tags/v1.0.0";
const REFS: &str = "/api/v3/repos/acme/shop/git/refs";
const TAGS: &str = "/api/v3/repos/acme/shop/git/tags";

fn client(server: &MockServer) -> Client {
    let retry = RetryPolicy {
        tries: 3,
        first_pause: Duration::ZERO,
        longest_pause: Duration::ZERO,
    };
    let api = format!("{}/api/v3", server.uri());
    let client = Client::new(&api, "t0ken".into(), "acme/shop".parse().unwrap());
    client
        .unwrap()
        .with_patience(retry, Duration::from_secs(20))
}

fn sha(text: &str) -> CommitSha {
    text.parse().unwrap()
}

fn object(kind: &str, sha: &str) -> serde_json::Value {
    json!({"type": kind, "sha": sha, "url": "x"})
}

fn complaint(status: u16, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"message": message, "status": status}))
}

fn reference(kind: &str, sha: &str) -> ResponseTemplate {
    let body = json!({"ref": "refs/tags/v1.0.0", "object": object(kind, sha)});
    ResponseTemplate::new(200).set_body_json(body)
}

fn tag_object(status: u16, kind: &str, target: &str) -> ResponseTemplate {
    let body = json!({"sha": TAG, "tag": "v1.0.0", "object": object(kind, target)});
    ResponseTemplate::new(status).set_body_json(body)
}

async fn mount(
    server: &MockServer,
    verb: &str,
    place: &str,
    answer: ResponseTemplate,
    times: impl Into<Times>,
) {
    let mock = Mock::given(method(verb)).and(path(place));
    mock.respond_with(answer).expect(times).mount(server).await;
}

async fn target_with(answer: ResponseTemplate) -> Result<Option<CommitSha>, GitHubError> {
    let server = MockServer::start().await;
    mount(&server, "GET", REF, answer, 1..).await;
    client(&server).tag_target("v1.0.0").await
}

#[tokio::test]
async fn a_tag_leads_to_its_commit() {
    let found = target_with(reference("commit", COMMIT)).await;
    assert_eq!(found, Ok(Some(sha(COMMIT))));
    let found = target_with(complaint(404, "Not Found")).await;
    assert_eq!(found, Ok(None));
}

#[tokio::test]
async fn an_annotated_tag_is_peeled_and_a_tag_of_a_tag_too() {
    let server = MockServer::start().await;
    mount(&server, "GET", REF, reference("tag", OTHER), 1).await;
    mount(
        &server,
        "GET",
        &format!("{TAGS}/{OTHER}"),
        tag_object(200, "tag", TAG),
        1,
    )
    .await;
    mount(
        &server,
        "GET",
        &format!("{TAGS}/{TAG}"),
        tag_object(200, "commit", COMMIT),
        1,
    )
    .await;
    assert_eq!(
        client(&server).tag_target("v1.0.0").await,
        Ok(Some(sha(COMMIT)))
    );
}

#[tokio::test]
async fn a_tag_that_leads_to_no_commit_is_an_error() {
    let error = target_with(reference("tree", COMMIT)).await.unwrap_err();
    assert!(error.to_string().contains("leads to a tree"), "{error}");
    let server = MockServer::start().await;
    mount(&server, "GET", REF, reference("tag", TAG), 1).await;
    mount(
        &server,
        "GET",
        &format!("{TAGS}/{TAG}"),
        tag_object(200, "tag", TAG),
        1..,
    )
    .await;
    let error = client(&server).tag_target("v1.0.0").await.unwrap_err();
    assert!(matches!(error, GitHubError::Refused { .. }), "{error}");
}

#[tokio::test]
async fn requests_say_who_asks() {
    let server = MockServer::start().await;
    mount(&server, "GET", REF, reference("commit", COMMIT), 1).await;
    client(&server).tag_target("v1.0.0").await.unwrap();
    let requests = server.received_requests().await.unwrap();
    for (name, expect) in [
        ("authorization", "Bearer t0ken"),
        ("user-agent", "octocrab"),
        ("x-github-api-version", "2022-11-28"),
    ] {
        let found: Vec<_> = requests[0].headers.get_all(name).iter().collect();
        assert_eq!(found, [expect], "{name}");
    }
}

#[tokio::test]
async fn what_goes_wrong_is_told_apart() {
    let forbidden = complaint(403, "Resource not accessible by integration");
    let error = target_with(forbidden).await.unwrap_err();
    let permission = "contents: read";
    assert!(
        matches!(&error, GitHubError::Forbidden { permission: found, .. } if *found == permission)
    );
    let error = target_with(complaint(401, "Bad credentials"))
        .await
        .unwrap_err();
    assert!(matches!(error, GitHubError::BadToken { .. }), "{error}");
    let wait = Some(Duration::from_secs(60));
    let limited = complaint(403, "slow down").insert_header("retry-after", "60");
    assert_eq!(
        target_with(limited).await,
        Err(GitHubError::RateLimited { wait })
    );
    let limited = complaint(429, "").insert_header("retry-after", "60");
    assert_eq!(
        target_with(limited).await,
        Err(GitHubError::RateLimited { wait })
    );
    let limited = complaint(403, "API rate limit exceeded for installation");
    let limited = limited.insert_header("x-ratelimit-remaining", "0");
    let error = target_with(limited).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GitHub's rate limit is used up; try again later"
    );
    let nonsense = ResponseTemplate::new(200).set_body_string("<html>");
    let error = target_with(nonsense).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("its answer about tag `v1.0.0` can't be read"),
        "{error}"
    );
    let error = target_with(reference("commit", "main")).await.unwrap_err();
    assert!(matches!(error, GitHubError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_read_is_asked_again_when_the_server_fails() {
    let server = MockServer::start().await;
    let broken = Mock::given(path(REF)).respond_with(ResponseTemplate::new(502));
    broken.up_to_n_times(2).mount(&server).await;
    mount(&server, "GET", REF, reference("commit", COMMIT), 1).await;
    assert_eq!(
        client(&server).tag_target("v1.0.0").await,
        Ok(Some(sha(COMMIT)))
    );
    let error = target_with(ResponseTemplate::new(502)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GitHub could not be asked: it answered 502"
    );
}

#[tokio::test]
async fn a_token_or_an_address_that_cannot_be_sent_is_refused() {
    let new = |api: &str, token: &str| {
        let client = Client::new(api, token.into(), "acme/shop".parse().unwrap());
        client.map(|_| ()).unwrap_err()
    };
    let error = new("https://api.example", "two\nlines");
    assert!(matches!(error, GitHubError::BadToken { .. }), "{error}");
    let error = new("no address", "t");
    assert!(matches!(error, GitHubError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let api = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::new(&api, "t".into(), "acme/shop".parse().unwrap()).unwrap();
    let retry = RetryPolicy {
        tries: 1,
        ..RetryPolicy::default()
    };
    let client = client.with_patience(retry, Duration::from_secs(20));
    let error = client.tag_target("v1").await.unwrap_err().to_string();
    assert!(error.contains("refused"), "{error}");
}

#[tokio::test]
async fn a_server_that_never_answers_is_unreachable() {
    let server = MockServer::start().await;
    let answer = reference("commit", COMMIT).set_delay(Duration::from_secs(3600));
    mount(&server, "GET", REF, answer, 1).await;
    let retry = RetryPolicy {
        tries: 1,
        ..RetryPolicy::default()
    };
    let client = client(&server).with_patience(retry, Duration::from_millis(300));
    let error = client.tag_target("v1.0.0").await.unwrap_err().to_string();
    assert!(error.contains("no answer within 0.3 s"), "{error}");
}

async fn create(server: &MockServer) -> Result<Tagged, GitHubError> {
    client(server)
        .create_tag("v1.0.0", &sha(COMMIT), "Release v1.0.0")
        .await
}

#[tokio::test]
async fn a_tag_is_an_object_and_a_reference() {
    let server = MockServer::start().await;
    let object = json!({
        "tag": "v1.0.0", "message": "Release v1.0.0", "object": COMMIT, "type": "commit"
    });
    Mock::given(method("POST"))
        .and(path(TAGS))
        .and(body_partial_json(object))
        .respond_with(tag_object(201, "commit", COMMIT))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path(REFS))
        .and(body_partial_json(
            json!({"ref": "refs/tags/v1.0.0", "sha": TAG}),
        ))
        .respond_with(reference("tag", TAG))
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(create(&server).await, Ok(Tagged::New));
}

/// GitHub, with a reference that answers so when it is made, and so when it is read.
async fn refusing(made: ResponseTemplate, read: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    mount(&server, "POST", TAGS, tag_object(201, "commit", COMMIT), 1).await;
    mount(&server, "POST", REFS, made, 1).await;
    mount(&server, "GET", REF, read, 0..).await;
    server
}

#[tokio::test]
async fn a_reference_that_exists_is_read_and_compared() {
    let exists = || complaint(422, "Reference already exists");
    let server = refusing(exists(), reference("commit", COMMIT)).await;
    assert_eq!(create(&server).await, Ok(Tagged::Present(sha(COMMIT))));
    let server = refusing(exists(), reference("commit", OTHER)).await;
    assert_eq!(create(&server).await, Ok(Tagged::Present(sha(OTHER))));
    let broken = ResponseTemplate::new(500);
    let server = refusing(broken, reference("commit", COMMIT)).await;
    assert_eq!(create(&server).await, Ok(Tagged::Present(sha(COMMIT))));
}

#[tokio::test]
async fn a_reference_that_cannot_be_made_is_an_error_and_no_write_is_repeated() {
    let gone = || complaint(404, "Not Found");
    let server = refusing(complaint(422, "Object does not exist"), gone()).await;
    let error = create(&server).await.unwrap_err().to_string();
    assert_eq!(error, "GitHub refused: Object does not exist (422)");
    let server = refusing(ResponseTemplate::new(503), gone()).await;
    let error = create(&server).await.unwrap_err();
    assert!(matches!(error, GitHubError::Unreachable { .. }), "{error}");
    let server = refusing(
        complaint(403, "Resource not accessible by integration"),
        gone(),
    )
    .await;
    let error = create(&server).await.unwrap_err().to_string();
    assert!(
        error.ends_with("give the job `permissions: contents: write`"),
        "{error}"
    );
}

#[tokio::test]
async fn an_object_that_cannot_be_made_ends_it() {
    let server = MockServer::start().await;
    let body = json!({"message": "Validation Failed", "errors": [{"message": "no commit"}]});
    let answer = ResponseTemplate::new(422).set_body_json(body);
    mount(&server, "POST", TAGS, answer, 1).await;
    mount(&server, "POST", REFS, reference("tag", TAG), 0).await;
    let error = create(&server).await.unwrap_err().to_string();
    assert_eq!(error, "GitHub refused: Validation Failed (422); no commit");
}
