//! Levels, suppressions and places as tools write them, and what is refused.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::domain::quality::findings::{FindingTally, KEPT_FINDINGS, Level};

fn log(runs: Value) -> Value {
    json!({"$schema": "x", "version": "2.1.0", "runs": runs})
}

fn run(rules: Value, results: Value) -> Value {
    json!({"tool": {"driver": {"name": "lint", "rules": rules}}, "results": results})
}

fn report(value: &Value) -> FindingReport {
    read("a.sarif", value.to_string().as_bytes()).unwrap()
}

/// The counts of error, warning, note and none.
fn counts(tally: FindingTally) -> [u64; 4] {
    [tally.error, tally.warning, tally.note, tally.none]
}

fn counts_of(rules: Value, results: Value) -> [u64; 4] {
    counts(report(&log(json!([run(rules, results)]))).tally)
}

fn refused(text: &str) -> (u32, String) {
    let error = read("a.sarif", text.as_bytes()).unwrap_err();
    (error.line().unwrap(), error.to_string())
}

#[test]
fn the_effective_level_is_the_results_then_the_rules_then_warning() {
    let rules = json!([
        {"id": "E", "defaultConfiguration": {"level": "error"}},
        {"id": "N", "defaultConfiguration": {"level": "note"}},
        {"id": "W"},
        {"id": "D", "defaultConfiguration": {"enabled": true}},
        {"id": "O", "defaultConfiguration": {"level": "none"}},
    ]);
    for (result, expected) in [
        (json!({"level": "error"}), [1, 0, 0, 0]),
        (json!({"level": "note", "ruleId": "E"}), [0, 0, 1, 0]),
        (json!({"level": null, "ruleId": "E"}), [1, 0, 0, 0]),
        (json!({"ruleId": "E"}), [1, 0, 0, 0]),
        (json!({"ruleId": "E/sub/deeper"}), [1, 0, 0, 0]),
        (json!({"ruleIndex": 1}), [0, 0, 1, 0]),
        (json!({"ruleIndex": -1, "ruleId": "N"}), [0, 0, 1, 0]),
        (json!({"ruleIndex": 99, "ruleId": "N"}), [0, 0, 1, 0]),
        (json!({"rule": {"id": "E"}}), [1, 0, 0, 0]),
        (json!({"rule": {"index": 4}}), [0, 0, 0, 1]),
        (json!({"ruleId": "W"}), [0, 1, 0, 0]),
        (json!({"ruleId": "D"}), [0, 1, 0, 0]),
        (json!({"ruleId": "unknown"}), [0, 1, 0, 0]),
        (json!({}), [0, 1, 0, 0]),
    ] {
        assert_eq!(
            counts_of(rules.clone(), json!([result])),
            expected,
            "{result}"
        );
    }
}

#[test]
fn what_is_suppressed_absent_or_no_failure_does_not_count() {
    for (result, counted) in [
        (json!({"suppressions": []}), 1),
        (json!({"suppressions": null}), 1),
        (json!({"suppressions": [{"kind": "inSource"}]}), 0),
        (
            json!({"suppressions": [{"kind": "external", "status": "accepted"}]}),
            0,
        ),
        (
            json!({"suppressions": [{"kind": "external", "status": "underReview"}]}),
            1,
        ),
        (
            json!({"suppressions": [{"kind": "external", "status": "rejected"}]}),
            1,
        ),
        (
            json!({"suppressions": [{"status": "rejected"}, {"status": "underReview"}]}),
            1,
        ),
        (
            json!({"suppressions": [{"status": "rejected"}, {"status": "accepted"}]}),
            0,
        ),
        (json!({"kind": "fail"}), 1),
        (json!({"kind": "pass"}), 0),
        (json!({"kind": "open"}), 0),
        (json!({"kind": "notApplicable"}), 0),
        (json!({"kind": "informational"}), 0),
        (json!({"kind": "review"}), 0),
        (json!({"baselineState": "new"}), 1),
        (json!({"baselineState": "unchanged"}), 1),
        (json!({"baselineState": "updated"}), 1),
        (json!({"baselineState": "absent"}), 0),
    ] {
        assert_eq!(
            counts_of(json!([]), json!([result]))[1],
            counted,
            "{result}"
        );
    }
}

