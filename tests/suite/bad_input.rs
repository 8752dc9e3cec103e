//! Input that is wrong or hostile: a clear message, the right exit code, and nothing lost.

use std::process::Command;

use crate::project::{Project, check, codes};

const ONE: &str = "pipeline: { lint: { checks: { a: { run: \"true\" } } } }";

#[test]
fn unknown_words_are_usage_errors_with_a_hint() {
    let project = Project::new(ONE);
    project.tollgate("run lnit").expect(2).says("lint");
    project
        .tollgate("run --only nothing")
        .expect(2)
        .says("nothing");
    project.tollgate("frobnicate").expect(2);
    project.tollgate("run --jobs 0").expect(2);
    project.tollgate("status --release-sha abc").expect(2);
    project
        .tollgate("status --ledger mysql://localhost/x")
        .expect(2)
        .says("sqlite:PATH or postgres://");
    project.call("run --policy").arg("").run().expect(2);
    project
        .call("run --release-version")
        .arg("")
        .run()
        .expect(2);
    project.call("run -C").arg("").run().expect(2);
}

#[test]
fn a_huge_policy_is_refused() {
    let project = Project::new(ONE);
    let huge = format!(
        "version: 1\nproject: p\n{ONE}\n# {}\n",
        "x".repeat(10 * 1024 * 1024)
    );
    project.write(".github/tollgate.yml", &huge);
    project.tollgate("run").expect(2).says("tollgate.yml");
}

#[test]
fn an_unknown_verb_is_named() {
    let project = Project::new("pipeline: { lint: { checks: { a: { rnu: \"true\" } } } }");
    project.tollgate("run").expect(2).says("rnu").says("run");
}

#[test]
fn output_that_is_not_text_does_no_harm() {
    let project = Project::new(
        "pipeline: { lint: { checks: { a: { run: \"head -c 100000 /dev/urandom; false\" } } } }",
    );
    let outcome = project.tollgate("run");
    outcome.expect(1);
    assert!(
        !outcome.stdout.contains('\u{1b}'),
        "no escape sequence reaches the terminal"
    );
}

#[test]
fn a_path_with_spaces_and_unicode_is_fine() {
    let project = Project::empty();
    project.write(
        "ein Ordner ü/.github/tollgate.yml",
        "version: 1\nproject: p\npipeline: { lint: { checks: { a: { run: \"test -e 'Datei ß'\" } } } }",
    );
    project.write("ein Ordner ü/Datei ß", "");
    project.commit("start");
    project
        .call("run")
        .arg("-C")
        .arg("ein Ordner ü")
        .run()
        .expect(0);
    assert!(project.exists("ein Ordner ü/.tollgate/ledger.db"));
}

#[test]
fn a_file_where_the_evidence_directory_should_be_is_said() {
    let project = Project::new(ONE);
    project.write(".tollgate", "");
    project.tollgate("run").expect(4).says(".tollgate");
}

#[test]
fn a_ledger_that_is_none_is_said() {
    let project = Project::new(ONE);
    project.write(".tollgate/ledger.db", &"not a database ".repeat(1000));
    for command in ["run", "status"] {
        project.tollgate(command).expect(4).says("ledger.db");
    }
    project
        .tollgate("ledger verify")
        .expect(1)
        .says("ledger.db");
}

#[test]
fn a_mistyped_ledger_is_no_fresh_one() {
    let project = Project::new(ONE);
    project
        .tollgate("status --ledger sqlite:/no/such/folder/l.db")
        .expect(4)
        .says("/no/such/folder");
}

#[test]
fn a_failure_is_json_where_json_is_asked_for() {
    let project = Project::new(ONE);
    let outcome = project.tollgate("run nothing --format json");
    outcome.expect(2);
    assert_eq!(outcome.json()["error"]["kind"], "usage");
}

#[test]
fn a_ledger_from_the_future_is_left_alone() {
    let project = Project::new(ONE);
    project.tollgate("run").expect(0);
    let path = project.path(".tollgate/ledger.db");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes()); // SQLite file format, "user version"
    std::fs::write(&path, &bytes).unwrap();
    for command in ["run", "status", "ledger log"] {
        project.tollgate(command).expect(4).says("99");
    }
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_folder_without_git_needs_to_be_told_the_commit() {
    let folder = tempfile::tempdir().unwrap();
    let call = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_tollgate"))
            .args(arguments)
            .current_dir(folder.path())
            .env("GIT_CEILING_DIRECTORIES", folder.path().parent().unwrap())
            .output()
            .unwrap()
    };
    std::fs::create_dir(folder.path().join(".github")).unwrap();
    let policy = format!("version: 1\nproject: p\n{ONE}\n");
    std::fs::write(folder.path().join(".github/tollgate.yml"), policy).unwrap();
    let output = call(&["run"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--release-sha"));
    let told = [
        "run",
        "--release-sha",
        &"a".repeat(40),
        "--repository",
        "acme/shop",
    ];
    assert_eq!(call(&told).status.code(), Some(0));
}

#[test]
fn a_repository_without_a_commit_is_said() {
    let project = Project::empty();
    project.write(
        ".github/tollgate.yml",
        &format!("version: 1\nproject: p\n{ONE}\n"),
    );
    project.tollgate("run").expect(2).says("commit");
}

#[test]
fn a_full_disk_stops_the_run_and_is_said() {
    let project = Project::new(
        "pipeline: { lint: { checks: { a: { run: \"head -c 3000000 /dev/zero | tr '\\\\0' x\" } } } }",
    );
    // A limit on the size of any file does what a full disk does, and needs no rights.
    let script = format!(
        "ulimit -f 1000; trap '' XFSZ; exec '{}' run",
        env!("CARGO_BIN_EXE_tollgate")
    );
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(project.root())
        .output()
        .unwrap();
    let code = output.status.code();
    assert!(
        matches!(code, Some(1 | 4)),
        "{code:?} {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let status = project.status();
    assert_ne!(
        check(&status, "lint/a")["status"],
        "passed",
        "{:?}",
        codes(check(&status, "lint/a"))
    );
    project.tollgate("ledger verify").expect(0);
}
