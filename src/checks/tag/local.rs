//! The tag, made by Git in this clone.

use super::{judge, message, not_made, noted, refusal};
use crate::domain::check::{CheckResult, TagRule};
use crate::domain::ids::CommitSha;
use crate::domain::run::Tree;
use crate::worktree::Git;
use crate::worktree::git::TagMade;

const PLACE: &str = "in this clone";

/// Makes the tag, or finds it. It is not pushed: that is for the policy's own `run` to do.
pub async fn run(rule: &TagRule, commit: &CommitSha, tree: &Tree, git: &Git) -> CheckResult {
    if let Some(refusal) = refusal(rule, tree) {
        return refusal;
    }
    match git.tag_target(&rule.name).await {
        Ok(Some(target)) => return judge(rule, commit, &target, PLACE),
        Ok(None) => {}
        Err(error) => return not_made(rule, &error),
    }
    match git.create_tag(&rule.name, commit, &message(rule)).await {
        Ok(TagMade::New) => noted(format!(
            "Made the tag {name} on {} {PLACE}. It is not pushed; `git push origin {name}` does that.",
            commit.short(),
            name = rule.name,
        )),
        Ok(TagMade::Present(target)) => judge(rule, commit, &target, PLACE),
        Err(error) => not_made(rule, &error),
    }
}
