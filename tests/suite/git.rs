//! Git as the binary meets it: without the program, and with an environment that leads astray.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::project::Project;

const LINT: &str = r#"
pipeline:
  lint:
    checks:
      fine: { run: ["/bin/true"] }
  tag:
    checks:
      tag: { tag: { name: v1.0.0 } }
"#;

#[test]
fn the_repository_is_read_without_the_program() {
    let project = Project::new(LINT);
    project.git(&["remote", "add", "origin", "git@github.com:acme/shop.git"]);
    project.git(&["tag", "v1.2.3"]);
    let trap = tempfile::tempdir().unwrap();
    let git = trap.path().join("git");
    fs::write(&git, "#!/bin/sh\n/bin/touch \"$0.called\"\nexit 1\n").unwrap();
    fs::set_permissions(&git, fs::Permissions::from_mode(0o755)).unwrap();
    let path = trap.path().to_str().unwrap();
    let status = || project.call("status --format json").env("PATH", path).run();
    let release = status().expect(0).json()["release"].clone();
    assert_eq!(release["sha"], project.head());
    assert_eq!(release["version"], "1.2.3");
    assert_eq!(release["repository"], "acme/shop");
    assert_eq!(release["dirty"], false);
    project.write("new", "x");
    assert_eq!(status().expect(0).json()["release"]["dirty"], true);
    assert!(!trap.path().join("git.called").exists());
}

#[test]
fn making_a_tag_says_that_it_needs_the_program() {
    let project = Project::new(LINT);
    let outcome = project.call("run").env("PATH", "/nonexistent").run();
    outcome.expect(1).says("needs `git`").says("install Git");
    assert_eq!(project.git(&["tag", "--list"]), "");
}

#[test]
fn the_environment_cannot_name_another_repository() {
    let (project, other) = (Project::new(LINT), Project::new(LINT));
    other.commit("another commit");
    project.write("new", "x");
    let place = |path: &str| other.path(path).to_str().unwrap().to_owned();
    for (name, value) in [
        ("GIT_DIR", place(".git")),
        ("GIT_WORK_TREE", place("")),
        ("GIT_INDEX_FILE", place(".git/index")),
        ("GIT_COMMON_DIR", place(".git")),
        ("GIT_OBJECT_DIRECTORY", place(".git/objects")),
        ("GIT_NAMESPACE", "other".to_owned()),
        ("GIT_REPLACE_REF_BASE", "refs/heads/".to_owned()),
        ("GIT_SHALLOW_FILE", place(".git/HEAD")),
        ("GIT_PREFIX", "elsewhere/".to_owned()),
    ] {
        let call = project.call("status --format json").env(name, &value);
        let release = call.run().expect(0).json()["release"].clone();
        assert_eq!(release["sha"], project.head(), "{name}");
        assert_eq!(release["dirty"], true, "{name}");
    }
}

#[test]
fn settings_of_the_environment_are_heard() {
    let project = Project::new(LINT);
    project.write("excluded", "x");
    let files = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = files.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let excludes = write("excludes", "excluded\n");
    let config = write("config", &format!("[core]\n\texcludesFile = {excludes}\n"));
    let dirty = |name: &str, value: &str| {
        let call = project.call("status --format json").env(name, value);
        let call = call.env("GIT_CONFIG_KEY_0", "core.excludesFile");
        let call = call.env("GIT_CONFIG_VALUE_0", &excludes);
        call.run().expect(0).json()["release"]["dirty"].clone()
    };
    assert_eq!(dirty("GIT_CONFIG_GLOBAL", "/dev/null"), true);
    assert_eq!(dirty("GIT_CONFIG_GLOBAL", &config), false);
    assert_eq!(dirty("GIT_CONFIG_SYSTEM", &config), false);
    assert_eq!(dirty("GIT_CONFIG_COUNT", "1"), false);
}
