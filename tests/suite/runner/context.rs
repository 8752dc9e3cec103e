//! What the runner tells a step of the job it belongs to: the `github` context and the variables
//! that are made of it and beside it (`GitHubContext.cs`, `ContainerActionHandler.cs`).

use std::collections::BTreeMap;

use super::folders::Folders;

/// Keys of the `github` context that become `GITHUB_…` variables; `token` is never among them.
const EXPOSED: [&str; 39] = [
    "action",
    "action_path",
    "action_ref",
    "action_repository",
    "actor",
    "actor_id",
    "api_url",
    "artifacts",
    "artifacts_list",
    "base_ref",
    "env",
    "event_name",
    "event_path",
    "graphql_url",
    "head_ref",
    "job",
    "output",
    "path",
    "ref",
    "ref_name",
    "ref_protected",
    "ref_type",
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "retention_days",
    "run_attempt",
    "run_id",
    "run_number",
    "server_url",
    "sha",
    "state",
    "step_summary",
    "triggering_actor",
    "workflow",
    "workflow_ref",
    "workflow_sha",
    "workspace",
];

/// A service that refuses every connection: a test that forgot its fake reaches nothing real.
const NOWHERE: &str = "http://127.0.0.1:9";

/// A job as its steps see it.
#[derive(Debug, Clone)]
pub(super) struct Context {
    /// `github.…`.
    pub(super) github: BTreeMap<String, String>,
    /// `RUNNER_…`, by the rest of the name.
    pub(super) runner: BTreeMap<String, String>,
    /// `ACTIONS_…`, by the rest of the name; only actions get them.
    pub(super) service: BTreeMap<String, String>,
}

impl Context {
    /// A push of `sha` to main of acme/shop.
    pub(super) fn of_push(folders: &Folders, sha: &str) -> Self {
        Self {
            github: owned(&[
                ("action", "__self"),
                ("action_path", &folders.text("_actions/acme/tollgate/v1")),
                ("action_ref", "v1"),
                ("action_repository", "acme/tollgate"),
                ("actor", "octocat"),
                ("actor_id", "583231"),
                ("api_url", NOWHERE),
                ("base_ref", ""),
                ("event_name", "push"),
                (
                    "event_path",
                    &folders.text("_temp/_github_workflow/event.json"),
                ),
                ("graphql_url", &format!("{NOWHERE}/graphql")),
                ("head_ref", ""),
                ("job", "test"),
                ("ref", "refs/heads/main"),
                ("ref_name", "main"),
                ("ref_protected", "false"),
                ("ref_type", "branch"),
                ("repository", "acme/shop"),
                ("repository_id", "1296269"),
                ("repository_owner", "acme"),
                ("repository_owner_id", "9919"),
                ("retention_days", "90"),
                ("run_attempt", "1"),
                ("run_id", "1658821493"),
                ("run_number", "42"),
                ("server_url", "https://github.com"),
                ("sha", sha),
                ("token", "ghs_theTokenOfThisJob0000000000000000000"),
                ("triggering_actor", "octocat"),
                ("workflow", "release"),
                (
                    "workflow_ref",
                    "acme/shop/.github/workflows/release.yml@refs/heads/main",
                ),
                ("workflow_sha", sha),
                ("workspace", &folders.text("shop/shop")),
            ]),
            runner: owned(&[
                ("ARCH", "X64"),
                ("ENVIRONMENT", "github-hosted"),
                ("NAME", "GitHub Actions 1"),
                ("OS", "Linux"),
                ("TEMP", &folders.text("_temp")),
                ("TOOL_CACHE", "/opt/hostedtoolcache"),
                ("WORKSPACE", &folders.text("shop")),
            ]),
            service: owned(&[
                ("CACHE_URL", &format!("{NOWHERE}/")),
                ("RESULTS_URL", &format!("{NOWHERE}/")),
                ("RUNTIME_TOKEN", "theRuntimeTokenOfThisJob"),
                ("RUNTIME_URL", &format!("{NOWHERE}/pipelines/")),
            ]),
        }
    }

    /// The values that the runner hides from the start.
    pub(super) fn secrets(&self) -> Vec<String> {
        let token = self.github.get("token");
        let runtime = self.service.get("RUNTIME_TOKEN");
        token.into_iter().chain(runtime).cloned().collect()
    }

    /// What every kind of step gets, with host paths.
    pub(super) fn variables(&self) -> BTreeMap<String, String> {
        let github = self
            .github
            .iter()
            .filter(|(key, _)| EXPOSED.contains(&key.as_str()))
            .map(|(key, value)| (format!("GITHUB_{}", key.to_uppercase()), value.clone()));
        let runner = self.runner.iter();
        let runner = runner.map(|(key, value)| (format!("RUNNER_{key}"), value.clone()));
        github.chain(runner).collect()
    }

    /// What an action gets beside them.
    pub(super) fn service_variables(&self) -> BTreeMap<String, String> {
        let all = self.service.iter();
        all.map(|(key, value)| (format!("ACTIONS_{key}"), value.clone()))
            .collect()
    }

    /// What a `run:` step gets beside them: nothing but the way to an ID token.
    pub(super) fn script_variables(&self) -> BTreeMap<String, String> {
        let mut all = self.service_variables();
        all.retain(|name, _| name.starts_with("ACTIONS_ID_TOKEN_REQUEST_"));
        all
    }
}

fn owned(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = pairs.iter();
    pairs
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}
