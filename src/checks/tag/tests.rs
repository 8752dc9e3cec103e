//! Tags in real repositories and on a GitHub at the far end of a wire.

use std::path::Path;
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::domain::status::CheckStatus;
use crate::worktree::Git;

fn rule(name: &str) -> TagRule {
    TagRule {
        name: name.to_owned(),
        message: None,
    }
}

#[track_caller]
fn has(result: &CheckResult, status: CheckStatus, code: ReasonCode, text: &str) {
    assert_eq!(result.status, status, "{result:?}");
    assert_eq!(result.reasons.len(), 1, "{result:?}");
    assert_eq!(result.reasons[0].code, code);
    assert!(result.reasons[0].message.contains(text), "{result:?}");
}

#[track_caller]
fn passes(result: &CheckResult, note: &str) {
    assert_eq!(result.status, CheckStatus::Passed, "{result:?}");
    assert!(result.tail.contains(note), "{}", result.tail);
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.test"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn commit(folder: &Path) -> CommitSha {
    git(folder, &["commit", "--quiet", "--allow-empty", "-m", "x"]);
    git(folder, &["rev-parse", "HEAD"]).parse().unwrap()
}

fn repository() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--quiet"]);
    folder
}

#[test]
fn names_that_a_tag_may_and_may_not_have() {
    let names = [
        "v1.4.0",
        "v1.4.0-rc.1+build",
        "shop/v1",
        "ü",
        "a@b",
        "1",
        "a-",
        "v.1",
        "a.lock.b",
        "@a",
        "",
        "@",
        "-v1",
        ".v1",
        "v1.",
        "a..b",
        "a b",
        "a~b",
        "a^b",
        "a:b",
        "a?b",
        "a*b",
        "a[b",
        "a\\b",
        "a@{b",
        "/a",
        "a/",
        "a//b",
        "a/.b",
        "a.lock",
        "a.lock/b",
        "a\u{7f}b",
        "a\tb",
    ];
    for name in names {
        let reference = format!("refs/tags/{name}");
        let allows = Command::new("git")
            .args(["check-ref-format", &reference])
            .status();
        let allows = allows.unwrap().success() && !matches!(name, "-v1" | "@");
        assert_eq!(is_tag_name(name).is_ok(), allows, "{name:?}");
    }
    assert!(is_tag_name("HEAD").is_err());
}

#[tokio::test]
async fn a_local_tag_is_made_once_and_then_found() {
    let folder = repository();
    let sha = commit(folder.path());
    let run = async || {
        locally(
            &rule("v1.4.0"),
            &sha,
            &Tree::Clean,
            &Git::new(folder.path()),
        )
        .await
    };
    passes(&run().await, "`git push origin v1.4.0`");
    passes(&run().await, "stands on");
    let told = git(
        folder.path(),
        &["tag", "--list", "--format=%(objecttype) %(contents)"],
    );
    assert_eq!(told, "tag Release v1.4.0");
}

#[tokio::test]
async fn a_tag_says_what_the_policy_says() {
    let folder = repository();
    let sha = commit(folder.path());
    let with = |message: &str| TagRule {
        message: Some(message.to_owned()),
        ..rule(&format!("v{}", message.len()))
    };
    let at = Git::new(folder.path());
    for message in ["Shop 1.4", "  "] {
        let result = locally(&with(message), &sha, &Tree::Clean, &at).await;
        passes(&result, "Made the tag");
    }
    let told = git(
        folder.path(),
        &["tag", "--list", "--format=%(contents:subject)"],
    );
    assert_eq!(told, "Release v2\nShop 1.4");
}

#[tokio::test]
async fn a_local_tag_on_another_commit_is_never_moved() {
    let folder = repository();
    let first = commit(folder.path());
    git(folder.path(), &["tag", "v1.4.0"]);
    let second = commit(folder.path());
    assert_ne!(first, second);
    let at = Git::new(folder.path());
    let result = locally(&rule("v1.4.0"), &second, &Tree::Clean, &at).await;
    has(
        &result,
        CheckStatus::Failed,
        ReasonCode::TagElsewhere,
        first.as_str(),
    );
}

