//! Real repositories in every state that a project can be in.

mod lab;
mod oracle;
mod states;
mod strangers;

use std::fs;

use semver::Version;

use self::lab::{Lab, dirty, git_in, snapshot, wrapped};
use super::*;
use crate::domain::delivery::authors::Person;

#[tokio::test]
async fn a_fresh_commit_is_clean_and_tells_who_made_it() {
    let lab = Lab::new();
    let found = snapshot(lab.root(), &[]).await.unwrap();
    let ada = Person {
        name: "Ada".to_owned(),
        email: "ada@example.test".to_owned(),
    };
    assert_eq!(found.commit.sha, lab.head());
    assert_eq!(
        (&found.commit.author, &found.commit.committer),
        (&ada, &ada)
    );
    assert_eq!(found.commit.version, None);
    assert_eq!(found.tree, Tree::Clean);
    assert_eq!(found.repository, None);
    assert_eq!(found.prefix, "");
}

#[tokio::test]
async fn author_and_committer_may_differ_and_names_may_hold_anything() {
    let lab = Lab::new();
    let author = "--author=Zoë, O'Brian <zoe@example.test>";
    lab.git(&["commit", "--quiet", "--allow-empty", author, "-m", "x"]);
    let commit = Git::new(lab.root()).commit(&lab.head()).await.unwrap();
    assert_eq!(commit.author.name, "Zoë, O'Brian");
    assert_eq!(commit.committer.name, "Ada");
}

#[tokio::test]
async fn everybody_who_made_a_commit_is_known() {
    let lab = Lab::new();
    let message = "Add it\n\nFor the shop.\n\nCo-authored-by: Zoë <7+zoe@users.noreply.github.com>";
    let author = "--author=Bob <bob@example.test>";
    lab.git(&["commit", "--quiet", "--allow-empty", author, "-m", message]);
    let authors = Git::new(lab.root()).authors(&lab.head()).await.unwrap();
    assert_eq!(authors.logins, ["zoe"]);
    assert_eq!(authors.names, ["Bob", "Ada", "Zoë"]);
    assert_eq!(
        authors.emails[..2],
        ["bob@example.test", "ada@example.test"]
    );
}

#[tokio::test]
async fn what_makes_a_tree_dirty() {
    let lab = Lab::new();
    let tree = async || snapshot(lab.root(), &["out/*.xml"]).await.unwrap().tree;
    lab.write("out/junit.xml", "untracked result");
    lab.write(".tollgate/ledger.db", "evidence");
    assert_eq!(tree().await, Tree::Clean);
    lab.write("new — file.py", "x");
    assert_eq!(
        tree().await,
        dirty("1 file differs from the commit: new — file.py (untracked)")
    );
    lab.commit("second");
    assert_eq!(tree().await, Tree::Clean);
    lab.write("README.md", "changed\n");
    assert_eq!(
        tree().await,
        dirty("1 file differs from the commit: README.md (modified)")
    );
    lab.git(&["add", "README.md"]);
    assert_eq!(
        tree().await,
        dirty("1 file differs from the commit: README.md (modified)")
    );
    lab.git(&["reset", "--hard", "--quiet"]);
    lab.git(&["mv", "README.md", "READ.md"]);
    let why = "2 files differ from the commit: READ.md (added), README.md (deleted)";
    assert_eq!(tree().await, dirty(why));
}

#[tokio::test]
async fn a_tracked_result_never_counts_as_dirt() {
    let lab = Lab::new();
    lab.write("out/junit.xml", "tracked");
    lab.write("htmlcov/index.html", "tracked");
    lab.commit("results");
    lab.write("out/junit.xml", "changed");
    fs::remove_file(lab.root().join("htmlcov/index.html")).unwrap();
    let found = snapshot(lab.root(), &["out/*.xml", "htmlcov/"])
        .await
        .unwrap();
    assert_eq!(found.tree, Tree::Clean);
}

#[tokio::test]
async fn ignored_files_are_no_dirt() {
    let lab = Lab::new();
    lab.write(".gitignore", "build/\n");
    lab.commit("ignore");
    lab.write("build/x", "x");
    assert_eq!(snapshot(lab.root(), &[]).await.unwrap().tree, Tree::Clean);
}

#[tokio::test]
async fn a_person_cannot_hide_untracked_files_by_a_setting() {
    let lab = Lab::new();
    lab.git(&["config", "status.showUntrackedFiles", "no"]);
    lab.write("new", "x");
    assert!(snapshot(lab.root(), &[]).await.unwrap().tree.is_dirty());
}

