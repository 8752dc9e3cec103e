//! What the environment of a GitHub Actions job says
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/variables>).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::Allowance;
use crate::domain::ids::CommitSha;
use crate::domain::release::Repository;

/// Where the API lies when the environment does not say.
pub const PUBLIC_API: &str = "https://api.github.com";

/// Where GitHub itself lies when the environment does not say.
const PUBLIC_SERVER: &str = "https://github.com";

/// How long artifacts may be on their way.
const SECONDS: &str = "TOLLGATE_ARTIFACT_SECONDS";

/// The job that Tollgate runs in.
#[derive(Debug, Clone)]
pub struct ActionsContext {
    /// `GITHUB_REPOSITORY`.
    pub repository: Repository,
    /// `GITHUB_SHA`: the commit that started the workflow.
    pub sha: CommitSha,
    /// `GITHUB_REF_TYPE` and `GITHUB_REF_NAME`.
    pub reference: GitReference,
    /// `GITHUB_API_URL`, without a slash at its end.
    pub api_url: String,
    /// `GITHUB_SERVER_URL`, without a slash at its end.
    pub server_url: String,
    /// The action's input `token` (`INPUT_TOKEN`), else `GITHUB_TOKEN`.
    pub token: Option<SecretString>,
    /// `GITHUB_RUN_ID` and `GITHUB_RUN_ATTEMPT`; `None` where they have no meaning.
    pub run: Option<WorkflowAttempt>,
    /// `GITHUB_EVENT_NAME`.
    pub event_name: String,
    /// `GITHUB_EVENT_PATH`: the event's file.
    pub event_path: Option<PathBuf>,
    /// `GITHUB_WORKSPACE`.
    pub workspace: Option<PathBuf>,
    /// `GITHUB_OUTPUT`, `GITHUB_STEP_SUMMARY` and `RUNNER_TEMP`.
    pub files: StepFiles,
    /// The artifact service of this run; old runners and GHES have none.
    pub artifacts: Option<ArtifactService>,
    /// How long each artifact may be on its way: `TOLLGATE_ARTIFACT_SECONDS`, else two minutes, and
    /// more for a large one.
    pub allowance: Allowance,
}

/// One attempt of a workflow run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkflowAttempt {
    /// The run, the same in all its attempts.
    pub run: u64,
    /// From 1.
    pub attempt: u32,
}

/// What a step may write to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StepFiles {
    /// `GITHUB_OUTPUT`.
    pub output: Option<PathBuf>,
    /// `GITHUB_STEP_SUMMARY`.
    pub summary: Option<PathBuf>,
    /// `RUNNER_TEMP`.
    pub temporary: Option<PathBuf>,
}

/// Where artifacts of this run are uploaded to.
#[derive(Debug, Clone)]
pub struct ArtifactService {
    /// `ACTIONS_RESULTS_URL`.
    pub results_url: String,
    /// `ACTIONS_RUNTIME_TOKEN`.
    pub token: SecretString,
    /// `GITHUB_RETENTION_DAYS`: no artifact is kept longer.
    pub longest_days: Option<u32>,
}

/// What the workflow was started for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GitReference {
    /// A branch, or the merge of a pull request (`12/merge`).
    Branch(String),
    /// A tag.
    Tag(String),
}

/// A variable of the job that is missing or has no meaning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("GITHUB_ACTIONS is true, but {variable} {problem}")]
pub struct OddEnvironment {
    /// Its name.
    pub variable: &'static str,
    /// "is not set", "is not …".
    pub problem: String,
}

