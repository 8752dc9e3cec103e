//! `logs`: every line has its fields, and every event occurs.
//!
//! What is wrong is told once for each field of a file, with the first line and how many follow.
//! Nothing of what stands in a line is shown.

use std::fs::File;
use std::io::BufReader;

use super::hits::{globs, line_number};
use super::reasons::Reasons;
use crate::domain::check::{CheckResult, LogsRule};
use crate::domain::reason::{Reason, ReasonCode};
use crate::formats::json_lines::{self, Found, Lines, Wanted};
use crate::worktree::WorkTree;
use crate::worktree::files::FoundFile;
use crate::worktree::globs::anchored;

/// How much of a file is read at a time, in bytes.
const PIECE: usize = 64 * 1024;

/// Judges the rule. Reads files, so it blocks the thread.
pub fn run(rule: &LogsRule, tree: &WorkTree) -> CheckResult {
    judge(rule, tree).unwrap_or_else(|unusable| *unusable)
}

fn judge(rule: &LogsRule, tree: &WorkTree) -> Result<CheckResult, Box<CheckResult>> {
    let anchored: Vec<_> = rule.globs.iter().map(|glob| anchored(glob)).collect();
    let found = tree.find(&globs(&anchored)?);
    let (mut reasons, mut of_lines) = (Reasons::default(), Vec::new());
    for refused in &found.refused {
        reasons.unreadable(&refused.path, &refused.why);
    }
    if found.files.is_empty() && found.refused.is_empty() {
        let message = format!(
            "No file matches `{}`, so nothing was logged. Write logs in a check before this one.",
            rule.globs.join("`, `")
        );
        reasons.unknown(Reason::new(ReasonCode::ResultMissing, message));
    }
    let mut occurs = vec![false; rule.events.len()];
    for file in &found.files {
        match read(file, rule) {
            Ok(found) if found.lines == 0 => reasons.unknown(empty(file)),
            Ok(found) => {
                for (occurs, here) in occurs.iter_mut().zip(&found.occurs) {
                    *occurs |= here;
                }
                of_lines.extend(faults(file, &found, rule));
            }
            Err(error) => reasons.unreadable(&file.path, &format!("can't be read: {error}")),
        }
    }
    for (event, _) in rule.events.iter().zip(occurs).filter(|(_, occurs)| !occurs) {
        reasons.bad(absent(event, rule));
    }
    of_lines.into_iter().for_each(|reason| reasons.bad(reason));
    Ok(reasons.into_result())
}

fn read(file: &FoundFile, rule: &LogsRule) -> std::io::Result<Found> {
    let wanted = Wanted {
        fields: &rule.fields,
        events: &rule.events,
        event_field: &rule.event_field,
    };
    let input = BufReader::with_capacity(PIECE, File::open(&file.absolute)?);
    json_lines::read(input, wanted)
}

fn empty(file: &FoundFile) -> Reason {
    let message = format!("`{}` has no line, so nothing was logged to it.", file.path);
    Reason::new(ReasonCode::ResultMissing, message).at(&file.path, None)
}

fn absent(event: &str, rule: &LogsRule) -> Reason {
    let message = format!(
        "No line of `{}` has the event `{event}` in its field `{}`.",
        rule.globs.join("`, `"),
        rule.event_field
    );
    Reason::new(ReasonCode::LogEventMissing, message)
}

/// What is wrong with lines of a file: once for those that are no objects, once for each field.
fn faults(file: &FoundFile, found: &Found, rule: &LogsRule) -> Vec<Reason> {
    let at = |code, lines: Lines, what: &str| {
        let Lines { first, count } = lines;
        let further = match count - 1 {
            0 => String::new(),
            1 => ", and so is it with 1 line after it".to_owned(),
            more => format!(", and so is it with {more} lines after it"),
        };
        let message = format!("`{}:{first}` {what}{further}.", file.path);
        Reason::new(code, message).at(&file.path, line_number(first))
    };
    let unreadable = found.unreadable.as_ref();
    let unreadable = unreadable.map(|(lines, why)| {
        let what = format!("{why}, and one JSON object a line was expected");
        at(ReasonCode::LogLineUnreadable, *lines, &what)
    });
    let lacking = rule.fields.iter().zip(&found.lacking);
    let lacking = lacking.filter_map(|(field, lines)| {
        let what = format!("has no field `{field}`");
        Some(at(ReasonCode::LogFieldMissing, (*lines)?, &what))
    });
    unreadable.into_iter().chain(lacking).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn judged(files: &[(&str, &str)], fields: &[&str], events: &[&str]) -> CheckResult {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in files {
            fs::write(folder.path().join(file), text).unwrap();
        }
        let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        let rule = LogsRule {
            globs: vec!["*.log".to_owned()],
            fields: owned(fields),
            events: owned(events),
            event_field: "event".to_owned(),
        };
        run(&rule, &WorkTree::open(folder.path(), ".tollgate").unwrap())
    }

    /// `status code place, code place`, of a rule with the fields `a` and `b` and the event `x`.
    #[track_caller]
    fn check(files: &[(&str, &str)], expect: &str) {
        let result = judged(files, &["a", "b"], &["x"]);
        let told = |reason: &Reason| match &reason.location {
            Some(location) => format!("{} {location}", reason.code),
            None => reason.code.to_string(),
        };
        let reasons: Vec<_> = result.reasons.iter().map(told).collect();
        let found = format!("{} {}", result.status, reasons.join(", "));
        assert_eq!(found.trim_end(), expect, "{files:?} {:?}", result.reasons);
    }

    const GOOD: &str = "{\"a\": 1, \"b\": 2, \"event\": \"x\"}\n";

    #[test]
    fn fields_and_events_are_looked_for_in_every_file() {
        check(&[("1.log", GOOD)], "passed");
        check(
            &[("1.log", GOOD), ("2.log", "{\"a\": 1, \"b\": 2}")],
            "passed",
        );
        check(
            &[("1.log", GOOD), ("2.log", "\n{\"a\": 1}\n{}")],
            "failed log_field_missing 2.log:3, log_field_missing 2.log:2",
        );
        check(
            &[("1.log", "{\"a\": 1, \"b\": 2}")],
            "failed log_event_missing",
        );
        check(
            &[("1.log", GOOD), ("2.log", "started\n{\"a\": 1}")],
            "failed log_line_unreadable 2.log:1, log_field_missing 2.log:2",
        );
    }

    #[test]
    fn nothing_logged_is_errored() {
        check(&[], "errored result_missing, log_event_missing");
        check(
            &[("1.log", GOOD), ("2.log", "")],
            "errored result_missing 2.log",
        );
        check(
            &[("1.log", GOOD), ("2.log", " \n\n")],
            "errored result_missing 2.log",
        );
    }

    #[test]
    fn messages_tell_the_first_line_and_how_many_follow() {
        let messages = |text: &str| {
            let result = judged(&[("1.log", text)], &["user_id"], &["order.created"]);
            let messages: Vec<_> = result.reasons.into_iter().map(|it| it.message).collect();
            messages
        };
        assert_eq!(
            messages("{}\n{}\n{}\n[\"hunter2\"]\n"),
            [
                "No line of `*.log` has the event `order.created` in its field `event`.",
                "`1.log:4` is no JSON object, and one JSON object a line was expected.",
                "`1.log:1` has no field `user_id`, and so is it with 2 lines after it.",
            ]
        );
    }
}
