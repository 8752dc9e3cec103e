//! The tag, made by GitHub through its API.

use super::{judge, message, not_made, noted, refusal};
use crate::domain::check::{CheckResult, TagRule};
use crate::domain::ids::CommitSha;
use crate::domain::run::Tree;
use crate::github::Client;
use crate::github::client::Tagged;

/// Makes the tag in the repository that the client is bound to, or finds it there.
pub async fn run(rule: &TagRule, commit: &CommitSha, tree: &Tree, client: &Client) -> CheckResult {
    if let Some(refusal) = refusal(rule, tree) {
        return refusal;
    }
    let place = format!("in {} on GitHub", client.repository());
    match client.tag_target(&rule.name).await {
        Ok(Some(target)) => return judge(rule, commit, &target, &place),
        Ok(None) => {}
        Err(error) => return not_made(rule, &error),
    }
    match client.create_tag(&rule.name, commit, &message(rule)).await {
        Ok(Tagged::New) => noted(format!(
            "Made the tag {} on {} {place}.",
            rule.name,
            commit.short()
        )),
        Ok(Tagged::Present(target)) => judge(rule, commit, &target, &place),
        Err(error) => not_made(rule, &error),
    }
}
