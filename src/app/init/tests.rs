//! What is found in a repository, and what is written for it.

use super::*;
use crate::domain::policy::Policy;
use crate::policy::{Expansion, Source, load};

fn looked_at(files: &[(&str, &str)]) -> (tempfile::TempDir, plan::Plan) {
    let folder = tempfile::Builder::new().prefix("shop").tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let plan = plan::of(&found::look(folder.path()).unwrap());
    (folder, plan)
}

/// The policy that is written, as Tollgate reads it.
fn policy_of(files: &[(&str, &str)]) -> Policy {
    let (_folder, plan) = looked_at(files);
    let source = Source {
        path: POLICY.to_owned(),
        text: policy::text("my shop", &plan),
    };
    load(&source, Expansion::Keep).unwrap_or_else(|error| panic!("{error}\n{}", source.text))
}

/// `lint/ruff test/pytest`.
fn checks_of(files: &[(&str, &str)]) -> String {
    let policy = policy_of(files);
    let names = policy.gates.iter().flat_map(|gate| {
        gate.checks
            .iter()
            .map(|check| format!("{}/{}", gate.id, check.id))
    });
    names.collect::<Vec<_>>().join(" ")
}

#[test]
fn each_language_has_its_checks() {
    for (files, expect) in [
        (vec![("pyproject.toml", "")], "lint/ruff test/pytest"),
        (vec![("requirements.txt", "")], "lint/ruff test/pytest"),
        (vec![("go.mod", "")], "lint/vet test/go"),
        (vec![("Cargo.toml", "")], "lint/fmt lint/clippy test/cargo"),
        (vec![("pom.xml", "")], "test/maven"),
        (vec![("build.gradle.kts", "")], "test/gradle"),
        (vec![("openapi.yaml", "")], "contract/redocly"),
        (vec![("Dockerfile", "")], "build/image"),
        (
            vec![("Makefile", "lint:\n\tx\ntest: a\n")],
            "lint/make test/make",
        ),
        (vec![("GNUmakefile", "lint test:\n")], "lint/make test/make"),
        (vec![("makefile", "build : x\nlint := x\n")], "build/make"),
        (
            vec![(
                "package.json",
                "\u{feff}{\"scripts\": {\"test\": \"jest\"}}",
            )],
            "test/test",
        ),
        (
            vec![(
                "package.json",
                r#"{"scripts": {"lint": "eslint .", "test": "jest"}}"#,
            )],
            "lint/lint test/test",
        ),
        (
            vec![("package.json", r#"{"devDependencies": {"vitest": "1"}}"#)],
            "test/vitest",
        ),
        (
            vec![("package.json", r#"{"scripts": {"test": "node --test"}}"#)],
            "test/node",
        ),
        (
            vec![(
                "package.json",
                r#"{"scripts": {"test": "echo \"Error: no test specified\" && exit 1"}}"#,
            )],
            "",
        ),
        (vec![("package.json", "no JSON")], ""),
        (vec![("README.md", "")], ""),
    ] {
        let (_folder, plan) = looked_at(&files);
        if expect.is_empty() {
            assert!(plan.is_empty(), "{files:?}");
        } else {
            assert_eq!(checks_of(&files), expect, "{files:?}");
        }
    }
}

#[test]
fn folders_of_one_repository_are_told_apart() {
    let files = [
        ("api/pyproject.toml", ""),
        ("worker/pyproject.toml", ""),
        ("node_modules/x/package.json", "{}"),
    ];
    assert_eq!(
        checks_of(&files),
        "lint/ruff lint/ruff-worker test/pytest test/pytest-worker"
    );
    let policy = policy_of(&files);
    let worker = policy
        .check(&"test/pytest-worker".parse().unwrap())
        .unwrap();
    assert_eq!(worker.working_directory, "worker");
    assert_eq!(worker.results.junit, ["worker/reports/pytest.xml"]);
}

#[test]
fn coverage_is_read_where_it_is_measured() {
    let coverage = |text: &str| {
        let policy = policy_of(&[("requirements-dev.txt", text)]);
        policy
            .check(&"test/pytest".parse().unwrap())
            .unwrap()
            .results
            .coverage
            .clone()
    };
    assert_eq!(coverage("pytest-cov==6\n"), ["reports/coverage.xml"]);
    assert_eq!(coverage("pytest\n"), [""; 0]);
}

#[test]
fn a_workflow_has_a_job_a_stage_each_after_the_one_before() {
    let (_folder, plan) = looked_at(&[("pyproject.toml", "[project]"), ("Dockerfile", "")]);
    let action: ActionReference = "acme/tollgate@1234567890123456789012345678901234567890"
        .parse()
        .unwrap();
    insta::assert_snapshot!(workflow::text(&plan, &action));
    insta::assert_snapshot!(policy::text("1", &plan));
}

#[test]
fn an_action_is_an_owner_a_name_and_a_reference() {
    assert!("acme/tollgate@v1".parse::<ActionReference>().is_ok());
    assert!("a/b/c@v1 # v1.2".parse::<ActionReference>().is_ok());
    assert!(ActionReference::default().is_placeholder());
    for bad in [
        "a/b@c: d",
        "a/b@c #d",
        "a/b@c # ",
        "/b@c",
        "a/../b@c",
        "a/b@c@d",
        "tollgate",
        "acme/tollgate",
        "acme/tollgate@",
        "a/b@c\n  run: x",
    ] {
        assert!(bad.parse::<ActionReference>().is_err(), "{bad}");
    }
}

const NODE: &str = r#"{"scripts": {"test": "jest"}}"#;

#[test]
fn only_the_product_is_looked_at_two_levels_deep() {
    for (files, expect) in [
        (
            vec!["services/b/go.mod", "services/a/go.mod"],
            "lint/vet lint/vet-services-b test/go test/go-services-b",
        ),
        (
            vec!["go.mod", "services/a/go.mod"],
            "lint/vet lint/vet-services-a test/go test/go-services-a",
        ),
        (
            vec![
                "go.mod",
                "docs/requirements.txt",
                "fuzz/Cargo.toml",
                "benches/Cargo.toml",
            ],
            "lint/vet test/go",
        ),
        (
            vec![
                "go.mod",
                "tests/pom.xml",
                "a/examples/go.mod",
                "scripts/setup.py",
                ".x/go.mod",
            ],
            "lint/vet test/go",
        ),
        (vec!["go.mod", "a/b/c/go.mod"], "lint/vet test/go"),
    ] {
        let files: Vec<_> = files.into_iter().map(|path| (path, "")).collect();
        assert_eq!(checks_of(&files), expect, "{files:?}");
    }
}

#[test]
fn the_root_of_a_workspace_checks_its_members() {
    let member = r#"{"scripts": {"lint": "x", "test": "jest"}}"#;
    let npm = r#"{"workspaces": ["packages/*"], "scripts": {"test": "jest"}}"#;
    let maven = "<modules><module>a</module></modules>";
    for (files, expect) in [
        (vec![("pom.xml", maven), ("a/pom.xml", "")], "test/maven"),
        (
            vec![("pom.xml", ""), ("a/pom.xml", "")],
            "test/maven test/maven-a",
        ),
        (
            vec![("settings.gradle", ""), ("a/build.gradle", "")],
            "test/gradle",
        ),
        (
            vec![("Cargo.toml", "[workspace]\n"), ("a/b/Cargo.toml", "")],
            "lint/fmt lint/clippy test/cargo",
        ),
        (
            vec![("package.json", npm), ("packages/b/package.json", member)],
            "lint/lint test/test",
        ),
        (
            vec![
                ("package.json", "{}"),
                ("pnpm-workspace.yaml", ""),
                ("apps/web/package.json", NODE),
            ],
            "test/test",
        ),
        (
            vec![("package.json", "{}"), ("apps/web/package.json", NODE)],
            "test/test",
        ),
    ] {
        assert_eq!(checks_of(&files), expect, "{files:?}");
    }
    let policy = policy_of(&[("pom.xml", maven), ("a/pom.xml", "")]);
    let check = policy.check(&"test/maven".parse().unwrap()).unwrap();
    assert_eq!(check.results.junit, ["**/target/surefire-reports/*.xml"]);
}

/// Everything that is written for some files.
fn texts_of(files: &[(&str, &str)]) -> String {
    let (_folder, plan) = looked_at(files);
    let action = ActionReference::default();
    policy::text("shop", &plan) + &workflow::text(&plan, &action)
}

#[test]
fn packages_are_installed_by_the_tool_that_locked_them_and_leave_the_tree_clean() {
    let project = ("pyproject.toml", "[project]\n");
    let extra = (
        "pyproject.toml",
        "[project]\n[dependency-groups]\ndev = ['pytest-cov']\n",
    );
    let source = r#"pip install ruff pytest \"$RUNNER_TEMP/source\""#;
    let member = r#"pip install ruff pytest \"$RUNNER_TEMP/source/api\""#;
    let both = r#"pip install ruff pytest -r requirements-dev.txt \"$RUNNER_TEMP/source\""#;
    let pytest = "uv run --frozen --all-extras --all-groups --with pytest pytest --junitxml";
    for (files, expect) in [
        (vec![project], source),
        (
            vec![project],
            r#"git clone --quiet . \"$RUNNER_TEMP/source\""#,
        ),
        (vec![("api/pyproject.toml", "[project]")], member),
        (vec![project, ("requirements-dev.txt", "")], both),
        (
            vec![("pyproject.toml", "[tool.ruff]")],
            "pip install ruff pytest\n",
        ),
        (vec![extra], "pip install ruff pytest pytest-cov"),
        (vec![project, ("uv.lock", "")], "python -m pip install uv\n"),
        (
            vec![project, ("uv.lock", "")],
            "uv run --frozen --with ruff ruff check .",
        ),
        (vec![project, ("uv.lock", "")], pytest),
        (
            vec![project, ("poetry.lock", "")],
            "poetry install --all-extras --all-groups",
        ),
        (
            vec![project, ("poetry.lock", "")],
            "poetry run pytest --junitxml",
        ),
        (
            vec![("package.json", NODE), ("bun.lock", "")],
            "npx --yes bun@1 install --frozen-lockfile",
        ),
        (
            vec![("package.json", NODE), ("npm-shrinkwrap.json", "")],
            "run: npm ci\n",
        ),
    ] {
        let text = texts_of(&files);
        assert!(
            text.contains(expect),
            "{files:?}: {expect} is not in\n{text}"
        );
    }
}

#[test]
fn a_name_that_yaml_reads_as_something_else_is_quoted() {
    for name in ["True", "NULL", "Yes", "oFF", "N", ".NaN", "1", "a: b"] {
        assert_eq!(policy::quoted(name), format!("\"{name}\""));
    }
    assert_eq!(policy::quoted("truest"), "truest");
}

#[test]
fn all_files_are_written_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = |path| Scaffold {
        path,
        text: "new".to_owned(),
    };
    let left = || fs::read_dir(folder.path()).unwrap().count();
    fs::write(folder.path().join("taken"), "old").unwrap();
    for bad in ["taken/b", "."] {
        writing::all_or_none(folder.path(), &[file("new/a"), file("taken"), file(bad)])
            .unwrap_err();
        assert_eq!(
            fs::read_to_string(folder.path().join("taken")).unwrap(),
            "old"
        );
        assert_eq!(left(), 1, "{bad}");
    }
    writing::all_or_none(folder.path(), &[file("new/a"), file("taken")]).unwrap();
    assert_eq!(
        fs::read_to_string(folder.path().join("taken")).unwrap(),
        "new"
    );
    assert_eq!(
        (
            left(),
            fs::read_dir(folder.path().join("new")).unwrap().count()
        ),
        (2, 1)
    );
}