impl ActionsContext {
    /// Reads the environment; `None` outside of GitHub Actions (`GITHUB_ACTIONS` is not `true`).
    ///
    /// # Errors
    /// When a variable that every job has is missing or has no meaning.
    pub fn read(environment: &BTreeMap<String, String>) -> Result<Option<Self>, OddEnvironment> {
        let value = |name: &str| environment.get(name).filter(|value| !value.is_empty());
        if value("GITHUB_ACTIONS").is_none_or(|value| value != "true") {
            return Ok(None);
        }
        let needed = |variable: &'static str| {
            let problem = "is not set".to_owned();
            value(variable).ok_or(OddEnvironment { variable, problem })
        };
        let name = value("GITHUB_REF_NAME").cloned().unwrap_or_default();
        let reference = match value("GITHUB_REF_TYPE").map(String::as_str) {
            Some("tag") => GitReference::Tag(name),
            _ => GitReference::Branch(name),
        };
        let api_url = value("GITHUB_API_URL").map_or(PUBLIC_API, String::as_str);
        let server_url = value("GITHUB_SERVER_URL").map_or(PUBLIC_SERVER, String::as_str);
        let token = value("INPUT_TOKEN").or_else(|| value("GITHUB_TOKEN"));
        let path = |name: &str| value(name).map(PathBuf::from);
        Ok(Some(Self {
            repository: parsed("GITHUB_REPOSITORY", needed("GITHUB_REPOSITORY")?)?,
            sha: parsed("GITHUB_SHA", needed("GITHUB_SHA")?)?,
            reference,
            api_url: api_url.trim_end_matches('/').to_owned(),
            server_url: server_url.trim_end_matches('/').to_owned(),
            token: token.map(|token| SecretString::from(token.trim())),
            run: WorkflowAttempt::read(environment),
            event_name: value("GITHUB_EVENT_NAME").cloned().unwrap_or_default(),
            event_path: path("GITHUB_EVENT_PATH"),
            workspace: path("GITHUB_WORKSPACE"),
            files: StepFiles {
                output: path("GITHUB_OUTPUT"),
                summary: path("GITHUB_STEP_SUMMARY"),
                temporary: path("RUNNER_TEMP"),
            },
            artifacts: ArtifactService::read(environment),
            allowance: match value(SECONDS) {
                Some(seconds) => Allowance {
                    least: Duration::from_secs(parsed(SECONDS, seconds)?),
                },
                None => Allowance::default(),
            },
        }))
    }

    /// Whether the server is GitHub's own (`github.com`, `*.ghe.com`, and `*.localhost` for
    /// tests): others have no artifact service of version 4.
    pub fn is_hosted(&self) -> bool {
        let host = self.server_url.split("://").nth(1).unwrap_or_default();
        let host = host.split([':', '/']).next().unwrap_or_default();
        host == "github.com" || host.ends_with(".ghe.com") || host.ends_with(".localhost")
    }
}

impl WorkflowAttempt {
    fn read(environment: &BTreeMap<String, String>) -> Option<Self> {
        let attempt = environment.get("GITHUB_RUN_ATTEMPT");
        Some(Self {
            run: environment.get("GITHUB_RUN_ID")?.parse().ok()?,
            attempt: attempt.map_or(Some(1), |attempt| attempt.parse().ok())?,
        })
    }
}

impl ArtifactService {
    fn read(environment: &BTreeMap<String, String>) -> Option<Self> {
        let value = |name: &str| environment.get(name).filter(|value| !value.is_empty());
        Some(Self {
            results_url: value("ACTIONS_RESULTS_URL")?.clone(),
            token: SecretString::from(value("ACTIONS_RUNTIME_TOKEN")?.as_str()),
            longest_days: value("GITHUB_RETENTION_DAYS").and_then(|days| days.parse().ok()),
        })
    }
}

