//! `tag`: the tag stands on this commit. It is made where it is not there yet, by Git or, in
//! GitHub Actions, through the API.

mod github;
mod local;

use crate::domain::check::{CheckResult, TagRule};
use crate::domain::ids::CommitSha;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::run::Tree;

pub use github::run as through_github;
pub use local::run as locally;

/// Refuses before anything is touched: a name that Git does not allow, or a tree that is not the
/// commit.
fn refusal(rule: &TagRule, tree: &Tree) -> Option<CheckResult> {
    if let Err(why) = is_tag_name(&rule.name) {
        let message = format!("`{}` can't be the name of a tag: {why}.", rule.name);
        return Some(failed(ReasonCode::TagNotMade, message));
    }
    if let Tree::Dirty(why) = tree {
        let message = format!(
            "No tag is made from a work tree that is not the commit: {why}. Commit or remove it."
        );
        return Some(failed(ReasonCode::DirtyTree, message));
    }
    None
}

/// Judges where the tag stands in the end. `place` says in which repository.
fn judge(rule: &TagRule, commit: &CommitSha, target: &CommitSha, place: &str) -> CheckResult {
    if target == commit {
        return noted(format!(
            "The tag {} stands on {} {place}.",
            rule.name,
            commit.short()
        ));
    }
    let name = &rule.name;
    let message = format!(
        "The tag `{name}` exists {place} on another commit, {target}, and is not moved. Release \
         this commit ({}) under another version.",
        commit.short()
    );
    failed(ReasonCode::TagElsewhere, message)
}

/// The message of the annotated tag.
fn message(rule: &TagRule) -> String {
    match rule.message.as_deref().map(str::trim) {
        None | Some("") => format!("Release {}", rule.name),
        Some(message) => message.to_owned(),
    }
}

/// A pass, with a line for those who look at its output.
fn noted(line: String) -> CheckResult {
    CheckResult {
        tail: line,
        ..CheckResult::judged(Vec::new())
    }
}

fn failed(code: ReasonCode, message: String) -> CheckResult {
    CheckResult::judged(vec![Reason::new(code, message)])
}

/// The place that makes tags could not be asked, or did not make it.
fn not_made(rule: &TagRule, error: &dyn std::fmt::Display) -> CheckResult {
    let message = format!("The tag `{}` could not be made: {error}.", rule.name);
    CheckResult::errored(Reason::new(ReasonCode::TagNotMade, message))
}

/// The rules of <https://git-scm.com/docs/git-check-ref-format> for what stands behind
/// `refs/tags/`, and that `git tag` takes no name with a dash at its front.
fn is_tag_name(name: &str) -> Result<(), &'static str> {
    let forbidden = |c: char| c.is_ascii_control() || " ~^:?*[\\".contains(c);
    match name {
        "" => Err("it is empty"),
        "@" | "HEAD" => Err("it means something else to Git"),
        _ if name.starts_with('-') => Err("it begins with a dash"),
        _ if name.ends_with('.') => Err("it ends with a dot"),
        _ if name.contains("..") => Err("it holds two dots in a row"),
        _ if name.contains("@{") => Err("it holds `@{`"),
        _ if name.contains(forbidden) => {
            Err("it holds a space, a control character or one of ~ ^ : ? * [ \\")
        }
        _ => name.split('/').try_for_each(is_part),
    }
}

/// One part of a name, between slashes.
fn is_part(part: &str) -> Result<(), &'static str> {
    match part {
        "" => Err("it begins or ends with a slash, or holds two in a row"),
        _ if part.starts_with('.') => Err("a part of it begins with a dot"),
        _ if part.ends_with(".lock") => Err("a part of it ends with `.lock`"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
