//! A ledger that is not as it should be: nothing is taken, nothing is told of it to callers, and the
//! log says what it is.

use sqlx::{Connection as _, SqliteConnection};

use super::server::{RELEASE, Server, created, reported};
use crate::project::Project;

#[test]
fn a_fault_is_500_and_stands_in_the_log_as_an_error() {
    let project = Project::new("pipeline:\n  lint: { checks: { ruff: { run: \"true\" } } }\n");
    let first = Server::start(&project);
    first.post("ci", &created()).expect(200);
    first.stop();
    let path = project.path(".tollgate/ledger.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let place = bytes
        .windows(5)
        .position(|window| window == b"1.4.0")
        .unwrap();
    bytes[place] = b'9';
    std::fs::write(&path, bytes).unwrap();
    let server = Server::start(&project);
    let answer = server.post("ci", &reported("lint/ruff", "passed"));
    assert_eq!(answer.said(), "500 error");
    assert!(
        !answer.text.contains("altered") && !answer.text.contains("ledger.db"),
        "{answer:?}"
    );
    let answer = server.get(&format!("/v1/releases/{RELEASE}"), "otto");
    assert_eq!(answer.said(), "500 error");
    let log = server.stop();
    let noted = noted(&path, "tests/lint/ruff/passed");
    assert!(
        noted.starts_with("error error ") && !noted.contains("altered"),
        "{noted}"
    );
    let line = log
        .lines()
        .find(|line| line.contains("an event could not be recorded"))
        .unwrap();
    for part in ["ERROR", "tests/lint/ruff/passed", RELEASE, "altered"] {
        assert!(line.contains(part), "{part} is not in: {line}");
    }
}

/// What the ingest log says of a key.
fn noted(file: &std::path::Path, key: &str) -> String {
    const SQL: &str = "SELECT status || ' ' || code || ' ' || detail FROM event_ingest_log \
                       WHERE idempotency_key = ?";
    let file = format!("sqlite:{}?mode=ro", file.display());
    let noted = async {
        let mut connection = SqliteConnection::connect(&file).await.unwrap();
        let noted = sqlx::query_scalar(SQL)
            .bind(key)
            .fetch_one(&mut connection)
            .await;
        noted.unwrap()
    };
    tokio::runtime::Runtime::new().unwrap().block_on(noted)
}
