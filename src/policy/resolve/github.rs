//! `github`: how an environment on GitHub must be set up.

use super::Scope;
use crate::domain::check::GitHubRule;
use crate::domain::delivery::environment::is_same;
use crate::policy::node::{Content, Node};
use crate::policy::raw::{OneOrMany, RawGitHub, VariableName};

impl Scope<'_, '_, '_> {
    /// The rule, with the secrets and variables that the policy declares for the environment.
    pub(super) fn github(&self, raw: &RawGitHub) -> GitHubRule {
        let environment = raw.environment.0.clone();
        let declared = declared(self.environments, &environment);
        GitHubRule {
            reviewers: raw.reviewers.unwrap_or(0),
            prevent_self_review: raw.prevent_self_review.unwrap_or(false),
            secrets: with_declared(raw.secrets.as_ref(), declared, "secrets"),
            variables: with_declared(raw.variables.as_ref(), declared, "variables"),
            environment,
        }
    }
}

/// What the policy says of an environment; GitHub does not tell names apart by case.
pub(super) fn declared<'n>(environments: Option<&'n Node>, name: &str) -> Option<&'n Node> {
    let mut entries = environments?.entries().iter();
    let found = entries.find(|entry| is_same(&entry.key, name))?;
    Some(&found.value)
}

fn with_declared(
    raw: Option<&OneOrMany<VariableName>>,
    declared: Option<&Node>,
    key: &str,
) -> Vec<String> {
    let mut names: Vec<String> = raw
        .iter()
        .flat_map(|list| &list.0)
        .map(|it| it.0.clone())
        .collect();
    let list = declared.and_then(|node| node.get(key));
    for item in list.map_or(&[][..], Node::items) {
        if let Content::Scalar(scalar) = &item.content
            && !names.iter().any(|name| is_same(name, &scalar.text))
        {
            names.push(scalar.text.clone());
        }
    }
    names
}
