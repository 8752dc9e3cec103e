//! `variables`: environment variables are set as they must be, and their values do not stand in
//! files. No value is ever shown.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;
use regex::Regex;

use super::hits::{Search, each_hit, globs, in_files, line_number, unusable};
use super::reasons::Reasons;
use crate::domain::check::{CheckResult, HardcodedRule, VariablesRule};
use crate::domain::reason::{Reason, ReasonCode};
use crate::worktree::WorkTree;
use crate::worktree::files::FoundFile;

/// Values shorter than this stand in files for other reasons.
const SHORTEST_VALUE: usize = 6;

/// Judges the rule. `environment` is what the check sees; `hardcoded` reads files, so it blocks
/// the thread.
pub fn run(
    rule: &VariablesRule,
    environment: &BTreeMap<String, String>,
    tree: &WorkTree,
) -> CheckResult {
    judge(rule, environment, tree).unwrap_or_else(|unusable| *unusable)
}

fn judge(
    rule: &VariablesRule,
    environment: &BTreeMap<String, String>,
    tree: &WorkTree,
) -> Result<CheckResult, Box<CheckResult>> {
    let mut reasons = Reasons::default();
    for name in &rule.present {
        reasons.extend(absence(name, environment));
    }
    for name in rule
        .absent
        .iter()
        .filter(|name| environment.contains_key(*name))
    {
        let message = format!("`{name}` is set and must not be. Unset it.");
        reasons.bad(Reason::new(ReasonCode::VariablePresent, message));
    }
    for (name, pattern) in &rule.matches {
        let wanted = searched(pattern)?;
        reasons.extend(mismatch(name, pattern, &wanted, environment));
    }
    if let Some(hardcoded) = &rule.hardcoded {
        match &hardcoded.pattern {
            Some(pattern) => search_pattern(hardcoded, pattern, tree, &mut reasons)?,
            None => search_values(hardcoded, &values(rule, environment), tree, &mut reasons)?,
        }
    }
    Ok(reasons.into_result())
}

fn absence(name: &str, environment: &BTreeMap<String, String>) -> Option<Reason> {
    let message = match environment.get(name).map(String::as_str) {
        None => format!("`{name}` is not set. Set it."),
        Some("") => format!("`{name}` is empty. Give it a value."),
        Some(_) => return None,
    };
    Some(Reason::new(ReasonCode::VariableMissing, message))
}

fn mismatch(
    name: &str,
    pattern: &str,
    wanted: &Regex,
    environment: &BTreeMap<String, String>,
) -> Option<Reason> {
    let Some(value) = environment.get(name) else {
        return absence(name, environment);
    };
    if wanted.is_match(value) {
        return None;
    }
    let message = format!("`{name}` is set, but its value does not match `{pattern}`.");
    Some(Reason::new(ReasonCode::VariableMismatch, message))
}

/// A pattern is searched for in the value; `^` and `$` bind it to the whole.
fn searched(pattern: &str) -> Result<Regex, Box<CheckResult>> {
    Regex::new(pattern)
        .map_err(|_| unusable(&format!("The pattern `{pattern}` is no regular expression")))
}

/// The variables that must be present, with values long enough to be told from chance.
fn values<'a>(
    rule: &'a VariablesRule,
    environment: &'a BTreeMap<String, String>,
) -> Vec<(&'a str, &'a str)> {
    let value = |name: &'a String| Some((name.as_str(), environment.get(name)?.as_str()));
    rule.present
        .iter()
        .filter_map(value)
        .filter(|(_, value)| value.chars().count() >= SHORTEST_VALUE)
        .collect()
}

fn search_pattern(
    rule: &HardcodedRule,
    pattern: &str,
    tree: &WorkTree,
    reasons: &mut Reasons,
) -> Result<(), Box<CheckResult>> {
    let search = Search::Pattern(in_files(pattern)?);
    each_place(rule, tree, reasons, &search, &|file, line, _| {
        format!(
            "`{}:{line}` holds a value that the policy forbids. Read it from a variable.",
            file.path
        )
    })
}

fn search_values(
    rule: &HardcodedRule,
    values: &[(&str, &str)],
    tree: &WorkTree,
    reasons: &mut Reasons,
) -> Result<(), Box<CheckResult>> {
    let texts = AhoCorasick::new(values.iter().map(|(_, value)| value))
        .map_err(|error| unusable(&error.to_string()))?;
    each_place(
        rule,
        tree,
        reasons,
        &Search::Texts(texts),
        &|file, line, which| {
            let name = values.get(which).map_or("", |(name, _)| name);
            format!(
                "`{}:{line}` holds the value of `{name}`. Read it from the variable.",
                file.path
            )
        },
    )
}