#[tokio::test]
async fn the_highest_version_tag_on_the_commit_is_its_version() {
    let lab = Lab::new();
    lab.git(&["tag", "v9.9.9"]);
    lab.commit("second");
    for tag in [
        "v1.9.0",
        "v1.10.0",
        "v1.10.0-rc.1",
        "latest",
        "2.0.0",
        "v3",
        "x/v5.0.0",
    ] {
        lab.git(&["tag", tag]);
    }
    let version = async || snapshot(lab.root(), &[]).await.unwrap().commit.version;
    assert_eq!(version().await, Some(Version::new(1, 10, 0)));
    lab.git(&["tag", "--annotate", "-m", "x", "v2.0.0"]);
    assert_eq!(version().await, Some(Version::new(2, 0, 0)));
}

#[tokio::test]
async fn a_person_cannot_hide_tags_by_a_setting() {
    let lab = Lab::new();
    lab.git(&["tag", "v1.0.0"]);
    lab.git(&["config", "log.excludeDecoration", "refs/tags/*"]);
    lab.git(&["config", "log.showSignature", "true"]);
    let found = snapshot(lab.root(), &[]).await.unwrap();
    assert_eq!(found.commit.version, Some(Version::new(1, 0, 0)));
}

#[tokio::test]
async fn origin_names_the_repository() {
    let lab = Lab::new();
    lab.git(&["remote", "add", "origin", "gh:acme/shop.git"]);
    lab.git(&["config", "url.https://github.example/.insteadOf", "gh:"]);
    let found = Git::new(lab.root()).repository().await.unwrap();
    assert_eq!(found, Some("acme/shop".parse().unwrap()));
}

#[tokio::test]
async fn a_project_may_be_a_folder_of_its_repository() {
    let lab = Lab::new();
    lab.write("services/shop ü/app.py", "x");
    lab.commit("shop");
    let project = lab.root().join("services/shop ü");
    lab.write("services/shop ü/out/junit.xml", "x");
    lab.write("services/shop ü/.tollgate/ledger.db", "x");
    let found = snapshot(&project, &["out/*.xml"]).await.unwrap();
    assert_eq!(found.prefix, "services/shop ü/");
    assert_eq!(found.tree, Tree::Clean);
    lab.write("out/junit.xml", "beside the project");
    let why = "1 file differs from the commit: out/junit.xml (untracked)";
    assert_eq!(
        snapshot(&project, &["out/*.xml"]).await.unwrap().tree,
        dirty(why)
    );
}

#[tokio::test]
async fn a_linked_work_tree_is_a_repository() {
    let lab = Lab::new();
    let beside = tempfile::tempdir().unwrap();
    let path = beside.path().join("linked");
    lab.git(&["worktree", "add", "--quiet", path.to_str().unwrap()]);
    assert!(path.join(".git").is_file());
    assert_eq!(snapshot(&path, &[]).await.unwrap().commit.sha, lab.head());
}

#[tokio::test]
async fn a_shallow_clone_knows_its_own_commit_only() {
    let lab = Lab::new();
    let first = lab.head();
    lab.commit("second");
    let beside = tempfile::tempdir().unwrap();
    let source = format!("file://{}", lab.root().display());
    git_in(
        beside.path(),
        &["clone", "--quiet", "--depth=1", &source, "clone"],
    );
    let clone = beside.path().join("clone");
    assert_eq!(snapshot(&clone, &[]).await.unwrap().commit.sha, lab.head());
    let error = Git::new(&clone).commit(&first).await.unwrap_err();
    assert!(matches!(error, GitError::NoCommit { .. }), "{error}");
}

#[tokio::test]
async fn a_changed_submodule_is_dirt_and_is_a_repository_itself() {
    let (lab, part) = (Lab::new(), Lab::new());
    lab.git(&[
        "submodule",
        "--quiet",
        "add",
        part.root().to_str().unwrap(),
        "part",
    ]);
    lab.commit("part");
    assert_eq!(snapshot(lab.root(), &[]).await.unwrap().tree, Tree::Clean);
    lab.write("part/README.md", "changed");
    let why = "1 file differs from the commit: part (modified)";
    assert_eq!(snapshot(lab.root(), &[]).await.unwrap().tree, dirty(why));
    let inside = snapshot(&lab.root().join("part"), &[]).await.unwrap();
    assert_eq!(inside.commit.sha, part.head());
}

