//! Of several servers on one PostgreSQL one works for GitHub, and another takes over when it dies.

use rustix::process::Signal;
use serde_json::json;

use super::github_app::{RUN, Stage, deliver, report};
use super::server::{Server, event};
use crate::fake_github::{APP, FakeGitHub};
use crate::postgres::Database;

const REQUEST: &str = "deployment_protection_rule";

fn server(stage: &Stage, database: &Database) -> Server {
    Server::of(stage.call().env("TOLLGATE_LEDGER", &database.url()))
}

/// The environments whose check runs say that the release may go there.
fn open(github: &FakeGitHub) -> usize {
    let repository = github.look();
    let runs = repository.check_runs.iter().filter(|run| run.app == APP);
    runs.filter(|run| run.conclusion.as_deref() == Some("success"))
        .count()
}

#[test]
fn one_works_and_another_takes_over_when_it_is_killed() {
    let (stage, database) = (Stage::set(), Database::new());
    let one = server(&stage, &database);
    one.create_release();
    stage.github.wait_until("the first one works", |github| {
        github.look().check_runs.len() == 2
    });
    let two = server(&stage, &database);
    deliver(&two, "d1", REQUEST, &stage.request("staging"));
    report(&two, "lint/ruff=passed G1/journeys=passed");
    assert_eq!(stage.answered("staging"), "approved");
    deliver(&one, "d2", REQUEST, &stage.request("production"));
    one.signal(Signal::KILL);
    one.ended();
    let payload =
        json!({"environment": "production", "by": "rita", "decision": "approved", "comment": "go"});
    let approval = event("approval_recorded", "tests/approval", payload);
    two.post("rita", &approval).expect(200);
    assert_eq!(stage.answered("production"), "approved");
    stage
        .github
        .wait_until("both are open", |github| open(github) == 2);
    two.stop();
    let answers = stage.github.answers(RUN);
    assert_eq!(answers, ["staging approved", "production approved"]);
    assert_eq!(
        stage.github.look().check_runs.len(),
        2,
        "nothing is doubled"
    );
}

#[test]
fn a_database_that_was_away_is_worked_for_again() {
    let (stage, database) = (Stage::set(), Database::new());
    let server = server(&stage, &database);
    deliver(&server, "d1", REQUEST, &stage.request("staging"));
    database.go_away();
    stage.github.wait_until("the duty is given up", |_| {
        server
            .log()
            .contains("another server may work for GitHub now")
    });
    database.come_back();
    report(&server, "lint/ruff=passed G1/journeys=passed");
    assert_eq!(stage.answered("staging"), "approved");
    server.stop();
}
