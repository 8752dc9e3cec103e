//! GitHub's limits hold whatever the checks say, and nothing that they say is markup.

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};

use super::*;
use crate::domain::annotation::KEPT_ANNOTATIONS;
use crate::domain::quality::tests::{CaseOutcome, TestCase, TestTally};

/// The elements that are ours.
const OWN_HTML: [&str; 9] = [
    "<details",
    "</details",
    "<summary",
    "</summary",
    "<b",
    "</b",
    "<br",
    "<!-- --",
    "<!--",
];

/// No link, no image, no element but ours, and nobody is mentioned.
#[track_caller]
pub(super) fn assert_harmless(markdown: &str) {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_GFM;
    let mut is_code = false;
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => is_code = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => is_code = false,
            Event::Start(tag @ (Tag::Link { .. } | Tag::Image { .. })) => panic!("{tag:?}"),
            Event::Html(html) | Event::InlineHtml(html) => {
                for (at, _) in html.match_indices('<') {
                    let is_own = OWN_HTML.iter().any(|own| html[at..].starts_with(own));
                    assert!(is_own, "{html}");
                }
                let mentions = html.match_indices('@');
                mentions.for_each(|(at, _)| assert!(html[at..].starts_with("@<!-- -->"), "{html}"));
            }
            Event::Text(text) if !is_code => {
                // A mention's sign ends its text: a comment stands behind it.
                let inside = text.strip_suffix('@').unwrap_or(&text);
                assert!(!inside.contains('@'), "{text}");
            }
            _ => {}
        }
    }
}

fn is_clean(text: &str) -> bool {
    !text
        .chars()
        .any(|c| c.is_control() && c != '\n' && c != '\t')
}

#[track_caller]
fn assert_valid(run: &CheckRun, most_annotations: usize) {
    assert!(
        !run.name.is_empty() && run.name.len() <= 255,
        "{}",
        run.name
    );
    assert!(
        !run.title.is_empty() && run.title.len() <= 255,
        "{}",
        run.title
    );
    assert!(!run.title.contains('\n') && is_clean(&run.title));
    for markdown in std::iter::once(&run.summary).chain(&run.text) {
        assert!(!markdown.is_empty() && markdown.len() <= 65_535);
        assert!(is_clean(markdown));
    }
    assert!(run.annotations.len() <= most_annotations);
    for it in &run.annotations {
        let line = it.location.line.unwrap();
        assert!(line >= 1 && it.end_line.is_none_or(|end| end > line));
        assert!(!it.title.trim().is_empty() && it.title.len() <= 255);
        assert!(!it.message.trim().is_empty() && it.message.len() <= 65_536);
        assert!(!it.title.contains('\n') && is_clean(&it.title) && is_clean(&it.message));
        let file = &it.location.file;
        assert!(
            !file.is_empty() && !file.starts_with('/') && is_clean(file),
            "{file}"
        );
        assert!(
            !file.split('/').any(|part| part == ".." || part.is_empty()),
            "{file}"
        );
    }
    let levels: Vec<_> = run.annotations.iter().map(|it| it.level).collect();
    assert!(levels.is_sorted());
}

#[test]
fn ten_thousand_failing_tests() {
    let case = |number: usize| TestCase {
        location: Some(Location {
            file: format!("tests/test_{}.py", number % 100),
            line: u32::try_from(number).ok(),
        }),
        ..script::case(
            &format!("test_{number}"),
            CaseOutcome::Failed,
            &"assert é\n".repeat(200),
        )
    };
    let mut pytest = script::failing_pytest();
    pytest.cases = (0..1000).map(case).collect();
    pytest.measured.tests = Some(TestTally {
        total: 10_000,
        failed: 10_000,
        ..TestTally::default()
    });
    let (mut gate, remarks) = tested(&[("pytest", pytest)]);
    let report = &mut gate.checks[0].fact.as_mut().unwrap().report;
    report.cases.truncate(50);
    let judged = judged();
    let run = check_run(&gate, &remarks, &occasion(&judged));
    assert_valid(&run, 50);
    assert_eq!(
        run.title,
        "10,000 tests: 0 passed, 10,000 failed · 75 % lines"
    );
    assert_eq!(run.annotations.len(), 50);
    for told in [
        "> Not shown as annotations: 950 of 1,000 remarks.",
        " more; the JUnit files",
        "## Next",
    ] {
        assert!(run.summary.contains(told), "{told}: {}", run.summary);
    }
    let all = Occasion {
        annotations: 1000,
        ..occasion(&judged)
    };
    assert_eq!(
        check_run(&gate, &remarks, &all).annotations.len(),
        KEPT_ANNOTATIONS
    );
}

