//! `require`: the numbers that a check is held to.

use super::Scope;
use crate::domain::quality::findings::Level;
use crate::domain::quality::requirement::Requirement;
use crate::policy::node::Node;
use crate::policy::raw::{RawFindings, RawRequire};

/// The key under `results` that gives what a key under `require` is judged by.
fn judged_by(key: &str) -> &'static str {
    match key {
        "line-coverage" | "branch-coverage" => "coverage",
        "findings" => "sarif",
        "p95" => "latency",
        _ => "junit",
    }
}

impl Scope<'_, '_, '_> {
    /// The numbers with their defaults. A critical check allows no skips.
    pub(super) fn requirement(
        &mut self,
        raw: Option<&RawRequire>,
        check: &Node,
        critical: bool,
    ) -> Requirement {
        let mut require = Requirement::default();
        if let Some((raw, node)) = raw.zip(check.get("require")) {
            if check.get("run").is_some() {
                self.refuse_unjudged(node, check);
            }
            require.tests = raw.tests.map_or(require.tests, |most| most.0);
            require.failed = raw.failed.map_or(require.failed, |most| most.0);
            require.skipped = raw.skipped.map(|most| most.0);
            require.flaky = raw.flaky.map(|most| most.0);
            require.line_coverage = raw.line_coverage.and_then(|share| share.0);
            require.branch_coverage = raw.branch_coverage.and_then(|share| share.0);
            require.findings = raw.findings.as_ref().map(findings).unwrap_or_default();
            require.p95 = raw.p95.and_then(|most| most.0);
            if critical && require.skipped.is_some_and(|most| most > 0) {
                let message = "a critical check allows no skipped test";
                let hint = "remove `skipped` here, or `critical`";
                self.reports.add(node.key_span("skipped"), message, hint);
            }
        }
        if critical {
            require.skipped = Some(0);
        }
        require
    }

    /// Refuses numbers for which no result file is declared: they could never hold.
    fn refuse_unjudged(&mut self, node: &Node, check: &Node) {
        let results = check.get("results");
        for entry in node.entries() {
            let wanted = judged_by(&entry.key);
            let known = KEYS.contains(&entry.key.as_str());
            if known && results.and_then(|results| results.get(wanted)).is_none() {
                let message = format!(
                    "`{}` cannot be judged without `results: {wanted}`",
                    entry.key
                );
                let hint = format!(
                    "add `results: {{ {wanted}: … }}` with the files that the command writes"
                );
                self.reports.add(entry.key_span, message, hint);
            }
        }
    }
}

/// The keys under `require`.
const KEYS: [&str; 8] = [
    "tests",
    "failed",
    "skipped",
    "flaky",
    "line-coverage",
    "branch-coverage",
    "findings",
    "p95",
];

fn findings(raw: &RawFindings) -> Vec<(Level, u64)> {
    let levels = [
        (Level::Error, raw.error),
        (Level::Warning, raw.warning),
        (Level::Note, raw.note),
    ];
    let given = levels
        .into_iter()
        .filter_map(|(level, most)| Some((level, most?.0)));
    given.collect()
}
