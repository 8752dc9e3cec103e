//! The tools of each language: what lints it, what tests it, what has to be installed first.

mod node;
mod python;

use self::python::python;
use super::found::Folder;
use super::plan::{Plan, Setup, Stage};

/// A language, or a kind of file that is checked.
pub(super) struct Language {
    /// Adds its checks for a folder.
    pub(super) add: fn(&Folder, &mut Plan),
    /// Whether the folder's checks are those of the folders beneath, too.
    pub(super) is_workspace: fn(&Folder) -> bool,
}

/// In the order in which their checks are written.
pub(super) const LANGUAGES: [Language; 8] = [
    alone(python),
    in_workspaces(node::node, node::is_workspace),
    alone(go),
    in_workspaces(rust, is_cargo_workspace),
    in_workspaces(maven, is_maven_root),
    in_workspaces(gradle, is_gradle_root),
    alone(openapi),
    alone(dockerfile),
];

const fn alone(add: fn(&Folder, &mut Plan)) -> Language {
    in_workspaces(add, |_| false)
}

const fn in_workspaces(add: fn(&Folder, &mut Plan), is_workspace: fn(&Folder) -> bool) -> Language {
    Language { add, is_workspace }
}

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

fn is_cargo_workspace(folder: &Folder) -> bool {
    let mut lines = folder.cargo.lines().map(str::trim);
    lines.any(|line| line.starts_with("[workspace"))
}

fn rust(folder: &Folder, plan: &mut Plan) {
    if !folder.has("Cargo.toml") {
        return;
    }
    let components = "rustup component add clippy rustfmt";
    install(plan, "Rust components", folder, components);
    let (all, every) = match is_cargo_workspace(folder) {
        true => (" --all", " --workspace"),
        false => ("", ""),
    };
    let fmt = format!("cargo fmt{all} --check");
    plan.check(Stage::Lint, "fmt", folder, &fmt);
    let clippy = format!("cargo clippy{every} --all-targets -- -D warnings");
    plan.check(Stage::Lint, "clippy", folder, &clippy);
    plan.check(Stage::Test, "cargo", folder, &format!("cargo test{every}"));
}

fn is_maven_root(folder: &Folder) -> bool {
    folder.pom.contains("<module>") || folder.pom.contains("<subproject>")
}

fn maven(folder: &Folder, plan: &mut Plan) {
    if !folder.has("pom.xml") {
        return;
    }
    let run = match folder.has("mvnw") {
        true => "./mvnw -B verify",
        false => "mvn -B verify",
    };
    let reports = match is_maven_root(folder) {
        true => "**/target/surefire-reports/*.xml",
        false => "target/surefire-reports/*.xml",
    };
    java(plan);
    plan.check(Stage::Test, "maven", folder, run).junit = Some(within(folder, reports));
}

fn is_gradle_root(folder: &Folder) -> bool {
    let settings = ["settings.gradle", "settings.gradle.kts"];
    folder.first_of(&settings).is_some()
}

fn gradle(folder: &Folder, plan: &mut Plan) {
    let is_root = is_gradle_root(folder);
    let build = ["build.gradle", "build.gradle.kts"];
    if folder.has("pom.xml") || !(is_root || folder.first_of(&build).is_some()) {
        return;
    }
    let run = match folder.has("gradlew") {
        true => "./gradlew test",
        false => "gradle test",
    };
    let reports = match is_root {
        true => "**/build/test-results/test/*.xml",
        false => "build/test-results/test/*.xml",
    };
    java(plan);
    plan.check(Stage::Test, "gradle", folder, run).junit = Some(within(folder, reports));
}

fn java(plan: &mut Plan) {
    let with = vec![
        ("distribution", "temurin".to_owned()),
        ("java-version", "21".to_owned()),
    ];
    plan.needs(Setup::Uses {
        action: "actions/setup-java",
        with,
    });
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

/// The targets `lint`, `test` and `build` of a Makefile.
pub(super) fn makefile(folder: &Folder, plan: &mut Plan) {
    for (stage, target) in [
        (Stage::Lint, "lint"),
        (Stage::Test, "test"),
        (Stage::Build, "build"),
    ] {
        if folder.makefile.lines().any(|line| is_rule(line, target)) {
            plan.check(stage, "make", folder, &format!("make {target}"));
        }
    }
}

/// `lint test: sources`, but neither an assignment nor a command.
fn is_rule(line: &str, target: &str) -> bool {
    let Some((targets, rest)) = line.split_once(':') else {
        return false;
    };
    let is_command = line.starts_with('\t') || targets.contains(['=', '#']);
    let is_assignment = rest.trim_start_matches(':').starts_with('=');
    !is_command && !is_assignment && targets.split_whitespace().any(|name| name == target)
}
