//! What is no JUnit report, with the line and what was expected.

use super::*;

#[test]
fn files_that_are_no_report() {
    for (xml, expected) in [
        (
            "",
            "line 1: expected <testsuites> or <testsuite>, found an empty file",
        ),
        (
            " \n ",
            "line 2: expected <testsuites> or <testsuite>, found an empty file",
        ),
        (
            "<?xml version='1.0'?>",
            "line 1: expected <testsuites> or <testsuite>, found an empty file",
        ),
        (
            "<!DOCTYPE html>\n<html></html>",
            "line 2: expected <testsuites> or <testsuite>, found <html>: this is no JUnit report",
        ),
        (
            "<testcase/>",
            "line 1: expected <testsuites> or <testsuite>, found <testcase>: this is no JUnit report",
        ),
        (
            "{\"a\": 1}",
            "line 1: expected <testsuites> or <testsuite>, found text",
        ),
        (
            "npm warn\n<testsuite/>",
            "line 1: expected <testsuites> or <testsuite>, found text",
        ),
        (
            "<testsuite/>\nDone.",
            "line 1: there is text after the root element",
        ),
        (
            "<testsuite/>\n<![CDATA[x]]>",
            "line 2: there is text after the root element",
        ),
        (
            "<testsuite/>\n<testsuite/>",
            "line 2: a second root element, <testsuite>, follows the first",
        ),
        (
            "<testsuite></testsuite>\n<testsuites>",
            "line 2: a second root element, <testsuites>, follows the first",
        ),
    ] {
        assert_eq!(fault(xml), expected, "{xml}");
    }
}

#[test]
fn files_that_are_cut_off() {
    for (xml, expected) in [
        (
            "<testsuite>\n<testcase>\n",
            "line 3: the file ends inside <testcase>, with 2 still open: its writer was probably interrupted",
        ),
        (
            "<testsuite>",
            "line 1: the file ends inside <testsuite>, with 1 still open: its writer was probably interrupted",
        ),
        (
            "<testsuite>\n<testcase name=\"a",
            "line 2: the file ends inside a tag",
        ),
        (
            "<testsuite>\n</testsui",
            "line 2: the file ends inside an end tag",
        ),
        (
            "<testsuite><system-out><![CDATA[",
            "line 1: the file ends inside a CDATA section",
        ),
    ] {
        assert_eq!(fault(xml), expected, "{xml}");
    }
}

#[test]
fn markup_that_does_not_fit() {
    for (xml, expected) in [
        (
            "<testsuite>\n</testsuites>",
            "line 2: expected </testsuite>, found </testsuites>",
        ),
        (
            "<testsuite><testcase>\n</testsuite>",
            "line 2: expected </testcase>, found </testsuite>",
        ),
        (
            "<testsuite/>\n</testsuite>",
            "line 2: </testsuite> closes nothing that is open",
        ),
        (
            "<testsuite>\n<testcase name='a' <b/></testsuite>",
            "line 2: a value in <testcase> is not closed by its quote",
        ),
        (
            "<testsuite>\na < b</testsuite>",
            "line 2: a `<` that starts no tag; write `&lt;` for it",
        ),
    ] {
        assert_eq!(fault(xml), expected, "{xml}");
    }
}

#[test]
fn a_lost_quote_swallows_no_case() {
    let message = fault("<testsuite>\n<testcase name=\"a>\n<testcase name=\"b>\n</testsuite>");
    assert!(message.contains("not closed by its quote"), "{message}");
}

#[test]
fn entity_bombs() {
    let bomb = "<?xml version='1.0'?>\n<!DOCTYPE testsuite [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>\n<testsuite name='&b;'/>";
    assert!(
        fault(bomb).starts_with("line 2: the DOCTYPE declares entities"),
        "{}",
        fault(bomb)
    );
    let late = "<testsuite><!DOCTYPE a [<!ENTITY b 'c'>]></testsuite>";
    assert!(fault(late).contains("DOCTYPE"));
}

#[test]
fn nesting_has_an_end() {
    let nested = |depth: usize| {
        let (open, close) = ("<testsuite>".repeat(depth), "</testsuite>".repeat(depth));
        format!("{open}{close}")
    };
    report(nested(256));
    assert_eq!(
        fault(nested(257)),
        "line 1: elements are nested more than 256 deep"
    );
}

#[test]
fn a_file_that_cannot_be_read() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    let fault = Reading::new().read("a.xml", Broken).unwrap_err();
    assert_eq!(
        (fault.to_string().as_str(), fault.line()),
        ("the disk is gone", None)
    );
}
