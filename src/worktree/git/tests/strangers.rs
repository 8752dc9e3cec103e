//! Repositories of other people: they are read, and nothing that they name is executed.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::lab::{Lab, snapshot, wrapped};
use super::oracle::{agree, found};
use crate::domain::run::Tree;
use crate::worktree::git::{Git, GitError};

/// Gives everything to another user, where this one may do so.
fn give_away(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            give_away(&path);
        }
        chown(path, Some(1001), Some(1001)).unwrap();
    }
    chown(folder, Some(1001), Some(1001)).unwrap();
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

#[tokio::test]
async fn a_repository_of_another_user_is_read() {
    let lab = Lab::new();
    lab.write(".git/info/exclude", "excluded\n");
    lab.git(&["config", "core.autocrlf", "input"]);
    lab.write("lines", "one\r\n");
    lab.commit("second");
    lab.git(&["remote", "add", "origin", "https://github.com/acme/shop"]);
    if is_root() {
        give_away(lab.root());
        let mut git = Command::new("git");
        let refused = git.arg("-C").arg(lab.root()).arg("status");
        let refused = refused.env_remove("SUDO_UID").output().unwrap();
        assert!(!refused.status.success(), "else this test shows nothing");
    }
    lab.write("excluded", "x");
    fs::remove_file(lab.root().join("lines")).unwrap();
    lab.write("lines", "one\r\n");
    let found = snapshot(lab.root(), &[]).await.unwrap();
    assert_eq!(found.tree, Tree::Clean, "its own settings are heard");
    assert_eq!(found.repository, Some("acme/shop".parse().unwrap()));
}

#[tokio::test]
async fn a_tag_is_made_in_a_repository_of_another_user() {
    let lab = Lab::new();
    let beside = tempfile::tempdir().unwrap();
    let stage = "export GIT_TEST_ASSUME_DIFFERENT_OWNER=1";
    let git = Git::with_program(lab.root(), wrapped(beside.path(), stage));
    git.create_tag("v1.0.0", &lab.head(), "x").await.unwrap();
    assert_eq!(git.tag_target("v1.0.0").await.unwrap(), Some(lab.head()));
}

#[tokio::test]
async fn only_making_a_tag_needs_the_program() {
    let lab = Lab::new();
    let git = Git::with_program(lab.root(), "git-that-nobody-has");
    assert_eq!(git.commit(&lab.head()).await.unwrap().sha, lab.head());
    assert_eq!(git.tag_target("v1.0.0").await.unwrap(), None);
    let error = git.create_tag("v1.0.0", &lab.head(), "x").await;
    let error = error.unwrap_err();
    assert!(matches!(error, GitError::NoGit { .. }), "{error}");
    let said = error.to_string();
    assert!(said.contains("making a tag") && said.contains("git-that-nobody-has"));
}

/// A repository whose settings name a program in every place that Git knows, and the file that
/// the program leaves behind.
fn trapped() -> (Lab, PathBuf) {
    let lab = Lab::new();
    lab.write("a.bin", "large\n");
    lab.write(".gitattributes", "*.bin filter=trap diff=trap merge=trap\n");
    lab.commit("second");
    let mark = lab.root().join(".git/executed");
    let trap = format!("touch '{}'; cat", mark.display());
    for key in [
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "core.editor",
        "credential.helper",
        "diff.external",
        "diff.trap.command",
        "diff.trap.textconv",
        "filter.trap.clean",
        "filter.trap.smudge",
        "filter.trap.process",
        "merge.trap.driver",
        "uploadpack.packObjectsHook",
    ] {
        lab.git(&["config", key, &trap]);
    }
    lab.git(&["config", "filter.trap.required", "true"]);
    lab.write(
        ".git/hooks/post-index-change",
        &format!("#!/bin/sh\n{trap}\n"),
    );
    let hook = lab.root().join(".git/hooks/post-index-change");
    let mut shell = Command::new("chmod");
    assert!(shell.arg("755").arg(hook).status().unwrap().success());
    let _ = fs::remove_file(&mark);
    (lab, mark)
}

