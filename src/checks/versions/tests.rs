use std::path::Path;

use super::*;
use crate::domain::status::CheckStatus::{self, Errored, Failed, Passed};

/// A line such as `node 22.21.1` of a file named `pins`.
struct Place {
    tool: String,
    version: String,
    line: u32,
}

const READER: PinReader<Place> = PinReader {
    canonical: |tool| tool.replace("nodejs", "node"),
    is_pin_file: |path| path.ends_with("pins"),
    find: |_, text| {
        let place = |(line, text): (u32, &str)| match text.split_once(' ') {
            Some((tool, version)) => Ok(Place {
                tool: tool.to_owned(),
                version: version.to_owned(),
                line,
            }),
            None => Err(ReadError::malformed(u64::from(line), "no version")),
        };
        (1..).zip(text.lines()).map(place).collect()
    },
    tool: |place| &place.tool,
    line: |place| place.line,
    drift: |wanted, place| {
        let drift = format!("pins {}, and {wanted} is wanted", place.version);
        (!place.version.starts_with(wanted)).then_some(drift)
    },
    question: |tool| {
        (tool == "node").then(|| Question {
            program: "node".to_owned(),
            arguments: vec!["--version".to_owned()],
        })
    },
    told: |_, printed| printed.strip_prefix('v').map(str::to_owned),
    fits: |wanted, told| told.starts_with(wanted),
};

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
    let ask = async move |question: &Question| {
        assert_eq!(question.program, "node");
        assert_eq!(question.arguments, ["--version"]);
        told.clone()
    };
    let pins = [VersionPin { tool, version }];
    // Spawned, so that it is known to be able to move between threads.
    let judging = tokio::spawn(async move { run(&pins, &tree, READER, ask).await });
    judging.await.unwrap()
}

#[track_caller]
fn says(result: &CheckResult, status: CheckStatus, expect: &[&str]) {
    let found: Vec<_> = result
        .reasons
        .iter()
        .map(|reason| format!("{}: {}", reason.code, reason.message))
        .collect();
    assert_eq!(found, expect);
    assert_eq!(result.status, status);
}

const NODE: (&str, &str) = ("node", "22");

#[tokio::test]
async fn every_place_and_the_tool_agree() {
    let files = [("pins", "node 22.21.1\npython 3"), ("a/pins", "node 22")];
    says(&judged(&files, NODE, Some("v22.1")).await, Passed, &[]);
    says(&judged(&[], NODE, Some("v22.1")).await, Passed, &[]);
}

#[tokio::test]
async fn each_drift_is_named_by_its_place() {
    let files = [("pins", "node 22\nnode 20"), ("a/pins", "node latest")];
    let result = judged(&files, NODE, Some("v18.0.0")).await;
    let expect = [
        "version_drift: node: a/pins:1 pins latest, and 22 is wanted.",
        "version_drift: node: pins:2 pins 20, and 22 is wanted.",
        "version_drift: The running node is 18.0.0, and 22 is wanted.",
    ];
    says(&result, Failed, &expect);
    let place = result.reasons[1].location.as_ref().unwrap();
    assert_eq!(place.to_string(), "pins:2");
}

#[tokio::test]
async fn a_tool_is_known_by_all_its_names() {
    let files = [("pins", "node 20")];
    let result = judged(&files, ("nodejs", "22"), Some("v22.1")).await;
    let drift = "version_drift: nodejs: pins:1 pins 20, and 22 is wanted.";
    says(&result, Failed, &[drift]);
}

#[tokio::test]
async fn places_that_are_not_the_projects_own_do_not_count() {
    let files = [
        (".gitignore", "out/"),
        ("out/pins", "node 1"),
        ("node_modules/x/pins", "node 1"),
        ("vendor/pins", "node 1"),
        (".venv/pins", "node 1"),
        (".tollgate/pins", "node 1"),
    ];
    says(&judged(&files, NODE, Some("v22.1")).await, Passed, &[]);
}

#[tokio::test]
async fn a_tool_that_is_not_there_or_does_not_tell_is_not_known() {
    let pinned = [("pins", "node 22")];
    let missing = "tool_missing: `node` is not installed or not on the PATH, so its version \
                   is not known. Install node 22.";
    says(&judged(&pinned, NODE, None).await, Errored, &[missing]);
    let silent = "version_unknown: `node` did not tell its version. 22 is wanted.";
    says(
        &judged(&pinned, NODE, Some("what?")).await,
        Errored,
        &[silent],
    );
}

#[tokio::test]
async fn a_package_must_be_pinned_somewhere() {
    let next = ("npm:next", "16");
    says(
        &judged(&[("pins", "npm:next 16.0.1")], next, None).await,
        Passed,
        &[],
    );
    let expect = "version_unknown: No file of the project pins npm:next, so it may be any \
                  version. Pin it to 16.";
    says(&judged(&[], next, None).await, Failed, &[expect]);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_hides_what_it_pins() {
    let files = [("pins", "node 22\nnonsense")];
    let result = judged(&files, NODE, Some("v22.1")).await;
    let expect = "file_unreadable: `pins` can't be read: line 2: no version, so what it pins \
                  is not known.";
    says(&result, Errored, &[expect]);
    let place = result.reasons[0].location.as_ref().unwrap();
    assert_eq!(place.to_string(), "pins:2");
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("pins")).unwrap();
    let result = judged_in(folder.path(), NODE, Some("v22.1")).await;
    assert_eq!(result.status, Errored);
}