#[tokio::test]
async fn a_dirty_tree_and_a_bad_name_make_no_tag() {
    let folder = repository();
    let sha = commit(folder.path());
    let at = Git::new(folder.path());
    let dirty = Tree::Dirty("1 file differs from the commit: a (modified)".to_owned());
    let result = locally(&rule("v1"), &sha, &dirty, &at).await;
    has(
        &result,
        CheckStatus::Failed,
        ReasonCode::DirtyTree,
        "a (modified)",
    );
    let result = locally(&rule("v 1"), &sha, &Tree::Clean, &at).await;
    has(
        &result,
        CheckStatus::Failed,
        ReasonCode::TagNotMade,
        "`v 1` can't be the name",
    );
    assert_eq!(git(folder.path(), &["tag", "--list"]), "");
}

#[tokio::test]
async fn without_a_repository_the_check_is_errored() {
    let folder = tempfile::tempdir().unwrap();
    let sha = "c".repeat(40).parse().unwrap();
    let result = locally(&rule("v1"), &sha, &Tree::Clean, &Git::new(folder.path())).await;
    has(
        &result,
        CheckStatus::Errored,
        ReasonCode::TagNotMade,
        "no Git repository",
    );
}

async fn answers(server: &MockServer, verb: &str, place: &str, status: u16, kind: &str) {
    let sha = "c".repeat(40);
    let body = json!({"sha": sha, "message": "said so", "object": {"type": kind, "sha": sha}});
    Mock::given(method(verb))
        .and(path(format!("/repos/acme/shop/git/{place}")))
        .respond_with(ResponseTemplate::new(status).set_body_json(body))
        .mount(server)
        .await;
}

async fn on_github(server: &MockServer, commit: &str, tree: &Tree) -> CheckResult {
    let repository = "acme/shop".parse().unwrap();
    let client = crate::github::Client::new(&server.uri(), "t".into(), repository).unwrap();
    let sha = commit.repeat(40).parse().unwrap();
    through_github(&rule("v1.4.0"), &sha, tree, &client).await
}

#[tokio::test]
async fn a_tag_is_made_on_github() {
    let server = MockServer::start().await;
    answers(&server, "GET", "ref/tags/v1.4.0", 404, "commit").await;
    answers(&server, "POST", "tags", 201, "commit").await;
    answers(&server, "POST", "refs", 201, "tag").await;
    let result = on_github(&server, "c", &Tree::Clean).await;
    passes(
        &result,
        "Made the tag v1.4.0 on cccccccccccc in acme/shop on GitHub.",
    );
}

#[tokio::test]
async fn a_tag_on_github_is_found_and_never_moved() {
    let server = MockServer::start().await;
    answers(&server, "GET", "ref/tags/v1.4.0", 200, "commit").await;
    passes(&on_github(&server, "c", &Tree::Clean).await, "stands on");
    let result = on_github(&server, "d", &Tree::Clean).await;
    has(
        &result,
        CheckStatus::Failed,
        ReasonCode::TagElsewhere,
        &"c".repeat(40),
    );
    let dirty = on_github(&server, "c", &Tree::Dirty("why".to_owned())).await;
    has(&dirty, CheckStatus::Failed, ReasonCode::DirtyTree, "why");
}

#[tokio::test]
async fn a_token_that_may_not_tag_is_told_what_it_lacks() {
    let server = MockServer::start().await;
    answers(&server, "GET", "ref/tags/v1.4.0", 404, "commit").await;
    answers(&server, "POST", "tags", 403, "commit").await;
    let result = on_github(&server, "c", &Tree::Clean).await;
    has(
        &result,
        CheckStatus::Errored,
        ReasonCode::TagNotMade,
        "contents: write",
    );
}