#[tokio::test]
async fn no_repository_and_no_commit_are_told_apart() {
    let nothing = tempfile::tempdir().unwrap();
    let error = snapshot(nothing.path(), &[]).await.unwrap_err();
    assert!(matches!(error, GitError::NotARepository { .. }), "{error}");
    let error = Git::new(nothing.path()).repository().await.unwrap_err();
    assert!(matches!(error, GitError::NotARepository { .. }), "{error}");
    let error = Git::new(nothing.path()).tag_target("v1").await.unwrap_err();
    assert!(matches!(error, GitError::NotARepository { .. }), "{error}");
    let lab = Lab::empty();
    let error = snapshot(lab.root(), &[]).await.unwrap_err();
    assert!(matches!(error, GitError::NoCommit { .. }), "{error}");
    let unknown = "a".repeat(40).parse().unwrap();
    let error = Git::new(lab.root()).commit(&unknown).await.unwrap_err();
    assert!(matches!(error, GitError::NoCommit { .. }), "{error}");
}

#[tokio::test]
async fn git_is_asked_without_prompts_and_locks_and_in_english() {
    let lab = Lab::new();
    let beside = tempfile::tempdir().unwrap();
    let seen = beside.path().join("seen");
    let stage = format!("env > '{}'", seen.display());
    let git = Git::with_program(lab.root(), wrapped(beside.path(), &stage));
    git.create_tag("v1", &lab.head(), "x").await.unwrap();
    let seen = fs::read_to_string(seen).unwrap();
    for line in ["GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C"] {
        assert!(seen.lines().any(|seen| seen == line), "{line}");
    }
}

#[tokio::test]
async fn an_annotated_tag_is_made_and_found() {
    let lab = Lab::new();
    let first = lab.head();
    lab.commit("second");
    let git = Git::new(lab.root());
    assert_eq!(git.tag_target("v1.0.0").await.unwrap(), None);
    let message = "# Release\n\nwith — everything";
    let made = git.create_tag("v1.0.0", &first, message).await.unwrap();
    assert_eq!(made, TagMade::New);
    assert_eq!(git.tag_target("v1.0.0").await.unwrap(), Some(first.clone()));
    assert_eq!(lab.git(&["cat-file", "-t", "v1.0.0"]), "tag");
    let contents = lab.git(&["tag", "--list", "--format=%(contents)", "v1.0.0"]);
    assert_eq!(contents, message);
    let again = git
        .create_tag("v1.0.0", &lab.head(), "other")
        .await
        .unwrap();
    assert_eq!(again, TagMade::Present(first));
}

#[tokio::test]
async fn a_tag_of_a_tag_leads_to_the_commit() {
    let lab = Lab::new();
    lab.git(&["tag", "light"]);
    lab.git(&["tag", "--annotate", "-m", "x", "inner"]);
    lab.git(&["tag", "--annotate", "-m", "x", "outer", "inner"]);
    let git = Git::new(lab.root());
    assert_eq!(git.tag_target("light").await.unwrap(), Some(lab.head()));
    assert_eq!(git.tag_target("outer").await.unwrap(), Some(lab.head()));
}

#[tokio::test]
async fn a_tag_can_be_made_where_git_knows_nobody() {
    let lab = Lab::new();
    let beside = tempfile::tempdir().unwrap();
    let stage = "unset GIT_AUTHOR_NAME EMAIL\nexport HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 \
                 GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_COUNT=1 \
                 GIT_CONFIG_KEY_0=user.useConfigOnly GIT_CONFIG_VALUE_0=true";
    let git = Git::with_program(lab.root(), wrapped(beside.path(), stage));
    let made = git.create_tag("v1.0.0", &lab.head(), "x").await.unwrap();
    assert_eq!(made, TagMade::New);
    let tagger = lab.git(&["tag", "--list", "--format=%(tagger)", "v1.0.0"]);
    assert!(
        tagger.starts_with("Tollgate <tollgate@localhost>"),
        "{tagger}"
    );
}

#[tokio::test]
async fn a_tag_that_git_refuses_is_an_error_in_gits_words() {
    let lab = Lab::new();
    let git = Git::new(lab.root());
    let error = git.create_tag("a..b", &lab.head(), "x").await.unwrap_err();
    assert!(error.to_string().contains("a..b"), "{error}");
    let unknown = "a".repeat(40).parse().unwrap();
    assert!(git.create_tag("v1", &unknown, "x").await.is_err());
}
