//! What good policies mean.

use std::time::Duration;

use super::*;
use crate::domain::check::{CommandLine, EvidenceRule, TokenAccess, Verb};
use crate::domain::gate::{GateKind, Pace, Severity};
use crate::domain::quality::findings::Level;
use crate::domain::quality::share::Share;

/// The example of the interface, without what later versions bring.
pub(super) const SHOP: &str = r#"version: 1
project: shop
pipeline:                       # the stages, in order; a stage is a gate that requires the one before
  lint:
    sequential: true            # checks one after the other in the written order; default: side by side
    checks:
      ruff:     { run: ruff check . }
      eslint:   { run: npx eslint ., working-directory: portal }
      stack:    { versions: { python: "3.12", node: "22.21.1", "npm:next": "16" } }
  test:
    checks:
      pytest:
        run: pytest --junitxml=reports/pytest.xml --cov=app --cov-report=xml:reports/coverage.xml
        timeout: 10m
        retries: 0
        results: { junit: reports/*.xml, coverage: reports/coverage.xml }
        require: { line-coverage: 70%, skipped: 0 }
  contract:
    checks:
      redocly:  { run: npx redocly lint openapi.yaml }
      breaking: { contract: { base: contract/released.yaml, current: openapi.yaml } }
  build:
    checks:
      image:    { run: ./scripts/build.sh, results: { image-digest: dist/image.digest } }
  push:
    checks:
      registry: { run: ./scripts/push.sh }
      digest:   { needs: [registry], image: { reference: "registry.example/shop:${TOLLGATE_SHA}", same-as: build/image } }
  tag:
    checks:
      tag:      { tag: { name: "v${TOLLGATE_VERSION}" } }
gates:
  G0: { title: Entry conditions, severity: blocking, checks: { env: { variables: { present: [APP_URL] } } } }
  G1: { title: Core journeys, requires: [push, G0], checks: { e2e: { run: ./e2e.sh } } }
  G3: { title: Money and permissions, severity: absolute, requires: [G1], checks: { money: { run: ./money.sh, critical: true } } }
  G4: { title: Degradable features, severity: advisory, tolerate: 2, checks: { papers: { files: { exist: [README.md] } } } }
environments:
  staging:    { gates: [push, G0] }
  production: { gates: [tag, G0, G1, G3], after: [staging], approvals: { minimum: 1, from: ["team:release-managers", "user:alice"], prevent-self-approval: true, max-age: 24h }, secrets: [DATABASE_URL], variables: [APP_URL] }
evidence:   { directory: .tollgate, retention: { default: 90d, junit: 400d } }
redact:     { emails: true, coordinates: true, patterns: ["sk_live_[A-Za-z0-9]+"] }
budgets:    { pipeline: 15m }
"#;

#[test]
fn the_example_of_the_interface_means_what_it_says() {
    let policy = good(SHOP);
    assert_eq!(policy.project, "shop");
    let names: Vec<_> = policy.gates.iter().map(|gate| gate.id.as_str()).collect();
    let expect = [
        "lint", "test", "contract", "build", "push", "tag", "G0", "G1", "G3", "G4",
    ];
    assert_eq!(names, expect);
    assert_eq!(policy.stages().count(), 6);
    assert_eq!(policy.evidence_directory, ".tollgate");
    assert_eq!(policy.retention.days_for("log"), 90);
    assert_eq!(policy.retention.days_for("junit"), 400);
    assert_eq!(policy.redact.patterns, ["sk_live_[A-Za-z0-9]+"]);
    assert_eq!(policy.budgets.pipeline, Some(Duration::from_secs(900)));
}

#[test]
fn a_stage_requires_the_one_before_and_a_gate_what_it_says() {
    let policy = good(SHOP);
    let requires = |name: &str| {
        let gate = policy.gate(&gate_id(name)).unwrap();
        gate.requires
            .iter()
            .map(GateId::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(requires("lint"), Vec::<String>::new());
    assert_eq!(requires("test"), ["lint"]);
    assert_eq!(requires("tag"), ["push"]);
    assert_eq!(
        requires("G0"),
        Vec::<String>::new(),
        "a gate does not follow the stages"
    );
    assert_eq!(requires("G1"), ["push", "G0"]);
    let gate = |name: &str| policy.gate(&gate_id(name)).unwrap();
    assert_eq!(gate("lint").pace, Pace::Sequential);
    assert_eq!(gate("test").pace, Pace::Parallel);
    assert_eq!(
        (gate("G1").kind, gate("G1").severity),
        (GateKind::Gate, Severity::Blocking)
    );
    assert_eq!(
        (gate("G4").severity, gate("G4").tolerate),
        (Severity::Advisory, Some(2))
    );
    assert_eq!(gate("G3").title, "Money and permissions");
    assert_eq!(gate("push").title, "push");
}

#[test]
fn defaults_are_filled_in() {
    let check = check_of("run: make");
    assert_eq!(check.title, "one");
    assert_eq!(check.time_out, Duration::from_secs(1800));
    assert_eq!(check.retries, 0);
    assert_eq!(check.working_directory, ".");
    assert_eq!(check.tokens, TokenAccess::Withheld);
    assert_eq!(check.require, Default::default());
    assert!(!check.critical && check.group.is_none() && check.evidence.is_empty());
    let policy = good("version: 1\npipeline: { test: { checks: { a: { run: make } } } }");
    assert!(policy.redact.emails && policy.redact.coordinates);
    assert_eq!(policy.evidence_directory, ".tollgate");
    assert_eq!(policy.retention.default_days, 90);
    assert_eq!(
        (policy.project.as_str(), policy.budgets.pipeline),
        ("", None)
    );
}

#[test]
fn everything_that_is_said_of_a_check_arrives() {
    let check = check_of(
        "title: All of it
run: [npm, run, 5, true]
timeout: 90s
retries: 3
working-directory: ./portal/
env: { PORT: 8080, DEBUG: true, EMPTY: \"\", RATE: 1.50, TOLLGATE_LEDGER: x }
results: { junit: [./a.xml, b/*.xml], sarif: c.sarif, latency: k6.json }
require: { tests: 5, failed: 1, skipped: 2, flaky: 3, findings: { error: 0, note: 9 }, p95: 800ms }
evidence: { coverage-html: htmlcov/**, video: [a.mp4, b.mp4] }
group: regression
needs-token: true",
    );
    let Verb::Run(CommandLine::Direct(command)) = &check.verb else {
        panic!()
    };
    assert_eq!(command, &["npm", "run", "5", "true"]);
    assert_eq!((check.title.as_str(), check.retries), ("All of it", 3));
    assert_eq!(check.time_out, Duration::from_secs(90));
    assert_eq!(check.working_directory, "portal");
    let env: Vec<_> = check
        .environment
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    assert_eq!(
        env,
        [
            ("DEBUG", "true"),
            ("EMPTY", ""),
            ("PORT", "8080"),
            ("RATE", "1.50"),
            ("TOLLGATE_LEDGER", "x")
        ]
    );
    assert_eq!(check.results.junit, ["a.xml", "b/*.xml"]);
    assert_eq!(check.results.latency, ["k6.json"]);
    let require = &check.require;
    assert_eq!((require.tests, require.failed), (5, 1));
    assert_eq!((require.skipped, require.flaky), (Some(2), Some(3)));
    assert_eq!(require.findings, [(Level::Error, 0), (Level::Note, 9)]);
    assert_eq!(require.p95, Some(Duration::from_millis(800)));
    let rule = |kind: &str, glob: &str| EvidenceRule {
        kind: kind.to_owned(),
        glob: glob.to_owned(),
    };
    let expect = [
        rule("coverage-html", "htmlcov/**"),
        rule("video", "a.mp4"),
        rule("video", "b.mp4"),
    ];
    assert_eq!(check.evidence, expect);
    assert_eq!(check.group.as_deref(), Some("regression"));
    assert_eq!(check.tokens, TokenAccess::Granted);
}

#[test]
fn commands_may_be_words_that_yaml_takes_for_truth_values() {
    for command in ["true", "false", "yes"] {
        let check = check_of(&format!("run: {command}"));
        assert_eq!(
            check.verb,
            Verb::Run(CommandLine::Shell(command.to_owned()))
        );
    }
}

#[test]
fn versions_keep_their_text_and_their_order() {
    let check = check_of("versions: { python: 3.10, node: 22, \"npm:@redocly/cli\": \"2.0\" }");
    let Verb::Versions(pins) = check.verb else {
        panic!()
    };
    let pins: Vec<_> = pins
        .iter()
        .map(|pin| (pin.tool.as_str(), pin.version.as_str()))
        .collect();
    assert_eq!(
        pins,
        [
            ("python", "3.10"),
            ("node", "22"),
            ("npm:@redocly/cli", "2.0")
        ]
    );
}

#[test]
fn files_and_variables_take_one_or_many() {
    let check = check_of(
        "files: { exist: README.md, match: { \"*.toml\": ^python, /go.mod: go }, forbid: { \"**/*.js\": http:// } }",
    );
    let Verb::Files(files) = check.verb else {
        panic!()
    };
    assert_eq!(files.exist, ["README.md"]);
    assert_eq!(
        (
            files.matching[1].glob.as_str(),
            files.matching[1].pattern.as_str()
        ),
        ("/go.mod", "go")
    );
    assert_eq!(files.forbid[0].pattern, "http://");
    let check = check_of(
        "variables: { present: [A, B], absent: C, matches: { D: ^x$ }, hardcoded: { in: \"src/**\" } }",
    );
    let Verb::Variables(variables) = check.verb else {
        panic!()
    };
    assert_eq!((variables.present.len(), variables.absent.len()), (2, 1));
    assert_eq!(variables.matches["D"], "^x$");
    let hardcoded = variables.hardcoded.unwrap();
    assert_eq!(
        (hardcoded.globs[0].as_str(), hardcoded.pattern),
        ("src/**", None)
    );
}