#[test]
fn what_is_too_long_is_cut_between_blocks_and_says_where_the_whole_is() {
    let mut ruff = script::not_passed(
        CheckStatus::Failed,
        20,
        Reason::new(ReasonCode::FileForbidden, "x@".repeat(5000)),
    );
    ruff.reasons = vec![ruff.reasons[0].clone(); 2000];
    let (gate, remarks) = tested(&[("ruff", ruff)]);
    let judged = judged();
    let run = check_run(&gate, &remarks, &occasion(&judged));
    assert_valid(&run, 0);
    let text = run.text.unwrap();
    let end = "left out; the whole one is summary.md of the artifact tollgate-test.\n";
    assert!(text.len() > 10_000 && text.ends_with(end), "{}", text.len());
    assert!(run.summary.contains("and 1,997 more"), "{}", run.summary);
}

#[test]
fn hundreds_of_checks_and_files_stay_within_the_limit() {
    let names: Vec<_> = (0..600).map(|number| format!("check-{number}")).collect();
    let failing = script::failing_pytest();
    let results = names.iter().map(|name| (name.as_str(), failing.clone()));
    let (gate, remarks) = tested(&results.collect::<Vec<_>>());
    let judged = judged();
    let run = check_run(&gate, &remarks, &occasion(&judged));
    assert_valid(&run, 50);
    for part in ["## Checks", "## Failing tests", "## Evidence", "## Next"] {
        assert!(run.summary.contains(part), "{part}");
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[`*_<>|\\[\\]()#@&!a/ \n~:.\"-]{0,30}",
        Just("\u{1b}[31m\u{0}é".repeat(300)),
        Just(String::new()),
    ]
}

fn location() -> impl Strategy<Value = Option<Location>> {
    let line = proptest::option::of(any::<u32>());
    proptest::option::of((text(), line).prop_map(|(file, line)| Location { file, line }))
}

fn level() -> impl Strategy<Value = AnnotationLevel> {
    prop::sample::select(vec![
        AnnotationLevel::Failure,
        AnnotationLevel::Warning,
        AnnotationLevel::Notice,
    ])
}

prop_compose! {
    fn remark()(level in level(), location in location(), title in text(), message in text(), end in any::<Option<u32>>()) -> Annotation {
        Annotation {
            gate: "test".parse().unwrap(),
            check: "a".parse().unwrap(),
            level,
            location: location.unwrap_or(Location { file: "a.py".to_owned(), line: Some(3) }),
            end_line: end,
            title,
            message,
        }
    }
}

prop_compose! {
    fn result()(
        status in prop::sample::select(vec![CheckStatus::Passed, CheckStatus::Failed, CheckStatus::Errored, CheckStatus::Skipped]),
        said in proptest::collection::vec((text(), location()), 0..4),
        name in text(),
        tests in proptest::option::of(any::<u32>()),
    ) -> CheckResult {
        let mut result = script::not_passed(status, 20, Reason::new(ReasonCode::CommandFailed, &name));
        result.measured.tests = tests.map(|failed| TestTally {
            total: u64::from(failed),
            failed: u64::from(failed),
            ..TestTally::default()
        });
        for (message, location) in said {
            let reason = Reason::new(ReasonCode::FileForbidden, &message);
            result.reasons.push(Reason { location: location.clone(), ..reason });
            result.cases.push(TestCase { location, ..script::case(&name, CaseOutcome::Failed, &message) });
        }
        result
    }
}

prop_compose! {
    fn verdict()(
        results in proptest::collection::vec(result(), 0..4),
        status in prop::sample::select(vec![
            GateStatus::Passed, GateStatus::Failed, GateStatus::Waived, GateStatus::Blocked,
            GateStatus::Pending, GateStatus::Running,
        ]),
        title in text(),
        reasons in proptest::collection::vec(text(), 0..5),
    ) -> (GateVerdict, Vec<Annotation>) {
        let named = ["a", "b", "c", "d"].into_iter().zip(results).collect::<Vec<_>>();
        let (gate, remarks) = tested(&named);
        let reasons = reasons.into_iter().map(|text| Reason::new(ReasonCode::GateNotPassed, text));
        (GateVerdict { status, title, reasons: reasons.collect(), ..gate }, remarks)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_verdict_gives_a_check_run_that_github_takes(
        (gate, mut remarks) in verdict(),
        more in proptest::collection::vec(remark(), 0..20),
        said in text(),
        annotations in 0_usize..30,
        ended in prop::sample::select(vec![Ending::Complete, Ending::Cancelled]),
    ) {
        remarks.extend(more);
        let judged = judged();
        let occasion = Occasion {
            project: Some(&said),
            dirty: Some(&said),
            whole_is_in: &said,
            directory: "services/api",
            annotations,
            ended,
            ..occasion(&judged)
        };
        let run = check_run(&gate, &remarks, &occasion);
        assert_valid(&run, annotations);
        assert_harmless(&run.summary);
        if let Some(text) = &run.text {
            assert_harmless(text);
        }
    }
}
