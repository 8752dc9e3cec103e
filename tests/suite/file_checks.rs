//! The verbs that read the project's files, with the real binary.

use serde_json::{Value, json};

use crate::project::{Project, check, codes};

fn project(check: &str) -> Project {
    Project::new(&format!(
        "pipeline:\n  contract: {{ checks: {{ it: {{ {check} }} }} }}\n"
    ))
}

/// Commits, runs, and gives the check as `status` has it.
#[track_caller]
fn judged(project: &Project, code: i32, status: &str, reasons: &[&str]) -> Value {
    project.commit("ready");
    let outcome = project.tollgate("run");
    outcome.expect(code);
    let document = project.status();
    let it = check(&document, "contract/it");
    let found = (it["status"].as_str().unwrap(), codes(it));
    assert_eq!(found, (status, reasons.to_vec()), "{}", outcome.all());
    it.clone()
}

const RELEASED: &str = "openapi: 3.0.3
paths:
  /orders/{id}:
    get:
      parameters:
        - { name: id, in: path, required: true, schema: { type: integer } }
      responses:
        '200':
          description: the order
          content:
            application/json:
              schema: { $ref: '#/components/schemas/Order' }
components:
  schemas:
    Order:
      type: object
      required: [id, status]
      properties:
        id: { type: integer }
        status: { type: string, enum: [open, paid] }
";

#[test]
fn a_contract_is_held_against_the_released_one() {
    let project = project("contract: { base: contract/released.yaml, current: openapi.yaml }");
    project.write("openapi.yaml", RELEASED);
    let missing = judged(&project, 1, "errored", &["file_missing"]);
    let hint = "cp openapi.yaml contract/released.yaml";
    assert!(
        missing["reasons"][0]["message"]
            .as_str()
            .unwrap()
            .contains(hint)
    );

    project.write("contract/released.yaml", RELEASED);
    judged(&project, 0, "passed", &[]);

    let more = RELEASED
        .replace("{id}", "{order}")
        .replace("name: id", "name: order");
    let more = more.replace(
        "        id: {",
        "        note: { type: string }\n        id: {",
    );
    project.write("openapi.yaml", &more);
    judged(&project, 0, "passed", &[]);

    let broken = RELEASED.replace("[open, paid]", "[open, paid, lost]");
    project.write(
        "openapi.yaml",
        &broken.replace("        id: { type: integer }\n", ""),
    );
    let it = judged(
        &project,
        1,
        "failed",
        &["contract_broken", "contract_broken"],
    );
    let place = |number: usize| {
        let reason = &it["reasons"][number];
        (reason["file"].clone(), reason["line"].clone())
    };
    assert_eq!(place(0), (json!("contract/released.yaml"), json!(19)));
    assert_eq!(place(1), (json!("openapi.yaml"), json!(19)));

    project.write("openapi.yaml", "swagger: '2.0'\n");
    judged(&project, 1, "errored", &["contract_unreadable"]);
}

#[test]
fn logs_have_their_fields_and_events() {
    let rule =
        r#"logs: { file: "logs/*.log", fields: [user_id, http.status], events: [order.created] }"#;
    let project = project(rule);
    judged(
        &project,
        1,
        "errored",
        &["result_missing", "log_event_missing"],
    );
    project.write(
        "logs/a.log",
        "{\"user_id\": 1, \"http\": {\"status\": 200}, \"event\": \"order.created\"}\n",
    );
    judged(&project, 0, "passed", &[]);
    project.write(
        "logs/b.log",
        "{\"user_id\": 1, \"http.status\": 200}\n{\"user_id\": null}\nstarted\n",
    );
    let expect = [
        "log_line_unreadable",
        "log_field_missing",
        "log_field_missing",
    ];
    let it = judged(&project, 1, "failed", &expect);
    assert_eq!(
        (&it["reasons"][0]["file"], &it["reasons"][0]["line"]),
        (&json!("logs/b.log"), &json!(3))
    );
}

#[test]
fn a_quota_that_an_earlier_check_asked_for_is_held_to_its_limits() {
    let project = Project::new(
        "pipeline:
  contract:
    checks:
      ask: { run: 'echo \"{\\\"builds\\\": {\\\"used\\\": $USED, \\\"limit\\\": 10}}\" > usage.json', env: { USED: \"${USED}\" }, evidence: usage.json }
      it: { needs: [ask], quota: { file: usage.json, limits: { builds: { warn: 80%, fail: 95% } } } }
",
    );
    for (used, code, status, reasons) in [
        ("4", 0, "passed", vec![]),
        ("9", 0, "passed", vec!["quota_warning"]),
        ("9.6", 1, "failed", vec!["quota_exceeded"]),
        ("\\\"9\\\"", 1, "errored", vec!["result_unreadable"]),
    ] {
        let outcome = project.call("run --force").env("USED", used).run();
        outcome.expect(code);
        let document = project.status();
        let it = check(&document, "contract/it");
        assert_eq!(
            (it["status"].as_str(), codes(it)),
            (Some(status), reasons),
            "{used}"
        );
        if used == "9" {
            outcome.says("`builds`: 9 of 10 are used, 90 %; more than 80 % is a warning.");
        }
    }
}

#[test]
fn migrations_can_be_taken_back_and_their_hashes_are_recorded() {
    let project = project("migrations: { directory: migrations }");
    judged(&project, 1, "errored", &["file_missing"]);
    project.write(
        "migrations/0001_init.up.sql",
        "create table orders (id int);\n",
    );
    judged(&project, 1, "failed", &["migration_irreversible"]);
    project.write("migrations/0001_init.down.sql", "drop table orders;\n");
    project.write(
        "migrations/0002_tidy.sql",
        "-- irreversible: restore the backup, ask alice@example.com\ndelete from orders;\n",
    );
    let it = judged(&project, 0, "passed", &[]);
    let hash = "cdc6f7da29b036e4181a2ba06eb29281f828e02b45dca22aff78ac6de113e48b";
    let first = &it["migrations"][0];
    assert_eq!(
        (&first["name"], &first["reversible"]),
        (&json!("0001_init"), &json!(true))
    );
    assert_eq!(first["sha256"], hash, "as sha256sum gives it for the file");
    let second = &it["migrations"][1];
    assert_eq!(second["reversible"], false);
    let alternative = second["alternative"].as_str().unwrap();
    assert!(
        alternative.starts_with("restore the backup, ask "),
        "{alternative}"
    );
    assert!(!alternative.contains("alice@"), "it is masked");
    project.write("migrations/2_other.sql", "-- irreversible: nothing\n");
    judged(&project, 1, "failed", &["migration_duplicate"]);
}
