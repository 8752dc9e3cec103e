//! What writers do to the format, one line a case.

use super::*;

/// The counts of one file: passed, failed, errors, skipped, flaky.
fn check(xml: &str, counts: [u64; 5]) {
    let report = report(xml);
    assert_eq!(report.tally, tally(counts), "{xml}");
    assert_eq!(report.contradictions, [""; 0], "{xml}");
    assert_eq!(report.warnings, [""; 0], "{xml}");
}

/// The counts of cases inside of one suite.
fn check_cases(cases: &str, counts: [u64; 5]) {
    check(&format!("<testsuite name='s'>{cases}</testsuite>"), counts);
}

#[test]
fn suites_of_every_shape() {
    check("<testsuites/>", [0; 5]);
    check("<testsuite></testsuite>", [0; 5]);
    check("<testsuite><testcase/></testsuite>", [1, 0, 0, 0, 0]);
    check(
        "<testsuites><testcase name='a'/></testsuites>",
        [1, 0, 0, 0, 0],
    );
    check(
        "<testsuites><testsuite><testsuites><testsuite><testcase><failure/></testcase></testsuite></testsuites></testsuite></testsuites>",
        [0, 1, 0, 0, 0],
    );
    check(
        "<testsuite><testcase/><testsuite><testcase/></testsuite><testcase/></testsuite>",
        [3, 0, 0, 0, 0],
    );
    check(
        "\n<?xml version='1.0'?>\n<!-- x -->\n<testsuite/>\n<!-- y -->\n<?z?>\n",
        [0; 5],
    );
    check(
        "<!DOCTYPE testsuite SYSTEM 'junit.dtd'><testsuite><testcase/></testsuite>",
        [1, 0, 0, 0, 0],
    );
}

#[test]
fn names_with_prefixes_and_capitals() {
    check(
        "<j:testsuite xmlns:j='u'><j:testcase><j:failure/></j:testcase></j:testsuite>",
        [0, 1, 0, 0, 0],
    );
    check(
        "<TestSuites><TestCase><Failure/></TestCase><TestCase><flakyfailure/></TestCase></TestSuites>",
        [1, 1, 0, 0, 1],
    );
}

#[test]
fn outcomes_of_a_case() {
    check_cases("<testcase/>", [1, 0, 0, 0, 0]);
    check_cases("<testcase></testcase>", [1, 0, 0, 0, 0]);
    check_cases("<testcase><failure/></testcase>", [0, 1, 0, 0, 0]);
    check_cases("<testcase><failure/><failure/></testcase>", [0, 1, 0, 0, 0]);
    check_cases("<testcase><error/></testcase>", [0, 0, 1, 0, 0]);
    check_cases("<testcase><error/><failure/></testcase>", [0, 1, 0, 0, 0]);
    check_cases("<testcase><skipped/></testcase>", [0, 0, 0, 1, 0]);
    check_cases("<testcase><disabled/></testcase>", [0, 0, 0, 1, 0]);
    check_cases("<testcase><skipped/><error/></testcase>", [0, 0, 1, 0, 0]);
    check_cases("<testcase><skipped/><failure/></testcase>", [0, 1, 0, 0, 0]);
    check_cases("<testcase><x><failure/></x></testcase>", [0, 1, 0, 0, 0]);
}

#[test]
fn attempts_of_a_case() {
    check_cases("<testcase><flakyFailure/></testcase>", [1, 0, 0, 0, 1]);
    check_cases(
        "<testcase><flakyError/><flakyError/></testcase>",
        [1, 0, 0, 0, 1],
    );
    check_cases("<testcase><rerunFailure/></testcase>", [1, 0, 0, 0, 1]);
    check_cases(
        "<testcase><failure/><rerunFailure/></testcase>",
        [0, 1, 0, 0, 0],
    );
    check_cases(
        "<testcase><rerunError/><error/></testcase>",
        [0, 0, 1, 0, 0],
    );
    check_cases(
        "<testcase><flakyFailure/><failure/></testcase>",
        [0, 1, 0, 0, 0],
    );
}

