//! What the environment of a GitHub Actions job says
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/variables>).

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::domain::ids::CommitSha;
use crate::domain::release::Repository;

/// Where the API lies when the environment does not say.
const PUBLIC_API: &str = "https://api.github.com";

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
    /// The action's input `token` (`INPUT_TOKEN`), else `GITHUB_TOKEN`.
    pub token: Option<SecretString>,
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
        let token = value("INPUT_TOKEN").or_else(|| value("GITHUB_TOKEN"));
        Ok(Some(Self {
            repository: parsed("GITHUB_REPOSITORY", needed("GITHUB_REPOSITORY")?)?,
            sha: parsed("GITHUB_SHA", needed("GITHUB_SHA")?)?,
            reference,
            api_url: api_url.trim_end_matches('/').to_owned(),
            token: token.map(|token| SecretString::from(token.trim())),
        }))
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
        ] {
            let error = read(&[more]).unwrap_err().to_string();
            assert!(error.contains(expect), "{error}");
        }
    }
}
