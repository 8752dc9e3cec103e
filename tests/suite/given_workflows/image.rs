//! docs/workflows/image.yml with docs/workflows/image beside it. No registry can be asked here, so
//! that of its Dockerfile stands what brings Tollgate into the image, and the rest is replaced: the
//! published image by the one that was built here, Python's by one with BusyBox, and Ruff, pytest
//! and Git by scripts of a few lines that do as much of their work as the small project needs.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use tempfile::TempDir;

use super::{ALL_GOOD, expect, given, path, pushed, write_shop};
use crate::jobs::posted;
use crate::project::Project;
use crate::runner::engine::engine;
use crate::workflow::Run;

const USES: &str = "./.github/actions/tollgate";

/// The programs of BusyBox that the scripts need.
const PROGRAMS: [&str; 6] = ["sh", "cat", "grep", "mkdir", "sed", "tar"];

const RUFF: &str = r#"#!/bin/sh
# Stands in for Ruff: a line must not end in a space.
! grep -rn ' $' --include='*.py' "$2"
"#;

const PYTEST: &str = r#"#!/bin/sh
# Stands in for pytest: a test passes unless a file asserts False.
report=${1#--junitxml=}
mkdir -p "${report%/*}"
grep -rh '^def test_' tests |
  sed -e '1i <testsuite>' -e 's,^def \(.*\)().*,<testcase name="\1" classname="tests"/>,' \
    -e '$a </testsuite>' >"$report"
! grep -rn 'assert False' tests
"#;

const GIT: &str = r#"#!/bin/sh
# Stands in for `git archive --output=FILE HEAD`.
tar -cf "${2#--output=}" shop tests
"#;

/// An image with a shell and the stand-ins, and no network needed for it.
fn base() -> String {
    let context = TempDir::new().unwrap();
    let programs = context.path().join("bin");
    fs::create_dir(&programs).unwrap();
    let busybox = ["/bin/busybox", "/usr/bin/busybox"].map(Path::new);
    let busybox = busybox.into_iter().find(|path| path.exists());
    let busybox = busybox.expect("busybox: sudo apt-get install busybox-static");
    fs::copy(busybox, programs.join("busybox")).unwrap();
    for name in PROGRAMS {
        symlink("busybox", programs.join(name)).unwrap();
    }
    for (name, script) in [("ruff", RUFF), ("pytest", PYTEST), ("git", GIT)] {
        fs::write(programs.join(name), script).unwrap();
        fs::set_permissions(programs.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::write(
        context.path().join("Dockerfile"),
        "FROM scratch\nCOPY bin /bin\n",
    )
    .unwrap();
    engine().build_image("base", context.path())
}

/// The given Dockerfile on the images that are here, without what it installs from the network.
fn substituted(base: &str) -> String {
    let text = given("image/Dockerfile");
    let (before, behind) = text.split_once("RUN ").unwrap();
    let (_, after) = behind.split_once("\nCOPY ").unwrap();
    let text = format!("{before}COPY {after}");
    for line in [
        "FROM ghcr.io/OWNER/tollgate:0.1.0 AS tollgate\n",
        "FROM python:3.12-slim\n",
        "COPY --from=tollgate /tollgate /tollgate\n",
        "ENTRYPOINT [\"/tollgate\"]\n",
    ] {
        assert!(text.contains(line), "{line} is not in:\n{text}");
    }
    text.replace("ghcr.io/OWNER/tollgate:0.1.0", engine().image())
        .replace("python:3.12-slim", base)
}

/// The project with the workflow and its action; the image that the machine builds of it.
fn scene(tests: &str) -> (Project, String) {
    let project = Project::empty();
    write_shop(&project);
    project.write("tests/test_more.py", tests);
    project.write(".github/tollgate.yml", &given("tollgate.yml"));
    project.write(&path("image.yml"), &given("image.yml"));
    let folder = Path::new(".github/actions/tollgate");
    let file = |name: &str| folder.join(name).display().to_string();
    project.write(&file("action.yml"), &given("image/action.yml"));
    project.write(&file("Dockerfile"), &given("image/Dockerfile"));
    project.commit("start");
    let context = TempDir::new().unwrap();
    fs::write(context.path().join("Dockerfile"), substituted(&base())).unwrap();
    (project, engine().build_image("shop", context.path()))
}

#[test]
fn image_runs_and_reports_each_gate() {
    let (project, image) = scene("def test_more():\n    assert True\n");
    let github = pushed(&project);
    let mut run = Run::of(&github, &project, &path("image.yml"), 77).image(USES, &image);
    expect(&mut run, "lint=success test=success build=success");
    assert_eq!(posted(&github), ALL_GOOD);
    assert_eq!(github.artifacts().len(), 3, "one a gate");
    let title = github.check_runs()[1].title.clone();
    assert_eq!(title.as_deref(), Some("3 tests: 3 passed"));
    let runner = run.job("build").runner.as_ref().unwrap();
    assert!(runner.workspace().join("shop.tar").is_file());
}

#[test]
fn image_stops_at_a_failing_test() {
    let (project, image) = scene("def test_more():\n    assert False\n");
    let github = pushed(&project);
    let mut run = Run::of(&github, &project, &path("image.yml"), 77).image(USES, &image);
    expect(&mut run, "lint=success test=failure build=skipped");
    let failed = "tollgate / lint=success tollgate / test=failure";
    assert_eq!(posted(&github), failed);
}