#[test]
fn a_critical_check_allows_no_skips() {
    let lines = "run: make\ncritical: true\nresults: { junit: a.xml }\nrequire: { tests: 2 }";
    assert_eq!(check_of(lines).require.skipped, Some(0));
    assert_eq!(
        check_of("run: make\ncritical: true").require.skipped,
        Some(0)
    );
}

#[test]
fn shares_are_read_with_and_without_a_sign() {
    for (share, expect) in [
        ("70%", "70"),
        ("70", "70"),
        ("99.5", "99.5"),
        ("\"99.5 %\"", "99.5"),
    ] {
        let check = check_of(&format!(
            "run: make\nresults: {{ coverage: c.xml }}\nrequire: {{ branch-coverage: {share} }}"
        ));
        assert_eq!(
            check.require.branch_coverage,
            Share::parse(expect),
            "{share}"
        );
    }
}

#[test]
fn an_image_of_the_same_gate_is_needed_without_a_word() {
    let policy = good(
        "version: 1
pipeline:
  push:
    checks:
      build: { run: make, results: { image-digest: d } }
      digest: { image: { reference: r/shop:1, same-as: push/build } }
",
    );
    let digest = &policy.gates[0].checks[1];
    assert_eq!(digest.needs, ["build".parse().unwrap()]);
    let Verb::Image(rule) = &digest.verb else {
        panic!()
    };
    assert_eq!(rule.same_as, check_ref("push/build"));
}