#[test]
fn words_of_a_case() {
    check_cases("<testcase status='notrun'/>", [0, 0, 0, 1, 0]);
    check_cases(
        "<testcase status='disabled'><system-out/></testcase>",
        [0, 0, 0, 1, 0],
    );
    check_cases("<testcase result='skipped'/>", [0, 0, 0, 1, 0]);
    check_cases(
        "<testcase status='run' result='completed'/>",
        [1, 0, 0, 0, 0],
    );
    check_cases("<testcase status='failed'/>", [0, 1, 0, 0, 0]);
    check_cases("<testcase status='error'></testcase>", [0, 0, 1, 0, 0]);
    check_cases("<testcase name='status=\"failed\"'/>", [1, 0, 0, 0, 0]);
}

#[test]
fn what_looks_like_an_outcome_and_is_none() {
    check_cases(
        "<testcase><system-out><failure/></system-out></testcase>",
        [1, 0, 0, 0, 0],
    );
    check_cases(
        "<testcase><system-out><![CDATA[</testcase><failure/>]]></system-out></testcase>",
        [1, 0, 0, 0, 0],
    );
    check_cases("<testcase><!-- <failure/> --></testcase>", [1, 0, 0, 0, 0]);
    check_cases(
        "<testcase><properties><property name='failure'/></properties></testcase>",
        [1, 0, 0, 0, 0],
    );
    check_cases(
        "<testcase><flakyFailure><failure/><error/></flakyFailure></testcase>",
        [1, 0, 0, 0, 1],
    );
    check_cases("<testcase name='&lt;failure/>'/>", [1, 0, 0, 0, 0]);
    check_cases(
        "<system-out><testcase/></system-out><testcase/>",
        [1, 0, 0, 0, 0],
    );
}

#[test]
fn a_case_inside_a_case_counts() {
    check_cases(
        "<testcase name='a'><testcase name='b'><failure/></testcase></testcase>",
        [1, 1, 0, 0, 0],
    );
    check_cases(
        "<testcase name='a'><testsuite><testcase/></testsuite><failure/></testcase>",
        [1, 1, 0, 0, 0],
    );
}

#[test]
fn numbers_of_every_sort_do_not_matter() {
    check(
        "<testsuite tests='1,234.5' time='-1' skip='3' errors='' failures='x'><testcase time='1,234.5'/></testsuite>",
        [1, 0, 0, 0, 0],
    );
    check(
        "<testsuite tests='9' skipped='4' failures='0'><testcase time=''/></testsuite>",
        [1, 0, 0, 0, 0],
    );
    check(
        "<testsuite tests='1' failures='0'><testcase><failure/></testcase></testsuite>",
        [0, 1, 0, 0, 0],
    );
}

#[test]
fn a_failure_outside_any_case_is_an_error_named_after_its_suite() {
    let report = report(
        "<testsuites><testsuite name='s' file='a.py'><error message='m'>b</error></testsuite><failure/></testsuites>",
    );
    assert_eq!(report.tally, tally([0, 0, 2, 0, 0]));
    assert_eq!(outcomes(&report), ["Error s", "Error (suite)"]);
    assert_eq!(report.cases[0].message, "m\nb");
    assert_eq!(
        report.cases[0].location.as_ref().unwrap().to_string(),
        "a.py"
    );
}

#[test]
fn counters_that_claim_what_no_case_shows() {
    for xml in [
        "\n<testsuite name='s' failures='1'><testcase/></testsuite>",
        "\n<testsuite name='s' errors='1'><testcase><skipped/></testcase></testsuite>",
        "\n<testsuite name='s' failures='1' errors='1'><testcase><failure/></testcase></testsuite>",
        "\n<testsuite name='s' failures='1,000'/>",
        "<testsuites>\n<testsuite name='s' failures='1'/></testsuites>",
        "<testsuites failures='1'>\n<testsuite name='s' failures='1'><testcase/></testsuite></testsuites>",
        "<testsuites><testsuite><testcase><failure/></testcase></testsuite>\n<testsuite name='s' errors='2'/></testsuites>",
        "\n<testsuites name='s' failures='2'><testsuite failures='1'><testcase><failure/></testcase></testsuite></testsuites>",
    ] {
        let contradictions = report(xml).contradictions;
        assert_eq!(contradictions.len(), 1, "{xml}: {contradictions:?}");
        assert!(
            contradictions[0].starts_with("a.xml:2: the suite \"s\" claims "),
            "{contradictions:?}"
        );
    }
}

