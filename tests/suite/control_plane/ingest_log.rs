//! What became of each event that was sent: the tables say it, in a file and in a database alike.

use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use super::server::{RELEASE, Server, created, event, reported};
use crate::postgres::Database;
use crate::project::Project;

/// Sends one of each kind, and gives the answers that were no acceptance, by key.
fn send(server: &Server) -> Vec<(&'static str, Value)> {
    let rejected = |who: &str, event: &Value| {
        let answer = server.post(who, event).json();
        assert_eq!(answer["status"], "rejected");
        answer
    };
    let drill = |key: &str| {
        let payload = json!({"kind": "rollback", "environment": "staging", "status": "passed"});
        event("drill_recorded", key, payload)
    };
    let early = rejected("ci", &reported("lint/ruff", "passed"));
    assert_eq!(early["detail"]["code"], "unknown_release");
    server.create_release();
    server
        .post("ci", &reported("lint/ruff", "passed"))
        .expect(200);
    let forbidden = rejected("otto", &drill("forbidden"));
    let mut odd = drill("odd");
    odd["occurred_at"] = "when quinn@shop.example is there".into();
    let odd = rejected("sam", &odd);
    let mut other = created();
    other["payload"]["version"] = "9".into();
    rejected("ci", &other);
    let mut nameless = drill("");
    rejected("ci", &nameless);
    nameless["idempotency_key"] = "x".repeat(501).into();
    rejected("ci", &nameless);
    server.post_text("ci", "{nope".to_owned()).expect(400);
    for nobody in ["", "mallory"] {
        server.post(nobody, &drill("nobody")).expect(401);
    }
    vec![("forbidden", forbidden), ("odd", odd)]
}

/// A line a row, its columns parted by `|`.
const LOG: &str = "SELECT idempotency_key || '|' || status || '|' || coalesce(code, '-') || '|' \
    || coalesce(caller, '-') || '|' || coalesce(CAST(ingest_id AS text), '-') || '|' \
    || CAST(release_id AS text) || '|' || coalesce(detail, '') \
    FROM event_ingest_log ORDER BY idempotency_key";

/// Compares the rows with what was answered.
#[track_caller]
fn hold(rows: &[String], answers: &[(&str, Value)]) {
    let rows = rows.iter().map(|row| row.split('|').collect::<Vec<_>>());
    let rows: Vec<Vec<&str>> = rows.collect();
    let said: Vec<String> = rows.iter().map(|row| row[..4].join(" ")).collect();
    assert_eq!(
        said,
        [
            "forbidden rejected forbidden otto",
            "odd rejected invalid_field sam",
            "tests/created accepted - -",
            "tests/lint/ruff/passed accepted - -",
        ]
    );
    for (key, answer) in answers {
        let row = rows.iter().find(|row| row[0] == *key).unwrap();
        assert_eq!(
            (&answer["ingest_id"], row[5]),
            (&row[4].into(), RELEASE),
            "{key}"
        );
    }
    let detail = rows[1][6];
    assert!(detail.contains("occurred_at"), "{detail}");
    assert!(
        rows.iter().all(|row| !row[6].contains("quinn@")),
        "{rows:?}"
    );
}

#[test]
fn a_file_tells_what_became_of_each_event() {
    let project = Project::new("pipeline:\n  lint: { checks: { ruff: { run: \"true\" } } }\n");
    let server = Server::start(&project);
    let answers = send(&server);
    server.stop();
    let file = format!(
        "sqlite:{}?mode=ro",
        project.path(".tollgate/ledger.db").display()
    );
    let rows = runtime().block_on(async {
        let mut connection = SqliteConnection::connect(&file).await.unwrap();
        let rows = sqlx::query_scalar(LOG).fetch_all(&mut connection).await;
        rows.unwrap()
    });
    hold(&rows, &answers);
    project
        .tollgate("ledger verify")
        .expect(0)
        .says("the seal is intact");
}

#[test]
fn a_database_tells_what_became_of_each_event() {
    let (project, database) = (Project::empty(), Database::new());
    let call = project.call("serve --listen 127.0.0.1:0");
    let server = Server::of(call.env("TOLLGATE_LEDGER", &database.url()));
    let mut answers = send(&server);
    let taken = server.post("ci", &created()).expect(200);
    answers.push(("tests/created", taken.json()));
    let taken = server
        .post("ci", &reported("lint/ruff", "passed"))
        .expect(200);
    answers.push(("tests/lint/ruff/passed", taken.json()));
    server.stop();
    let rows = runtime().block_on(async {
        let mut connection = PgConnection::connect(&database.url()).await.unwrap();
        let path = sqlx::raw_sql("SET search_path = ops");
        path.execute(&mut connection).await.unwrap();
        let rows = sqlx::query_scalar(LOG).fetch_all(&mut connection).await;
        rows.unwrap()
    });
    hold(&rows, &answers);
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().unwrap()
}
