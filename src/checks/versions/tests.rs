//! Pins in real files, and what the running tool answers.

use std::path::Path;

use super::*;
use crate::domain::status::CheckStatus::{self, Errored, Failed, Passed};

async fn judged(files: &[(&str, &str)], wanted: (&str, &str), told: Option<&str>) -> CheckResult {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    judged_in(folder.path(), wanted, told).await
}

async fn judged_in(folder: &Path, wanted: (&str, &str), told: Option<&str>) -> CheckResult {
    let tree = WorkTree::open(folder, ".tollgate").unwrap();
    let (tool, version) = (wanted.0.to_owned(), wanted.1.to_owned());
    let told = told.map(str::to_owned);
    let ask = async move |asking: &Asking| {
        assert_eq!(
            (asking.program, asking.arguments),
            ("node", &["--version"][..])
        );
        told.clone()
    };
    let pins = [VersionPin { tool, version }];
    // Spawned, so that it is known to be able to move between threads.
    let judging = tokio::spawn(async move { run(&pins, &tree, ask).await });
    judging.await.unwrap()
}

#[track_caller]
fn says(result: &CheckResult, status: CheckStatus, expect: &[&str]) {
    let place = |reason: &Reason| match &reason.location {
        Some(place) => format!("{} {place}", reason.code),
        None => reason.code.to_string(),
    };
    let found: Vec<_> = result.reasons.iter().map(place).collect();
    assert_eq!(
        (result.status, found),
        (status, expect.iter().map(ToString::to_string).collect()),
        "{:?}",
        result.reasons
    );
}

const NODE: (&str, &str) = ("node", "22");

#[tokio::test]
async fn every_place_and_the_tool_agree() {
    let files = [
        (".nvmrc", "v22.21.1\n"),
        ("a/.nvmrc", "22"),
        (".python-version", "3"),
    ];
    says(&judged(&files, NODE, Some("v22.1.0")).await, Passed, &[]);
    says(&judged(&[], NODE, Some("v22.1.0")).await, Passed, &[]);
}

#[tokio::test]
async fn a_requirement_of_a_manifest_needs_only_room() {
    let wide = [
        ("package.json", r#"{"engines": {"node": ">=20"}}"#),
        (".nvmrc", "22.21.1"),
    ];
    says(&judged(&wide, NODE, Some("v22.21.1")).await, Passed, &[]);
    let other = [("package.json", r#"{"engines": {"node": "^20"}}"#)];
    says(
        &judged(&other, NODE, Some("v22.21.1")).await,
        Failed,
        &["version_drift package.json:1"],
    );
}

#[tokio::test]
async fn each_drift_is_named_by_its_place() {
    let files = [
        (".nvmrc", "20"),
        ("Dockerfile", "FROM scratch\nFROM node:latest\n"),
    ];
    let result = judged(&files, NODE, Some("v18.0.0")).await;
    let expect = [
        "version_drift .nvmrc:1",
        "version_drift Dockerfile:2",
        "version_drift",
    ];
    says(&result, Failed, &expect);
}

#[tokio::test]
async fn a_tool_is_known_by_all_its_names() {
    let result = judged(&[(".nvmrc", "20")], ("nodejs", "22"), Some("v22.1.0")).await;
    says(&result, Failed, &["version_drift .nvmrc:1"]);
}

#[tokio::test]
async fn places_that_are_not_the_projects_own_do_not_count() {
    let files = [
        (".gitignore", "out/"),
        ("out/.nvmrc", "1"),
        ("node_modules/x/.nvmrc", "1"),
        ("vendor/.nvmrc", "1"),
        (".venv/.nvmrc", "1"),
        (".tollgate/.nvmrc", "1"),
    ];
    says(&judged(&files, NODE, Some("v22.1.0")).await, Passed, &[]);
}

#[tokio::test]
async fn a_tool_that_is_not_there_or_does_not_tell_is_not_known() {
    let pinned = [(".nvmrc", "22")];
    says(
        &judged(&pinned, NODE, None).await,
        Errored,
        &["tool_missing"],
    );
    says(
        &judged(&pinned, NODE, Some("what?")).await,
        Errored,
        &["version_unknown"],
    );
}

#[tokio::test]
async fn a_package_must_be_pinned_somewhere() {
    let next = ("npm:next", "16");
    let pinned = [("package.json", r#"{"dependencies": {"next": "16.0.1"}}"#)];
    says(&judged(&pinned, next, None).await, Passed, &[]);
    says(&judged(&[], next, None).await, Failed, &["version_unknown"]);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_hides_what_it_pins() {
    let files = [("package.json", "{\n nonsense")];
    says(
        &judged(&files, NODE, Some("v22.1.0")).await,
        Errored,
        &["file_unreadable package.json:2"],
    );
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join(".nvmrc")).unwrap();
    assert_eq!(
        judged_in(folder.path(), NODE, Some("v22.1.0")).await.status,
        Errored
    );
}