fn each_place(
    rule: &HardcodedRule,
    tree: &WorkTree,
    reasons: &mut Reasons,
    search: &Search,
    message: &dyn Fn(&FoundFile, u64, usize) -> String,
) -> Result<(), Box<CheckResult>> {
    for file in &tree.find(&globs(&rule.globs)?).files {
        let hit = |line, which| {
            let reason = Reason::new(ReasonCode::HardcodedValue, message(file, line, which));
            reasons.bad(reason.at(&file.path, line_number(line)));
        };
        if let Err(why) = each_hit(file, search, hit) {
            reasons.unreadable(&file.path, &why);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::status::CheckStatus;
    use std::fs;

    const ENVIRONMENT: [(&str, &str); 5] = [
        ("APP_URL", "https://shop.example"),
        ("DATABASE_URL", "postgres://app:pa55word@db/shop"),
        ("EMPTY", ""),
        ("LEVEL", "info"),
        ("KEY", "s3cr3t"),
    ];

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn judged(rule: &VariablesRule) -> CheckResult {
        let folder = tempfile::tempdir().unwrap();
        let text = "url = x\nkey = s3cr3t # s3cr3t\nlevel = info\nk = sk_live_1\n";
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/app.py"), text).unwrap();
        let environment = ENVIRONMENT.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let tree = WorkTree::open(folder.path(), ".tollgate").unwrap();
        run(rule, &environment.into(), &tree)
    }

    #[track_caller]
    fn check(rule: &VariablesRule, expect: &[(&str, &str)]) {
        let result = judged(rule);
        let found: Vec<_> = result
            .reasons
            .iter()
            .map(|reason| {
                for (_, value) in ENVIRONMENT.iter().filter(|(_, value)| !value.is_empty()) {
                    assert!(
                        !reason.message.contains(value),
                        "a value is shown: {}",
                        reason.message
                    );
                }
                (reason.code.as_str(), reason.message.as_str())
            })
            .collect();
        assert_eq!(found, expect);
        assert_eq!(result.status == CheckStatus::Passed, expect.is_empty());
    }

    #[test]
    fn variables_that_must_be_present() {
        let rule = |present| VariablesRule {
            present: names(present),
            ..VariablesRule::default()
        };
        check(&rule(&["APP_URL", "LEVEL"]), &[]);
        check(
            &rule(&["NONE"]),
            &[("variable_missing", "`NONE` is not set. Set it.")],
        );
        check(
            &rule(&["EMPTY"]),
            &[("variable_missing", "`EMPTY` is empty. Give it a value.")],
        );
    }

    #[test]
    fn variables_that_must_be_absent() {
        let rule = |absent| VariablesRule {
            absent: names(absent),
            ..VariablesRule::default()
        };
        check(&rule(&["NONE"]), &[]);
        let message = "`LEVEL` is set and must not be. Unset it.";
        check(&rule(&["LEVEL"]), &[("variable_present", message)]);
        let message = "`EMPTY` is set and must not be. Unset it.";
        check(&rule(&["EMPTY"]), &[("variable_present", message)]);
    }

    #[test]
    fn a_pattern_is_searched_for_in_the_value() {
        let rule = |name: &str, pattern: &str| VariablesRule {
            matches: [(name.to_owned(), pattern.to_owned())].into(),
            ..VariablesRule::default()
        };
        check(&rule("APP_URL", "https://.+"), &[]);
        check(&rule("LEVEL", "debug|info"), &[]);
        check(&rule("EMPTY", ".*"), &[]);
        check(&rule("APP_URL", "^https://"), &[]);
        check(&rule("LEVEL", "inf|nfo"), &[]);
        let message = "`LEVEL` is set, but its value does not match `^(inf|nfo)$`.";
        check(
            &rule("LEVEL", "^(inf|nfo)$"),
            &[("variable_mismatch", message)],
        );
        check(
            &rule("NONE", ".*"),
            &[("variable_missing", "`NONE` is not set. Set it.")],
        );
    }

    fn hardcoded(present: &[&str], globs: &[&str], pattern: Option<&str>) -> VariablesRule {
        VariablesRule {
            present: names(present),
            hardcoded: Some(HardcodedRule {
                globs: names(globs),
                pattern: pattern.map(str::to_owned),
            }),
            ..VariablesRule::default()
        }
    }

    #[test]
    fn values_that_stand_in_files_are_named_by_place_and_variable() {
        let message = "`src/app.py:2` holds the value of `KEY`. Read it from the variable.";
        let rule = hardcoded(&["KEY", "APP_URL"], &["src/**"], None);
        check(&rule, &[("hardcoded_value", message)]);
        check(&hardcoded(&["KEY"], &["src/*.js"], None), &[]);
        check(&hardcoded(&["LEVEL"], &["src/**"], None), &[]); // too short to tell
        check(&hardcoded(&[], &["src/**"], None), &[]);
    }

    #[test]
    fn a_pattern_is_searched_for_instead_of_values() {
        let message =
            "`src/app.py:4` holds a value that the policy forbids. Read it from a variable.";
        let rule = hardcoded(&["KEY"], &["*.py"], Some("sk_live_\\w+"));
        check(&rule, &[("hardcoded_value", message)]);
        let place = judged(&rule).reasons[0].location.clone().unwrap();
        assert_eq!(place.to_string(), "src/app.py:4");
    }

    #[test]
    fn a_rule_that_cannot_be_followed_is_an_error() {
        let result = judged(&hardcoded(&[], &["../x"], None));
        assert_eq!(result.status, CheckStatus::Errored);
    }
}
