//! States of a repository in which looking at files alone would go wrong.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use semver::Version;

use super::lab::{Lab, git_in, snapshot};
use super::oracle::{agree, found};
use crate::domain::run::Tree;
use crate::worktree::git::{Git, GitError};

async fn tree(lab: &Lab) -> Tree {
    snapshot(lab.root(), &[]).await.unwrap().tree
}

/// A tree that can't be judged is dirty and says why.
#[track_caller]
fn assert_unclear(tree: &Tree, why: &str) {
    let Tree::Dirty(said) = tree else {
        panic!("clean, without having been compared");
    };
    assert!(said.contains("can't be read"), "{said}");
    assert!(said.contains(why), "{said}");
}

/// A file with another text of the same length and with the same times.
fn change_in_secret(lab: &Lab, path: &str, text: &str) {
    let path = lab.root().join(path);
    let times = fs::metadata(&path).unwrap().modified().unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    fs::write(&path, text).unwrap();
    file.set_modified(times).unwrap();
}

#[tokio::test]
async fn a_detached_head_is_a_commit() {
    let lab = Lab::new();
    let first = lab.head();
    lab.commit("second");
    lab.git(&["checkout", "--quiet", "--detach", "HEAD^"]);
    let found = snapshot(lab.root(), &[]).await.unwrap();
    assert_eq!((found.commit.sha, found.tree), (first, Tree::Clean));
}

#[test]
fn staged_files_are_dirt_though_the_work_tree_is_as_committed() {
    let lab = Lab::new();
    lab.write("README.md", "other\n");
    lab.write("new", "x");
    lab.git(&["add", "--all"]);
    lab.write("README.md", "hello\n");
    fs::remove_file(lab.root().join("new")).unwrap();
    agree(lab.root(), &[("README.md", "modified"), ("new", "deleted")]);
}

#[test]
fn a_file_taken_out_of_the_index_is_deleted_and_untracked() {
    let lab = Lab::new();
    lab.git(&["rm", "--quiet", "--cached", "README.md"]);
    let both = [("README.md", "deleted"), ("README.md", "untracked")];
    agree(lab.root(), &both);
}

#[test]
fn a_file_that_is_only_meant_to_be_added_is_dirt() {
    let lab = Lab::new();
    lab.write("new", "x");
    lab.git(&["add", "--intent-to-add", "new"]);
    agree(lab.root(), &[("new", "added")]);
}

#[test]
fn a_change_of_mode_or_type_is_dirt() {
    let lab = Lab::new();
    lab.write("link", "README.md");
    lab.commit("second");
    let readme = lab.root().join("README.md");
    fs::set_permissions(&readme, Permissions::from_mode(0o755)).unwrap();
    fs::remove_file(lab.root().join("link")).unwrap();
    symlink("README.md", lab.root().join("link")).unwrap();
    let both = [("README.md", "modified"), ("link", "of another type")];
    agree(lab.root(), &both);
    lab.git(&["config", "core.fileMode", "false"]);
    agree(lab.root(), &[("link", "of another type")]);
}

#[test]
fn a_program_that_became_something_else_is_not_opened() {
    let lab = Lab::new();
    lab.write("run", "x");
    lab.write(".gitignore", "same\n");
    let run = lab.root().join("run");
    fs::set_permissions(&run, Permissions::from_mode(0o755)).unwrap();
    lab.commit("second");
    fs::rename(&run, lab.root().join("same")).unwrap();
    for file_mode in ["true", "false"] {
        lab.git(&["config", "core.fileMode", file_mode]);
        symlink("same", &run).unwrap();
        agree(lab.root(), &[("run", "of another type")]);
        fs::remove_file(&run).unwrap();
        assert!(Command::new("mkfifo").arg(&run).status().unwrap().success());
        assert_eq!(
            found(lab.root()),
            [(b"run".to_vec(), "of another type".into())]
        );
        fs::remove_file(&run).unwrap();
    }
}

#[test]
fn a_quick_change_that_keeps_size_and_time_is_seen() {
    let lab = Lab::new();
    change_in_secret(&lab, "README.md", "HELLO\n");
    agree(lab.root(), &[("README.md", "modified")]);
}

#[test]
fn a_folder_that_became_a_link_hides_its_files() {
    let lab = Lab::new();
    lab.write("d/x", "x");
    lab.commit("second");
    fs::rename(lab.root().join("d"), lab.root().join("e")).unwrap();
    symlink("e", lab.root().join("d")).unwrap();
    let all = [("d/x", "deleted"), ("d", "untracked"), ("e/x", "untracked")];
    agree(lab.root(), &all);
}

