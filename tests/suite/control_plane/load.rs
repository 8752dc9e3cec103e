//! Many producers at once, and a server that is killed among them.

use std::collections::{BTreeMap, BTreeSet};

use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::server::{Answer, Server, answer, event};
use crate::project::Project;

/// The `number`th event.
pub(super) fn numbered(number: usize) -> Value {
    let payload = json!({"environment": "staging", "kind": "seen", "detail": number.to_string()});
    event("environment_event", &format!("load/{number}"), payload)
}

/// Sends all events at once, and gives the answers in their order.
fn at_once(server: &Server, events: &[Value]) -> Vec<Answer> {
    let requests = events.iter().map(|event| {
        let request = server.request("POST", "/v1/events", "ci");
        answer(request.body(event.to_string()))
    });
    server.wait(futures_util::future::join_all(requests))
}

/// The keys of every event in the ledger.
fn recorded(project: &Project) -> Vec<String> {
    let log = project.tollgate("ledger log --all --format json --ledger sqlite:load.db");
    let lines = log.expect(0).stdout.lines();
    let keys = lines.map(|line| {
        let link: Value = serde_json::from_str(line).unwrap();
        link["event"]["idempotency_key"]
            .as_str()
            .unwrap()
            .to_owned()
    });
    keys.collect()
}

fn server() -> (Project, Server) {
    let project = Project::empty();
    let server = Server::of(project.call("serve --listen 127.0.0.1:0 --ledger sqlite:load.db"));
    server.create_release();
    (project, server)
}

#[test]
fn a_hundred_at_once_with_thirty_duplicates_have_no_duplicate_outcome() {
    let (project, server) = server();
    let events: Vec<Value> = (0..100).map(|number| numbered(number % 70)).collect();
    let answers = at_once(&server, &events);
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    let mut ids: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for (number, answer) in answers.iter().enumerate() {
        *outcomes.entry(answer.said()).or_default() += 1;
        let id = answer.json()["ingest_id"].as_str().unwrap().to_owned();
        ids.entry(number % 70).or_default().insert(id);
    }
    let expect = [
        ("200 accepted".to_owned(), 70),
        ("200 duplicate".to_owned(), 30),
    ];
    assert_eq!(outcomes, BTreeMap::from(expect));
    assert!(
        ids.values().all(|ids| ids.len() == 1),
        "a duplicate has the id of the first"
    );
    server.stop();
    let keys = recorded(&project);
    assert_eq!((keys.len(), BTreeSet::from_iter(&keys).len()), (71, 71));
    project
        .tollgate("ledger verify --ledger sqlite:load.db")
        .expect(0);
}

#[test]
fn a_conflict_of_one_disturbs_no_other() {
    let (project, server) = server();
    server.post("ci", &numbered(0)).expect(200);
    let mut events: Vec<Value> = (0..60).map(numbered).collect();
    for event in events.iter_mut().step_by(6) {
        event["idempotency_key"] = "load/0".into();
        event["payload"]["mood"] = "other".into();
    }
    let answers = at_once(&server, &events);
    for (number, answer) in answers.iter().enumerate() {
        let expect = match number % 6 {
            0 => "409 key_taken",
            _ => "200 accepted",
        };
        assert_eq!(answer.said(), expect, "event {number}");
    }
    server.stop();
    assert_eq!(recorded(&project).len(), 52);
}

#[test]
fn a_kill_in_the_middle_loses_no_event_that_was_accepted() {
    let (project, server) = server();
    let accepted: BTreeSet<String> = server.wait(async {
        let mut sending = JoinSet::new();
        for number in 0..300 {
            let request = server.request("POST", "/v1/events", "ci");
            let request = request.body(numbered(number).to_string());
            sending.spawn(async move {
                let response = request.send().await.ok()?;
                (response.status() == 200).then(|| format!("load/{number}"))
            });
        }
        let mut accepted = BTreeSet::new();
        while let Some(done) = sending.join_next().await {
            accepted.extend(done.unwrap());
            if accepted.len() == 40 {
                server.signal(Signal::KILL);
            }
        }
        accepted
    });
    assert!(accepted.len() >= 40);
    assert_eq!(server.ended().0, None, "it was killed");
    let before: BTreeSet<String> = recorded(&project).into_iter().collect();
    assert!(
        before.is_superset(&accepted),
        "lost: {:?}",
        accepted.difference(&before)
    );
    let again = Server::of(project.call("serve --listen 127.0.0.1:0 --ledger sqlite:load.db"));
    let all: Vec<Value> = (0..300).map(numbered).collect();
    for (number, answer) in at_once(&again, &all).into_iter().enumerate() {
        let is_there = before.contains(&format!("load/{number}"));
        let expect = if is_there {
            "200 duplicate"
        } else {
            "200 accepted"
        };
        assert_eq!(answer.said(), expect, "event {number}");
    }
    again.stop();
    assert_eq!(recorded(&project).len(), 301);
    project
        .tollgate("ledger verify --ledger sqlite:load.db")
        .expect(0);
}
