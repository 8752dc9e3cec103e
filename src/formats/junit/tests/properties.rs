//! What holds for every file.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::domain::quality::journeys::{Journey, Journeys};

/// Valid reports that are then broken somewhere.
const SEEDS: [&str; 5] = [
    include_str!("../../../../tests/fixtures/junit/surefire.xml"),
    include_str!("../../../../tests/fixtures/junit/pytest.xml"),
    include_str!("../../../../tests/fixtures/junit/phpunit.xml"),
    include_str!("../../../../tests/fixtures/junit/bazel.xml"),
    include_str!("../../../../tests/fixtures/junit/xunit-converted.xml"),
];

/// A journey to which every test belongs.
fn everything() -> Journeys {
    Journeys::new(vec![Journey {
        id: "all".parse().unwrap(),
        title: String::new(),
        tests: vec!["*".into()],
        faults: Vec::new(),
    }])
}

/// Reads whatever it is; a report that comes of it adds up.
fn read_anything(bytes: &[u8]) {
    let mut reading = Reading::new().counting_for(&Arc::new(everything()));
    if reading.read("a.xml", bytes).is_ok() {
        let report = reading.finish();
        let tally = report.tally;
        let journey = report.journeys.unwrap().tallies.into_values().next();
        assert_eq!(journey.unwrap().own.tests, tally);
        assert_eq!(
            tally.total,
            tally.passed + tally.failed + tally.errors + tally.skipped
        );
        assert!(tally.flaky <= tally.passed);
    }
}

/// The pieces that reports are made of, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<testsuite>",
        "</testsuite>",
        "<testsuites failures='1'>",
        "</testsuites>",
        "<testcase name='a'>",
        "</testcase>",
        "<testcase name='a'/>",
        "<testcase status='skipped'/>",
        "<failure message='m'>",
        "</failure>",
        "<failure/>",
        "<error/>",
        "<skipped/>",
        "<flakyFailure>",
        "</flakyFailure>",
        "<system-out>",
        "</system-out>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?x",
        "?>",
        "text",
        "&lt;",
        "&x;",
        "\"",
        "'",
        ">",
        "<",
        "/",
        "\n",
        "<x>",
        "</x>",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

#[derive(Debug, Clone, Copy)]
enum Made {
    Passed,
    Failed,
    Error,
    Skipped,
    Flaky,
}

fn made() -> impl Strategy<Value = Made> {
    use Made::{Error, Failed, Flaky, Passed, Skipped};
    prop::sample::select(vec![Passed, Failed, Error, Skipped, Flaky])
}

/// A report of nested suites with these cases, and its tally.
fn write(cases: &[(Made, u8)]) -> (String, TestTally) {
    let (mut xml, mut open, mut counts) = (String::from("<testsuites>"), 0, [0; 5]);
    for (number, (made, turn)) in cases.iter().enumerate() {
        match turn % 3 {
            0 => {
                open += 1;
                xml += "<testsuite>";
            }
            1 if open > 0 => {
                open -= 1;
                xml += "</testsuite>";
            }
            _ => {}
        }
        let (inside, counted): (&str, &[usize]) = match made {
            Made::Passed => ("<system-out>x</system-out>", &[0]),
            Made::Failed => ("<failure message='m'>x</failure>", &[1]),
            Made::Error => ("<error/><skipped/>", &[2]),
            Made::Skipped => ("<skipped><![CDATA[x]]></skipped>", &[3]),
            Made::Flaky => ("<flakyError>x</flakyError>", &[0, 4]),
        };
        counted.iter().for_each(|place| counts[*place] += 1);
        xml += &format!("<testcase name='{number}'>{inside}</testcase>\n");
    }
    xml += &"</testsuite>".repeat(open);
    (xml + "</testsuites>", tally(counts))
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read_anything(&bytes);
    }

    #[test]
    fn any_pieces_are_read_without_a_panic(xml in pieces()) {
        read_anything(format!("<testsuites>{xml}</testsuites>").as_bytes());
        read_anything(xml.as_bytes());
    }

    #[test]
    fn a_broken_report_is_read_without_a_panic(
        seed in 0..SEEDS.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_usize..9), 1..6),
    ) {
        let mut bytes = SEEDS[seed].as_bytes().to_vec();
        for (place, byte, lost) in changes {
            let place = place.index(bytes.len());
            let end = bytes.len().min(place + lost);
            bytes.splice(place..end, [byte]);
        }
        read_anything(&bytes);
    }

    #[test]
    fn a_report_that_is_cut_off_is_refused(seed in 0..SEEDS.len(), place in any::<prop::sample::Index>()) {
        let whole = SEEDS[seed].trim_end();
        let cut = &whole.as_bytes()[..place.index(whole.len())];
        prop_assert!(Reading::new().read("a.xml", cut).is_err());
    }

    #[test]
    fn a_written_report_reads_back(cases in prop::collection::vec((made(), any::<u8>()), 0..50)) {
        let (xml, expected) = write(&cases);
        prop_assert_eq!(report(&xml).tally, expected);
    }
}