#[test]
fn files_in_conflict_are_dirt() {
    let lab = Lab::new();
    lab.write("both", "base");
    lab.write("gone", "base");
    lab.commit("base");
    lab.git(&["checkout", "--quiet", "-b", "theirs"]);
    lab.write("both", "theirs");
    lab.write("gone", "theirs");
    lab.write("new", "theirs");
    lab.commit("theirs");
    lab.git(&["checkout", "--quiet", "main"]);
    lab.write("both", "ours");
    lab.write("new", "ours");
    fs::remove_file(lab.root().join("gone")).unwrap();
    lab.commit("ours");
    let merge = Command::new("git")
        .arg("-C")
        .arg(lab.root())
        .args(["merge", "--quiet", "theirs"])
        .output()
        .unwrap();
    assert!(!merge.status.success(), "else there is no conflict");
    let all = ["both", "gone", "new"].map(|path| (path, "in conflict"));
    agree(lab.root(), &all);
}

#[test]
fn names_may_hold_anything() {
    let lab = Lab::new();
    for name in ["with space", "ü", "line\nbreak", "\"quoted\"", "tab\there"] {
        lab.write(name, "x");
    }
    let all = ["\"quoted\"", "line\nbreak", "tab\there", "with space", "ü"];
    agree(lab.root(), &all.map(|name| (name, "untracked")));
    lab.git(&["add", "--all"]);
    agree(lab.root(), &all.map(|name| (name, "added")));
    lab.commit("names");
    agree(lab.root(), &[]);
}

#[test]
fn every_place_that_ignores_files_is_heard() {
    let lab = Lab::new();
    lab.write(".gitignore", "*.log\n!keep.log\n/top\n");
    lab.write("d/.gitignore", "*\n!.gitignore\n");
    lab.commit("ignore");
    lab.write(".git/info/exclude", "excluded\n");
    lab.write(".git/personal", "private/\n");
    let personal = lab.root().join(".git/personal");
    lab.git(&["config", "core.excludesFile", personal.to_str().unwrap()]);
    for name in ["a.log", "top", "d/x", "e/excluded", "private/x"] {
        lab.write(name, "x");
    }
    agree(lab.root(), &[]);
    lab.write("keep.log", "x");
    lab.write("e/top", "x");
    agree(
        lab.root(),
        &[("e/top", "untracked"), ("keep.log", "untracked")],
    );
    lab.git(&["add", "--force", "a.log"]);
    lab.commit("tracked though ignored");
    lab.git(&["stash", "--quiet", "--include-untracked"]);
    lab.write("a.log", "changed");
    agree(lab.root(), &[("a.log", "modified")]);
}

#[test]
fn empty_folders_and_pipes_are_no_dirt_and_repositories_are() {
    let lab = Lab::new();
    fs::create_dir_all(lab.root().join("empty/inner")).unwrap();
    let pipe = lab.root().join("pipe");
    assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
    agree(lab.root(), &[]);
    lab.git(&["init", "--quiet", "other"]);
    lab.write("other/x", "x");
    agree(lab.root(), &[("other/", "untracked")]);
}

#[test]
fn line_ends_are_compared_as_they_would_be_committed() {
    let lab = Lab::new();
    lab.git(&["config", "core.autocrlf", "input"]);
    lab.write("README.md", "hi\r\nyou\r\n");
    lab.commit("second");
    assert_eq!(lab.git(&["cat-file", "-s", "HEAD:README.md"]), "7");
    lab.git(&["config", "core.safecrlf", "true"]);
    fs::remove_file(lab.root().join("README.md")).unwrap();
    lab.write("README.md", "hi\r\nyou\r\n");
    agree(lab.root(), &[]);
    lab.write("README.md", "hi\r\nyOu\r\n");
    agree(lab.root(), &[("README.md", "modified")]);
    lab.write("README.md", "hi\nyou\n");
    agree(lab.root(), &[("README.md", "modified")]); // by its size alone, for Git too
}

#[test]
fn other_encodings_are_compared_as_they_would_be_committed() {
    let lab = Lab::new();
    lab.write(".gitattributes", "*.txt working-tree-encoding=UTF-16LE\n");
    let path = lab.root().join("a.txt");
    fs::write(&path, b"h\0i\0").unwrap();
    lab.commit("second");
    fs::remove_file(&path).unwrap();
    fs::write(&path, b"h\0i\0").unwrap();
    agree(lab.root(), &[]);
    fs::write(&path, b"h\0o\0").unwrap();
    agree(lab.root(), &[("a.txt", "modified")]);
}

#[test]
fn what_is_assumed_to_be_unchanged_is_taken_to_be() {
    let lab = Lab::new();
    lab.git(&["update-index", "--assume-unchanged", "README.md"]);
    lab.write("README.md", "changed, but Git was told not to look");
    agree(lab.root(), &[]);
    lab.git(&["update-index", "--no-assume-unchanged", "README.md"]);
    agree(lab.root(), &[("README.md", "modified")]);
}