#[test]
fn nothing_that_a_repository_names_is_executed() {
    let (lab, mark) = trapped();
    lab.write("a.bin", "LARGE\n");
    assert_eq!(found(lab.root()), [(b"a.bin".to_vec(), "modified".into())]);
    lab.write("a.bin", "large\n");
    assert_eq!(found(lab.root()), []);
    assert!(!mark.exists());
    let mut git = Command::new("git");
    let _ = git.arg("-C").arg(lab.root()).arg("status").output();
    assert!(mark.exists(), "else this test shows nothing");
}

/// Another file with the same text: nothing that the index recorded of it is still true.
fn rewrite(lab: &Lab, path: &str, text: &str) {
    lab.write("rewritten", text);
    fs::rename(lab.root().join("rewritten"), lab.root().join(path)).unwrap();
}

#[test]
fn a_filtered_file_is_believed_to_be_as_the_index_recorded_it() {
    let lab = Lab::new();
    lab.git(&["config", "filter.loud.clean", "tr A-Z a-z"]);
    lab.git(&["config", "filter.loud.smudge", "tr a-z A-Z"]);
    lab.write(".gitattributes", "*.loud filter=loud\n");
    lab.write("a.loud", "HELLO\n");
    lab.commit("second");
    assert_eq!(lab.git(&["cat-file", "-p", "HEAD:a.loud"]), "hello");
    agree(lab.root(), &[]);
    rewrite(&lab, "a.loud", "HALLO\n");
    agree(lab.root(), &[("a.loud", "modified")]);
    rewrite(&lab, "a.loud", "HELLO\n");
    let unclear = [(b"a.loud".to_vec(), "modified".into())];
    assert_eq!(found(lab.root()), unclear, "only the filter could tell");
    rewrite(&lab, "a.loud", "hello\n");
    assert_eq!(found(lab.root()), []);
}

#[test]
fn a_large_file_is_held_against_its_pointer() {
    let lab = Lab::new();
    let pointer = "version https://git-lfs.github.com/spec/v1\n\
                   oid sha256:9bfce334a37bd1bc1d36b0370195b31fe9a9389dd43d0873891a3544ef1140a1\n\
                   size 6\n";
    lab.write(
        ".gitattributes",
        "*.bin filter=lfs diff=lfs merge=lfs -text\n",
    );
    lab.write("a.bin", pointer);
    lab.commit("second");
    rewrite(&lab, "a.bin", "large\n");
    assert_eq!(found(lab.root()), []);
    let modified = [(b"a.bin".to_vec(), "modified".into())];
    for other in ["LARGE\n", "larger\n", ""] {
        rewrite(&lab, "a.bin", other);
        assert_eq!(found(lab.root()), modified, "{other}");
    }
    rewrite(&lab, "a.bin", "large\n");
    lab.write(".git/info/attributes", "*.bin -filter\n");
    assert_eq!(found(lab.root()), modified);
}

#[test]
fn nothing_that_a_submodule_names_is_executed() {
    let (part, mark) = trapped();
    let whole = Lab::new();
    let source = Lab::new();
    whole.git(&[
        "submodule",
        "--quiet",
        "add",
        source.root().to_str().unwrap(),
        "part",
    ]);
    whole.commit("part");
    let inside = whole.root().join("part");
    fs::remove_file(inside.join(".git")).unwrap();
    fs::rename(part.root().join(".git"), inside.join(".git")).unwrap();
    let mark = inside.join(mark.strip_prefix(part.root()).unwrap());
    fs::write(inside.join("a.bin"), "large\n").unwrap();
    assert_eq!(found(whole.root()), [(b"part".to_vec(), "modified".into())]);
    assert!(!mark.exists());
}

