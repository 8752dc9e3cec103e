//! Limits, what is remembered, and what is counted.

use wiremock::matchers::{any, header, header_exists};

use super::scripted::{Scripted, Step};
use super::*;

fn repository() -> ResponseTemplate {
    answer(json!({"id": 7, "default_branch": "main", "private": true}))
}

const PLACE: &str = "/api/v3/repos/acme/shop";

#[tokio::test]
async fn a_limit_says_how_long_it_lasts() {
    for (status, name, value, body, expect) in [
        (429, "retry-after", "90", "", "in 90 s"),
        (403, "retry-after", "61", "slow down", "in 61 s"),
        (403, "x-other", "1", "API rate limit exceeded", "later"),
        (
            403,
            "x-other",
            "1",
            "You have exceeded a secondary rate limit",
            "later",
        ),
        (
            403,
            "x-ratelimit-remaining",
            "0",
            "API rate limit exceeded",
            "later",
        ),
    ] {
        let server = MockServer::start().await;
        let limited = complaint(status, body).insert_header(name, value);
        mount(&server, "GET", PLACE, limited, 1).await;
        let error = client(&server).repository_settings().await.unwrap_err();
        let message = format!("GitHub's rate limit is used up; try again {expect}");
        assert_eq!(error.to_string(), message);
        assert!(error.is_outage() && !error.is_certain_refusal());
    }
}

#[tokio::test]
async fn a_limit_that_ends_is_waited_for() {
    let server = MockServer::start().await;
    let limited = complaint(403, "secondary rate limit").insert_header("retry-after", "0");
    let limited = Mock::given(any()).respond_with(limited);
    limited.up_to_n_times(2).expect(2).mount(&server).await;
    mount(&server, "GET", PLACE, repository(), 1).await;
    let found = client(&server).repository_settings().await.unwrap();
    assert_eq!(found.id, 7);
}

#[tokio::test]
async fn what_did_not_change_is_not_sent_again() {
    let server = MockServer::start().await;
    let same = Mock::given(header("if-none-match", "W/\"one\"")).and(path(PLACE));
    let same = same.respond_with(ResponseTemplate::new(304));
    same.with_priority(1).expect(2).mount(&server).await;
    let new = repository().insert_header("etag", "W/\"one\"");
    mount(&server, "GET", PLACE, new, 1).await;
    let client = client(&server);
    let first = client.repository_settings().await.unwrap();
    let second = client.repository_settings().await.unwrap();
    let third = client.clone().repository_settings().await.unwrap();
    assert_eq!((&first, &first), (&second, &third));
    assert_eq!(client.usage().calls, 3);
}

#[tokio::test]
async fn what_changed_takes_the_place_of_what_was_known() {
    let server = MockServer::start().await;
    let changed = answer(json!({"id": 8, "default_branch": "next", "private": true}));
    let asked = Mock::given(header("if-none-match", "\"one\""));
    let changed = asked.respond_with(changed.insert_header("etag", "\"two\""));
    changed.with_priority(1).expect(1).mount(&server).await;
    let same = Mock::given(header("if-none-match", "\"two\""));
    let same = same.respond_with(ResponseTemplate::new(304));
    same.with_priority(1).expect(1).mount(&server).await;
    mount(
        &server,
        "GET",
        PLACE,
        repository().insert_header("etag", "\"one\""),
        1,
    )
    .await;
    let client = client(&server);
    for expect in [7, 8, 8] {
        assert_eq!(client.repository_settings().await.unwrap().id, expect);
    }
}

#[tokio::test]
async fn neither_half_answers_nor_complaints_are_remembered() {
    let body = json!({"id": 7, "default_branch": "main", "private": true}).to_string();
    let good = move |status| Step::with_headers(status, "etag: \"x\"\r\n", &body);
    let mut answers = vec![good(200), good(500), good(200).cut()];
    let server = Scripted::start(move |_| answers.pop().unwrap_or(Step::Reset)).await;
    client_of(&server.url).repository_settings().await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    let conditions = requests
        .iter()
        .filter(|asked| asked.head.contains("if-none-match"));
    assert_eq!(conditions.count(), 0);
}

#[tokio::test]
async fn a_next_page_is_remembered_too() {
    let server = MockServer::start().await;
    let page = |name: &str| answer(json!({"variables": [{"name": name}]}));
    let next = "<https://x/y?page=2>; rel=\"next\", <https://x/y?page=2>; rel=\"last\"";
    let first = page("A")
        .insert_header("link", next)
        .insert_header("etag", "\"1\"");
    let known = Mock::given(header_exists("if-none-match"));
    let known = known.respond_with(ResponseTemplate::new(304));
    known.with_priority(1).expect(1).mount(&server).await;
    let on = |number: &str| wiremock::matchers::query_param("page", number);
    let first = Mock::given(on("1")).respond_with(first);
    first.expect(1).mount(&server).await;
    let second = Mock::given(on("2")).respond_with(page("B"));
    second.expect(2).mount(&server).await;
    let client = client(&server);
    for _ in 0..2 {
        let names = client.environment_variables("prod").await.unwrap();
        assert_eq!(names, ["A", "B"]);
    }
}

#[tokio::test]
async fn usage_is_what_github_says_last() {
    let server = MockServer::start().await;
    let first = repository()
        .insert_header("x-ratelimit-limit", "1000")
        .insert_header("x-ratelimit-remaining", "998")
        .insert_header("x-ratelimit-reset", "1795262400");
    let first = Mock::given(any()).respond_with(first);
    first.up_to_n_times(1).mount(&server).await;
    let second = complaint(422, "no").insert_header("x-ratelimit-remaining", "997");
    mount(&server, "GET", PLACE, second, 1).await;
    let client = client(&server);
    assert_eq!(client.usage(), Usage::default());
    client.repository_settings().await.unwrap();
    client.clone().repository_settings().await.unwrap_err();
    assert_eq!(
        client.usage().to_string(),
        "GitHub: 2 calls, 997 of 1,000 left until 12:00Z"
    );
}
