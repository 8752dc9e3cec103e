//! How the binary reaches GitHub: through proxies, past them, and by whose certificates.

use serde_json::json;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::project::{Outcome, Project};
use crate::web::{Web, ok};

const REFERENCE: &str = "/api/v3/repos/acme/shop/git/ref/tags/v1";

fn project() -> Project {
    Project::new("pipeline:\n  tag: { checks: { it: { tag: { name: v1 } } } }\n")
}

/// What GitHub says of a tag that stands on the project's commit.
fn reference(project: &Project) -> String {
    json!({"object": {"type": "commit", "sha": project.head()}}).to_string()
}

/// Runs the project as a job of a server does, which asks it for the tag.
fn run(project: &Project, server: &str, environment: &[(&str, &str)]) -> Outcome {
    let mut call = project
        .call("run")
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_REPOSITORY", "acme/shop")
        .env("GITHUB_SHA", &project.head())
        .env("GITHUB_API_URL", &format!("{server}/api/v3"))
        .env("GITHUB_TOKEN", "t0ken");
    for (name, value) in environment {
        call = call.env(name, value);
    }
    call.run()
}

/// A server that knows the tag. Asked by a proxy's client, it is the proxy.
async fn server(project: &Project, host: &str, times: u64) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path(REFERENCE))
        .and(header("host", host))
        .and(header("authorization", "Bearer t0ken"))
        .respond_with(ResponseTemplate::new(200).set_body_string(reference(project)))
        .expect(times)
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn a_proxy_is_asked_in_githubs_place() {
    let project = project();
    let proxy = server(&project, "github.invalid", 1).await;
    let proxies = [("HTTP_PROXY", &*proxy.uri())];
    run(&project, "http://github.invalid", &proxies).expect(0);
}

#[tokio::test]
async fn no_proxy_is_asked_where_none_is_wanted() {
    let project = project();
    let proxy = server(&project, "github.invalid", 0).await;
    let github = MockServer::start().await;
    Mock::given(path(REFERENCE))
        .respond_with(ResponseTemplate::new(200).set_body_string(reference(&project)))
        .expect(1)
        .mount(&github)
        .await;
    let proxies = [
        ("HTTP_PROXY", &*proxy.uri()),
        ("NO_PROXY", "example.com,127.0.0.1"),
    ];
    run(&project, &github.uri(), &proxies).expect(0);
}

#[test]
fn a_private_authority_is_trusted_when_ssl_cert_file_names_it() {
    let project = project();
    let body = reference(&project);
    let (web, authority) = Web::start_tls((2999, 1, 1), move |_, _| ok(&body));
    let url = web.url("");
    run(&project, &url, &[("SSL_CERT_FILE", "/dev/null")])
        .expect(1)
        .says("UnknownIssuer");
    let file = authority.path().to_str().unwrap();
    run(&project, &url, &[("SSL_CERT_FILE", file)]).expect(0);
}
