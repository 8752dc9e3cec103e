//! The verbs that read the project's files.

use super::{Fields, Yaml, field, list, share};
use crate::domain::check::{ContractRule, LogsRule, MigrationsRule, QuotaLimit, QuotaRule};

pub(super) fn contract(rule: &ContractRule) -> Yaml {
    Yaml::Map(vec![
        field("base", Yaml::text(&rule.base)),
        field("current", Yaml::text(&rule.current)),
    ])
}

pub(super) fn logs(rule: &LogsRule) -> Yaml {
    let mut fields = Vec::new();
    list("file", &rule.globs, &mut fields);
    list("fields", &rule.fields, &mut fields);
    list("events", &rule.events, &mut fields);
    fields.push(field("event-field", Yaml::text(&rule.event_field)));
    Yaml::Map(fields)
}

pub(super) fn quota(rule: &QuotaRule) -> Yaml {
    let limits: Fields = rule.limits.iter().map(limit).collect();
    Yaml::Map(vec![
        field("file", Yaml::text(&rule.file)),
        field("limits", Yaml::Map(limits)),
    ])
}

fn limit(limit: &QuotaLimit) -> (String, Yaml) {
    let mut shares = Vec::new();
    shares.extend(limit.warn.map(|most| field("warn", share(most))));
    shares.extend(limit.fail.map(|most| field("fail", share(most))));
    field(&limit.name, Yaml::Map(shares))
}

pub(super) fn migrations(rule: &MigrationsRule) -> Yaml {
    Yaml::Map(vec![field("directory", Yaml::text(&rule.directory))])
}
