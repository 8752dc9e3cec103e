//! How a server is started and stopped, and what it says of settings that make no sense.

use std::fs;

use rustix::process::Signal;
use serde_json::Value;

use super::server::{RELEASE, Server, created};
use crate::project::Project;

#[test]
fn a_key_is_made_once_and_opens_the_door_from_a_file() {
    let project = Project::empty();
    let made = project.tollgate("keys new --role qa_tester --name quinn");
    let mut lines = made.expect(0).stdout.lines();
    let (key, entry) = (lines.next().unwrap(), lines.next().unwrap());
    project.write("keys.json", entry);
    let call = project
        .call("serve --listen 127.0.0.1:0")
        .env("TOLLGATE_API_KEYS_FILE", "keys.json");
    let mut child = call.start();
    let mut told = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut told, &mut line).unwrap();
    let url = line
        .trim()
        .strip_prefix("listening on ")
        .unwrap()
        .to_owned();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ask = |key: &str| {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.get(format!("{url}/v1/releases")).bearer_auth(key);
        runtime.block_on(super::server::answer(request)).status
    };
    assert_eq!((ask(key), ask("another")), (200, 401));
    child.kill().unwrap();
    child.wait().unwrap();
    let parsed: Value = project
        .tollgate("keys new --role sre --name sam --format json")
        .json();
    assert_eq!(parsed["schema"], "tollgate.key/v1");
}

#[test]
fn settings_that_make_no_sense_start_nothing() {
    let project = Project::new("pipeline:\n  lint: { checks: { a: { run: \"true\" } } }\n");
    project.write("wrong.yml", "version: 1\nproject: shop\npipelin: {}\n");
    for (arguments, variable, code, says) in [
        (
            "serve",
            ("TOLLGATE_API_KEYS", "nope"),
            2,
            "TOLLGATE_API_KEYS: it is not",
        ),
        (
            "serve",
            ("TOLLGATE_API_KEYS_FILE", "no.json"),
            2,
            "TOLLGATE_API_KEYS_FILE no.json",
        ),
        ("serve --policy wrong.yml", ("A", "b"), 2, "did you mean"),
        ("serve --listen nowhere", ("A", "b"), 2, "--listen"),
        (
            "serve --ledger sqlite:no/folder.db",
            ("A", "b"),
            4,
            "there is no folder",
        ),
        ("keys new --role root --name r", ("A", "b"), 2, "root"),
    ] {
        let outcome = project.call(arguments).env(variable.0, variable.1).run();
        outcome.expect(code).says(says);
    }
}

#[test]
fn a_signal_ends_it_and_the_ledger_rests_closed() {
    for signal in [Signal::TERM, Signal::INT] {
        let project = Project::new("pipeline:\n  lint: { checks: { a: { run: \"true\" } } }\n");
        let server = Server::start(&project);
        server.create_release();
        server.signal(signal);
        assert_eq!(server.ended().0, Some(0));
        project
            .tollgate("ledger verify")
            .expect(0)
            .says("the seal is intact");
    }
}

#[test]
fn a_server_takes_up_where_the_last_one_ended() {
    let project = Project::empty();
    fs::create_dir(project.path("data")).unwrap();
    let start = || {
        let call = project.call("serve --listen 127.0.0.1:0 --ledger sqlite:data/ledger.db");
        Server::of(call)
    };
    let first = start();
    let before = first.post("ci", &created()).expect(200).json();
    first.stop();
    let second = start();
    let after = second.post("ci", &created()).expect(200).json();
    assert_eq!(
        (&after["status"], &after["ingest_id"]),
        (&"duplicate".into(), &before["ingest_id"])
    );
    let answer = second.get(&format!("/v1/releases/{RELEASE}"), "otto");
    assert_eq!(answer.said(), "501 no_policy");
}
