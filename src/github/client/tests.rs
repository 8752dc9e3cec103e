//! The client against a GitHub that answers well, badly and not at all.

mod check_runs;
mod downloads;
mod faults;
mod limits;
mod reads;
mod scripted;
mod tags;
mod transport;

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate, Times};

use super::*;
use crate::domain::ids::CommitSha;

const COMMIT: &str = "cccccccccccccccccccccccccccccccccccccccc";

fn patience(tries: u32) -> RetryPolicy {
    RetryPolicy {
        tries,
        first_pause: Duration::ZERO,
        longest_pause: Duration::ZERO,
    }
}

/// A client of a server whose API has a path, as on GitHub Enterprise Server.
fn client_of(server: &str) -> Client {
    let api = format!("{server}/api/v3");
    let client = Client::new(&api, "t0ken".into(), "acme/shop".parse().unwrap());
    client
        .unwrap()
        .with_patience(patience(3), Duration::from_secs(20))
}

fn client(server: &MockServer) -> Client {
    client_of(&server.uri())
}

/// A route of the repository.
fn route(route: &str) -> String {
    format!("/api/v3/repos/acme/shop/{route}")
}

fn sha(text: &str) -> CommitSha {
    text.parse().unwrap()
}

fn complaint(status: u16, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"message": message, "status": status}))
}

fn answer(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
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

/// The kind of an error, by the name of its variant.
fn kind(error: &GitHubError) -> String {
    let text = format!("{error:?}");
    text.split(' ').next().unwrap_or_default().to_owned()
}
