//! Cases that come again: in one file, in several, and in a retry of the check.

use super::*;

const FAILED: &str = "<testcase classname='c' name='n'><failure>why</failure></testcase>";
const ERRED: &str = "<testcase classname='c' name='n'><error/></testcase>";
const PASSED: &str = "<testcase classname='c' name='n'/>";
const SKIPPED: &str = "<testcase classname='c' name='n'><skipped/></testcase>";
const FLAKY: &str = "<testcase classname='c' name='n'><flakyFailure/></testcase>";

fn check(cases: &[&str], counts: [u64; 5]) {
    assert_eq!(suite(&cases.concat()).tally, tally(counts), "{cases:?}");
}

#[test]
fn repeats_in_one_file() {
    check(&[FAILED, PASSED], [1, 0, 0, 0, 1]);
    check(&[ERRED, PASSED], [1, 0, 0, 0, 1]);
    check(&[FAILED, ERRED, PASSED], [1, 0, 0, 0, 1]);
    check(&[PASSED, FAILED], [1, 1, 0, 0, 0]);
    check(&[FAILED, PASSED, FAILED], [1, 1, 0, 0, 1]);
    check(&[PASSED, PASSED], [2, 0, 0, 0, 0]);
    check(&[FAILED, FAILED], [0, 2, 0, 0, 0]);
    check(&[FAILED, SKIPPED], [0, 1, 0, 1, 0]);
    check(&[FAILED, FLAKY], [1, 0, 0, 0, 1]);
    check(&[FLAKY, PASSED], [2, 0, 0, 0, 1]);
    check(&[FAILED, PASSED, PASSED], [2, 0, 0, 0, 1]);
}

#[test]
fn other_cases_are_no_repeats() {
    for other in [
        "<testcase classname='c' name='m'/>",
        "<testcase classname='d' name='n'/>",
        "<testcase classname='c' name='n' file='f'/>",
        "</testsuite><testsuite name='t'><testcase classname='c' name='n'/>",
        "</testsuite><testsuite name='s' file='f'><testcase classname='c' name='n'/>",
    ] {
        let xml =
            format!("<testsuites><testsuite name='s'>{FAILED}{other}</testsuite></testsuites>");
        assert_eq!(report(xml).tally, tally([1, 1, 0, 0, 0]), "{other}");
    }
}

#[test]
fn cases_without_a_name_are_no_repeats() {
    check(
        &["<testcase><failure/></testcase>", "<testcase/>"],
        [1, 1, 0, 0, 0],
    );
    check(
        &[
            "<testcase name=' '><failure/></testcase>",
            "<testcase name=' '/>",
        ],
        [1, 1, 0, 0, 0],
    );
}

#[test]
fn cases_with_endless_names_are_no_repeats() {
    let name = "x".repeat(100_000);
    let failed = format!("<testcase name='{name}a'><failure/></testcase>");
    let passed = format!("<testcase name='{name}b'></testcase>");
    check(&[&failed, &passed], [1, 1, 0, 0, 0]);
}

fn read_one_by_one(mut reading: Reading, files: &[&str]) -> Reading {
    for cases in files {
        let xml = format!("<testsuite name='s'>{cases}</testsuite>");
        reading.read("a.xml", xml.as_bytes()).unwrap();
    }
    reading
}

#[test]
fn repeats_in_several_files() {
    let report = read_one_by_one(Reading::new(), &[FAILED, PASSED]).finish();
    assert_eq!(report.tally, tally([1, 0, 0, 0, 1]));
    assert_eq!(outcomes(&report), ["Flaky c › n"]);
    assert_eq!(report.cases[0].message, "why");
    let report = read_one_by_one(Reading::new(), &[PASSED, FAILED]).finish();
    assert_eq!(report.tally, tally([1, 1, 0, 0, 0]));
}

#[test]
fn a_retry_that_passes_is_flaky() {
    let first = read_one_by_one(Reading::new(), &[FAILED]);
    let second = read_one_by_one(Reading::after(&first.failed_cases()), &[PASSED]);
    let third = read_one_by_one(Reading::after(&second.failed_cases()), &[PASSED]);
    for reading in [second, third] {
        let report = reading.finish();
        assert_eq!(report.tally, tally([1, 0, 0, 0, 1]));
        assert_eq!(outcomes(&report), ["Flaky c › n"]);
    }
}

#[test]
fn a_retry_that_fails_again_is_failed() {
    let first = read_one_by_one(Reading::new(), &[FAILED]);
    let second = read_one_by_one(Reading::after(&first.failed_cases()), &[FAILED]);
    assert_eq!(second.finish().tally, tally([0, 1, 0, 0, 0]));
}

#[test]
fn what_never_failed_is_not_flaky_in_a_retry() {
    let first = read_one_by_one(Reading::new(), &[PASSED]);
    assert!(first.failed_cases().is_empty());
    let second = read_one_by_one(Reading::after(&first.failed_cases()), &[PASSED]);
    assert_eq!(second.finish().tally, tally([1, 0, 0, 0, 0]));
}

#[test]
fn what_was_flaky_in_an_attempt_is_flaky_in_the_next() {
    let first = read_one_by_one(Reading::new(), &[FLAKY]);
    let second = read_one_by_one(Reading::after(&first.failed_cases()), &[PASSED]);
    assert_eq!(second.finish().tally, tally([1, 0, 0, 0, 1]));
}
