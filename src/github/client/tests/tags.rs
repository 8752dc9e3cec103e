//! Tags: read, and made.

use wiremock::matchers::body_partial_json;

use super::scripted::{Request, Scripted, Step};
use super::*;

const OTHER: &str = "dddddddddddddddddddddddddddddddddddddddd";
const TAG: &str = "1111111111111111111111111111111111111111";
const REF: &str = "/api/v3/repos/acme/shop/git/ref/tags/v1.0.0";
const REFS: &str = "/api/v3/repos/acme/shop/git/refs";
const TAGS: &str = "/api/v3/repos/acme/shop/git/tags";

fn object(kind: &str, sha: &str) -> serde_json::Value {
    json!({"type": kind, "sha": sha, "url": "x"})
}

fn reference(kind: &str, sha: &str) -> ResponseTemplate {
    let body = json!({"ref": "refs/tags/v1.0.0", "object": object(kind, sha)});
    ResponseTemplate::new(200).set_body_json(body)
}

fn tag_object(status: u16, kind: &str, target: &str) -> ResponseTemplate {
    let body = json!({"sha": TAG, "tag": "v1.0.0", "object": object(kind, target)});
    ResponseTemplate::new(status).set_body_json(body)
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
async fn a_reference_that_cannot_be_made_is_an_error() {
    let gone = || complaint(404, "Not Found");
    let server = refusing(complaint(422, "Object does not exist"), gone()).await;
    let error = create(&server).await.unwrap_err().to_string();
    assert_eq!(error, "GitHub refused: Object does not exist (422)");
    let forbidden = complaint(403, "Resource not accessible by integration");
    let forbidden = forbidden.insert_header("x-accepted-github-permissions", "contents=write");
    let error = create(&refusing(forbidden, gone()).await)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "GitHub forbids it: Resource not accessible by integration (403); it takes a token with \
         contents=write; give the job `permissions: contents: write`"
    );
}

#[tokio::test]
async fn an_object_that_cannot_be_made_ends_it() {
    let server = MockServer::start().await;
    let body = json!({"message": "Validation Failed", "errors": [{"message": "no commit"}]});
    let refused = ResponseTemplate::new(422).set_body_json(body);
    mount(&server, "POST", TAGS, refused, 1).await;
    mount(&server, "POST", REFS, reference("tag", TAG), 0).await;
    let error = create(&server).await.unwrap_err().to_string();
    assert_eq!(error, "GitHub refused: Validation Failed (422); no commit");
}

/// A GitHub whose answer to the first `POST git/refs` is `fault`, done or not.
async fn losing(fault: Step, is_done: bool) -> Scripted {
    let (mut stands, mut posts) = (false, 0);
    let found = move |request: &Request| match (&*request.method, &*request.target) {
        ("POST", TAGS) => Step::json(
            201,
            &json!({"sha": TAG, "object": object("commit", COMMIT)}),
        ),
        ("POST", _) => {
            posts += 1;
            let is_first = posts == 1;
            let refused = stands;
            stands = stands || is_done || !is_first;
            match () {
                () if is_first => fault.clone(),
                () if refused => Step::json(422, &json!({"message": "Reference already exists"})),
                () => Step::json(201, &json!({"object": object("tag", TAG)})),
            }
        }
        _ if stands => Step::json(200, &json!({"object": object("commit", COMMIT)})),
        _ => Step::json(404, &json!({"message": "Not Found"})),
    };
    Scripted::start(found).await
}

#[tokio::test]
async fn a_reference_whose_answer_is_lost_is_looked_for() {
    let broken = Step::json(502, &json!({}));
    for fault in [broken, Step::Reset, Step::with_headers(201, "", "<html>")] {
        for (is_done, expect, posts) in [
            (true, Tagged::Present(sha(COMMIT)), 2),
            (false, Tagged::New, 3),
        ] {
            let server = losing(fault.clone(), is_done).await;
            let client = client_of(&server.url);
            let tag = client.create_tag("v1.0.0", &sha(COMMIT), "Release").await;
            assert_eq!(tag, Ok(expect), "{fault:?}");
            assert_eq!(server.count("POST"), posts, "{fault:?}");
        }
    }
}