#[test]
fn a_monitor_of_the_file_system_is_not_believed() {
    let lab = Lab::new();
    // Says that nothing changed since the token that it gave (githooks, "fsmonitor-watchman").
    let hook = lab.root().join(".git/quiet");
    fs::write(&hook, "#!/bin/sh\nprintf 'token\\0'\n").unwrap();
    let mut chmod = Command::new("chmod");
    assert!(chmod.arg("755").arg(&hook).status().unwrap().success());
    lab.git(&["config", "core.fsmonitor", hook.to_str().unwrap()]);
    lab.git(&["update-index", "--fsmonitor"]);
    lab.git(&["status"]);
    lab.write("README.md", "changed");
    assert_eq!(
        found(lab.root()),
        [(b"README.md".to_vec(), "modified".into())]
    );
}

/// A repository with the submodule `part`.
fn with_part() -> (Lab, Lab) {
    let (lab, part) = (Lab::new(), Lab::new());
    part.commit("second");
    let source = part.root().to_str().unwrap();
    lab.git(&["submodule", "--quiet", "add", source, "part"]);
    lab.commit("part");
    (lab, part)
}

#[test]
fn a_submodule_is_dirt_whatever_differs_in_it() {
    let (lab, _part) = with_part();
    let dirt = [("part", "modified")];
    agree(lab.root(), &[]);
    lab.write("part/new", "x");
    agree(lab.root(), &dirt);
    lab.git(&["-C", "part", "add", "new"]);
    agree(lab.root(), &dirt);
    lab.git(&["-C", "part", "reset", "--quiet", "--hard"]);
    agree(lab.root(), &[]);
    lab.git(&["-C", "part", "checkout", "--quiet", "HEAD^"]);
    agree(lab.root(), &dirt);
    lab.git(&["add", "part"]);
    agree(lab.root(), &dirt);
    fs::remove_dir_all(lab.root().join("part")).unwrap();
    agree(lab.root(), &[("part", "deleted")]);
}

#[test]
fn a_submodule_that_was_never_checked_out_is_clean() {
    let (lab, _part) = with_part();
    lab.git(&["submodule", "--quiet", "deinit", "--force", "part"]);
    assert!(!lab.root().join("part/README.md").exists());
    agree(lab.root(), &[]);
}

#[test]
fn a_submodule_that_no_file_lists_is_compared() {
    let (lab, part) = (Lab::new(), Lab::new());
    let source = part.root().to_str().unwrap();
    lab.git(&["clone", "--quiet", source, "part"]);
    lab.git(&["-c", "advice.addEmbeddedRepo=false", "add", "part"]);
    lab.commit("part");
    agree(lab.root(), &[]);
    lab.write("part/README.md", "changed");
    agree(lab.root(), &[("part", "modified")]);
}

#[test]
fn the_commit_says_what_does_not_count_in_a_submodule() {
    let (lab, _part) = with_part();
    lab.write("part/new", "x");
    let says = |ignore: &str| {
        let modules = [".gitmodules", "submodule.part.ignore", ignore];
        lab.git(&[&["config", "--file"], &modules[..]].concat());
        lab.git(&["commit", "--quiet", "-m", ignore, "--", ".gitmodules"]);
    };
    says("untracked");
    agree(lab.root(), &[]);
    lab.write("part/README.md", "changed");
    agree(lab.root(), &[("part", "modified")]);
    says("dirty");
    agree(lab.root(), &[]);
    lab.git(&["-C", "part", "checkout", "--quiet", "--force", "HEAD^"]);
    agree(lab.root(), &[("part", "modified")]);
    says("all");
    agree(lab.root(), &[]);
}

#[test]
fn a_person_cannot_hide_a_changed_submodule_by_a_setting() {
    let (lab, _part) = with_part();
    lab.write("part/README.md", "changed");
    lab.git(&["config", "submodule.part.ignore", "all"]);
    lab.git(&["config", "diff.ignoreSubmodules", "all"]);
    assert_eq!(found(lab.root()), [(b"part".to_vec(), "modified".into())]);
}

#[tokio::test]
async fn a_broken_submodule_is_unclear() {
    let (lab, _part) = with_part();
    lab.write("part/.git", "gitdir: nowhere\n");
    let tree = snapshot(lab.root(), &[]).await.unwrap().tree;
    let Tree::Dirty(why) = tree else {
        panic!("clean, without having been compared");
    };
    assert!(why.contains("part"), "{why}");
}
