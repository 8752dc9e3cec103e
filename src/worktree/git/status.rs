//! Reads `git status --porcelain=v1 -z`: is the work tree the commit, and if not, why.
//!
//! Format: <https://git-scm.com/docs/git-status#_short_format>, with `--no-renames`, so that
//! every entry holds one path.

use crate::domain::run::Tree;

/// How many files the reason names.
const NAMED: usize = 5;

/// Judges what Git printed. Paths in it are relative to the repository's root; `prefix` leads to
/// the project's root, and `never_counts` is asked about paths of the project. Dirt outside of
/// the project counts: the release is the whole commit.
pub(super) fn judge(status: &[u8], prefix: &str, never_counts: impl Fn(&str) -> bool) -> Tree {
    let text = String::from_utf8_lossy(status);
    let dirt: Vec<_> = text
        .split('\0')
        .filter_map(entry)
        .filter(|(_, path)| !path.strip_prefix(prefix).is_some_and(&never_counts))
        .collect();
    match dirt.as_slice() {
        [] => Tree::Clean,
        dirt => Tree::Dirty(describe(dirt)),
    }
}

/// Splits an entry into its two letters and its path.
fn entry(entry: &str) -> Option<(&str, &str)> {
    let (letters, rest) = entry.split_at_checked(2)?;
    Some((letters, rest.strip_prefix(' ')?))
}

fn describe(dirt: &[(&str, &str)]) -> String {
    let count = match dirt.len() {
        1 => "1 file differs from the commit".to_owned(),
        count => format!("{count} files differ from the commit"),
    };
    let mut named: Vec<_> = dirt
        .iter()
        .take(NAMED)
        .map(|(letters, path)| format!("{path} ({})", in_words(letters)))
        .collect();
    if dirt.len() > NAMED {
        named.push(format!("and {} more", dirt.len() - NAMED));
    }
    format!("{count}: {}", named.join(", "))
}

fn in_words(letters: &str) -> &'static str {
    match letters {
        "??" => "untracked",
        "AA" | "DD" => "in conflict",
        _ if letters.contains('U') => "in conflict",
        _ if letters.contains('D') => "deleted",
        _ if letters.contains('A') => "added",
        _ if letters.contains('T') => "of another type",
        _ => "modified",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: &str, prefix: &str, expect: Option<&str>) {
        let tree = judge(status.as_bytes(), prefix, |path| path.starts_with("out/"));
        let expect = expect.map_or(Tree::Clean, |why| Tree::Dirty(why.to_owned()));
        assert_eq!(tree, expect);
    }

    #[test]
    fn nothing_is_clean() {
        check("", "", None);
        check("?? out/a.xml\0 M out/b.xml\0", "", None);
        check("?? shop/out/a.xml\0", "shop/", None);
    }

    #[test]
    fn dirt_is_named_in_words() {
        let one = |what: &str| Some(format!("1 file differs from the commit: a b ({what})"));
        check("?? a b\0", "", one("untracked").as_deref());
        check(" M a b\0", "", one("modified").as_deref());
        check("M  a b\0", "", one("modified").as_deref());
        check("A  a b\0", "", one("added").as_deref());
        check(" D a b\0", "", one("deleted").as_deref());
        check(" T a b\0", "", one("of another type").as_deref());
        check("UU a b\0", "", one("in conflict").as_deref());
        check("AA a b\0", "", one("in conflict").as_deref());
    }

    #[test]
    fn dirt_beside_the_project_counts() {
        let why = "1 file differs from the commit: out/a.xml (untracked)";
        check("?? out/a.xml\0", "shop/", Some(why));
    }

    #[test]
    fn many_files_are_counted_and_few_are_named() {
        let status: String = (1..=7).map(|n| format!("?? {n}\0")).collect();
        let why = "7 files differ from the commit: 1 (untracked), 2 (untracked), \
                   3 (untracked), 4 (untracked), 5 (untracked), and 2 more";
        check(&status, "", Some(why));
    }
}
