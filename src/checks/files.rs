//! `files`: files exist, hold something, hold nothing forbidden.
//!
//! A file is searched as a whole, with `^` and `$` at each line, in blocks of whole lines, so a
//! file of any size costs the same memory. Links that lead out of the project are not its files:
//! they are not searched for what is forbidden, and they hold nothing that must be held.

use std::ops::ControlFlow;

use regex::bytes::Regex;

use super::hits::{Search, each_hit, globs, in_files, line_number};
use super::reasons::Reasons;
use crate::domain::check::{CheckResult, FilePattern, FilesRule};
use crate::domain::reason::{Reason, ReasonCode};
use crate::worktree::WorkTree;
use crate::worktree::files::{Finding, FoundFile};
use crate::worktree::globs::is_literal;
use crate::worktree::text::each_block;

/// Judges the rule. Reads files, so it blocks the thread.
pub fn run(rule: &FilesRule, tree: &WorkTree) -> CheckResult {
    judge(rule, tree).unwrap_or_else(|unusable| *unusable)
}

fn judge(rule: &FilesRule, tree: &WorkTree) -> Result<CheckResult, Box<CheckResult>> {
    let mut reasons = Reasons::default();
    for glob in &rule.exist {
        let found = tree.find(&globs(&[glob])?);
        if found.files.is_empty() {
            reasons.bad(missing(glob, &found, "It must exist."));
        }
    }
    for wanted in &rule.matching {
        must_hold(wanted, tree, &mut reasons)?;
    }
    for unwanted in &rule.forbid {
        must_not_hold(unwanted, tree, &mut reasons)?;
    }
    Ok(reasons.into_result())
}

fn must_hold(
    wanted: &FilePattern,
    tree: &WorkTree,
    reasons: &mut Reasons,
) -> Result<(), Box<CheckResult>> {
    let FilePattern { glob, pattern } = wanted;
    let regex = in_files(pattern)?;
    let found = tree.find(&globs(&[glob])?);
    if found.files.is_empty() && found.refused.is_empty() {
        let purpose = format!("A file must be there and hold `{pattern}`.");
        reasons.bad(missing(glob, &found, &purpose));
    }
    for file in &found.files {
        match holds(file, &regex) {
            Ok(true) => {}
            Ok(false) => {
                let message = format!("`{}` does not hold `{pattern}`.", file.path);
                let reason = Reason::new(ReasonCode::FileMismatch, message);
                reasons.bad(reason.at(&file.path, None));
            }
            Err(why) => reasons.unreadable(&file.path, &why),
        }
    }
    for refused in &found.refused {
        reasons.unreadable(&refused.path, &refused.why);
    }
    Ok(())
}

fn must_not_hold(
    unwanted: &FilePattern,
    tree: &WorkTree,
    reasons: &mut Reasons,
) -> Result<(), Box<CheckResult>> {
    let FilePattern { glob, pattern } = unwanted;
    let search = Search::Pattern(in_files(pattern)?);
    let found = tree.find(&globs(&[glob])?);
    for file in &found.files {
        let forbidden = |line, _| {
            let message = format!("`{}:{line}` holds what `{pattern}` forbids.", file.path);
            let reason = Reason::new(ReasonCode::FileForbidden, message);
            reasons.bad(reason.at(&file.path, line_number(line)));
        };
        if let Err(why) = each_hit(file, &search, forbidden) {
            reasons.unreadable(&file.path, &why);
        }
    }
    Ok(())
}

