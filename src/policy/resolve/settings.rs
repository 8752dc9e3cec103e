//! The settings outside of gates: evidence and masking.

use super::paths::inside;
use super::{Top, part_span, patterns, written};
use crate::domain::evidence::redaction::RedactionRules;
use crate::domain::evidence::retention::Retention;
use crate::domain::policy::{Budgets, SpooledFacts};
use crate::policy::diagnostics::{Span, quoted};
use crate::policy::node::Node;
use crate::policy::raw::{Duration, RawBudgets, RawPolicy, RawSpooled};

/// Where evidence goes where the policy does not say.
const DIRECTORY: &str = ".tollgate";

/// The type under `evidence.retention` that stands for all others.
const ALL_OTHERS: &str = "default";

const SECONDS_A_DAY: u64 = 24 * 60 * 60;

/// `budgets`, with the default of each that is not given.
pub(super) fn budgets(raw: &RawBudgets) -> Budgets {
    let given = |duration: Option<Duration>| duration.and_then(|it| it.0);
    let default = Budgets::default();
    Budgets {
        pipeline: given(raw.pipeline),
        readiness: given(raw.readiness).unwrap_or(default.readiness),
        validation: given(raw.validation).unwrap_or(default.validation),
        report: given(raw.report).unwrap_or(default.report),
    }
}

/// `ledger.spooled`.
pub(super) fn spooled(raw: &RawPolicy) -> SpooledFacts {
    let given = raw.ledger.as_ref().and_then(|ledger| ledger.spooled);
    match given {
        None | Some(RawSpooled::Allowed) => SpooledFacts::Allowed,
        Some(RawSpooled::Refused) => SpooledFacts::Refused,
    }
}

impl Top<'_, '_> {
    /// `evidence.directory`, without `.` and `..` when it is relative.
    pub(super) fn evidence_directory(&mut self, raw: &RawPolicy, root: &Node) -> String {
        let given = raw
            .evidence
            .as_ref()
            .and_then(|evidence| evidence.directory.as_ref());
        let node = root
            .get("evidence")
            .and_then(|evidence| evidence.get("directory"));
        let (Some(given), Some(node)) = (given, node) else {
            return DIRECTORY.to_owned();
        };
        let open = self.kept && given.0.contains("${");
        if open || given.0.starts_with('/') {
            return given.0.clone();
        }
        let why = match inside(&given.0) {
            Ok(path) if path != "." => return path,
            Ok(_) => "is the repository itself",
            Err(why) => why,
        };
        let hint = "write a directory of its own, inside the repository or absolute: `.tollgate`";
        self.reports
            .add(node.span, format!("{} {why}", written(node)), hint);
        given.0.clone()
    }

    /// `evidence.retention`.
    pub(super) fn retention(&mut self, raw: &RawPolicy, root: &Node) -> Retention {
        let mut retention = Retention::default();
        let given = raw
            .evidence
            .as_ref()
            .and_then(|evidence| evidence.retention.as_ref());
        let node = root
            .get("evidence")
            .and_then(|evidence| evidence.get("retention"));
        for (kind, duration) in given.into_iter().flat_map(|given| &given.0) {
            let at = node
                .and_then(|node| node.get(kind))
                .map_or(root.span, |node| node.span);
            let Some(days) = self.days(*duration, kind, at) else {
                continue;
            };
            if kind == ALL_OTHERS {
                retention.default_days = days;
            } else {
                retention.days.insert(kind.clone(), days);
            }
        }
        retention
    }

    fn days(&mut self, duration: Duration, kind: &str, at: Span) -> Option<u32> {
        let duration = duration.0?;
        let whole =
            duration.subsec_nanos() == 0 && duration.as_secs().is_multiple_of(SECONDS_A_DAY);
        let days = u32::try_from(duration.as_secs() / SECONDS_A_DAY).ok();
        if days.is_none() || !whole {
            let message = format!("{} is not kept for whole days", quoted(kind));
            self.reports.add(at, message, "write days, such as `90d`");
        }
        days
    }

    /// `redact`; e-mail addresses and coordinates are masked unless the policy says otherwise.
    pub(super) fn redaction(&mut self, raw: &RawPolicy, root: &Node) -> RedactionRules {
        let given = raw.redact.as_ref();
        let patterns = given.and_then(|redact| redact.patterns.as_ref());
        let node = root.get("redact").and_then(|redact| redact.get("patterns"));
        for (number, pattern) in patterns.iter().flat_map(|all| &all.0).enumerate() {
            let at = node.map_or(root.span, |node| part_span(node, number));
            let regex = patterns::compile(&pattern.0, at, self.reports);
            if regex.is_some_and(|regex| regex.is_match("")) {
                let message = "this pattern matches an empty text, and so everywhere";
                let hint = "ask for at least one character: `+` instead of `*`";
                self.reports.add(at, message, hint);
            }
        }
        let patterns = patterns.into_iter().flat_map(|all| &all.0);
        RedactionRules {
            emails: given.and_then(|redact| redact.emails).unwrap_or(true),
            coordinates: given.and_then(|redact| redact.coordinates).unwrap_or(true),
            patterns: patterns.map(|pattern| pattern.0.clone()).collect(),
        }
    }
}
