//! A repository in a temporary folder, made with the real Git.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::domain::ids::CommitSha;
use crate::domain::run::Tree;
use crate::worktree::git::{Git, GitError, NeverDirt, Snapshot};

/// A repository in a temporary folder, made with the real Git.
pub(super) struct Lab {
    pub(super) folder: TempDir,
}

impl Lab {
    pub(super) fn empty() -> Self {
        let lab = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        lab.git(&["init", "--quiet", "--initial-branch=main"]);
        lab
    }

    pub(super) fn new() -> Self {
        let lab = Self::empty();
        lab.write("README.md", "hello\n");
        lab.commit("first");
        lab
    }

    pub(super) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn git(&self, arguments: &[&str]) -> String {
        git_in(self.root(), arguments)
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(super) fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "-m", message]);
    }

    pub(super) fn head(&self) -> CommitSha {
        self.git(&["rev-parse", "HEAD"]).parse().unwrap()
    }
}

pub(super) fn git_in(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "protocol.file.allow=always", "-c", "core.fsync=none"])
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.test"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

pub(super) async fn snapshot(root: &Path, results: &[&str]) -> Result<Snapshot, GitError> {
    let never_dirt = NeverDirt::new(root, ".tollgate", results).unwrap();
    Git::new(root).snapshot(&never_dirt).await
}

#[track_caller]
pub(super) fn dirty(why: &str) -> Tree {
    Tree::Dirty(why.to_owned())
}

/// A program that sets the stage, then becomes Git.
pub(super) fn wrapped(folder: &Path, stage: &str) -> PathBuf {
    let path = folder.join("git-wrapped");
    let script = format!("#!/bin/sh\n{stage}\nexec git \"$@\"\n");
    // Written by another process: a file that this one has open for writing can't be run.
    let write = r#"printf %s "$2" > "$1" && chmod 755 "$1""#;
    let mut shell = Command::new("sh");
    shell.args(["-c", write, "sh"]).arg(&path).arg(script);
    assert!(shell.status().unwrap().success());
    path
}
