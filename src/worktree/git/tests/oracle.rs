//! What differs from the commit is what `git status` says, over many generated trees.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;

use super::lab::Lab;
use crate::worktree::git::checkout::Checkout;
use crate::worktree::git::compare::{Scope, differences};

type Said = Vec<(Vec<u8>, String)>;

/// What Tollgate finds.
pub(super) fn found(root: &Path) -> Said {
    let checkout = Checkout::around(root).unwrap();
    let found = differences(&checkout.repository, Scope::Everything, 0).unwrap();
    let found = found.in_words();
    found
        .map(|(path, words)| (path.to_vec(), words.to_owned()))
        .collect()
}

/// What Git finds (<https://git-scm.com/docs/git-status#_short_format>).
fn git_says(root: &Path) -> Said {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["status", "--porcelain=v1", "-z", "--no-renames"])
        .arg("--untracked-files=all")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let entries = output.stdout.split(|byte| *byte == 0);
    entries
        .filter(|entry| !entry.is_empty())
        .map(|entry| (entry[3..].to_vec(), in_words(&entry[..2]).to_owned()))
        .collect()
}

fn in_words(letters: &[u8]) -> &'static str {
    match letters {
        b"??" => "untracked",
        b"AA" | b"DD" => "in conflict",
        _ if letters.contains(&b'U') => "in conflict",
        _ if letters.contains(&b'D') => "deleted",
        _ if letters.contains(&b'A') => "added",
        _ if letters.contains(&b'T') => "of another type",
        _ => "modified",
    }
}

/// Both say the same, and this.
#[track_caller]
pub(super) fn agree(root: &Path, expect: &[(&str, &str)]) {
    let expect: Said = expect
        .iter()
        .map(|(path, words)| (path.as_bytes().to_vec(), (*words).to_owned()))
        .collect();
    assert_eq!(git_says(root), expect, "Git itself");
    assert_eq!(found(root), expect, "Tollgate");
}

/// What may stand at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Thing {
    File(&'static str),
    Program(&'static str),
    Link(&'static str),
}

type Tree = BTreeMap<&'static [u8], Thing>;

const NAMES: [&[u8]; 14] = [
    b"a",
    b"b c",
    "ü/ä.txt".as_bytes(),
    b"line\nbreak",
    b"not utf-8 \xff.bin",
    b"-dash",
    b"d",
    b"d/x",
    b"d/y/z",
    b"e/.gitignore",
    b"e/f.log",
    b"f.log",
    b"build/out",
    b".gitignore",
];
const TEXTS: [&str; 6] = [
    "one\n",
    "two\n",
    "",
    "one\r\n",
    "*.log\n",
    "build/\n!f.log\n",
];

fn thing() -> impl Strategy<Value = Thing> {
    let text = proptest::sample::select(&TEXTS[..]);
    prop_oneof![
        6 => text.clone().prop_map(Thing::File),
        1 => text.prop_map(Thing::Program),
        1 => Just(Thing::Link("nowhere")),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    let name = proptest::sample::select(&NAMES[..]);
    proptest::collection::btree_map(name, thing(), 0..9).prop_map(|mut tree| {
        if tree.contains_key(b"d".as_slice()) {
            tree.retain(|name, _| !name.starts_with(b"d/"));
        }
        tree
    })
}

fn place(lab: &Lab, name: &[u8]) -> PathBuf {
    lab.root().join(OsStr::from_bytes(name))
}

/// Makes the work tree another one, without touching what is the same in both.
fn become_tree(lab: &Lab, from: &Tree, to: &Tree) {
    let differs = |name: &&&[u8]| from.get(**name) != to.get(**name);
    for name in from.keys().filter(differs) {
        let path = place(lab, name);
        fs::remove_file(&path).unwrap();
        let parents = path.ancestors().skip(1);
        for parent in parents.take_while(|parent| *parent != lab.root()) {
            let _ = fs::remove_dir(parent); // when it is empty
        }
    }
    for name in to.keys().filter(differs) {
        let path = place(lab, name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match &to[name] {
            Thing::Link(target) => symlink(target, path).unwrap(),
            Thing::File(text) => fs::write(path, text).unwrap(),
            Thing::Program(text) => {
                fs::write(&path, text).unwrap();
                fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_is_seen_as_git_sees_it(
        committed in tree(),
        staged in tree(),
        there in tree(),
        line_ends in proptest::sample::select(&["false", "input", "true"][..]),
        attributes in proptest::sample::select(&["", "* text=auto\n", "*.log eol=crlf\n"][..]),
        file_mode in any::<bool>(),
    ) {
        let lab = Lab::empty();
        lab.write(".git/info/attributes", attributes);
        lab.write(".git/info/exclude", "b*c\n");
        lab.git(&["config", "core.autocrlf", line_ends]);
        lab.git(&["config", "core.safecrlf", "false"]);
        lab.git(&["config", "core.fileMode", if file_mode { "true" } else { "false" }]);
        become_tree(&lab, &Tree::new(), &committed);
        lab.git(&["add", "--all", "--force"]);
        lab.git(&["commit", "--quiet", "--allow-empty", "--message=x"]);
        become_tree(&lab, &committed, &staged);
        lab.git(&["add", "--all", "--force"]);
        become_tree(&lab, &staged, &there);
        prop_assert_eq!(found(lab.root()), git_says(lab.root()));
    }
}
