//! Python: Ruff and pytest, by the tool that locked the packages.

use super::{install, within};
use crate::app::init::found::{Folder, is_python_manifest};
use crate::app::init::plan::{Plan, Setup, Stage};

/// Ruff and pytest.
pub(super) fn python(folder: &Folder, plan: &mut Plan) {
    if !folder.files.iter().any(|name| is_python_manifest(name)) {
        return;
    }
    let version = match folder.has(".python-version") {
        true => ("python-version-file", within(folder, ".python-version")),
        false => ("python-version", "3.x".to_owned()),
    };
    plan.needs(Setup::Uses {
        action: "actions/setup-python",
        with: vec![version],
    });
    let has_coverage = measures_coverage(folder);
    let (ruff, pytest) = match folder.first_of(&["uv.lock", "poetry.lock"]) {
        Some("uv.lock") => by_uv(folder, plan),
        Some(_) => by_poetry(folder, plan),
        None => by_pip(folder, plan),
    };
    plan.check(Stage::Lint, "ruff", folder, &format!("{ruff} check ."));
    let cover = match has_coverage {
        true => " --cov --cov-report=xml:reports/coverage.xml",
        false => "",
    };
    let run = format!("{pytest} --junitxml=reports/pytest.xml{cover}");
    let check = plan.check(Stage::Test, "pytest", folder, &run);
    check.junit = Some(within(folder, "reports/pytest.xml"));
    check.coverage = has_coverage.then(|| within(folder, "reports/coverage.xml"));
}

fn measures_coverage(folder: &Folder) -> bool {
    folder.python.contains("pytest-cov")
}

/// How Ruff and pytest are called with uv, whose `.venv` ignores itself.
fn by_uv(folder: &Folder, plan: &mut Plan) -> (String, String) {
    install(plan, "uv", folder, "python -m pip install uv");
    let uv = "uv run --frozen";
    let cover = match measures_coverage(folder) {
        true => " --with pytest-cov",
        false => "",
    };
    (
        format!("{uv} --with ruff ruff"),
        format!("{uv} --all-extras --all-groups --with pytest{cover} pytest"),
    )
}

/// How they are called with Poetry, whose environment lies outside of the tree.
fn by_poetry(folder: &Folder, plan: &mut Plan) -> (String, String) {
    let locked = "python -m pip install poetry ruff && poetry install --all-extras --all-groups";
    let run = match folder.python.contains("pytest") {
        true => locked.to_owned(),
        false => format!("{locked} && poetry run python -m pip install pytest"),
    };
    install(plan, "Python packages", folder, &run);
    ("ruff".to_owned(), "poetry run pytest".to_owned())
}

/// How they are called with pip. The project is installed from a copy: a build leaves `build` and
/// `*.egg-info` behind, and with those in it the tree would not be the commit any more.
fn by_pip(folder: &Folder, plan: &mut Plan) -> (String, String) {
    let mut packages = vec!["ruff".to_owned(), "pytest".to_owned()];
    if measures_coverage(folder) {
        packages.push("pytest-cov".to_owned());
    }
    let is_list = |name: &&String| name.starts_with("requirements") && name.ends_with(".txt");
    let lists = folder.files.iter().filter(is_list);
    packages.extend(lists.map(|name| format!("-r {name}")));
    if is_installable(folder) {
        let copy = r#"git clone --quiet . "$RUNNER_TEMP/source""#;
        install(plan, "Copy of the source", &Folder::default(), copy);
        let source = match folder.path.as_str() {
            "" => r#""$RUNNER_TEMP/source""#.to_owned(),
            path => format!(r#""$RUNNER_TEMP/source/{path}""#),
        };
        packages.push(source);
    }
    let run = format!("python -m pip install {}", packages.join(" "));
    install(plan, "Python packages", folder, &run);
    ("ruff".to_owned(), "pytest".to_owned())
}

/// Whether there is something to install, and not only the settings of tools.
fn is_installable(folder: &Folder) -> bool {
    let mut lines = folder.python.lines().map(str::trim);
    let says_so = |line| matches!(line, "[project]" | "[build-system]" | "[tool.poetry]");
    folder.has("setup.py") || (folder.has("pyproject.toml") && lines.any(says_so))
}
