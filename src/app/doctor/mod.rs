//! `tollgate doctor`: the audit of the repository's settings and workflow files.

mod files;
mod live;

use std::path::Path;

use super::failure::Failure;
use super::project::{find_policy, load, root};
use crate::domain::delivery::environment::{ApprovalRule, SelfApproval};
use crate::domain::doctor::settings::Live;
use crate::domain::doctor::{self, Audit, ExpectedApprovals, ExpectedEnvironment, Finding};
use crate::domain::evidence::redaction::{Redactor, secret_values};
use crate::domain::policy::Policy;
use crate::policy::Expansion;
use crate::settings::Settings;
use crate::worktree::Git;

/// Whether GitHub is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// It is.
    GitHub,
    /// It is not.
    Nobody,
}

/// What came of an audit.
#[derive(Debug)]
pub struct Examined {
    /// What was found.
    pub findings: Vec<Finding>,
    /// How many workflow files there are.
    pub workflows: usize,
    /// Why GitHub could not be asked, where it was to be.
    pub trouble: Option<String>,
    /// What masks everything that is told.
    pub redactor: Redactor,
}

/// Looks at the workflow files of the project's repository and, where that is wanted, at its
/// settings on GitHub.
///
/// # Errors
/// A policy that is missing or wrong, a repository that is not known. What GitHub does not tell is
/// no error but among the findings.
pub async fn examine(settings: &Settings, asking: Asking) -> Result<Examined, Failure> {
    let root = root(settings).await?;
    let source = find_policy(settings, &root)?;
    let policy = load(&source, Expansion::Keep)?;
    let redactor = redactor(settings, &policy)?;
    let top_level = top_level(&root).await;
    let files = files::read(&top_level, &policy.evidence_directory).await?;
    let workflows = files.workflows.len() + files.unreadable.len();
    let audit = Audit {
        environments: expected_environments(&policy),
        directory: within(&top_level, &root),
        policy_path: settings
            .policy
            .as_ref()
            .map(|path| path.to_string_lossy().into_owned()),
        workflows: files.workflows,
        unreadable: files.unreadable,
        actions: files.actions,
        live: match asking {
            Asking::GitHub => live::ask(settings, &root).await?,
            Asking::Nobody => Live::default(),
        },
        policy,
    };
    Ok(Examined {
        findings: doctor::examine(&audit),
        workflows,
        trouble: audit.live.trouble().map(str::to_owned),
        redactor,
    })
}

/// What the policy says about environments.
fn expected_environments(policy: &Policy) -> Vec<ExpectedEnvironment> {
    let environments = policy.environments.iter();
    let expected = environments.map(|environment| ExpectedEnvironment {
        name: environment.id.to_string(),
        gates: environment.gates.clone(),
        approvals: environment.approvals.as_ref().map(expected_approvals),
    });
    expected.collect()
}

fn expected_approvals(rule: &ApprovalRule) -> ExpectedApprovals {
    ExpectedApprovals {
        from: rule.from.iter().map(ToString::to_string).collect(),
        prevent_self_approval: rule.self_approval == SelfApproval::Refused,
    }
}

fn redactor(settings: &Settings, policy: &Policy) -> Result<Redactor, Failure> {
    let variables = settings.environment.iter();
    let secrets = secret_values(variables.map(|(name, value)| (name.as_str(), value.as_str())));
    Redactor::new(&policy.redact, secrets).map_err(|error| Failure::usage(error.to_string()))
}

/// The root of the repository, in which GitHub looks for workflows; without Git the project's.
async fn top_level(root: &Path) -> std::path::PathBuf {
    let found = Git::new(root).top_level().await;
    let canonical = found.ok().and_then(|path| std::fs::canonicalize(path).ok());
    canonical.unwrap_or_else(|| root.to_owned())
}

/// Where the project lies within the repository.
fn within(top_level: &Path, root: &Path) -> String {
    let inner = root.strip_prefix(top_level).unwrap_or(Path::new(""));
    inner.to_string_lossy().into_owned()
}
