//! Digests from a registry that answers well, badly and not at all.

use std::fs;

use wiremock::matchers::{header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;

const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const MANIFEST: &str = "/v2/shop/manifests/1.0";

fn impatient(config: DockerConfig) -> Registry {
    let retry = RetryPolicy {
        tries: 3,
        first_pause: Duration::ZERO,
        longest_pause: Duration::ZERO,
    };
    Registry::new(config).with_patience(retry, Duration::from_secs(20))
}

async fn ask_about(server: &MockServer) -> Answer {
    let reference = format!("{}/shop:1.0", server.address());
    impatient(DockerConfig::default())
        .digest(&reference)
        .await
        .unwrap()
}

fn digest() -> Answer {
    Answer::Found(DIGEST.parse().unwrap())
}

fn with_digest() -> ResponseTemplate {
    ResponseTemplate::new(200).insert_header("Docker-Content-Digest", DIGEST)
}

async fn mount(server: &MockServer, verb: &str, place: &str, answer: ResponseTemplate) {
    let mock = Mock::given(method(verb)).and(path(place));
    mock.respond_with(answer).mount(server).await;
}

/// A registry in which HEAD and GET of the manifest give `answer`.
async fn registry(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    mount(&server, "GET", "/v2/", ResponseTemplate::new(200)).await;
    mount(&server, "HEAD", MANIFEST, answer.clone()).await;
    mount(&server, "GET", MANIFEST, answer).await;
    server
}

fn error(status: u16, code: &str) -> ResponseTemplate {
    let body = serde_json::json!({"errors": [{"code": code, "message": "said so"}]});
    ResponseTemplate::new(status).set_body_json(body)
}

#[tokio::test]
async fn the_registrys_digest_is_taken() {
    let server = registry(with_digest()).await;
    assert_eq!(ask_about(&server).await, digest());
    let requests = server.received_requests().await.unwrap();
    let head = requests
        .iter()
        .find(|request| request.method == "HEAD")
        .unwrap();
    let accept = head.headers["accept"].to_str().unwrap();
    for kind in [
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    ] {
        assert!(accept.contains(kind), "{kind} is not in {accept}");
    }
}

#[tokio::test]
async fn without_a_digest_header_the_manifest_is_hashed() {
    let server = registry(ResponseTemplate::new(200).set_body_string("{}")).await;
    let expect = crate::domain::ids::Sha256Digest::of(b"{}");
    let expect = format!("sha256:{expect}").parse().unwrap();
    assert_eq!(ask_about(&server).await, Answer::Found(expect));
}

#[tokio::test]
async fn an_image_that_is_not_there() {
    for answer in [
        error(404, "MANIFEST_UNKNOWN"),
        error(404, "NAME_UNKNOWN"),
        ResponseTemplate::new(404).set_body_string("<html>nothing here"),
    ] {
        assert_eq!(
            ask_about(&registry(answer).await).await,
            Answer::NoSuchImage
        );
    }
}

#[tokio::test]
async fn a_registry_that_does_not_let_us_look() {
    for answer in [
        error(401, "UNAUTHORIZED"),
        error(403, "DENIED"),
        ResponseTemplate::new(403),
    ] {
        let Answer::Denied { message } = ask_about(&registry(answer).await).await else {
            panic!("not denied");
        };
        assert!(message.contains("docker login 127.0.0.1"), "{message}");
    }
}

#[tokio::test]
async fn a_server_error_is_tried_again() {
    let server = MockServer::start().await;
    mount(&server, "GET", "/v2/", ResponseTemplate::new(200)).await;
    let broken = Mock::given(path(MANIFEST)).respond_with(ResponseTemplate::new(500));
    broken.up_to_n_times(2).mount(&server).await; // HEAD and the GET behind it
    mount(&server, "HEAD", MANIFEST, with_digest()).await;
    assert_eq!(ask_about(&server).await, digest());
}

#[tokio::test]
async fn three_server_errors_are_enough() {
    let server = registry(ResponseTemplate::new(503).set_body_string("down\nfor repair")).await;
    let Answer::Unreachable { message } = ask_about(&server).await else {
        panic!("not unreachable");
    };
    assert_eq!(message, "it answered 503 down");
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.iter().filter(|r| r.method == "HEAD").count(), 3);
}

#[tokio::test]
async fn too_many_requests_are_not_made_more() {
    let server = registry(error(429, "TOOMANYREQUESTS")).await;
    assert!(matches!(
        ask_about(&server).await,
        Answer::Unreachable { .. }
    ));
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.iter().filter(|r| r.method == "HEAD").count(), 1);
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let registry = impatient(DockerConfig::default());
    let answer = registry
        .digest(&format!("{address}/shop:1.0"))
        .await
        .unwrap();
    let Answer::Unreachable { message } = answer else {
        panic!("not unreachable");
    };
    assert!(message.starts_with("no connection"), "{message}");
    assert!(message.contains("refused"), "{message}");
}

#[tokio::test]
async fn a_registry_that_never_answers_is_unreachable() {
    let server = registry(with_digest().set_delay(Duration::from_secs(3600))).await;
    let patience = RetryPolicy::default();
    let registry =
        Registry::new(DockerConfig::default()).with_patience(patience, Duration::from_millis(300));
    let reference = format!("{}/shop:1.0", server.address());
    let expect = "it gave no answer within 0.3 s".to_owned();
    let answer = registry.digest(&reference).await.unwrap();
    assert_eq!(answer, Answer::Unreachable { message: expect });
}