fn parsed<T>(variable: &'static str, value: &str) -> Result<T, OddEnvironment>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    value.parse().map_err(|error: T::Err| OddEnvironment {
        variable,
        problem: format!("has no meaning: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

    fn read(more: &[(&str, &str)]) -> Result<Option<ActionsContext>, OddEnvironment> {
        let mut environment: BTreeMap<String, String> = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_REPOSITORY", "acme/shop"),
            ("GITHUB_SHA", SHA),
            ("GITHUB_REF_TYPE", "branch"),
            ("GITHUB_REF_NAME", "main"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        for (name, value) in more {
            environment.insert((*name).to_owned(), (*value).to_owned());
        }
        ActionsContext::read(&environment)
    }

    fn context(more: &[(&str, &str)]) -> ActionsContext {
        read(more).unwrap().unwrap()
    }

    #[test]
    fn outside_of_actions_there_is_no_context() {
        assert!(ActionsContext::read(&BTreeMap::new()).unwrap().is_none());
        assert!(read(&[("GITHUB_ACTIONS", "false")]).unwrap().is_none());
    }

    #[test]
    fn a_job_says_where_it_runs() {
        let found = context(&[]);
        assert_eq!(found.repository.as_str(), "acme/shop");
        assert_eq!(found.sha.as_str(), SHA);
        assert_eq!(found.reference, GitReference::Branch("main".to_owned()));
        assert_eq!(found.api_url, "https://api.github.com");
        assert!(found.token.is_none());
        let found = context(&[("GITHUB_REF_TYPE", "tag"), ("GITHUB_REF_NAME", "v1")]);
        assert_eq!(found.reference, GitReference::Tag("v1".to_owned()));
        let found = context(&[("GITHUB_API_URL", "https://git.example/api/v3/")]);
        assert_eq!(found.api_url, "https://git.example/api/v3");
    }

    #[test]
    fn a_job_says_which_run_it_is_and_where_artifacts_go() {
        let found = context(&[("GITHUB_RUN_ID", "77"), ("GITHUB_RUN_ATTEMPT", "2")]);
        assert_eq!(
            found.run,
            Some(WorkflowAttempt {
                run: 77,
                attempt: 2
            })
        );
        assert!(context(&[]).run.is_none());
        assert!(context(&[("GITHUB_RUN_ID", "x")]).run.is_none());
        let url = ("ACTIONS_RESULTS_URL", "https://results.example/");
        let token = ("ACTIONS_RUNTIME_TOKEN", "a.b.c");
        assert!(context(&[url]).artifacts.is_none());
        let service = context(&[url, token, ("GITHUB_RETENTION_DAYS", "30")]).artifacts;
        assert_eq!(service.unwrap().longest_days, Some(30));
        let least = |more| context(more).allowance.least.as_secs();
        assert_eq!(least(&[]), 120);
        assert_eq!(least(&[("TOLLGATE_ARTIFACT_SECONDS", "600")]), 600);
    }

    #[test]
    fn only_some_servers_are_hosted() {
        let hosted = |url: &str| context(&[("GITHUB_SERVER_URL", url)]).is_hosted();
        assert!(context(&[]).is_hosted());
        assert!(hosted("https://acme.ghe.com/") && hosted("http://x.localhost:99"));
        assert!(!hosted("https://git.example") && !hosted("https://github.com.evil"));
    }

    #[test]
    fn the_token_of_the_action_goes_before_that_of_the_environment() {
        let token = |more: &[(&str, &str)]| {
            let token = context(more).token;
            token.map(|token| token.expose_secret().to_owned())
        };
        assert_eq!(token(&[("GITHUB_TOKEN", "a")]).as_deref(), Some("a"));
        assert_eq!(token(&[("INPUT_TOKEN", "b\n")]).as_deref(), Some("b"));
        let both = [("GITHUB_TOKEN", "a"), ("INPUT_TOKEN", "b")];
        assert_eq!(token(&both).as_deref(), Some("b"));
        assert_eq!(token(&[("GITHUB_TOKEN", ""), ("INPUT_TOKEN", "")]), None);
        let shown = format!("{:?}", context(&[("GITHUB_TOKEN", "s3cr3t")]));
        assert!(!shown.contains("s3cr3t"));
    }

    #[test]
    fn a_job_without_its_variables_is_odd() {
        for (more, expect) in [
            (("GITHUB_REPOSITORY", ""), "GITHUB_REPOSITORY is not set"),
            (
                ("GITHUB_REPOSITORY", "shop"),
                "GITHUB_REPOSITORY has no meaning",
            ),
            (("GITHUB_SHA", "main"), "GITHUB_SHA has no meaning"),
            (
                ("TOLLGATE_ARTIFACT_SECONDS", "2m"),
                "TOLLGATE_ARTIFACT_SECONDS has no meaning",
            ),
        ] {
            let error = read(&[more]).unwrap_err().to_string();
            assert!(error.contains(expect), "{error}");
        }
    }
}
