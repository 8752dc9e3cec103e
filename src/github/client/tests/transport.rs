//! How requests travel: under which name, with what, and where they never go.

use wiremock::matchers::any;

use super::scripted::{Request, Scripted, Step};
use super::*;
use crate::github::client::exchange::{self, Redirects};

fn repository() -> Value {
    json!({"id": 7, "default_branch": "main", "private": true})
}

#[tokio::test]
async fn requests_say_who_asks() {
    let server = Scripted::start(|_| Step::json(200, &repository())).await;
    let client = client_of(&server.url);
    client.repository_settings().await.unwrap();
    assert!(!format!("{client:?}").contains("t0ken"));
    let head = &server.requests()[0].head;
    let version = env!("CARGO_PKG_VERSION");
    for expect in [
        "authorization: bearer t0ken",
        &format!("user-agent: tollgate/{version}"),
        "x-github-api-version: 2022-11-28",
        "accept: application/vnd.github+json",
    ] {
        let name = expect.split(':').next().unwrap();
        let found = head.lines().filter(|line| line.starts_with(name));
        assert_eq!(found.collect::<Vec<_>>(), [expect]);
    }
}

#[tokio::test]
async fn a_token_or_an_address_that_cannot_be_sent_is_refused() {
    let new = |api: &str, token: &str| {
        let client = Client::new(api, token.into(), "acme/shop".parse().unwrap());
        kind(&client.map(|_| ()).unwrap_err())
    };
    assert_eq!(new("https://api.example", "two\nlines"), "BadToken");
    assert_eq!(new("https://api.example", "ä"), "BadToken");
    assert_eq!(new("no address", "t"), "Unreachable");
}

#[tokio::test]
async fn what_was_never_sent_is_told_from_what_may_be_done() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let cut = Scripted::start(|_| Step::Reset).await;
    for (url, expect) in [
        (nobody.as_str(), exchange::Request::NotSent),
        ("http://nowhere.invalid", exchange::Request::NotSent),
        (cut.url.as_str(), exchange::Request::PerhapsDone),
    ] {
        let client = client_of(url);
        let address = client.address("check-runs").unwrap();
        let body = json!({});
        let post = client.exchange(&Method::POST, &address, Some(&body), Redirects::Followed);
        assert_eq!(post.await.unwrap_err().request, expect, "{url}");
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = client_of(&url).tag_target("v1").await.unwrap_err();
    assert!(error.is_outage() && !error.is_certain_refusal());
    let error = error.to_string();
    assert!(
        error.contains("no connection") && error.contains("refused"),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_never_answers_is_unreachable() {
    let server = Scripted::start(|_| Step::Silence).await;
    let client = client_of(&server.url).with_patience(patience(1), Duration::from_millis(300));
    let error = client.tag_target("v1.0.0").await.unwrap_err().to_string();
    assert!(error.contains("no answer within 0.3 s"), "{error}");
}

fn redirect(status: u16, to: &str) -> Step {
    Step::with_headers(status, &format!("location: {to}\r\n"), "")
}

#[tokio::test]
async fn a_repository_that_moved_is_followed_with_the_token() {
    for status in [301, 302, 307, 308] {
        let server = Scripted::start(move |request: &Request| match &*request.target {
            "/api/v3/repositories/7" => Step::json(200, &repository()),
            _ => redirect(status, "/api/v3/repositories/7"),
        });
        let server = server.await;
        let client = client_of(&server.url);
        assert_eq!(
            client.repository_settings().await.unwrap().id,
            7,
            "{status}"
        );
        let last = server.requests().pop().unwrap();
        assert!(last.head.contains("authorization: bearer t0ken"));
        assert_eq!(client.usage().calls, 2);
    }
}

#[tokio::test]
async fn a_write_is_repeated_where_it_is_sent_to() {
    let server = Scripted::start(move |request: &Request| match &*request.target {
        "/api/v3/repositories/7/git/tags" => Step::json(422, &json!({"message": "no"})),
        _ => redirect(307, "/api/v3/repositories/7/git/tags"),
    });
    let server = server.await;
    let tag = client_of(&server.url)
        .create_tag("v1", &sha(COMMIT), "m")
        .await;
    assert_eq!(kind(&tag.unwrap_err()), "Refused");
    let requests = server.requests();
    let methods: Vec<_> = requests.iter().map(|request| &*request.method).collect();
    assert_eq!(methods, ["POST", "POST"]);
    assert_eq!(requests[1].body["object"], COMMIT);
    assert!(!requests[1].head.contains("transfer-encoding"));
}

#[tokio::test]
async fn another_host_is_not_asked() {
    let elsewhere = MockServer::start().await;
    let never = Mock::given(any()).respond_with(answer(repository()));
    never.expect(0).mount(&elsewhere).await;
    let to = format!("{}/api/v3/repositories/7", elsewhere.uri());
    let server = Scripted::start(move |_| redirect(302, &to)).await;
    let client = client_of(&server.url);
    let error = client.repository_settings().await.unwrap_err();
    let host = elsewhere.uri();
    assert_eq!(
        error.to_string(),
        format!("GitHub could not be asked: it sent us elsewhere (302), to {host}")
    );
    let tag = client.create_tag("v1", &sha(COMMIT), "m").await;
    assert_eq!(kind(&tag.unwrap_err()), "Unreachable");
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_redirect_in_circles_ends() {
    let server = Scripted::start(move |_| redirect(301, "/api/v3/repositories/7")).await;
    let error = client_of(&server.url)
        .repository_settings()
        .await
        .unwrap_err();
    assert_eq!(kind(&error), "Unreachable");
    assert_eq!(server.requests().len(), 6);
}