#[test]
fn counters_that_claim_no_more_than_is_shown() {
    for xml in [
        "<testsuite failures='1'><testcase><failure/></testcase></testsuite>",
        "<testsuite failures='1'><testcase><error/></testcase></testsuite>",
        "<testsuite failures='1' errors='1'><testcase><failure/><error/></testcase></testsuite>",
        "<testsuite failures='2'><testcase><failure/><failure/></testcase></testsuite>",
        "<testsuite failures='2'><testcase><failure/><rerunFailure/></testcase></testsuite>",
        "<testsuite errors='1'><testcase><flakyError/></testcase></testsuite>",
        "<testsuite failures='1'><testcase name='a'><failure/></testcase><testcase name='a'/></testsuite>",
        "<testsuite errors='1'><error/></testsuite>",
        "<testsuite failures='1'><testcase status='failed'/></testsuite>",
        "<testsuites failures='2'><testsuite failures='2'><testsuite><testcase><failure/></testcase></testsuite><testcase><failure/></testcase></testsuite></testsuites>",
        "<testsuite failures='-1'/>",
    ] {
        assert_eq!(report(xml).contradictions, [""; 0], "{xml}");
    }
}

#[test]
fn sentences_are_bounded() {
    let xml = format!(
        "<testsuites>{}</testsuites>",
        "<testsuite failures='1'/>".repeat(500)
    );
    let contradictions = report(xml).contradictions;
    assert_eq!(contradictions.len(), 51);
    assert_eq!(contradictions[50], "and more of the same");
}

#[test]
fn an_unescaped_bracket_in_a_value_is_accepted_with_a_warning() {
    let report = suite("\n<testcase name='a<b>'>\n<failure message='want <div>'/></testcase>");
    assert_eq!(report.tally, tally([0, 1, 0, 0, 0]));
    assert_eq!(report.cases[0].name, "a<b>");
    assert_eq!(report.cases[0].message, "want <div>");
    let warning = "a.xml:2: an unescaped `<` in the value of an attribute; read as text";
    assert_eq!(report.warnings, [warning]);
}

#[test]
fn an_unknown_reference_is_kept_as_it_is_written() {
    let report = suite("<testcase name='a&nbsp;b'><failure>\nx&nbsp;y</failure></testcase>");
    assert_eq!(report.cases[0].name, "a&nbsp;b");
    assert_eq!(report.cases[0].message, "x&nbsp;y");
    let warning = "a.xml:2: a reference that XML does not define; kept as it is written";
    assert_eq!(report.warnings, [warning]);
}

#[test]
fn encodings() {
    let xml = "<testsuite><testcase name='é€'><failure/></testcase></testsuite>";
    let mut little = vec![0xFF, 0xFE];
    little.extend(xml.encode_utf16().flat_map(u16::to_le_bytes));
    let mut big = vec![0xFE, 0xFF];
    big.extend(xml.encode_utf16().flat_map(u16::to_be_bytes));
    let marked = [&b"\xEF\xBB\xBF"[..], xml.as_bytes()].concat();
    let windows = b"<?xml version='1.0' encoding='windows-1252'?><testsuite><testcase name='\xE9\x80'><failure/></testcase></testsuite>";
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><testsuite><testcase name='\xE9&#8364;'><failure/></testcase></testsuite>";
    for bytes in [xml.as_bytes(), &little, &big, &marked, windows, latin] {
        assert_eq!(outcomes(&report(bytes)), ["Failed é€"]);
    }
}

#[test]
fn control_characters_and_broken_letters_are_replaced() {
    let report = suite(
        "<testcase name='a\u{1}b'><failure>x&#x1;\u{8}&#0;\u{1B}[31my&#x1B;[0m</failure></testcase>",
    );
    assert_eq!(report.cases[0].name, "a\u{FFFD}b");
    assert_eq!(report.cases[0].message, "x\u{FFFD}\u{FFFD}\u{FFFD}y");
    let broken = b"<testsuite><testcase name='a\xFFb'><failure/></testcase></testsuite>";
    assert_eq!(super::report(broken).cases[0].name, "a\u{FFFD}b");
}
