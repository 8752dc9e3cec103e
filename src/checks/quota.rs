//! `quota`: no more is used than may be.

use super::project_file;
use super::reasons::Reasons;
use crate::domain::check::{CheckResult, QuotaLimit, QuotaRule};
use crate::domain::quality::quota::Usage;
use crate::domain::quality::share::Share;
use crate::domain::reason::{Reason, ReasonCode};
use crate::formats::usage::{self, UsageFile};
use crate::worktree::WorkTree;

/// How many quotas of a file are named where the wanted one is not there.
const NAMED: usize = 10;

/// Judges the rule. Reads a file, so it blocks the thread. What is over `warn` is told by a check
/// that passes.
pub fn run(rule: &QuotaRule, tree: &WorkTree) -> CheckResult {
    judge(rule, tree).unwrap_or_else(|unusable| *unusable)
}

fn judge(rule: &QuotaRule, tree: &WorkTree) -> Result<CheckResult, Box<CheckResult>> {
    let purpose = "Write it in a check before this one, which this one `needs`: \
                   {\"builds\": {\"used\": 4, \"limit\": 10}}.";
    let missing = (ReasonCode::ResultMissing, purpose);
    let text = project_file::text(&rule.file, usage::MOST_BYTES, tree, missing)?;
    let file = usage::read(&text).map_err(|error| {
        let message = format!("`{}` can't be read as quotas: {error}.", rule.file);
        let reason = Reason::new(ReasonCode::ResultUnreadable, message);
        Box::new(CheckResult::errored(reason.at(&rule.file, error.line())))
    })?;
    let (mut reasons, mut warnings) = (Reasons::default(), Vec::new());
    for limit in &rule.limits {
        match file.usage(&limit.name) {
            Ok(Some(usage)) => weigh(rule, limit, &usage, &mut reasons, &mut warnings),
            Ok(None) => reasons.unknown(absent(rule, limit, &file)),
            Err(error) => {
                let message = format!("`{}` does not tell what is used: {error}.", rule.file);
                let reason = Reason::new(ReasonCode::ResultUnreadable, message);
                reasons.unknown(reason.at(&rule.file, error.line()));
            }
        }
    }
    let mut result = reasons.into_result();
    result.reasons.append(&mut warnings);
    Ok(result)
}

fn weigh(
    rule: &QuotaRule,
    limit: &QuotaLimit,
    usage: &Usage,
    reasons: &mut Reasons,
    warnings: &mut Vec<Reason>,
) {
    let told = |code, most: Share, meaning: &str| {
        let QuotaLimit { name, .. } = limit;
        let (used, whole, percent) = (&usage.used, &usage.limit, usage.percent_above(most));
        let message =
            format!("`{name}`: {used} of {whole} are used, {percent}; more than {most} {meaning}");
        Reason::new(code, message).at(&rule.file, None)
    };
    let over = |most: &Share| usage.exceeds(*most);
    if let Some(most) = limit.fail.filter(over) {
        let meaning = "is too much. Free some of it, or raise the limit.";
        reasons.bad(told(ReasonCode::QuotaExceeded, most, meaning));
    } else if let Some(most) = limit.warn.filter(over) {
        let meaning = "is a warning.";
        warnings.push(told(ReasonCode::QuotaWarning, most, meaning));
    }
}

fn absent(rule: &QuotaRule, limit: &QuotaLimit, file: &UsageFile) -> Reason {
    let names: Vec<_> = file
        .names()
        .take(NAMED)
        .map(|name| format!("`{name}`"))
        .collect();
    let has = match names.is_empty() {
        true => "nothing".to_owned(),
        false => names.join(", "),
    };
    let message = format!(
        "`{}` does not say what is used of `{}`. It has {has}.",
        rule.file, limit.name
    );
    Reason::new(ReasonCode::MeasureMissing, message).at(&rule.file, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::status::CheckStatus;

    const USAGE: &str =
        r#"{"builds": {"used": 9, "limit": 10}, "odd": {"used": "9", "limit": 10}}"#;

    fn limit(name: &str, warn: &str, fail: &str) -> QuotaLimit {
        QuotaLimit {
            name: name.to_owned(),
            warn: Share::parse(warn),
            fail: Share::parse(fail),
        }
    }

    fn judged(text: &str, limits: Vec<QuotaLimit>) -> CheckResult {
        let folder = tempfile::tempdir().unwrap();
        if !text.is_empty() {
            std::fs::write(folder.path().join("usage.json"), text).unwrap();
        }
        let file = "usage.json".to_owned();
        let tree = WorkTree::open(folder.path(), ".tollgate").unwrap();
        run(&QuotaRule { file, limits }, &tree)
    }

    /// `status code, code`.
    #[track_caller]
    fn check(limits: Vec<QuotaLimit>, expect: &str) {
        let result = judged(USAGE, limits);
        let codes: Vec<_> = result.reasons.iter().map(|it| it.code.as_str()).collect();
        let found = format!("{} {}", result.status, codes.join(", "));
        assert_eq!(found.trim_end(), expect, "{:?}", result.reasons);
    }

    #[test]
    fn what_is_used_is_held_to_both_limits() {
        check(vec![limit("builds", "90%", "95%")], "passed");
        check(vec![limit("builds", "80%", "95%")], "passed quota_warning");
        check(vec![limit("builds", "80%", "")], "passed quota_warning");
        check(vec![limit("builds", "70%", "80%")], "failed quota_exceeded");
        check(vec![limit("builds", "", "80%")], "failed quota_exceeded");
        check(vec![limit("minutes", "", "80%")], "errored measure_missing");
        check(vec![limit("odd", "", "80%")], "errored result_unreadable");
        check(
            vec![limit("builds", "", "80%"), limit("odd", "", "80%")],
            "errored result_unreadable, quota_exceeded",
        );
    }

    #[test]
    fn a_file_that_is_missing_or_no_json_is_errored() {
        for (text, code) in [
            ("", ReasonCode::ResultMissing),
            ("{", ReasonCode::ResultUnreadable),
            ("[]", ReasonCode::ResultUnreadable),
        ] {
            let result = judged(text, vec![limit("builds", "", "80%")]);
            assert_eq!(result.status, CheckStatus::Errored, "{text}");
            assert_eq!(result.reasons[0].code, code, "{text}");
        }
    }

    #[test]
    fn messages_tell_the_numbers_and_what_to_do() {
        let message = |warn, fail| {
            let result = judged(USAGE, vec![limit("builds", warn, fail)]);
            result.reasons[0].message.clone()
        };
        assert_eq!(
            message("", "89.99%"),
            "`builds`: 9 of 10 are used, 90 %; more than 89.99 % is too much. Free some of it, or \
             raise the limit."
        );
        assert_eq!(
            message("80%", "95%"),
            "`builds`: 9 of 10 are used, 90 %; more than 80 % is a warning."
        );
    }
}
