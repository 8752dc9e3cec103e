//! Reports of each kind as tools write them, and what is refused.

use proptest::prelude::*;

use super::*;
use crate::domain::quality::share::Ratio;

fn ratio(covered: u64, total: u64) -> Ratio {
    Ratio { covered, total }
}

fn lines_and_branches(text: &str) -> (Ratio, Option<Ratio>) {
    let coverage = read("coverage", text.as_bytes()).unwrap().coverage;
    (coverage.lines, coverage.branches)
}

fn lines(text: &str) -> Ratio {
    lines_and_branches(text).0
}

/// The line and the message of a file that cannot be read.
fn refused(text: &str) -> (u32, String) {
    let error = read("cov", text.as_bytes()).unwrap_err();
    (error.line().unwrap(), error.to_string())
}

fn cobertura(classes: &str) -> String {
    format!(
        "<?xml version=\"1.0\" ?>\n<!DOCTYPE coverage SYSTEM \"http://cobertura.sourceforge.net/xml/coverage-04.dtd\">\n\
         <coverage line-rate=\"1\" branch-rate=\"0\"><sources><source>.</source></sources><packages>\
         <package name=\"p\"><classes>{classes}</classes></package></packages></coverage>\n"
    )
}

fn class(file: &str, lines: &str) -> String {
    format!("<class name=\"c\" filename=\"{file}\"><methods/><lines>{lines}</lines></class>")
}