#[test]
fn rules_of_extensions_are_found_by_index_name_and_guid() {
    let tool = json!({
        "driver": {"name": "core", "rules": [{"id": "X", "defaultConfiguration": {"level": "note"}}]},
        "extensions": [
            {"name": "other"},
            {"name": "plug", "guid": "g", "rules": [{"id": "X", "defaultConfiguration": {"level": "error"}}]},
        ],
    });
    for (component, expected) in [
        (json!({"index": 1}), [1, 0, 0, 0]),
        (json!({"name": "plug"}), [1, 0, 0, 0]),
        (json!({"guid": "g"}), [1, 0, 0, 0]),
        (json!({"name": "core"}), [0, 0, 1, 0]),
        (json!({"index": 0}), [0, 1, 0, 0]),
        (json!({"index": 7}), [0, 1, 0, 0]),
        (json!(null), [0, 0, 1, 0]),
    ] {
        let results = json!([{"rule": {"id": "X", "toolComponent": component}}]);
        let log = log(json!([{"tool": tool, "results": results}]));
        assert_eq!(counts(report(&log).tally), expected, "{component}");
    }
}

#[test]
fn an_invocation_overrides_the_level_of_a_rule() {
    let overriding = json!({"executionSuccessful": true, "ruleConfigurationOverrides":
        [{"descriptor": {"index": 0}, "configuration": {"level": "error"}}]});
    let plain = json!({"executionSuccessful": true});
    for (invocations, provenance, expected) in [
        (json!([overriding]), json!(null), [1, 0, 0, 0]),
        (
            json!([plain, overriding]),
            json!({"invocationIndex": 1}),
            [1, 0, 0, 0],
        ),
        (
            json!([plain, overriding]),
            json!({"invocationIndex": 0}),
            [0, 0, 1, 0],
        ),
        (json!([plain, overriding]), json!(null), [0, 0, 1, 0]),
        (
            json!([overriding]),
            json!({"invocationIndex": -1}),
            [1, 0, 0, 0],
        ),
    ] {
        let mut run = run(
            json!([{"id": "X", "defaultConfiguration": {"level": "note"}}]),
            json!([{"ruleId": "X", "provenance": provenance}]),
        );
        run["invocations"] = invocations;
        assert_eq!(counts(report(&log(json!([run]))).tally), expected, "{run}");
    }
}

#[test]
fn rules_bases_and_the_version_may_stand_after_the_results() {
    let text = r#"{"runs": [{"results": [{"ruleId": "X", "message": {"text": "bad"}, "locations": [{"physicalLocation":
        {"artifactLocation": {"uri": "a.js", "uriBaseId": "P"}, "region": {"startLine": 7}}}]}],
        "originalUriBaseIds": {"P": {"uri": "portal/"}},
        "tool": {"driver": {"rules": [{"defaultConfiguration": {"level": "error"}, "id": "X"}]}}}],
        "version": "2.1.0"}"#;
    let report = read("a.sarif", text.as_bytes()).unwrap();
    assert_eq!(counts(report.tally), [1, 0, 0, 0]);
    let finding = &report.findings[0];
    assert_eq!((finding.level, finding.rule.as_str()), (Level::Error, "X"));
    assert_eq!(finding.message, "bad");
    assert_eq!(
        finding.location.as_ref().unwrap().to_string(),
        "portal/a.js:7"
    );
}

#[test]
fn messages_rules_and_places_are_taken_from_where_they_are() {
    let place = |uri: Value, line: Value| json!([{"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": line}}}, {"x": 1}]);
    for (result, rule, message, location) in [
        (
            json!({"ruleId": "R", "message": {"text": " a\nb "}}),
            "R",
            "a\nb",
            None,
        ),
        (
            json!({"ruleIndex": 0, "message": {"markdown": "*a*"}}),
            "FIRST",
            "*a*",
            None,
        ),
        (json!({"message": {"id": "default"}}), "", "default", None),
        (
            json!({"locations": place(json!("a.py"), json!(3))}),
            "",
            "",
            Some("a.py:3"),
        ),
        (
            json!({"locations": place(json!("a.py"), json!(0))}),
            "",
            "",
            Some("a.py"),
        ),
        (
            json!({"locations": place(json!("a.py"), json!(-5))}),
            "",
            "",
            Some("a.py"),
        ),
        (
            json!({"locations": place(json!("a.py"), json!(1e99))}),
            "",
            "",
            Some("a.py"),
        ),
        (
            json!({"locations": place(json!("file:///w/a%20b.py"), json!(null))}),
            "",
            "",
            Some("/w/a b.py"),
        ),
        (
            json!({"locations": place(json!(null), json!(3))}),
            "",
            "",
            None,
        ),
        (json!({"locations": [{}]}), "", "", None),
        (json!({"locations": []}), "", "", None),
    ] {
        let report = report(&log(json!([run(
            json!([{"id": "FIRST"}]),
            json!([result])
        )])));
        let finding = &report.findings[0];
        assert_eq!(
            (finding.rule.as_str(), finding.message.as_str()),
            (rule, message),
            "{result}"
        );
        let found = finding.location.as_ref().map(ToString::to_string);
        assert_eq!(found.as_deref(), location, "{result}");
    }
}

