//! The tools of each language: what lints it, what tests it, what has to be installed first.

use super::found::{Folder, is_python_manifest};
use super::plan::{Plan, Setup, Stage};

/// One function a language, in the order in which their checks are written.
pub(super) const LANGUAGES: [fn(&Folder, &mut Plan); 7] =
    [python, node, go, rust, java, openapi, dockerfile];

/// A path in a folder, from the root.
fn within(folder: &Folder, path: &str) -> String {
    match folder.path.as_str() {
        "" => path.to_owned(),
        folder => format!("{folder}/{path}"),
    }
}

fn install(plan: &mut Plan, what: &str, folder: &Folder, run: &str) {
    plan.needs(Setup::Run {
        name: what.to_owned(),
        run: run.to_owned(),
        folder: folder.path.clone(),
    });
}

fn python(folder: &Folder, plan: &mut Plan) {
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
    let own: Vec<String> = folder
        .files
        .iter()
        .filter(|name| name.starts_with("requirements") && name.ends_with(".txt"))
        .map(|name| format!("-r {name}"))
        .collect();
    let own = match own.as_slice() {
        [] if folder.has("pyproject.toml") || folder.has("setup.py") => ".".to_owned(),
        files => files.join(" "),
    };
    let has_coverage = folder.python.contains("pytest-cov");
    install(
        plan,
        "Python packages",
        folder,
        format!("python -m pip install ruff pytest {own}").trim_end(),
    );
    plan.check(Stage::Lint, "ruff", folder, "ruff check .");
    let cover = " --cov --cov-report=xml:reports/coverage.xml";
    let run = format!(
        "pytest --junitxml=reports/pytest.xml{}",
        if has_coverage { cover } else { "" }
    );
    let check = plan.check(Stage::Test, "pytest", folder, &run);
    check.junit = Some(within(folder, "reports/pytest.xml"));
    check.coverage = has_coverage.then(|| within(folder, "reports/coverage.xml"));
}

fn node(folder: &Folder, plan: &mut Plan) {
    let Some(package) = &folder.package else {
        return;
    };
    let version = match folder.first_of(&[".nvmrc", ".node-version"]) {
        Some(file) => ("node-version-file", within(folder, file)),
        None => ("node-version", "lts/*".to_owned()),
    };
    plan.needs(Setup::Uses {
        action: "actions/setup-node",
        with: vec![version],
    });
    let (manager, run) =
        match folder.first_of(&["pnpm-lock.yaml", "yarn.lock", "package-lock.json"]) {
            Some("pnpm-lock.yaml") => ("pnpm", "corepack enable && pnpm install --frozen-lockfile"),
            Some("yarn.lock") => ("yarn", "corepack enable && yarn install --immutable"),
            Some(_) => ("npm", "npm ci"),
            None => ("npm", "npm install --no-package-lock"),
        };
    install(plan, "Node packages", folder, run);
    let script = |name: &str| package["scripts"][name].as_str().unwrap_or_default();
    if !script("lint").is_empty() {
        plan.check(Stage::Lint, "lint", folder, &format!("{manager} run lint"));
    }
    let depends = |name: &str| {
        let lists = ["dependencies", "devDependencies"];
        lists.iter().any(|list| package[list].get(name).is_some())
    };
    let test = script("test");
    if depends("vitest") {
        let run = "npx vitest run --reporter=default --reporter=junit --outputFile.junit=reports/vitest.xml";
        plan.check(Stage::Test, "vitest", folder, run).junit =
            Some(within(folder, "reports/vitest.xml"));
    } else if test.contains("node --test") {
        let run = "node --test --test-reporter=spec --test-reporter-destination=stdout \
                   --test-reporter=junit --test-reporter-destination=reports/node.xml";
        let run = format!("mkdir -p reports && {run}");
        plan.check(Stage::Test, "node", folder, &run).junit =
            Some(within(folder, "reports/node.xml"));
    } else if !test.is_empty() && !test.contains("no test specified") {
        plan.check(Stage::Test, "test", folder, &format!("{manager} test"));
    }
    if !script("build").is_empty() {
        plan.check(
            Stage::Build,
            "build",
            folder,
            &format!("{manager} run build"),
        );
    }
}

fn go(folder: &Folder, plan: &mut Plan) {
    if !folder.has("go.mod") {
        return;
    }
    let version = ("go-version-file", within(folder, "go.mod"));
    plan.needs(Setup::Uses {
        action: "actions/setup-go",
        with: vec![version],
    });
    plan.check(Stage::Lint, "vet", folder, "go vet ./...");
    plan.check(Stage::Test, "go", folder, "go test ./...");
}

fn rust(folder: &Folder, plan: &mut Plan) {
    if !folder.has("Cargo.toml") {
        return;
    }
    install(
        plan,
        "Rust components",
        folder,
        "rustup component add clippy rustfmt",
    );
    plan.check(Stage::Lint, "fmt", folder, "cargo fmt --check");
    plan.check(
        Stage::Lint,
        "clippy",
        folder,
        "cargo clippy --all-targets -- -D warnings",
    );
    plan.check(Stage::Test, "cargo", folder, "cargo test");
}

fn java(folder: &Folder, plan: &mut Plan) {
    let (id, run, reports) = if folder.has("pom.xml") {
        let run = if folder.has("mvnw") {
            "./mvnw -B verify"
        } else {
            "mvn -B verify"
        };
        ("maven", run, "target/surefire-reports/*.xml")
    } else if folder
        .first_of(&["build.gradle", "build.gradle.kts"])
        .is_some()
    {
        let run = if folder.has("gradlew") {
            "./gradlew test"
        } else {
            "gradle test"
        };
        ("gradle", run, "build/test-results/test/*.xml")
    } else {
        return;
    };
    let with = vec![
        ("distribution", "temurin".to_owned()),
        ("java-version", "21".to_owned()),
    ];
    plan.needs(Setup::Uses {
        action: "actions/setup-java",
        with,
    });
    plan.check(Stage::Test, id, folder, run).junit = Some(within(folder, reports));
}

fn openapi(folder: &Folder, plan: &mut Plan) {
    if let Some(file) = folder.first_of(&["openapi.yaml", "openapi.yml", "openapi.json"]) {
        let with = vec![("node-version", "lts/*".to_owned())];
        plan.needs(Setup::Uses {
            action: "actions/setup-node",
            with,
        });
        plan.check(
            Stage::Contract,
            "redocly",
            folder,
            &format!("npx --yes @redocly/cli@2 lint {file}"),
        );
    }
}

fn dockerfile(folder: &Folder, plan: &mut Plan) {
    if folder.has("Dockerfile") {
        plan.check(Stage::Build, "image", folder, "docker build .");
    }
}

/// The targets `lint` and `test` of a Makefile.
pub(super) fn makefile(folder: &Folder, plan: &mut Plan) {
    for (stage, target) in [
        (Stage::Lint, "lint"),
        (Stage::Test, "test"),
        (Stage::Build, "build"),
    ] {
        let rule = format!("{target}:");
        if folder.makefile.lines().any(|line| line.starts_with(&rule)) {
            plan.check(stage, "make", folder, &format!("make {target}"));
        }
    }
}