#[test]
fn cobertura_counts_distinct_lines_of_distinct_files() {
    let one = class(
        "a.py",
        r#"<line number="1" hits="1"/><line number="2" hits="0"/>"#,
    );
    let same = class(
        "./a.py",
        r#"<line number="2" hits="3"/><line number="3" hits="0"/>"#,
    );
    let other = class("b.py", r#"<line number="1" hits="0"></line>"#);
    assert_eq!(lines(&cobertura(&one)), ratio(1, 2));
    assert_eq!(lines(&cobertura(&format!("{one}{one}"))), ratio(1, 2));
    assert_eq!(lines(&cobertura(&format!("{one}{same}"))), ratio(2, 3));
    assert_eq!(
        lines(&cobertura(&format!("{one}{same}{other}"))),
        ratio(2, 4)
    );
}

#[test]
fn cobertura_lines_of_methods_are_lines_of_the_class() {
    let class = "<class filename='a.java'><methods><method name='m'><lines>\
        <line number='1' hits='1'/></lines></method></methods><lines>\
        <line number='1' hits='1'/><line number='2' hits='0'/></lines></class>";
    assert_eq!(lines(&cobertura(class)), ratio(1, 2));
}

#[test]
fn cobertura_branches_come_from_the_condition_coverage_of_lines() {
    for (attributes, branches) in [
        (
            r#"branch="true" condition-coverage="50% (1/2)""#,
            Some(ratio(1, 2)),
        ),
        (
            r#"branch="true" condition-coverage="100% (4/4)""#,
            Some(ratio(4, 4)),
        ),
        (
            r#"branch="true" condition-coverage="0% ( 0 / 2 )""#,
            Some(ratio(0, 2)),
        ),
        (r#"branch="true" condition-coverage="100%""#, None),
        (r#"branch="false""#, None),
    ] {
        let text = cobertura(&class(
            "a",
            &format!("<line number='1' hits='1' {attributes}/>"),
        ));
        assert_eq!(
            lines_and_branches(&text),
            (ratio(1, 1), branches),
            "{attributes}"
        );
    }
}

#[test]
fn counts_of_runs_may_be_huge_negative_or_floats() {
    for (hits, covered) in [
        ("99999999999999999999", 1),
        ("1e+20", 1),
        ("-1", 0),
        ("0", 0),
        (" 2 ", 1),
    ] {
        let text = cobertura(&class("a", &format!("<line number='1' hits='{hits}'/>")));
        assert_eq!(lines(&text), ratio(covered, 1), "{hits}");
    }
}

#[test]
fn jacoco_counts_lines_of_source_files() {
    let text = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd">
<report name="shop"><sessioninfo id="x" start="1" dump="2"/>
<group name="api"><package name="a/b"><class name="a/b/C" sourcefilename="C.java"><method name="m" desc="()V" line="3">
<counter type="LINE" missed="90" covered="1"/></method></class>
<sourcefile name="C.java"><line nr="3" mi="0" ci="2" mb="1" cb="1"/><line nr="4" mi="3" ci="0" mb="0" cb="0"/>
<line nr="5" mi="3" ci="1" mb="0" cb="0"/><counter type="LINE" missed="1" covered="2"/></sourcefile></package></group>
<group name="web"><package name="a/b"><sourcefile name="C.java"><line nr="3" mi="1" ci="0"/></sourcefile></package></group>
<counter type="LINE" missed="2" covered="2"/></report>"#;
    assert_eq!(lines_and_branches(text), (ratio(2, 4), Some(ratio(1, 2))));
}

#[test]
fn clover_counts_statements_methods_and_conditions() {
    let text = r#"<coverage generated="1" clover="4.4.1"><project timestamp="1" name="p"><metrics statements="9"/>
<package name="p"><file name="A.java" path="/w/p/A.java"><class name="A"/><line num="1" type="method" count="2"/>
<line num="2" type="stmt" count="0"/><line num="3" type="cond" truecount="4" falsecount="0"/>
<line num="3" type="stmt" count="4"/></file></package>
<package name="q"><file name="A.java"><line num="1" type="stmt" count="1"/></file></package></project></coverage>"#;
    assert_eq!(lines_and_branches(text), (ratio(3, 4), Some(ratio(1, 2))));
}

#[test]
fn clover_of_istanbul_means_missed_branches_by_falsecount() {
    let of = |version: &str| {
        lines_and_branches(&format!(
            "<coverage clover='{version}'><project><file name='a.js'>\
             <line num='1' count='1' type='cond' truecount='1' falsecount='2'/></file></project></coverage>"
        ))
    };
    assert_eq!(of("3.2.0"), (ratio(1, 1), Some(ratio(1, 3))));
    assert_eq!(of("4.5.2"), (ratio(1, 1), Some(ratio(2, 2))));
}

#[test]
fn lcov_counts_da_and_brda_and_merges_records_of_a_file() {
    for (text, expected, branches) in [
        (
            "TN:\nSF:a.c\nDA:1,1\nDA:2,0\nLF:9\nLH:9\nend_of_record\n",
            ratio(1, 2),
            None,
        ),
        (
            "SF:a.c\r\nDA:1,1,abc=\r\nend_of_record\r\n",
            ratio(1, 1),
            None,
        ),
        (
            "SF:a.c\nDA:1,0\nend_of_record\nSF:./a.c\nDA:1,2\nend_of_record",
            ratio(1, 1),
            None,
        ),
        (
            "SF:a\nDA:1,1\nend_of_record\nSF:b\nDA:1,0\nend_of_record",
            ratio(1, 2),
            None,
        ),
        (
            "SF:a\nDA:1,1\nBRDA:1,0,0,1\nBRDA:1,0,1,-\nBRF:7\nend_of_record",
            ratio(1, 1),
            Some(ratio(1, 2)),
        ),
        (
            "SF:a\nDA:1,1\nBRDA:1,e0,x > f(a, b),0\nend_of_record",
            ratio(1, 1),
            Some(ratio(0, 1)),
        ),
        (
            "# made by hand\nSF:a\nFN:1,f\nFNDA:1,f\nFNF:1\nFNH:1\nVER:2\nDA:1,-3\n\nend_of_record",
            ratio(0, 1),
            None,
        ),
        ("TN:x\nSF:a\nLF:0\nLH:0\nend_of_record", ratio(0, 0), None),
    ] {
        assert_eq!(lines_and_branches(text), (expected, branches), "{text}");
    }
}

#[test]
fn a_report_of_no_lines_at_all_is_nothing_of_nothing() {
    let empty = "<coverage lines-valid='0' line-rate='1'><packages/></coverage>";
    assert_eq!(lines(empty), ratio(0, 0));
    assert_eq!(lines("<report name='r'></report>"), ratio(0, 0));
    assert_eq!(
        lines("<coverage><project name='p'/></coverage>"),
        ratio(0, 0)
    );
}

#[test]
fn declared_rates_are_not_coverage() {
    for text in [
        "<coverage line-rate='0.9'><packages/></coverage>",
        "<coverage line-rate='0.9'/>",
        "<coverage lines-valid='10' lines-covered='9' line-rate='0.9'><packages/></coverage>",
        "<report name='r'><counter type='INSTRUCTION' missed='1' covered='9'/></report>",
        "<coverage><project><metrics statements='10' coveredstatements='9'/></project></coverage>",
        "SF:a\nLF:10\nLH:9\nend_of_record",
    ] {
        let (_, message) = refused(text);
        assert!(
            message.contains("coverage is counted from lines"),
            "{text}: {message}"
        );
    }
}

#[test]
fn what_is_no_report_is_refused_with_its_line_and_what_was_expected() {
    let long = format!("<coverage {}/>", "x".repeat(2 * text::LONGEST_PIECE));
    let deep = format!("<coverage><packages>{}", "<p>".repeat(200));
    for (text, line, part) in [
        ("", 1, "cov is empty"),
        (" \n\n", 1, "is empty"),
        (
            "{\"a\": 1}",
            1,
            "Cobertura, JaCoCo, Clover or LCOV was expected",
        ),
        ("SF:a\nDA:1,1\n", 3, "cut off"),
        (
            "SF:a\nDA:1,1\nhello\nend_of_record",
            3,
            "\"hello\" is not an entry",
        ),
        ("DA:1,1\n", 1, "without an SF:"),
        ("SF:a\nSF:b\n", 2, "before the end_of_record"),
        ("SF:a\nDA:1\n", 2, "DA:LINE,RUNS"),
        ("SF:a\nDA:1,NaN\n", 2, "DA:LINE,RUNS"),
        ("SF:a\nBRDA:1,2\n", 2, "BRDA:LINE,BLOCK"),
        ("end_of_record", 1, "without an SF:"),
        ("TN:\n", 2, "no record"),
        ("<!-- only -->", 1, "no element"),
        ("<html>\n</html>", 1, "<html>"),
        ("<testsuites/>", 1, "<testsuites>"),
        ("<coverage/>", 1, "empty <coverage>"),
        (
            "<coverage>\n<file path='a'/></coverage>",
            2,
            "<file> inside <coverage>",
        ),
        (
            "<report>\n<tests/></report>",
            2,
            "<tests> is not an element of a JaCoCo report",
        ),
        (
            "<coverage><packages>\n<class filename='a'>\n",
            3,
            "ends inside 3 open elements",
        ),
        (
            "<coverage><packages>\n<class filename='a",
            2,
            "not well-formed",
        ),
        ("<coverage><packages></coverage>", 1, "not well-formed"),
        (
            "<coverage><packages/></coverage>\n<coverage/>",
            2,
            "second root",
        ),
        (
            "<coverage><packages/></coverage>\ntrailing",
            2,
            "text outside",
        ),
        ("<coverage><packages/></coverage>&amp;", 1, "text outside"),
        (
            "<coverage><packages><line number='1' hits='1'/></packages></coverage>",
            1,
            "outside of a <class>",
        ),
        (
            "<coverage><packages><class/></packages></coverage>",
            1,
            "without filename=",
        ),
        (
            "<coverage><packages><class filename='a'>\n<line hits='1'/>",
            2,
            "without number=",
        ),
        (
            "<coverage><packages><class filename='a'>\n<line number='1'/>",
            2,
            "without hits=",
        ),
        (
            "<coverage><packages><class filename='a'>\n<line number='-1' hits='1'/>",
            2,
            "number from 0",
        ),
        (
            "<coverage><packages><class filename='a'>\n<line number='1' hits='x'/>",
            2,
            "count of runs",
        ),
        (
            "<coverage><packages><class filename='a'><line number='1' hits='1' condition-coverage='x (3/2)'/>",
            1,
            "the form \"50% (1/2)\"",
        ),
        (
            "<report><line nr='1' ci='1'/></report>",
            1,
            "outside of a <sourcefile>",
        ),
        (
            "<?xml version='1.0'?>\n<!DOCTYPE coverage [<!ENTITY a \"b\">]>\n<coverage/>",
            2,
            "declares entities",
        ),
        (&long, 1, "longer than"),
        (&deep, 1, "nested deeper"),
    ] {
        let (at, message) = refused(text);
        let start = &text[..text.len().min(80)];
        assert!(message.contains(part), "{start}: {message}");
        assert_eq!(at, line, "{start}: {message}");
    }
}

#[test]
fn other_encodings_are_read() {
    let text = cobertura(&class("é.py", "<line number='1' hits='1'/>"));
    let utf16: Vec<u8> = format!("\u{feff}{text}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let latin = text.replace("?>\n<!", " encoding=\"ISO-8859-1\"?>\n<!");
    let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(&latin);
    let marked = format!("\u{feff}{text}");
    for bytes in [
        &utf16[..],
        &latin,
        marked.as_bytes(),
        "\u{feff}SF:a\nDA:1,1\nend_of_record".as_bytes(),
    ] {
        assert_eq!(read("cov", bytes).unwrap().coverage.lines, ratio(1, 1));
    }
}

#[test]
fn many_lines_of_many_files_are_all_counted() {
    let mut text = String::from("<coverage><packages>");
    for file in 0..10 {
        text += &format!("<class filename='src/f{file}.py'><lines>");
        for line in 0..500 {
            let hits = line % 2;
            text +=
                &format!("<line number='{line}' hits='{hits}' condition-coverage='50% (1/2)'/>\n");
        }
        text += "</lines></class>";
    }
    text += "</packages></coverage>";
    assert_eq!(
        lines_and_branches(&text),
        (ratio(2_500, 5_000), Some(ratio(5_000, 10_000)))
    );
}

#[test]
fn a_report_that_names_too_many_files_is_refused() {
    let classes = (0..10).map(|file| format!("<class filename='{file}'/>"));
    let text = format!("<coverage><packages>{}", classes.collect::<String>());
    let read = xml::read(Text::new(text.as_bytes()).unwrap(), Lines::up_to(1000));
    assert!(read.unwrap_err().to_string().contains("split the report"));
    let records = (0..10).map(|file| format!("SF:{file}\nend_of_record\n"));
    let text = records.collect::<String>();
    let read = lcov::read(Text::new(text.as_bytes()).unwrap(), Lines::up_to(1000));
    assert_eq!(read.unwrap_err().line(), Some(13));
}

/// Lines of a file: number and whether it was run.
fn some_lines() -> impl Strategy<Value = std::collections::BTreeMap<u32, bool>> {
    proptest::collection::btree_map(1_u32..5000, any::<bool>(), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_written_is_read_back_from_every_format(
        files in proptest::collection::btree_map("[a-z]{1,8}", some_lines(), 1..5)
    ) {
        let written = files.values().flatten();
        let expected = ratio(written.clone().filter(|line| *line.1).count() as u64, written.count() as u64);
        let every = |file: fn(&str, &str) -> String, line: fn(u32, bool) -> String| {
            files.iter().map(|(name, lines)| {
                file(name, &lines.iter().map(|(number, run)| line(*number, *run)).collect::<String>())
            }).collect::<String>()
        };
        let in_cobertura = every(class, |line, run| format!("<line number='{line}' hits='{}'/>", u8::from(run)));
        let in_lcov = every(
            |name, lines| format!("SF:{name}\n{lines}end_of_record\n"),
            |line, run| format!("DA:{line},{}\n", u8::from(run)),
        );
        let in_jacoco = every(
            |name, lines| format!("<package name='p'><sourcefile name='{name}'>{lines}</sourcefile></package>"),
            |line, run| format!("<line nr='{line}' mi='1' ci='{}' mb='0' cb='0'/>", u8::from(run)),
        );
        let in_clover = every(
            |name, lines| format!("<file name='{name}'>{lines}</file>"),
            |line, run| format!("<line num='{line}' type='stmt' count='{}'/>", u8::from(run)),
        );
        prop_assert_eq!(lines(&cobertura(&in_cobertura).replace(" line-rate=\"1\"", "")), expected);
        prop_assert_eq!(lines(&in_lcov), expected);
        prop_assert_eq!(lines(&format!("<report name='r'>{in_jacoco}</report>")), expected);
        prop_assert_eq!(lines(&format!("<coverage><project>{in_clover}</project></coverage>")), expected);
    }
}

proptest! {
    #[test]
    fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read("cov", &bytes[..]);
    }

    #[test]
    fn a_report_cut_or_changed_anywhere_does_not_panic(cut in 0_usize..400, byte in any::<u8>()) {
        for text in [
            cobertura(&class("a", "<line number='1' hits='1' condition-coverage='50% (1/2)'/>")),
            "SF:a\nDA:1,1\nBRDA:1,0,1,-\nend_of_record\n".to_owned(),
            "<report name='r'><package name='p'><sourcefile name='a'><line nr='1' ci='1'/></sourcefile></package></report>".to_owned(),
        ] {
            let mut bytes = text.into_bytes();
            let cut = cut % bytes.len();
            let _ = read("cov", &bytes[..cut]);
            bytes[cut] = byte;
            let _ = read("cov", &bytes[..]);
        }
    }
}
