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
    let (_folder, plan) = looked_at(&[("pyproject.toml", ""), ("Dockerfile", "")]);
    let action: ActionReference = "acme/tollgate@1234567890123456789012345678901234567890"
        .parse()
        .unwrap();
    insta::assert_snapshot!(workflow::text(&plan, &action));
    insta::assert_snapshot!(policy::text("1", &plan));
}

#[test]
fn an_action_is_an_owner_a_name_and_a_reference() {
    assert!("acme/tollgate@v1".parse::<ActionReference>().is_ok());
    for bad in [
        "tollgate",
        "acme/tollgate",
        "acme/tollgate@",
        "a/b@c\n  run: x",
    ] {
        assert!(bad.parse::<ActionReference>().is_err(), "{bad}");
    }
}