fn holds(file: &FoundFile, regex: &Regex) -> Result<bool, String> {
    let mut is_held = false;
    each_block(&file.absolute, |block| {
        is_held = regex.is_match(block.bytes);
        match is_held {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })
    .map_err(|error| format!("can't be read: {error}"))?;
    Ok(is_held)
}

fn missing(glob: &str, found: &Finding, purpose: &str) -> Reason {
    let message = match found.refused.first() {
        Some(refused) => format!(
            "`{}` {}, so it is no file of it. {purpose}",
            refused.path, refused.why
        ),
        None => format!("No file matches `{glob}`. {purpose}"),
    };
    let reason = Reason::new(ReasonCode::FileMissing, message);
    match is_literal(glob) {
        true => reason.at(glob.trim_start_matches("./").trim_matches('/'), None),
        false => reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::status::CheckStatus;
    use std::fs;
    use std::os::unix::fs::symlink;
    use tempfile::TempDir;

    fn project(files: &[(&str, &str)]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn shop() -> TempDir {
        project(&[
            ("README.md", "# Shop\r\nLicence: MIT\r\n"),
            (
                "src/a.py",
                "import os\nprint('x')\n# TODO print(1) print(2)\n",
            ),
            ("src/deep/b.py", "import sys\n"),
        ])
    }

    fn patterns(rules: &[(&str, &str)]) -> Vec<FilePattern> {
        let rule = |(glob, pattern): &(&str, &str)| FilePattern {
            glob: (*glob).to_owned(),
            pattern: (*pattern).to_owned(),
        };
        rules.iter().map(rule).collect()
    }

    fn exist(glob: &str) -> FilesRule {
        FilesRule {
            exist: vec![glob.to_owned()],
            ..FilesRule::default()
        }
    }

    fn matching(glob: &str, pattern: &str) -> FilesRule {
        FilesRule {
            matching: patterns(&[(glob, pattern)]),
            ..FilesRule::default()
        }
    }

    fn forbid(glob: &str, pattern: &str) -> FilesRule {
        FilesRule {
            forbid: patterns(&[(glob, pattern)]),
            ..FilesRule::default()
        }
    }

    fn judged(rule: &FilesRule, folder: &TempDir) -> CheckResult {
        run(rule, &WorkTree::open(folder.path(), ".tollgate").unwrap())
    }

    #[track_caller]
    fn check(rule: &FilesRule, expect: &[&str]) {
        let result = judged(rule, &shop());
        let show = |reason: &Reason| match &reason.location {
            Some(location) => format!("{} {location}", reason.code),
            None => reason.code.to_string(),
        };
        let found: Vec<_> = result.reasons.iter().map(show).collect();
        assert_eq!(found, expect, "{:?}", result.reasons);
        assert_eq!(result.status == CheckStatus::Passed, expect.is_empty());
    }

    #[test]
    fn files_that_must_exist() {
        check(&exist("README.md"), &[]);
        check(&exist("src/"), &[]);
        check(&exist("**/b.py"), &[]);
        check(&exist("docs/runbook.md"), &["file_missing docs/runbook.md"]);
        check(&exist("./LICENSE"), &["file_missing LICENSE"]);
        check(&exist("docs/*.md"), &["file_missing"]);
    }

    #[test]
    fn every_file_of_the_glob_must_hold_the_pattern() {
        check(&matching("src/**/*.py", "^import (os|sys)$"), &[]);
        check(
            &matching("src/**/*.py", "^import os$"),
            &["file_mismatch src/deep/b.py"],
        );
        check(&matching("README.md", "^Licence: MIT$"), &[]);
        check(&matching("none/*.py", "x"), &["file_missing"]);
        check(&matching("none.py", "x"), &["file_missing none.py"]);
    }

    #[test]
    fn what_is_forbidden_is_named_by_file_and_line_once_a_line() {
        check(&forbid("src/**", "sk_live_"), &[]);
        check(&forbid("none/**", "."), &[]);
        let lines = ["file_forbidden src/a.py:2", "file_forbidden src/a.py:3"];
        check(&forbid("*.py", "print"), &lines);
        check(&forbid("*.py", "x'\\)\\n# TODO"), &lines[..1]);
        check(
            &forbid("README.md", "^"),
            &["file_forbidden README.md:1", "file_forbidden README.md:2"],
        );
    }

    #[test]
    fn all_rules_are_judged_at_once() {
        let rule = FilesRule {
            exist: vec!["LICENSE".to_owned()],
            matching: patterns(&[("README.md", "GPL")]),
            forbid: patterns(&[("README.md", "MIT")]),
        };
        let expect = [
            "file_missing LICENSE",
            "file_mismatch README.md",
            "file_forbidden README.md:2",
        ];
        check(&rule, &expect);
    }

    #[test]
    fn the_first_fifty_places_are_named_and_the_others_counted() {
        let folder = project(&[("a", &"bad\n".repeat(53))]);
        let result = judged(&forbid("a", "bad"), &folder);
        assert_eq!(result.reasons.len(), 51);
        assert_eq!(
            result.reasons[49].message,
            "`a:50` holds what `bad` forbids."
        );
        assert_eq!(result.reasons[50].message, "And 3 more places like these.");
    }

    #[test]
    fn what_is_forbidden_is_found_in_binary_files_too() {
        let folder = project(&[]);
        fs::write(folder.path().join("a.bin"), b"\0\xff\xfe\n\0secret\0").unwrap();
        let result = judged(&forbid("*", "secret"), &folder);
        assert_eq!(
            result.reasons[0].message,
            "`a.bin:2` holds what `secret` forbids."
        );
    }

    #[test]
    fn a_link_out_of_the_project_holds_nothing_and_is_not_searched() {
        let (outside, folder) = (project(&[("text", "good bad")]), project(&[]));
        symlink(outside.path().join("text"), folder.path().join("link")).unwrap();
        let status = |rule: &FilesRule| judged(rule, &folder).status;
        assert_eq!(status(&exist("link")), CheckStatus::Failed);
        assert_eq!(status(&matching("link", "good")), CheckStatus::Errored);
        assert_eq!(status(&forbid("*", "bad")), CheckStatus::Passed);
        let result = judged(&exist("link"), &folder);
        let expect =
            "`link` leads out of the project's directory, so it is no file of it. It must exist.";
        assert_eq!(result.reasons[0].message, expect);
    }

    #[test]
    fn a_rule_that_cannot_be_followed_is_an_error() {
        for rule in [exist("../x"), matching("a", "("), forbid("a[", "x")] {
            let result = judged(&rule, &shop());
            assert_eq!(result.status, CheckStatus::Errored);
            assert_eq!(result.reasons[0].code, ReasonCode::NotStarted);
        }
    }
}