#[test]
fn a_sparse_checkout_is_clean_until_a_file_outside_of_it_differs() {
    let lab = Lab::new();
    lab.write("inside/x", "x");
    lab.write("outside/y", "y");
    lab.commit("second");
    lab.git(&["sparse-checkout", "set", "inside"]);
    assert!(!lab.root().join("outside").exists());
    agree(lab.root(), &[]);
    lab.write("outside/y", "changed");
    agree(lab.root(), &[("outside/y", "modified")]);
    lab.git(&["sparse-checkout", "disable"]);
    lab.git(&["update-index", "--skip-worktree", "inside/x"]);
    lab.git(&["checkout", "--quiet", "outside"]);
    lab.write("inside/x", "changed, but Git was told not to look");
    agree(lab.root(), &[]);
}

#[tokio::test]
async fn a_sparse_index_is_unclear() {
    let lab = Lab::new();
    lab.write("inside/x", "x");
    lab.write("outside/y", "y");
    lab.commit("second");
    lab.git(&["sparse-checkout", "set", "--sparse-index", "inside"]);
    assert_unclear(&tree(&lab).await, "sparse");
}

#[test]
fn other_forms_of_the_index_are_read() {
    let lab = Lab::new();
    lab.write("d/x", "x");
    lab.commit("second");
    for form in ["--split-index", "--untracked-cache", "--index-version=4"] {
        lab.git(&["update-index", form]);
        agree(lab.root(), &[]);
        lab.write("d/x", "y");
        agree(lab.root(), &[("d/x", "modified")]);
        lab.git(&["checkout", "--quiet", "d/x"]);
    }
}

#[test]
fn a_work_tree_beside_the_repository_has_an_index_of_its_own() {
    let lab = Lab::new();
    lab.write(".git/info/exclude", "excluded\n");
    let beside = tempfile::tempdir().unwrap();
    let path = beside.path().join("linked");
    lab.git(&["worktree", "add", "--quiet", path.to_str().unwrap()]);
    fs::write(path.join("excluded"), "x").unwrap();
    agree(&path, &[]);
    lab.write("README.md", "changed");
    agree(&path, &[]);
    fs::write(path.join("README.md"), "changed there").unwrap();
    agree(&path, &[("README.md", "modified")]);
}

#[tokio::test]
async fn tags_are_found_when_packed() {
    let lab = Lab::new();
    lab.git(&["tag", "v1.0.0"]);
    lab.git(&["tag", "--annotate", "-m", "x", "v1.2.0"]);
    lab.git(&["pack-refs", "--all"]);
    lab.git(&["gc", "--quiet"]);
    let version = async || snapshot(lab.root(), &[]).await.unwrap().commit.version;
    assert_eq!(version().await, Some(Version::new(1, 2, 0)));
    let git = Git::new(lab.root());
    assert_eq!(git.tag_target("v1.2.0").await.unwrap(), Some(lab.head()));
    lab.write(".git/refs/tags/v9.9.9", "broken");
    assert_eq!(version().await, Some(Version::new(1, 2, 0)));
    lab.commit("second");
    assert_eq!(version().await, None);
}

#[tokio::test]
async fn a_tag_on_something_else_than_a_commit_has_no_target() {
    let lab = Lab::new();
    lab.git(&["tag", "v1.0.0", "HEAD^{tree}"]);
    let git = Git::new(lab.root());
    assert_eq!(git.tag_target("v1.0.0").await.unwrap(), None);
    assert_eq!(git.tag_target("no..name").await.unwrap(), None);
    assert_eq!(git.commit(&lab.head()).await.unwrap().version, None);
}

#[tokio::test]
async fn names_in_other_encodings_are_read() {
    let lab = Lab::new();
    let latin = "--config-env=i18n.commitEncoding=ENCODING";
    let author = "Zo\u{eb}".chars().map(|c| c as u8).collect::<Vec<_>>();
    let made = Command::new("git")
        .arg("-C")
        .arg(lab.root())
        .args([latin, "commit", "--quiet", "--allow-empty", "-m", "x"])
        .env("ENCODING", "ISO-8859-1")
        .env("GIT_AUTHOR_NAME", {
            use std::os::unix::ffi::OsStringExt as _;
            std::ffi::OsString::from_vec(author)
        })
        .env("GIT_AUTHOR_EMAIL", "zoe@example.test")
        .env("GIT_COMMITTER_NAME", "Ada")
        .env("GIT_COMMITTER_EMAIL", "ada@example.test")
        .status();
    assert!(made.unwrap().success());
    let commit = snapshot(lab.root(), &[]).await.unwrap().commit;
    assert_eq!(commit.author.name, "Zoë");
}