#[test]
fn long_messages_are_cut() {
    let lines = json!([{"message": {"text": "line\n".repeat(50)}}, {"message": {"text": "é".repeat(100_000)}}]);
    let report = report(&log(json!([run(json!([]), lines)])));
    assert_eq!(report.findings[0].message.lines().count(), 5);
    assert_eq!(report.findings[1].message.chars().count(), 501);
}

#[test]
fn the_gravest_are_kept_and_all_are_counted_over_all_runs() {
    let rules = json!([{"id": "E", "defaultConfiguration": {"level": "error"}}]);
    let warnings: Vec<_> = (0..KEPT_FINDINGS + 200)
        .map(|n| json!({"message": {"text": format!("w{n}")}}))
        .collect();
    let errors: Vec<_> = (0..150)
        .map(|n| json!({"ruleId": "E", "message": {"text": format!("e{n}")}}))
        .collect();
    let report = report(&log(json!([
        run(json!([]), json!(warnings)),
        run(rules, json!(errors))
    ])));
    assert_eq!(
        counts(report.tally),
        [150, KEPT_FINDINGS as u64 + 200, 0, 0]
    );
    let kept: Vec<_> = report
        .findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(kept.len(), KEPT_FINDINGS);
    assert_eq!(
        (kept[0], kept[149], kept[150], kept[KEPT_FINDINGS - 1]),
        ("e0", "e149", "w0", "w849")
    );
}

#[test]
fn levels_from_results_and_from_rules_keep_the_files_order() {
    let results: Vec<_> = (0..10)
        .map(|n| match n % 3 {
            0 => json!({"level": "warning", "message": {"text": n.to_string()}}),
            1 => json!({"ruleId": "A", "message": {"text": n.to_string()}}),
            _ => json!({"ruleId": "B", "message": {"text": n.to_string()}}),
        })
        .collect();
    let report = report(&log(json!([run(json!([]), json!(results))])));
    let order: String = report
        .findings
        .iter()
        .map(|finding| finding.message.clone())
        .collect();
    assert_eq!(order, "0123456789");
}

#[test]
fn nothing_found_is_nothing_found() {
    assert_eq!(counts_of(json!([]), json!([])), [0; 4]);
    let marked = format!("\u{feff}{}", log(json!([run(json!([]), json!([]))])));
    assert!(
        read("a.sarif", marked.as_bytes())
            .unwrap()
            .findings
            .is_empty()
    );
}

