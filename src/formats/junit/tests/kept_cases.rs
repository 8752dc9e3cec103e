//! The cases that are kept, with their messages and places.

use super::*;
use crate::domain::quality::tests::{CaseOutcome, KEPT_FAILURES};

/// The message of the one failing case.
fn message(inside: &str) -> String {
    let report = suite(&format!("<testcase name='a'>{inside}</testcase>"));
    assert_eq!(report.cases.len(), 1, "{inside}");
    report.cases[0].message.clone()
}

/// The place of the one failing case, which stands in a suite with these attributes.
fn place(suite: &str, case: &str, body: &str) -> Option<String> {
    let xml = format!(
        "<testsuite {suite}><testcase name='a' {case}><failure>{body}</failure></testcase></testsuite>"
    );
    let location = report(xml).cases[0].location.clone();
    location.map(|location| location.to_string())
}

#[test]
fn messages() {
    for (inside, expected) in [
        ("<failure/>", ""),
        ("<failure message='m'/>", "m"),
        ("<failure message='m' type='t'>body</failure>", "m\nbody"),
        ("<failure type='t'/>", "t"),
        ("<failure><![CDATA[a < b && c]]></failure>", "a < b && c"),
        ("<failure>a &lt; <b>c</b></failure>", "a < c"),
        ("<failure message='x&#10;y'/>", "x\ny"),
        ("<error message='e'/><failure message='f'/>", "f"),
        ("<failure message='f'/><error message='e'/>", "f"),
        ("<failure message='f'/><failure message='g'/>", "f"),
        ("<rerunFailure message='r'/><failure message='f'/>", "f"),
        ("<failure/><system-out>printed</system-out>", "printed"),
        (
            "<failure message='f'/><system-out>printed</system-out>",
            "f",
        ),
        ("<system-out>before</system-out><failure message='f'/>", "f"),
        ("<skipped message='s'/><failure message='f'/>", "f"),
    ] {
        assert_eq!(message(inside), expected, "{inside}");
    }
}

#[test]
fn places() {
    for (suite, case, body, expected) in [
        ("", "", "", None),
        ("", "file='a.py'", "", Some("a.py")),
        ("", "file='a.py' line='3'", "b.py:7: E", Some("a.py:3")),
        ("", "file='a.py' lineno='3'", "", Some("a.py:3")),
        ("", "file='a.py' line='0'", "", Some("a.py")),
        ("", "file='a.py' line='x'", "a.py:7: E", Some("a.py:7")),
        ("", "file='.\\t\\a.cs' line='3'", "", Some(".\\t\\a.cs:3")),
        ("", "file='./a.py' line='3'", "", Some("a.py:3")),
        ("", "line='3'", "", None),
        ("file='s.php'", "", "", Some("s.php")),
        ("file='s.php'", "", "b.py:7: E", Some("b.py:7")),
        ("filepath='s.php'", "file='a.py'", "", Some("a.py")),
    ] {
        let expected = expected.map(|place| place.replace(".\\t\\", "t/"));
        assert_eq!(place(suite, case, body), expected, "{suite} {case} {body}");
    }
}

#[test]
fn failing_cases_come_before_flaky_ones() {
    let report = suite(
        "<testcase name='a'><flakyError/></testcase><testcase name='b'><failure/></testcase>",
    );
    assert_eq!(outcomes(&report), ["Failed b", "Flaky a"]);
}

#[test]
fn no_more_are_kept_than_the_limit() {
    let failing: String = (0..KEPT_FAILURES + 50)
        .map(|number| format!("<testcase name='{number}'><failure message='m'/></testcase>"))
        .collect();
    let flaky = "<testcase name='f'><flakyError/></testcase>".repeat(KEPT_FAILURES + 50);
    let report = suite(&format!("{flaky}{failing}"));
    assert_eq!(report.cases.len(), KEPT_FAILURES);
    assert!(
        report
            .cases
            .iter()
            .all(|case| case.outcome == CaseOutcome::Failed)
    );
    assert_eq!(report.cases[0].name, "0");
    assert_eq!(report.tally.failed, KEPT_FAILURES as u64 + 50);
}

#[test]
fn a_flaky_case_that_was_not_kept_is_shown_when_there_is_room() {
    let failing: String = (0..KEPT_FAILURES)
        .map(|number| format!("<testcase name='{number}'><failure/></testcase>"))
        .collect();
    let passing: String = (0..KEPT_FAILURES)
        .map(|number| format!("<testcase name='{number}'/>"))
        .collect();
    let late = "<testcase name='late'><failure/></testcase><testcase name='late'/>";
    let report = suite(&format!("{failing}{late}{passing}"));
    let all = KEPT_FAILURES as u64 + 1;
    assert_eq!(report.tally, tally([all, 0, 0, 0, all]));
    assert_eq!(report.cases.len(), KEPT_FAILURES);
    assert_eq!(report.cases[0].name, "late");
}

#[test]
fn texts_are_bounded() {
    let long = "x".repeat(20_000);
    let report = suite(&format!(
        "<testcase name='{long}' classname='{long}'><failure message='{long}'>{long}</failure></testcase>"
    ));
    let case = &report.cases[0];
    for (text, most) in [
        (&case.name, 1024),
        (&case.class, 1024),
        (&case.message, 2048),
    ] {
        assert_eq!(text.len(), most + '…'.len_utf8());
    }
}
