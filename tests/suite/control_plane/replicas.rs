//! Two servers on one PostgreSQL: one is killed, or the database goes away for a while.

use std::collections::BTreeSet;

use reqwest::header::RETRY_AFTER;
use rustix::process::Signal;
use serde_json::Value;
use tokio::task::JoinSet;

use super::issuer::{Issuer, Signer};
use super::load::numbered;
use super::server::{Server, created};
use super::tokens;
use crate::postgres::Database;
use crate::project::Project;

fn server(project: &Project, database: &Database) -> Server {
    let call = project.call("serve --listen 127.0.0.1:0");
    Server::of(call.env("TOLLGATE_LEDGER", &database.url()))
}

/// The keys of every event in the ledger, which must be sound.
fn recorded(project: &Project, database: &Database) -> Vec<String> {
    let call = |line: &str| {
        let call = project.call(line);
        call.env("TOLLGATE_LEDGER", &database.url()).run()
    };
    call("ledger verify").expect(0);
    let log = call("ledger log --all --format json");
    let keys = log.expect(0).stdout.lines().map(|line| {
        let link: Value = serde_json::from_str(line).unwrap();
        let key = link["event"]["idempotency_key"].as_str();
        key.unwrap().to_owned()
    });
    keys.collect()
}

#[test]
fn a_replica_that_is_killed_loses_and_doubles_nothing() {
    let (project, database) = (Project::empty(), Database::new());
    let (one, two) = (server(&project, &database), server(&project, &database));
    one.create_release();
    let accepted: BTreeSet<usize> = two.wait(async {
        let mut sending = JoinSet::new();
        // Each event goes to both: one of them has it first, and either may be killed under it.
        for number in 0..300 {
            for server in [&one, &two] {
                let request = server.request("POST", "/v1/events", "ci");
                let request = request.body(numbered(number).to_string());
                sending.spawn(async move {
                    let response = request.send().await.ok()?;
                    (response.status() == 200).then_some(number)
                });
            }
        }
        let mut accepted = BTreeSet::new();
        while let Some(done) = sending.join_next().await {
            accepted.extend(done.unwrap());
            if accepted.len() == 40 {
                one.signal(Signal::KILL);
            }
        }
        accepted
    });
    assert_eq!(one.ended().0, None, "it was killed");
    assert_eq!(accepted.len(), 300, "the other one took everything");
    two.stop();
    let keys = recorded(&project, &database);
    assert_eq!((keys.len(), BTreeSet::from_iter(&keys).len()), (301, 301));
}

#[test]
fn while_the_database_is_away_producers_are_told_to_come_again() {
    let (project, database) = (Project::empty(), Database::new());
    let server = server(&project, &database);
    server.create_release();
    server.post("ci", &numbered(1)).expect(200);
    database.go_away();
    let away = server.post("ci", &numbered(2)).expect(503);
    assert!(away.headers.contains_key(RETRY_AFTER), "{away:?}");
    assert_eq!(server.get("/healthz", "").status, 200);
    assert_eq!(server.get("/readyz", "").status, 503);
    database.come_back();
    assert_eq!(server.get("/readyz", "").status, 200);
    server.post("ci", &numbered(2)).expect(200);
    assert_eq!(server.post("ci", &numbered(1)).said(), "200 duplicate");
    let log = server.stop();
    let id = away.json()["ingest_id"].as_str().unwrap().to_owned();
    let told = log.lines().find(|line| line.contains("could not be noted"));
    assert!(told.is_some_and(|line| line.contains(&id)), "{log}");
    assert_eq!(recorded(&project, &database).len(), 3);
}

#[test]
fn a_token_serves_once_whichever_server_it_is_shown_to() {
    let (project, database) = (Project::empty(), Database::new());
    let (issuer, signer) = (Issuer::start(), Signer::new("first"));
    issuer.publish(&[&signer]);
    let server = || {
        let call = tokens::call(&project, &issuer.address());
        Server::of(call.env("TOLLGATE_LEDGER", &database.url()))
    };
    let (one, two) = (server(), server());
    let show = |server: &Server, token: &str| {
        let request = server.request("POST", "/v1/events", "").bearer_auth(token);
        server.send(request.body(created().to_string())).said()
    };
    let token = || signer.sign(&issuer.claims());
    let (first, second) = (token(), token());
    assert_eq!(show(&one, &first), "200 accepted");
    assert_eq!(show(&two, &first), "401 unauthorized");
    assert_eq!(show(&two, &second), "200 duplicate");
    assert_eq!(show(&one, &second), "401 unauthorized");
    two.stop();
    let two = server();
    assert_eq!(
        show(&two, &second),
        "401 unauthorized",
        "it outlives the process"
    );
    database.go_away();
    let third = token();
    assert_eq!(show(&one, &third), "503 ledger_away");
    database.come_back();
    assert_eq!(show(&two, &third), "200 duplicate", "nobody used it");
}
