//! The repository's settings, as GitHub tells them.

use std::path::Path;

use crate::app::failure::Failure;
use crate::domain::doctor::settings::{
    Answer, EnvironmentFacts, Live, QueueFacts, Refusal, RepositoryFacts, RequiredCheckFacts,
};
use crate::domain::release::Repository;
use crate::github::client::{BranchRule, EnvironmentSettings, RequiredCheck, Reviewer};
use crate::github::{Client, GitHubError};
use crate::settings::Settings;
use crate::worktree::Git;

/// Where a token is looked for, in this order.
const TOKENS: [&str; 3] = ["INPUT_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"];

/// Where the API lies when the environment does not say.
const PUBLIC_API: &str = "https://api.github.com";

/// Asks GitHub for everything that the rules look at: four requests, more where there are over a
/// hundred environments.
///
/// # Errors
/// When it is not known which repository is meant.
pub(super) async fn ask(settings: &Settings, root: &Path) -> Result<Live, Failure> {
    let Some(token) = TOKENS.iter().find_map(|name| settings.variable(name)) else {
        let message = "there is no token; set GITHUB_TOKEN or GH_TOKEN, or say --offline";
        return Ok(unreachable(message));
    };
    let api = settings.variable("GITHUB_API_URL").unwrap_or(PUBLIC_API);
    let repository = repository(settings, root).await?;
    match Client::new(api.trim_end_matches('/'), token.trim().into(), repository) {
        Ok(client) => Ok(with(&client).await),
        Err(error) => Ok(unreachable(&error.to_string())),
    }
}

async fn repository(settings: &Settings, root: &Path) -> Result<Repository, Failure> {
    if let Some(repository) = &settings.repository {
        return Ok(repository.clone());
    }
    let remote = Git::new(root).repository().await.ok().flatten();
    remote.ok_or_else(|| {
        let hint = "name it with --repository, or say --offline";
        Failure::usage("it is not known which repository of GitHub this is").hint(hint)
    })
}

fn unreachable(message: &str) -> Live {
    Live {
        repository: Answer::Unreachable(message.to_owned()),
        ..Live::default()
    }
}

/// One trouble is enough: what cannot be reached is not asked again and again.
async fn with(client: &Client) -> Live {
    let repository = client.repository_settings().await;
    let repository = answer("the repository", repository, |settings| RepositoryFacts {
        private: settings.private,
        default_branch: settings.default_branch,
    });
    let mut live = Live {
        repository,
        ..Live::default()
    };
    if live.trouble().is_some() {
        return live;
    }
    let environments = client.environments().await;
    live.environments = answer("environments", environments, |all| {
        all.into_iter().map(environment).collect()
    });
    let branch = live.repository.known().map(|it| it.default_branch.clone());
    if let (Some(branch), None) = (branch, live.trouble()) {
        (live.required_checks, live.queue) = rules(client, &branch).await;
    }
    live
}

async fn rules(
    client: &Client,
    branch: &str,
) -> (Answer<Vec<RequiredCheckFacts>>, Answer<Option<QueueFacts>>) {
    let setting = format!("rules for {branch}");
    let rules = match client.branch_rules(branch).await {
        Ok(rules) => rules,
        Err(error) => return (refused(&setting, error), Answer::NotAsked),
    };
    let queue = Answer::Known(queue(&rules));
    let protection = client.protection_checks(branch).await;
    let setting = format!("protection of {branch}");
    let checks = answer(&setting, protection, |protected| {
        let parameters = rules.into_iter().map(|rule| rule.parameters);
        let ruled = parameters.flat_map(|parameters| parameters.required_status_checks);
        required(ruled.chain(protected))
    });
    (checks, queue)
}

fn answer<A, B>(
    setting: &str,
    asked: Result<A, GitHubError>,
    facts: impl FnOnce(A) -> B,
) -> Answer<B> {
    match asked {
        Ok(found) => Answer::Known(facts(found)),
        Err(error) => refused(setting, error),
    }
}

/// What the token may not read is a finding; a GitHub that does not answer is not.
fn refused<T>(setting: &str, error: GitHubError) -> Answer<T> {
    match error {
        GitHubError::Forbidden { .. } | GitHubError::NotFound { .. } => Answer::Refused(Refusal {
            setting: setting.to_owned(),
            message: match &error {
                GitHubError::NotFound { .. } => format!("{error}; {}", permission(setting)),
                _ => error.to_string(),
            },
        }),
        _ => Answer::Unreachable(error.to_string()),
    }
}

/// A 404 names no permission.
fn permission(setting: &str) -> &'static str {
    match setting {
        "environments" => "it needs `actions: read`",
        _ => "it needs `contents: read`",
    }
}

fn environment(settings: EnvironmentSettings) -> EnvironmentFacts {
    EnvironmentFacts {
        reviewers: settings.reviewers().map(reviewer).collect(),
        prevents_self_review: settings.prevents_self_review(),
        admins_can_bypass: settings.can_admins_bypass,
        restricts_branches: settings.deployment_branch_policy.is_some(),
        name: settings.name,
    }
}

/// `user:LOGIN` or `team:SLUG`; one that GitHub does not name is still somebody.
fn reviewer(reviewer: &Reviewer) -> String {
    let name = reviewer.reviewer.as_ref();
    let login = name.and_then(|name| name.login.as_deref());
    let slug = name.and_then(|name| name.slug.as_deref());
    match (slug, login) {
        (Some(slug), _) => format!("team:{slug}"),
        (None, Some(login)) => format!("user:{login}"),
        (None, None) => "unknown".to_owned(),
    }
}

fn queue(rules: &[BranchRule]) -> Option<QueueFacts> {
    let rule = rules.iter().find(|rule| rule.kind == "merge_queue")?;
    let minutes = rule.parameters.check_response_timeout_minutes;
    Some(QueueFacts { minutes })
}

/// Each check once; where one rule names its app, that holds.
fn required(checks: impl Iterator<Item = RequiredCheck>) -> Vec<RequiredCheckFacts> {
    let mut all: Vec<RequiredCheckFacts> = Vec::new();
    for check in checks {
        match all.iter_mut().find(|known| known.name == check.context) {
            Some(known) => known.app = known.app.or(check.integration_id),
            None => all.push(RequiredCheckFacts {
                name: check.context,
                app: check.integration_id,
            }),
        }
    }
    all
}
