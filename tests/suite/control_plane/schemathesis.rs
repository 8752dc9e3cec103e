//! Schemathesis reads `/v1/openapi.json` and makes up requests from it, as each role: whatever is
//! sent, the server has an answer, which is one that the document has, and lets nobody in without a
//! key. The requests are the same in every run.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::server::Server;
use crate::postgres::Database;
use crate::project::Project;

const POLICY: &str = r#"
pipeline:
  test: { checks: { pytest: { run: "true" } } }
environments:
  staging: { gates: [test], approvals: { minimum: 1, from: [qa] } }
"#;

/// How many requests are made up of each operation.
const EXAMPLES: &str = "20";

/// A payload needs more than a schema says: a release's id is that of its commit.
const LEFT_OUT: &str = "positive_data_acceptance";

fn program() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = root.join("target/tools/schemathesis/bin/schemathesis");
    let missing = "Schemathesis is missing; run: scripts/test-tools.sh target/tools";
    assert!(program.exists(), "{missing}");
    program
}

/// Asks a server what can be made up of its description, with the key of somebody.
#[track_caller]
fn ask(project: &Project, server: &Server, who: &str) {
    let described = server.get("/v1/openapi.json", who).expect(200);
    let described_json = described.json();
    let paths = described_json["paths"].as_object().unwrap().values();
    let operations: usize = paths.map(|path| path.as_object().unwrap().len()).sum();
    project.write("openapi.json", &described.text);
    let asked = Command::new(program())
        .args(["run", "openapi.json", "--url", &server.url])
        .arg(format!("--header=Authorization: Bearer key-of-{who}"))
        .args(["--seed=1", "--max-examples", EXAMPLES])
        .args(["--exclude-checks", LEFT_OUT, "--continue-on-failure"])
        .args(["--generation-database=none", "--no-color"])
        .env("NO_PROXY", "*")
        .current_dir(project.root())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&asked.stdout);
    assert!(
        asked.status.success(),
        "as {who}:\n{said}{}",
        String::from_utf8_lossy(&asked.stderr)
    );
    let all = format!("Selected: {operations}/{operations}\n  Tested: {operations}\n");
    assert!(said.contains(&all), "as {who}:\n{said}");
}

/// Asks as several people, and then counts what the server answered.
#[track_caller]
fn hold(project: &Project, server: Server, people: &[&str]) {
    for who in people {
        ask(project, &server, who);
    }
    let metrics = server.get("/metrics", "otto").expect(200).text;
    let count = |labels: &str| {
        let lines = metrics.lines().filter(|line| line.contains(labels));
        let counts = lines.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap());
        counts.sum::<f64>()
    };
    assert_eq!(
        count("requests_total{method=\"POST\",route=\"/v1/events\",status=\"5"),
        0.0
    );
    for (what, labels) in [
        ("events were taken", "events_total{status=\"accepted\"}"),
        ("events came twice", "events_total{status=\"duplicate\"}"),
        ("events were refused", "events_total{status=\"rejected\"}"),
        (
            "a release was judged",
            "route=\"/v1/releases/{id}\",status=\"200\"",
        ),
        (
            "a report was made",
            "route=\"/v1/releases/{id}/report\",status=\"200\"",
        ),
    ] {
        assert!(count(labels) > 0.0, "{what}:\n{metrics}");
    }
    server.stop();
}

#[test]
fn with_a_file_every_answer_is_described_and_none_is_a_fault() {
    let project = Project::new(POLICY);
    let server = Server::start(&project);
    hold(&project, server, &["ci", "rita", "quinn", "otto"]);
}

#[test]
fn with_a_database_every_answer_is_described_and_none_is_a_fault() {
    let (project, database) = (Project::new(POLICY), Database::new());
    let call = project.call("serve --listen 127.0.0.1:0 --policy .github/tollgate.yml -v");
    let server = Server::of(call.env("TOLLGATE_LEDGER", &database.url()));
    hold(&project, server, &["ci", "sam", "dora"]);
}
