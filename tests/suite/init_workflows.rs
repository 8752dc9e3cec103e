//! What `tollgate init` writes is run: in a Python and in a Node project, with the real tools of
//! target/demo and the real image. Only what fetches packages is replaced: `python -m pip install`
//! and `npm ci`; the packages are on the machine.

use crate::fake_github::FakeGitHub;
use crate::given_workflows::{pushed, with_tools};
use crate::jobs::posted;
use crate::project::Project;
use crate::workflow::Run;

const WORKFLOW: &str = ".github/workflows/tollgate.yml";

const PYTHON: [(&str, &str); 4] = [
    (
        "pyproject.toml",
        "[project]\nname = \"shop\"\nversion = \"1.4.0\"\n\n[tool.pytest.ini_options]\npythonpath = [\".\"]\n",
    ),
    ("shop.py", "def total(items):\n    return sum(items)\n"),
    (
        "tests/test_shop.py",
        "from shop import total\n\n\ndef test_a_total():\n    assert total([1, 2]) == 3\n",
    ),
    (".gitignore", "__pycache__/\n"),
];

const NODE: [(&str, &str); 4] = [
    (
        "package.json",
        r#"{"name": "shop", "version": "1.4.0", "type": "module", "scripts": {
            "lint": "node --check shop.js", "test": "node --test", "build": "node shop.js"}}"#,
    ),
    (
        "package-lock.json",
        r#"{"name": "shop", "version": "1.4.0", "lockfileVersion": 3, "packages": {}}"#,
    ),
    (
        "shop.js",
        "export const total = items => items.reduce((a, b) => a + b, 0)\n",
    ),
    (
        "shop.test.js",
        "import { equal } from 'node:assert'\nimport { test } from 'node:test'\n\
         import { total } from './shop.js'\n\ntest('a total', () => equal(total([1, 2]), 3))\n",
    ),
];

/// A project for which `init` wrote policy and workflow.
fn made(files: &[(&str, &str)]) -> (Project, FakeGitHub) {
    let project = Project::empty();
    for (path, text) in files {
        project.write(path, text);
    }
    project.commit("start");
    let action = "acme/tollgate@1234567890123456789012345678901234567890";
    let made = project.tollgate(&format!("init --action {action}"));
    made.expect(0).says(WORKFLOW);
    project.commit("gates");
    let github = pushed(&project);
    (project, github)
}

#[track_caller]
fn expect(project: &Project, github: &FakeGitHub, gates: &[&str]) {
    let run = Run::of(github, project, WORKFLOW, 77)
        .instead(
            "python -m pip install",
            "test -f \"$RUNNER_TEMP/source/pyproject.toml\" && python3 -m pytest --version",
        )
        .instead("npm ci", "test -f package-lock.json");
    let mut run = with_tools(run);
    let all = |shape: fn(&&str) -> String| gates.iter().map(shape).collect::<Vec<_>>().join(" ");
    let results = all(|gate| format!("{gate}=success"));
    assert_eq!(run.go(), results, "{}", run.log());
    let expect = all(|gate| format!("tollgate / {gate}=success"));
    assert_eq!(posted(github), expect);
    let test = &github.check_runs()[1];
    assert_eq!(test.title.as_deref(), Some("1 test: 1 passed"));
    let doctor = project.tollgate("doctor --offline");
    doctor.expect(0).says("0 errors, 0 warnings, 1 note");
}

#[test]
fn a_python_project_is_gated_from_the_start() {
    let (project, github) = made(&PYTHON);
    expect(&project, &github, &["lint", "test"]);
}

#[test]
fn a_node_project_is_gated_from_the_start() {
    let (project, github) = made(&NODE);
    expect(&project, &github, &["lint", "test", "build"]);
}

#[test]
fn init_is_refused_where_github_or_the_policy_would_not_be_read() {
    let project = Project::empty();
    project.write("api/go.mod", "module example.com/shop\n");
    let inside = project.tollgate("-C api init");
    inside
        .expect(2)
        .says("GitHub reads the workflows of its root only");
    let other = project.tollgate("--policy x.yml init");
    other.expect(2).says("init writes .github/tollgate.yml");
    assert!(!project.exists("api/.github") && !project.exists(".github"));
    project.write(".github/tollgate.yaml", "");
    let there = project.tollgate("init");
    there
        .expect(2)
        .says(".github/tollgate.yaml is there already");
    project.tollgate("init --force").expect(0);
    assert!(project.read(".github/tollgate.yaml").contains("go vet"));
    assert!(!project.exists(".github/tollgate.yml"));
}

#[test]
fn what_cant_be_written_leaves_nothing_behind() {
    let project = Project::empty();
    project.write("go.mod", "module example.com/shop\n");
    project.write(".github/workflows", "a file in the way\n");
    project
        .tollgate("init")
        .expect(4)
        .says("nothing was written");
    assert_eq!(
        std::fs::read_dir(project.path(".github")).unwrap().count(),
        1
    );
}

#[test]
fn a_program_is_told_what_is_written() {
    let project = Project::empty();
    project.write("go.mod", "module example.com/shop\n");
    let shown = project.tollgate("init --format json --dry-run").json();
    assert_eq!(shown["schema"], "tollgate.init/v1");
    let text = shown["files"][0]["text"].as_str().unwrap();
    let written = project.tollgate("init --format json").json();
    let file = serde_json::json!({ "path": ".github/tollgate.yml" });
    assert_eq!(written["files"][0], file);
    assert_eq!(project.read(".github/tollgate.yml"), text);
}