#[tokio::test]
async fn a_digest_that_cannot_be_compared_is_no_digest() {
    let answer = ResponseTemplate::new(200).insert_header("Docker-Content-Digest", "sha512:00");
    let server = registry(answer).await;
    assert!(matches!(
        ask_about(&server).await,
        Answer::Unreachable { .. }
    ));
}

#[tokio::test]
async fn a_reference_by_digest_must_be_answered_with_that_digest() {
    let other = DIGEST.replace("aa", "bb");
    let place = format!("/v2/shop/manifests/{other}");
    let server = MockServer::start().await;
    mount(&server, "GET", "/v2/", ResponseTemplate::new(200)).await;
    mount(&server, "HEAD", &place, with_digest()).await;
    let reference = format!("{}/shop@{other}", server.address());
    let answer = impatient(DockerConfig::default())
        .digest(&reference)
        .await
        .unwrap();
    assert!(matches!(answer, Answer::Unreachable { .. }), "{answer:?}");
}

/// A registry that wants a token from its own `/token`.
async fn with_tokens(token: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    let challenge = format!(r#"Bearer realm="{}/token",service="lab""#, server.uri());
    let denied = ResponseTemplate::new(401).insert_header("WWW-Authenticate", challenge.as_str());
    mount(&server, "GET", "/v2/", denied.clone()).await;
    Mock::given(method("GET"))
        .and(path("/token"))
        .and(query_param("scope", "repository:shop:pull"))
        .and(query_param("service", "lab"))
        .respond_with(token)
        .mount(&server)
        .await;
    Mock::given(method("HEAD"))
        .and(path(MANIFEST))
        .and(header("Authorization", "Bearer t0ken"))
        .respond_with(with_digest())
        .mount(&server)
        .await;
    mount(&server, "HEAD", MANIFEST, denied.clone()).await;
    mount(&server, "GET", MANIFEST, denied).await;
    server
}

fn token(token: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(serde_json::json!({"token": token}))
}

#[tokio::test]
async fn a_token_is_fetched_without_credentials() {
    let server = with_tokens(token("t0ken")).await;
    assert_eq!(ask_about(&server).await, digest());
    let requests = server.received_requests().await.unwrap();
    let asked = requests
        .iter()
        .find(|request| request.url.path() == "/token")
        .unwrap();
    assert!(!asked.headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_token_is_fetched_with_dockers_credentials() {
    let server = with_tokens(token("t0ken")).await;
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        r#"{{"auths": {{"{}": {{"auth": "dTpw"}}}}}}"#,
        server.address()
    );
    fs::write(folder.path().join("config.json"), config).unwrap();
    let place = folder.path().to_str().unwrap().to_owned();
    let config = DockerConfig::from_environment(&[("DOCKER_CONFIG".to_owned(), place)].into());
    let reference = format!("{}/shop:1.0", server.address());
    assert_eq!(impatient(config).digest(&reference).await, Ok(digest()));
    let requests = server.received_requests().await.unwrap();
    let asked = requests
        .iter()
        .find(|request| request.url.path() == "/token")
        .unwrap();
    assert_eq!(asked.headers["authorization"], "Basic dTpw");
    let head = requests
        .iter()
        .find(|request| request.method == "HEAD")
        .unwrap();
    assert_eq!(head.headers["authorization"], "Bearer t0ken");
}

#[tokio::test]
async fn tokens_that_help_nothing() {
    let denied = |answer: &Answer| matches!(answer, Answer::Denied { .. });
    let unclear = |answer: &Answer| matches!(answer, Answer::Unreachable { .. });
    let answer = ask_about(&with_tokens(token("other")).await).await;
    assert!(denied(&answer), "{answer:?}");
    let answer = ask_about(&with_tokens(error(401, "UNAUTHORIZED")).await).await;
    assert!(denied(&answer), "{answer:?}");
    let nonsense = ResponseTemplate::new(200).set_body_string("no JSON");
    let answer = ask_about(&with_tokens(nonsense).await).await;
    assert!(unclear(&answer), "{answer:?}");
    let answer = ask_about(&with_tokens(token("two\r\nlines")).await).await;
    assert!(unclear(&answer), "{answer:?}");
}

#[tokio::test]
async fn credentials_that_cannot_be_read_are_said_to_be_so() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.json"), "{").unwrap();
    let place = folder.path().to_str().unwrap().to_owned();
    let config = DockerConfig::from_environment(&[("DOCKER_CONFIG".to_owned(), place)].into());
    let answer = impatient(config)
        .digest("127.0.0.1:1/shop:1")
        .await
        .unwrap();
    assert!(matches!(answer, Answer::Denied { .. }), "{answer:?}");
}

#[tokio::test]
async fn references_that_name_no_image() {
    for (reference, expect) in [
        (
            "",
            "`` is no image reference: repository name must have at least one component",
        ),
        ("Shop:1", "lower-case"),
        ("shop:1:2", "its form is wrong"),
        ("shop:${TOLLGATE_SHA}", "its form is wrong"),
        ("shop@sha256:abc", "its form is wrong"),
    ] {
        let error = impatient(DockerConfig::default()).digest(reference).await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains(expect), "{error}");
    }
}

#[test]
fn plain_http_is_for_this_machine_only() {
    for near in [
        "localhost",
        "localhost:5000",
        "127.0.0.1:5000",
        "127.1.2.3",
        "lab.localhost:1",
    ] {
        assert!(is_this_machine(near), "{near}");
    }
    for far in [
        "registry.example",
        "registry.example:5000",
        "10.0.0.1:5000",
        "localhost.example",
    ] {
        assert!(!is_this_machine(far), "{far}");
    }
}