#[test]
fn stages_with_other_names_may_stand_anywhere() {
    let policy = good(
        "version: 1
pipeline:
  fetch: { checks: { a: { run: make } } }
  test: { checks: { a: { run: make } } }
  scan: { checks: { a: { run: make } } }
  push: { checks: { a: { run: make } } }
  notify: { checks: { a: { run: make } } }
",
    );
    let last = policy.gates.last().unwrap();
    assert_eq!(last.requires, [gate_id("push")]);
}

#[test]
fn anchors_and_aliases_work_as_in_github_actions() {
    let policy = good(
        "version: 1
pipeline:
  lint: { checks: { a: { run: make, env: &shared { CI: 1 } } } }
  test: { checks: { a: { run: make, env: *shared } } }
",
    );
    assert_eq!(policy.gates[1].checks[0].environment["CI"], "1");
}

#[test]
fn line_ends_and_a_byte_order_mark_make_no_difference() {
    let unix = good(SHOP);
    assert_eq!(good(&SHOP.replace('\n', "\r\n")), unix);
    assert_eq!(good(&format!("\u{feff}{SHOP}")), unix);
}

#[test]
fn a_definition_changes_with_what_is_executed_and_with_nothing_else() {
    let plain = check_of("run: make\nenv: { A: 1 }").definition;
    for same in [
        "env: { A: \"1\" }\nrun: \"make\"",
        "run: make\nenv: { A: 1 }\ntitle: Make\ntimeout: 1m\nretries: 2\ngroup: x\ncritical: true",
        "run: make # quickly\nenv:\n  A: 1",
    ] {
        assert_eq!(check_of(same).definition, plain, "{same}");
    }
    for other in [
        "run: make all\nenv: { A: 1 }",
        "run: make\nenv: { A: 2 }",
        "run: make",
        "run: make\nenv: { A: 1 }\nworking-directory: x",
        "run: make\nenv: { A: 1 }\nresults: { junit: x }",
        "run: make\nenv: { A: 1 }\nneeds-token: true",
    ] {
        assert_ne!(check_of(other).definition, plain, "{other}");
    }
}