#[test]
fn what_proves_nothing_or_is_no_sarif_is_refused_with_its_line() {
    let run_of = |inner: &str| format!("{{\"version\": \"2.1.0\",\n\"runs\": [{{{inner}}}]}}");
    for (text, line, part) in [
        (String::new(), 1, "a.sarif is empty"),
        ("<sarif/>".to_owned(), 1, "not JSON"),
        ("[]".to_owned(), 1, "a SARIF log"),
        ("{}".to_owned(), 1, "no version"),
        ("{\"version\": \"2.1.0\"}".to_owned(), 1, "no runs"),
        (
            "{\n\"version\": \"2.0.0\", \"runs\": []}".to_owned(),
            2,
            "SARIF 2.0.0; version 2.1.0",
        ),
        (
            "{\"version\": \"2.1.0\",\n\"runs\": []}".to_owned(),
            2,
            "nothing was scanned",
        ),
        (
            "{\"version\": \"2.1.0\",\n\"runs\": {}}".to_owned(),
            2,
            "an array of runs",
        ),
        (run_of("\"results\": []") + "\nx", 3, "not JSON: trailing"),
        (
            run_of("\"results\": [{\n\"level\": \"info\"}]"),
            3,
            "the level \"info\"",
        ),
        (run_of("\"results\": [7]"), 2, "expected a result"),
        (run_of("\"results\": {}"), 2, "an array of results"),
        (run_of("\"tool\": {}"), 2, "without results"),
        (run_of("\"results\": null"), 2, "without results"),
        (
            run_of("\"results\": [],\n\"invocations\": [{\"executionSuccessful\": false}]"),
            3,
            "its execution failed",
        ),
        (
            run_of("\"externalPropertyFileReferences\": {\"results\": [{\"location\": {}}]}"),
            2,
            "in other files",
        ),
        (
            "{\"version\": \"2.1.0\", \"inlineExternalProperties\": [{\"results\": [{}]}]}"
                .to_owned(),
            1,
            "outside of their run",
        ),
        (
            "{\"version\": \"2.1.0\",\n\"runs\": [{\"results\": [{}".to_owned(),
            2,
            "cut off",
        ),
    ] {
        let (at, message) = refused(&text);
        assert!(message.contains(part), "{text}: {message}");
        assert_eq!(at, line, "{text}: {message}");
    }
}

#[test]
fn rules_without_end_are_refused() {
    let list = |key: &str| {
        let entries = (0..50_001).map(|n| format!("{{\"{key}\": \"{n}\"}},"));
        entries.collect::<String>() + "{}"
    };
    let run = |inner: String| format!("{{\"version\": \"2.1.0\", \"runs\": [{{{inner}}}]}}");
    let results = run(format!("\"results\": [{}]", list("ruleId")));
    assert!(refused(&results).1.contains("50000 different rules"));
    let rules = run(format!(
        "\"tool\": {{\"driver\": {{\"rules\": [{}]}}}}",
        list("id")
    ));
    assert!(refused(&rules).1.contains("more than 50000 entries"));
}

fn any_result() -> impl Strategy<Value = (Option<usize>, usize, bool)> {
    (proptest::option::of(0_usize..4), 0_usize..5, any::<bool>())
}

proptest! {
    #[test]
    fn what_was_written_is_counted(results in proptest::collection::vec(any_result(), 0..60), tool_first in any::<bool>()) {
        let words = ["error", "warning", "note", "none"];
        let mut expected = [0; 4];
        let mut written = Vec::new();
        for (own, rule, suppressed) in results {
            let mut result = json!({"message": {"text": "x"}});
            if rule < 4 {
                result["ruleId"] = json!(words[rule]);
            }
            if let Some(own) = own {
                result["level"] = json!(words[own]);
            }
            if suppressed {
                result["suppressions"] = json!([{"kind": "inSource"}]);
            } else {
                expected[own.unwrap_or(if rule < 4 { rule } else { 1 })] += 1;
            }
            written.push(result);
        }
        let rules = words.map(|word| json!({"id": word, "defaultConfiguration": {"level": word}}));
        let tool = format!("\"tool\": {}", json!({"driver": {"rules": rules}}));
        let results = format!("\"results\": {}", json!(written));
        let (one, two) = if tool_first { (tool, results) } else { (results, tool) };
        let text = format!("{{\"version\": \"2.1.0\", \"runs\": [{{{one}, {two}}}]}}");
        prop_assert_eq!(counts(read("a", text.as_bytes()).unwrap().tally), expected);
    }

    #[test]
    fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = read("a", &bytes[..]);
    }

    #[test]
    fn a_log_cut_or_changed_anywhere_does_not_panic(cut in 0_usize..2000, byte in any::<u8>()) {
        let text = log(json!([run(
            json!([{"id": "X", "defaultConfiguration": {"level": "error"}}]),
            json!([{"ruleId": "X", "message": {"text": "é\n"}, "suppressions": [{"status": "rejected"}],
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a%20"}, "region": {"startLine": 1}}}]}]),
        )]));
        let mut bytes = text.to_string().into_bytes();
        let cut = cut % bytes.len();
        let _ = read("a", &bytes[..cut]);
        bytes[cut] = byte;
        let _ = read("a", &bytes[..]);
    }
}
