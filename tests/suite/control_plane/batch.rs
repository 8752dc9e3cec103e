//! Several events in one call: each is answered as if it came alone.

use serde_json::{Value, json};

use super::load::numbered;
use super::server::{Answer, SHA, Server, answer, created, event, reported};
use crate::project::Project;

fn server() -> (Project, Server) {
    let project = Project::empty();
    let server = Server::of(project.call("serve --listen 127.0.0.1:0 --ledger sqlite:batch.db"));
    (project, server)
}

fn post(server: &Server, who: &str, body: String) -> Answer {
    server.send(server.request("POST", "/v1/events/batch", who).body(body))
}

/// `200 accepted 1`, `409 key_taken`: each result in its order.
#[track_caller]
fn results(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let document = answer.json();
    let results = document["results"].as_array().unwrap().iter();
    let said = |result: &Value| {
        let (status, detail) = (&result["http_status"], &result["detail"]);
        match result["status"].as_str().unwrap() {
            "rejected" => format!("{status} {}", detail["code"].as_str().unwrap()),
            word => format!("{status} {word} {}", detail["sequence"]),
        }
    };
    results.map(said).collect()
}

fn recorded(project: &Project) -> usize {
    let log = project.tollgate("ledger log --all --format json --ledger sqlite:batch.db");
    log.expect(0).stdout.lines().count()
}

#[test]
fn a_release_and_what_is_known_of_it_come_in_one_call_and_again_without_effect() {
    let (project, server) = server();
    let events = json!([
        created(),
        reported("lint/ruff", "passed"),
        reported("test/unit", "failed")
    ]);
    let first = post(&server, "ci", events.to_string());
    assert_eq!(
        results(&first),
        ["200 accepted 1", "200 accepted 2", "200 accepted 3"]
    );
    let second = post(&server, "ci", events.to_string());
    assert_eq!(
        results(&second),
        ["200 duplicate 1", "200 duplicate 2", "200 duplicate 3"]
    );
    let alone = server.post("ci", &created()).json();
    assert_eq!(first.json()["results"][0]["ingest_id"], alone["ingest_id"]);
    let metrics = server.get("/metrics", "otto").text;
    assert!(
        metrics.contains("tollgate_events_total{status=\"accepted\"} 3"),
        "{metrics}"
    );
    server.stop();
    assert_eq!(recorded(&project), 3);
}

#[test]
fn what_is_wrong_with_one_event_leaves_the_others_as_they_are() {
    let (project, server) = server();
    server.create_release();
    let taken = reported("lint/ruff", "passed");
    server.post("ci", &taken).expect(200);
    let mut other = taken.clone();
    other["payload"]["status"] = "failed".into();
    let mut unknown = reported("test/a", "passed");
    unknown["release_id"] = "00000000-0000-5000-8000-000000000000".into();
    let mut foreign = reported("test/b", "passed");
    foreign["schema_version"] = "2".into();
    let approval = json!({"gate": "lint", "by": "ci", "decision": "approved"});
    let events = json!([
        reported("test/unit", "passed"),
        {},
        other,
        unknown,
        foreign,
        event("approval_recorded", "k", approval),
        reported("test/unit", "passed"),
        taken,
    ]);
    assert_eq!(
        results(&post(&server, "ci", events.to_string())),
        [
            "200 accepted 3",
            "400 missing_field",
            "409 key_taken",
            "409 unknown_release",
            "422 unknown_schema",
            "403 forbidden",
            "200 duplicate 3",
            "200 duplicate 2",
        ]
    );
    server.stop();
    assert_eq!(recorded(&project), 3);
}

#[test]
fn what_is_no_list_of_events_is_refused_as_a_whole() {
    let (project, server) = server();
    let many = |number: usize| Value::from(vec![created(); number]).to_string();
    for (body, expect) in [
        ("[{},\n nope]".to_owned(), "400 not_json"),
        (created().to_string(), "400 invalid_field"),
        ("[]".to_owned(), "400 invalid_field"),
        ("[{}, 7]".to_owned(), "400 invalid_field"),
        (many(501), "400 invalid_field"),
        (" ".repeat(11_000_000), "413 too_large"),
    ] {
        let answer = post(&server, "ci", body);
        assert_eq!(answer.said(), expect);
        assert_eq!(answer.json()["status"], "rejected");
    }
    assert_eq!(post(&server, "", many(1)).said(), "401 unauthorized");
    assert_eq!(results(&post(&server, "ci", many(500))).len(), 500);
    server.stop();
    assert_eq!(recorded(&project), 1);
}

#[test]
fn an_answer_to_an_event_says_that_several_are_taken() {
    let (_project, server) = server();
    let answer = server.post("ci", &created());
    assert_eq!(answer.headers["tollgate-batch"], "500");
    let payload = json!({"repository": "acme/other", "sha": SHA});
    let answer = server.post("ci", &event("release_created", "other", payload));
    assert_eq!(
        (answer.status, &answer.headers["tollgate-batch"]),
        (400, &"500".parse().unwrap())
    );
}

#[test]
fn calls_at_once_with_thirty_duplicates_have_no_duplicate_outcome() {
    let (project, server) = server();
    server.create_release();
    let events: Vec<Value> = (0..100).map(|number| numbered(number % 70)).collect();
    let calls = events.chunks(10).map(|call| {
        let request = server.request("POST", "/v1/events/batch", "ci");
        answer(request.body(Value::from(call).to_string()))
    });
    let answers = server.wait(futures_util::future::join_all(calls));
    let results: Vec<String> = answers.iter().flat_map(results).collect();
    let count = |word: &str| results.iter().filter(|it| it.starts_with(word)).count();
    assert_eq!((count("200 accepted"), count("200 duplicate")), (70, 30));
    server.stop();
    assert_eq!(recorded(&project), 71);
    let verified = project.tollgate("ledger verify --ledger sqlite:batch.db");
    verified.expect(0);
}
