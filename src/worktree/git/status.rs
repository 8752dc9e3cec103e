//! Is the work tree the commit, and if not, why.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::{BStr, BString, ByteSlice as _};

use crate::domain::run::Tree;

/// How many files the reason names.
const NAMED: usize = 5;

/// How a tracked file differs from the commit. Where the index and the work tree both do, the
/// first of these is what counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    InConflict,
    Deleted,
    Added,
    OfAnotherType,
    Modified,
}

impl Change {
    fn in_words(self) -> &'static str {
        match self {
            Self::InConflict => "in conflict",
            Self::Deleted => "deleted",
            Self::Added => "added",
            Self::OfAnotherType => "of another type",
            Self::Modified => "modified",
        }
    }
}

/// What differs from the commit, by paths from the root of the work tree. A file that was taken
/// out of the index and is still there is in both.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Differences {
    tracked: BTreeMap<BString, Change>,
    untracked: BTreeSet<BString>,
}

impl Differences {
    pub(super) fn add(&mut self, path: &BStr, change: Change) {
        self.tracked
            .entry(path.to_owned())
            .and_modify(|known| *known = change.min(*known))
            .or_insert(change);
    }

    /// Adds what the index does not know. The path of a folder ends with a slash.
    pub(super) fn add_untracked(&mut self, path: BString) {
        self.untracked.insert(path);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tracked.is_empty() && self.untracked.is_empty()
    }

    /// Every path with what is to be said of it, in the order in which Git lists them.
    pub(super) fn in_words(&self) -> impl Iterator<Item = (&BStr, &'static str)> {
        let tracked = self.tracked.iter();
        let tracked = tracked.map(|(path, change)| (path.as_bstr(), change.in_words()));
        let is_in_conflict = |path: &&BString| self.tracked.get(*path) == Some(&Change::InConflict);
        let untracked = self
            .untracked
            .iter()
            .filter(move |path| !is_in_conflict(path));
        tracked.chain(untracked.map(|path| (path.as_bstr(), "untracked")))
    }
}

/// Judges what differs. `prefix` leads to the project's root, and `never_counts` is asked about
/// paths of the project. Dirt outside of the project counts: the release is the whole commit.
pub(super) fn judge(
    differences: &Differences,
    prefix: &[u8],
    never_counts: impl Fn(&str) -> bool,
) -> Tree {
    let never_counts = |path: &BStr| {
        let path = path.strip_prefix(prefix);
        path.is_some_and(|path| never_counts(&path.to_str_lossy()))
    };
    let dirt: Vec<_> = differences
        .in_words()
        .filter(|(path, _)| !never_counts(path))
        .collect();
    match dirt.as_slice() {
        [] => Tree::Clean,
        dirt => Tree::Dirty(describe(dirt)),
    }
}

fn describe(dirt: &[(&BStr, &str)]) -> String {
    let count = match dirt.len() {
        1 => "1 file differs from the commit".to_owned(),
        count => format!("{count} files differ from the commit"),
    };
    let mut named: Vec<_> = dirt
        .iter()
        .take(NAMED)
        .map(|(path, words)| format!("{path} ({words})"))
        .collect();
    if dirt.len() > NAMED {
        named.push(format!("and {} more", dirt.len() - NAMED));
    }
    format!("{count}: {}", named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn untracked(paths: &[&str]) -> Differences {
        let mut differences = Differences::default();
        for path in paths {
            differences.add_untracked((*path).into());
        }
        differences
    }

    #[track_caller]
    fn check(differences: &Differences, prefix: &str, expect: Option<&str>) {
        let tree = judge(differences, prefix.as_bytes(), |path| {
            path.starts_with("out/")
        });
        let expect = expect.map_or(Tree::Clean, |why| Tree::Dirty(why.to_owned()));
        assert_eq!(tree, expect);
    }

    #[test]
    fn nothing_is_clean() {
        check(&Differences::default(), "", None);
        let mut both = untracked(&["out/a.xml"]);
        both.add("out/b.xml".into(), Change::Modified);
        check(&both, "", None);
        check(&untracked(&["shop/out/a.xml"]), "shop/", None);
    }

    #[test]
    fn dirt_is_named_in_words() {
        let one = |what: &str| format!("1 file differs from the commit: a b ({what})");
        check(&untracked(&["a b"]), "", Some(&one("untracked")));
        for (change, words) in [
            (Change::Modified, "modified"),
            (Change::Added, "added"),
            (Change::Deleted, "deleted"),
            (Change::OfAnotherType, "of another type"),
            (Change::InConflict, "in conflict"),
        ] {
            let mut differences = Differences::default();
            differences.add("a b".into(), change);
            check(&differences, "", Some(&one(words)));
        }
    }

    #[test]
    fn the_gravest_change_of_a_file_is_told() {
        let mut differences = Differences::default();
        differences.add("a".into(), Change::Modified);
        differences.add("a".into(), Change::Deleted);
        differences.add("a".into(), Change::Added);
        let why = "1 file differs from the commit: a (deleted)";
        check(&differences, "", Some(why));
    }

    #[test]
    fn dirt_beside_the_project_counts() {
        let why = "1 file differs from the commit: out/a.xml (untracked)";
        check(&untracked(&["out/a.xml"]), "shop/", Some(why));
    }

    #[test]
    fn many_files_are_counted_and_few_are_named() {
        let why = "7 files differ from the commit: 1 (untracked), 2 (untracked), \
                   3 (untracked), 4 (untracked), 5 (untracked), and 2 more";
        let differences = untracked(&["1", "2", "3", "4", "5", "6", "7"]);
        check(&differences, "", Some(why));
    }
}
