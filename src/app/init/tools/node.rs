//! Node.js: the scripts of `package.json`, by the tool that locked the packages.

use super::{install, within};
use crate::app::init::found::Folder;
use crate::app::init::plan::{Plan, Setup, Stage};

const LOCKS: [&str; 6] = [
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
    "bun.lockb",
    "npm-shrinkwrap.json",
    "package-lock.json",
];

/// No action brings Bun without a third party; npm has it too.
const BUN: &str = "npx --yes bun@1";

/// Whether its packages are those of the folders beneath, too.
pub(super) fn is_workspace(folder: &Folder) -> bool {
    let package = folder.package.as_ref();
    let names_members = package.is_some_and(|package| package.get("workspaces").is_some());
    names_members || folder.has("pnpm-workspace.yaml")
}

/// The scripts `lint`, `test` and `build`; where the runner is known, its JUnit file.
pub(super) fn node(folder: &Folder, plan: &mut Plan) {
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
    let manager = packages(folder, plan);
    let of = |name: &str| script(folder, manager, name);
    if let Some(run) = of("lint") {
        plan.check(Stage::Lint, "lint", folder, &run);
    }
    if !known_runner(folder, package, plan)
        && let Some(run) = of("test")
    {
        plan.check(Stage::Test, "test", folder, &run);
    }
    if let Some(run) = of("build") {
        plan.check(Stage::Build, "build", folder, &run);
    }
}

/// Has the packages installed, and answers by what.
fn packages(folder: &Folder, plan: &mut Plan) -> &'static str {
    let (manager, run) = match folder.first_of(&LOCKS) {
        Some("pnpm-lock.yaml") => ("pnpm", "corepack enable && pnpm install --frozen-lockfile"),
        Some("yarn.lock") => ("yarn", "corepack enable && yarn install --immutable"),
        Some("bun.lock" | "bun.lockb") => (BUN, "npx --yes bun@1 install --frozen-lockfile"),
        Some(_) => ("npm", "npm ci"),
        None => ("npm", "npm install --no-package-lock"),
    };
    install(plan, "Node packages", folder, run);
    manager
}

/// How a script is run: the folder's own, else those of the members of its workspace.
fn script(folder: &Folder, manager: &str, name: &str) -> Option<String> {
    let package = folder.package.as_ref()?;
    let own = package["scripts"][name].as_str().unwrap_or_default();
    if !own.is_empty() && !own.contains("no test specified") {
        return Some(format!("{manager} run {name}"));
    }
    if !is_workspace(folder) || !folder.scripts_of_members.contains(name) {
        return None;
    }
    Some(match manager {
        "npm" => format!("npm run {name} --workspaces --if-present"),
        "pnpm" => format!("pnpm --recursive --if-present run {name}"),
        "yarn" => format!("yarn workspaces foreach --all run {name}"),
        _ => format!("{manager} run --filter '*' {name}"),
    })
}

fn known_runner(folder: &Folder, package: &serde_json::Value, plan: &mut Plan) -> bool {
    let lists = ["dependencies", "devDependencies"];
    let mut lists = lists.iter().map(|list| &package[list]);
    let test = package["scripts"]["test"].as_str().unwrap_or_default();
    if lists.any(|list| list.get("vitest").is_some()) {
        let run = "npx vitest run --reporter=default --reporter=junit --outputFile.junit=reports/vitest.xml";
        plan.check(Stage::Test, "vitest", folder, run).junit =
            Some(within(folder, "reports/vitest.xml"));
        return true;
    }
    if test.contains("node --test") {
        let run = "mkdir -p reports && node --test --test-reporter=spec \
                   --test-reporter-destination=stdout --test-reporter=junit \
                   --test-reporter-destination=reports/node.xml";
        plan.check(Stage::Test, "node", folder, run).junit =
            Some(within(folder, "reports/node.xml"));
        return true;
    }
    false
}
