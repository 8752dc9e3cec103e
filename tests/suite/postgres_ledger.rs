//! The command line with its ledger in PostgreSQL.

use std::net::TcpListener;

use crate::postgres::{self, Database};
use crate::project::{Outcome, Project};

const POLICY: &str = r#"
pipeline:
  lint: { checks: { a: { run: "true" } } }
  test: { checks: { b: { run: "test -z \"${TOLLGATE_LEDGER:-}\"" } } }
gates:
  G1: { requires: test, approvals: { from: ["user:rita"] } }
environments:
  production: { gates: [G1] }
"#;

fn with(project: &Project, url: &str, arguments: &str) -> Outcome {
    project.call(arguments).env("TOLLGATE_LEDGER", url).run()
}

fn gates(project: &Project, url: &str) -> String {
    let status = with(project, url, "status --format json");
    crate::project::statuses(&status.expect(0).json())
}

#[test]
fn a_release_goes_its_whole_way() {
    let (project, database) = (Project::new(POLICY), Database::new());
    let url = database.url();
    assert_eq!(
        gates(&project, &url),
        "lint=pending test=blocked G1=blocked"
    );
    with(&project, &url, "run lint test").expect(0);
    with(&project, &url, "approve G1 --by rita").expect(0);
    assert_eq!(gates(&project, &url), "lint=passed test=passed G1=passed");
    with(&project, &url, "ledger verify")
        .expect(0)
        .says("is sound")
        .says("postgres://127.0.0.1:");
    with(&project, &url, "ledger log")
        .expect(0)
        .says("approval_recorded");
    assert!(
        !project.exists(".tollgate/ledger.db"),
        "there is one ledger"
    );
    with(&project, &url, "run").expect(0).says("passed");
}

#[test]
fn a_pack_goes_from_a_database_to_a_file_and_back() {
    let (project, one, two) = (Project::new(POLICY), Database::new(), Database::new());
    with(&project, &one.url(), "run lint test").expect(0);
    with(&project, &one.url(), "ledger export --all -o one.pack").expect(0);
    with(&project, "sqlite:file.db", "ledger import one.pack").expect(0);
    with(
        &project,
        "sqlite:file.db",
        "ledger export --all -o file.pack",
    )
    .expect(0);
    with(&project, &two.url(), "ledger import file.pack").expect(0);
    with(&project, &two.url(), "ledger import file.pack")
        .expect(0)
        .says("0 of them new");
    with(&project, &two.url(), "ledger export --all -o two.pack").expect(0);
    assert_eq!(project.read("one.pack"), project.read("two.pack"));
    assert_eq!(gates(&project, &two.url()), gates(&project, &one.url()));
}

#[test]
fn many_processes_share_it() {
    let (project, database) = (Project::new(POLICY), Database::new());
    let url = database.url();
    let checkouts: Vec<Project> = (0..3).map(|_| project.fresh_checkout()).collect();
    let call = |checkout: &Project| {
        let call = checkout.call("run lint test --repository acme/shop");
        call.env("TOLLGATE_LEDGER", &url).start()
    };
    let calls: Vec<_> = checkouts.iter().map(call).collect();
    for call in calls {
        let output = call.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    with(&project, &url, "ledger verify")
        .expect(0)
        .says("of 1 releases");
}

#[test]
fn what_was_altered_is_a_finding() {
    let (project, database) = (Project::new(POLICY), Database::new());
    let url = database.url();
    with(&project, &url, "ledger verify")
        .expect(2)
        .says("there is no ledger");
    with(&project, &url, "run lint").expect(0);
    database.run(
        "SET session_replication_role = replica; \
         UPDATE ops.events SET body = replace(body, 'lint', 'lunt') WHERE sequence = 2",
    );
    with(&project, &url, "ledger verify")
        .expect(1)
        .says("was altered");
    with(&project, &url, "status").expect(4).says("is damaged");
}

#[test]
fn credentials_are_never_shown_and_what_is_out_of_reach_exits_4() {
    let (project, database) = (Project::new(POLICY), Database::new());
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let guess = "gu3ss-w0rk";
    let urls = [
        format!("postgres://ann:{guess}@{closed}/ops"),
        database.url_of(postgres::USER, guess),
        format!("postgres://ann:{guess}@127.0.0.1:1/ops?sslmode={guess}"),
    ];
    for url in &urls {
        for command in [
            "run",
            "status",
            "approve G1 --by rita",
            "ledger verify",
            "ledger log",
        ] {
            let told = with(&project, url, command).expect(4).all();
            assert!(!told.contains(guess), "{command}: {told}");
            assert!(told.contains("cannot be reached"), "{command}: {told}");
        }
        let told = project
            .tollgate(&format!("-v status --ledger {url}"))
            .expect(4)
            .all();
        assert!(!told.contains(guess), "{told}");
    }
    for wrong in [
        format!("mysql://ann:{guess}@db/ops"),
        format!("postgres://ann:{guess}@db:99999/ops"),
        guess.to_owned(),
    ] {
        let told = with(&project, &wrong, "status").expect(2).all();
        assert!(!told.contains(guess), "{told}");
    }
    let help = with(&project, &urls[0], "status --help").expect(0).all();
    assert!(!help.contains(guess), "{help}");
}

#[test]
fn a_check_that_prints_the_password_shows_a_mask() {
    let policy = format!(
        "pipeline: {{ lint: {{ checks: {{ a: {{ run: \"echo {}; false\" }} }} }} }}",
        postgres::PASSWORD
    );
    let (project, database) = (Project::new(&policy), Database::new());
    let ledger = format!("run --ledger {}", database.url());
    let told = project.tollgate(&ledger).expect(1).all();
    assert!(!told.contains(postgres::PASSWORD), "{told}");
    let log = std::fs::read_to_string(project.newest_run().join("log.jsonl")).unwrap();
    assert!(!log.contains(postgres::PASSWORD), "{log}");
}
