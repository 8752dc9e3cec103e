//! The verbs that read the project's files: which files, and what is asked of them.

use super::paths::Anchor;
use super::verbs::in_order;
use super::{Scope, written};
use crate::domain::check::{ContractRule, LogsRule, MigrationsRule, QuotaLimit, QuotaRule};
use crate::policy::node::Node;
use crate::policy::raw::{Line, RawContract, RawLogs, RawMigrations, RawQuota};

/// The field that names an event where the policy does not say.
const EVENT_FIELD: &str = "event";

impl Scope<'_, '_, '_> {
    /// A document that is compared with itself breaks nothing, ever.
    pub(super) fn contract(&mut self, raw: &RawContract, node: &Node) -> Option<ContractRule> {
        let rule = ContractRule {
            base: self.file(&raw.base, node.get("base")?),
            current: self.file(&raw.current, node.get("current")?),
        };
        if rule.base == rule.current && !self.is_open(&rule.base) {
            let message = "`base` and `current` are the same file";
            let hint = "`base` is a copy of the contract of the last release, such as \
                        contract/released.yaml";
            self.reports.add(node.key_span("current"), message, hint);
        }
        Some(rule)
    }

    pub(super) fn logs(&mut self, raw: &RawLogs, node: &Node) -> LogsRule {
        if node.get("fields").is_none() && node.get("events").is_none() {
            let message = "`logs` does not say what to look for";
            let hint = "add `fields` that every line must have, or `events` that must occur";
            self.reports.add(node.span, message, hint);
        }
        let files = node.get("file").unwrap_or(node);
        let fields = raw.fields.iter().flat_map(|list| &list.0);
        let events = raw.events.iter().flat_map(|list| &list.0);
        let event_field = raw.event_field.as_ref();
        LogsRule {
            globs: self.globs(&raw.file.0, files, Anchor::Root),
            fields: fields.map(|field| field.0.clone()).collect(),
            events: events.map(|event| event.0.clone()).collect(),
            event_field: event_field.map_or(EVENT_FIELD, |field| &field.0).to_owned(),
        }
    }

    /// `warn` must come before `fail`, or nobody is ever warned.
    pub(super) fn quota(&mut self, raw: &RawQuota, node: &Node) -> Option<QuotaRule> {
        let at = node.get("limits")?;
        let limits = in_order(&raw.limits.0, at, |name, raw| QuotaLimit {
            name: name.to_owned(),
            warn: raw.warn.and_then(|share| share.0),
            fail: raw.fail.and_then(|share| share.0),
        });
        for limit in &limits {
            if let (Some(warn), Some(fail)) = (limit.warn, limit.fail)
                && warn >= fail
            {
                let message = format!("`warn` is {warn} and `fail` is {fail}, so nobody is warned");
                let limit = at.get(&limit.name).unwrap_or(at);
                let hint = "`warn` must be less than `fail`";
                self.reports.add(limit.key_span("warn"), message, hint);
            }
        }
        Some(QuotaRule {
            file: self.file(&raw.file, node.get("file")?),
            limits,
        })
    }

    pub(super) fn migrations(&mut self, raw: &RawMigrations, node: &Node) -> MigrationsRule {
        let at = node.get("directory").unwrap_or(node);
        MigrationsRule {
            directory: self.directory(&raw.directory.0, at),
        }
    }

    /// One file within the repository.
    fn file(&mut self, path: &Line, node: &Node) -> String {
        let inside = self.directory(&path.0, node);
        if inside == "." || path.0.ends_with('/') {
            let message = format!("{} is no file", written(node));
            let hint = "write the path of one file, relative to the repository's root";
            self.reports.add(node.span, message, hint);
        }
        inside
    }
}