#[tokio::test]
async fn a_repository_of_sha_256_is_read() {
    let lab = Lab {
        folder: tempfile::tempdir().unwrap(),
    };
    lab.git(&["init", "--quiet", "--object-format=sha256"]);
    lab.write("README.md", "hello\n");
    lab.commit("first");
    lab.git(&["tag", "v1.0.0"]);
    let found = snapshot(lab.root(), &[]).await.unwrap();
    assert_eq!(
        (&found.commit.sha, &found.tree),
        (&lab.head(), &Tree::Clean)
    );
    assert_eq!(found.commit.sha.as_str().len(), 64);
    assert_eq!(found.commit.version, Some(Version::new(1, 0, 0)));
    lab.write("README.md", "hallo\n");
    agree(lab.root(), &[("README.md", "modified")]);
    let short = "a".repeat(40).parse().unwrap();
    let error = Git::new(lab.root()).commit(&short).await.unwrap_err();
    assert!(matches!(error, GitError::NoCommit { .. }), "{error}");
}

#[tokio::test]
async fn references_in_a_table_are_never_taken_for_none() {
    let lab = Lab {
        folder: tempfile::tempdir().unwrap(),
    };
    lab.git(&["init", "--quiet", "--ref-format=reftable"]);
    lab.write("README.md", "hello\n");
    lab.commit("first");
    assert!(snapshot(lab.root(), &[]).await.is_err());
    assert!(Git::new(lab.root()).tag_target("v1").await.is_err());
}

#[tokio::test]
async fn a_bare_repository_has_no_work_tree() {
    let lab = Lab::new();
    let beside = tempfile::tempdir().unwrap();
    let source = lab.root().to_str().unwrap();
    git_in(beside.path(), &["clone", "--quiet", "--bare", source, "b"]);
    for inside in [beside.path().join("b"), lab.root().join(".git/refs")] {
        let error = snapshot(&inside, &[]).await.unwrap_err();
        assert!(matches!(error, GitError::NoWorkTree { .. }), "{error}");
        let error = Git::new(&inside).top_level().await.unwrap_err();
        assert!(matches!(error, GitError::NoWorkTree { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_broken_index_is_unclear() {
    let lab = Lab::new();
    let index = lab.root().join(".git/index");
    let whole = fs::read(&index).unwrap();
    let mut flipped = whole.clone();
    flipped[40] ^= 1;
    let mut unknown = whole.clone();
    unknown[7] = 9;
    for broken in [&whole[..whole.len() / 2], &flipped, &unknown, b"", b"DIRC"] {
        fs::write(&index, broken).unwrap();
        assert_unclear(&tree(&lab).await, "the work tree");
    }
    fs::remove_file(&index).unwrap();
    agree(
        lab.root(),
        &[("README.md", "deleted"), ("README.md", "untracked")],
    );
}

#[tokio::test]
async fn broken_objects_are_unclear() {
    let lab = Lab::new();
    lab.write("d/x", "x");
    lab.commit("second");
    let loose = |id: &str| {
        let path = lab
            .root()
            .join(format!(".git/objects/{}/{}", &id[..2], &id[2..]));
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        path
    };
    let inner = loose(&lab.git(&["rev-parse", "HEAD:d"]));
    let whole = fs::read(&inner).unwrap();
    fs::write(&inner, &whole[..whole.len() / 2]).unwrap();
    assert_unclear(&tree(&lab).await, "the work tree");
    fs::remove_file(&inner).unwrap();
    assert_unclear(&tree(&lab).await, "the work tree");
    fs::write(loose(lab.head().as_str()), "no object").unwrap();
    let error = snapshot(lab.root(), &[]).await.unwrap_err();
    assert!(matches!(error, GitError::Unreadable { .. }), "{error}");
    fs::remove_file(loose(lab.head().as_str())).unwrap();
    let error = snapshot(lab.root(), &[]).await.unwrap_err();
    assert!(matches!(error, GitError::NoCommit { .. }), "{error}");
}

#[tokio::test]
async fn another_object_in_the_place_of_the_commit_does_not_stand_for_it() {
    let lab = Lab::new();
    let first = lab.head();
    lab.write("README.md", "changed");
    lab.git(&["checkout", "--quiet", "-b", "other"]);
    lab.commit("other");
    let other = lab.head();
    lab.git(&["checkout", "--quiet", "main"]);
    lab.git(&["replace", first.as_str(), other.as_str()]);
    lab.git(&["reset", "--quiet", "--hard"]);
    let found = snapshot(lab.root(), &[]).await.unwrap();
    assert_eq!(found.commit.sha, first);
    assert!(found.tree.is_dirty());
}
