//! What is masked, in everything that a run leaves behind.

use std::fs;
use std::path::Path;

use crate::project::Project;

const SECRET: &str = "hunter2-very-secret";

fn all_text(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &all_text(&path);
        } else {
            text += &String::from_utf8_lossy(&fs::read(&path).unwrap());
        }
    }
    text
}

#[test]
fn nothing_that_must_not_leave_the_machine_does() {
    let project = Project::new(
        r#"
redact: { patterns: ["sk_live_[A-Za-z0-9]+"] }
pipeline:
  test:
    checks:
      it:
        run: |
          echo "mail bob@example.com at 13.756331, 100.501765 with $DEPLOY_TOKEN and sk_live_abc123"
          echo "<testsuite><testcase name='bob@example.com'><failure message='$DEPLOY_TOKEN sk_live_abc123'>13.756331, 100.501765</failure></testcase></testsuite>" > report.xml
        results: { junit: report.xml }
"#,
    );
    for format in ["human", "github", "json"] {
        let outcome = project
            .call(&format!("run -v --format {format}"))
            .env("DEPLOY_TOKEN", SECRET)
            .run();
        outcome.expect(1);
        let mut everything = outcome.all();
        everything += &all_text(&project.path(".tollgate"));
        // The one place where a secret stands on purpose: the runner must learn what to mask.
        let told: String = everything
            .lines()
            .filter(|line| !line.starts_with("::add-mask::"))
            .collect();
        for leak in [
            SECRET,
            "bob@example.com",
            "13.756331",
            "100.501765",
            "sk_live_abc123",
        ] {
            assert!(!told.contains(leak), "{leak} leaked in format {format}");
        }
        assert!(told.contains("masked"), "{told}");
    }
}

#[test]
fn a_secret_that_a_check_is_given_is_masked_too() {
    let project = Project::new(
        "pipeline: { test: { checks: { it: { run: \"echo $MY_API_KEY; false\", env: { MY_API_KEY: \"${SOURCE}\" } } } } }",
    );
    let outcome = project.call("run -v").env("SOURCE", SECRET).run();
    outcome.expect(1).says("[masked:secret]");
    assert!(!outcome.all().contains(SECRET));
    assert!(!all_text(&project.path(".tollgate")).contains(SECRET));
}

#[test]
fn masking_of_addresses_can_be_turned_off() {
    let project = Project::new(
        r#"
redact: { emails: false }
pipeline:
  test: { checks: { it: { run: "echo write to bob@example.com; false" } } }
"#,
    );
    project.tollgate("run").expect(1).says("bob@example.com");
}

#[test]
fn a_check_sees_no_token_unless_it_says_so() {
    let project = Project::new(
        r#"
pipeline:
  lint:
    checks:
      without: { run: "env | grep -cE '^(GITHUB_TOKEN|ACTIONS_RUNTIME_TOKEN|INPUT_TOKEN|TOLLGATE_LEDGER|GITHUB_ENV)=' && exit 1 || true" }
      with: { run: "test \"$GITHUB_TOKEN\" = tok-abcdef", needs-token: true }
"#,
    );
    let outcome = project
        .call("run")
        .env("GITHUB_TOKEN", "tok-abcdef")
        .env("ACTIONS_RUNTIME_TOKEN", "tok-abcdef")
        .env("INPUT_TOKEN", "tok-abcdef")
        .env("GITHUB_ENV", "/dev/null")
        .env("TOLLGATE_LEDGER", "sqlite:.tollgate/other.db")
        .run();
    outcome.expect(0);
    assert!(project.exists(".tollgate/other.db"));
}
