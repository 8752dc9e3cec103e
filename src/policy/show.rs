//! A policy as YAML with everything filled in, for `tollgate policy show`.

mod http;
mod project_files;
mod sql;
mod storage;

use std::collections::BTreeMap;
use std::time::Duration;

use super::emit::{Yaml, document};
use crate::domain::check::{
    Check, CommandLine, EvidenceRule, FilePattern, FilesRule, GitHubRule, JourneysRule, Results,
    TokenAccess, VariablesRule, Verb,
};
use crate::domain::delivery::environment::{ApprovalRule, Environment, SelfApproval};
use crate::domain::gate::waiver::WaiverRule;
use crate::domain::gate::{Gate, Pace, Severity};
use crate::domain::ids::GateId;
use crate::domain::policy::{Budgets, Policy};
use crate::domain::quality::journeys::{Journey, TestPattern};
use crate::domain::quality::requirement::Requirement;
use crate::domain::quality::share::Share;

type Fields = Vec<(String, Yaml)>;

/// The policy as YAML, with every default. Reading it gives the same policy, but for the digests
/// of definitions, which are those of a text.
///
/// `policy` is one that was read with [`Expansion::Keep`](super::Expansion::Keep): its texts are
/// written as they are, and no variable's value is shown.
pub fn show(policy: &Policy) -> String {
    let mut fields = vec![field("version", Yaml::plain(1))];
    if !policy.project.is_empty() {
        fields.push(field("project", Yaml::text(&policy.project)));
    }
    let (stages, gates): (Vec<_>, Vec<_>) = policy.gates.iter().partition(|gate| gate.is_stage());
    for (key, group) in [("pipeline", stages), ("gates", gates)] {
        if !group.is_empty() {
            let group = group
                .into_iter()
                .map(|gate| field(gate.id.as_str(), self::gate(gate)));
            fields.push(field(key, Yaml::Map(group.collect())));
        }
    }
    if !policy.journeys.is_empty() {
        let journeys = policy.journeys.all().iter();
        let journeys = journeys.map(|it| field(it.id.as_str(), journey(it)));
        fields.push(field("journeys", Yaml::Map(journeys.collect())));
    }
    if !policy.environments.is_empty() {
        let environments = policy.environments.iter();
        let environments = environments.map(|it| field(it.id.as_str(), environment(it)));
        fields.push(field("environments", Yaml::Map(environments.collect())));
    }
    fields.push(field("evidence", evidence_settings(policy)));
    fields.push(field("redact", redact(policy)));
    fields.push(field("budgets", budgets(&policy.budgets)));
    let spooled = field("spooled", Yaml::text(policy.spooled.as_str()));
    fields.push(field("ledger", Yaml::Map(vec![spooled])));
    fields.extend(policy.waivers.as_ref().map(waivers));
    document(&fields)
}

fn budgets(budgets: &Budgets) -> Yaml {
    let mut fields: Fields = Vec::new();
    fields.extend(
        budgets
            .pipeline
            .map(|most| field("pipeline", duration(most))),
    );
    fields.push(field("readiness", duration(budgets.readiness)));
    fields.push(field("validation", duration(budgets.validation)));
    fields.push(field("report", duration(budgets.report)));
    Yaml::Map(fields)
}

fn waivers(rule: &WaiverRule) -> (String, Yaml) {
    let mut fields: Fields = Vec::new();
    fields.extend(rule.longest.map(|most| field("longest", duration(most))));
    let from: Vec<String> = rule.from.iter().map(ToString::to_string).collect();
    list("from", &from, &mut fields);
    field("waivers", Yaml::Map(fields))
}

fn field(key: &str, value: Yaml) -> (String, Yaml) {
    (key.to_owned(), value)
}

fn evidence_settings(policy: &Policy) -> Yaml {
    let days = |days: u32| Yaml::text(format!("{days}d"));
    let mut retention = vec![field("default", days(policy.retention.default_days))];
    let named = policy.retention.days.iter();
    retention.extend(named.map(|(kind, number)| field(kind, days(*number))));
    Yaml::Map(vec![
        field("directory", Yaml::text(&policy.evidence_directory)),
        field("retention", Yaml::Map(retention)),
    ])
}

fn redact(policy: &Policy) -> Yaml {
    let rules = &policy.redact;
    let mut fields = vec![
        field("emails", Yaml::plain(rules.emails)),
        field("coordinates", Yaml::plain(rules.coordinates)),
    ];
    list("patterns", &rules.patterns, &mut fields);
    Yaml::Map(fields)
}

fn gate(gate: &Gate) -> Yaml {
    let mut fields = vec![field("title", Yaml::text(&gate.title))];
    if !gate.is_stage() {
        fields.push(field("severity", Yaml::text(gate.severity.as_str())));
        let requires: Vec<String> = gate.requires.iter().map(GateId::to_string).collect();
        list("requires", &requires, &mut fields);
    }
    if gate.severity == Severity::Advisory {
        fields.extend(
            gate.tolerate
                .map(|most| field("tolerate", Yaml::plain(most))),
        );
    }
    fields.push(field(
        "sequential",
        Yaml::plain(gate.pace == Pace::Sequential),
    ));
    if !gate.checks.is_empty() {
        let checks = gate.checks.iter();
        let checks = checks.map(|check| field(check.id.as_str(), self::check(check)));
        fields.push(field("checks", Yaml::Map(checks.collect())));
    }
    list("evidence", &gate.evidence, &mut fields);
    fields.extend(gate.approvals.as_ref().map(approvals));
    Yaml::Map(fields)
}

fn check(check: &Check) -> Yaml {
    let mut fields = vec![
        field("title", Yaml::text(&check.title)),
        field(check.verb.name(), verb(&check.verb)),
    ];
    let needs: Vec<String> = check.needs.iter().map(ToString::to_string).collect();
    list("needs", &needs, &mut fields);
    fields.push(field("timeout", duration(check.time_out)));
    fields.push(field("retries", Yaml::plain(check.retries)));
    if matches!(check.verb, Verb::Run(_)) {
        command_fields(check, &mut fields);
    }
    if !check.evidence.is_empty() {
        fields.push(field("evidence", evidence(&check.evidence)));
    }
    fields.push(field("critical", Yaml::plain(check.critical)));
    fields.extend(
        check
            .group
            .as_ref()
            .map(|group| field("group", Yaml::text(group))),
    );
    let only: Vec<String> = check.only.iter().map(ToString::to_string).collect();
    list("only", &only, &mut fields);
    Yaml::Map(fields)
}

/// What only a check with `run` has.
fn command_fields(check: &Check, fields: &mut Fields) {
    fields.push(field(
        "working-directory",
        Yaml::text(&check.working_directory),
    ));
    texts("env", &check.environment, fields);
    let granted = check.tokens == TokenAccess::Granted;
    fields.push(field("needs-token", Yaml::plain(granted)));
    let mut results = Vec::new();
    for (kind, globs) in check.results.by_kind() {
        list(kind.as_str(), globs, &mut results);
    }
    if !results.is_empty() {
        fields.push(field("results", Yaml::Map(results)));
    }
    let require = require(&check.require, &check.results);
    if !require.is_empty() {
        fields.push(field("require", Yaml::Map(require)));
    }
}

fn verb(verb: &Verb) -> Yaml {
    match verb {
        Verb::Run(CommandLine::Shell(text)) => Yaml::text(text),
        Verb::Run(CommandLine::Direct(parts)) => Yaml::List(parts.clone()),
        Verb::Versions(pins) => {
            let pins = pins
                .iter()
                .map(|pin| field(&pin.tool, Yaml::text(&pin.version)));
            Yaml::Map(pins.collect())
        }
        Verb::Files(rule) => files(rule),
        Verb::Variables(rule) => variables(rule),
        Verb::Image(rule) => Yaml::Map(vec![
            field("reference", Yaml::text(&rule.reference)),
            field("same-as", Yaml::text(rule.same_as.to_string())),
        ]),
        Verb::Manual(instruction) => Yaml::text(instruction),
        Verb::Journeys(rule) => journeys_rule(rule),
        Verb::GitHub(rule) => github(rule),
        Verb::Contract(rule) => project_files::contract(rule),
        Verb::Logs(rule) => project_files::logs(rule),
        Verb::Quota(rule) => project_files::quota(rule),
        Verb::Migrations(rule) => project_files::migrations(rule),
        Verb::Http(rule) => http::rule(rule),
        Verb::Sql(rule) => sql::rule(rule),
        Verb::Storage(rule) => storage::rule(rule),
        Verb::Tag(rule) => {
            let mut fields = vec![field("name", Yaml::text(&rule.name))];
            fields.extend(
                rule.message
                    .as_ref()
                    .map(|text| field("message", Yaml::text(text))),
            );
            Yaml::Map(fields)
        }
    }
}

fn journey(journey: &Journey) -> Yaml {
    let patterns =
        |tests: &[TestPattern]| Yaml::List(tests.iter().map(|it| it.as_str().to_owned()).collect());
    let mut fields = vec![
        field("title", Yaml::text(&journey.title)),
        field("tests", patterns(&journey.tests)),
    ];
    if !journey.faults.is_empty() {
        let faults = journey.faults.iter();
        let faults = faults.map(|it| field(it.id.as_str(), patterns(&it.tests)));
        fields.push(field("faults", Yaml::Map(faults.collect())));
    }
    Yaml::Map(fields)
}

fn journeys_rule(rule: &JourneysRule) -> Yaml {
    let mut fields = vec![field("all", Yaml::plain(rule.demand.all))];
    if rule.demand.faults > 0 {
        fields.push(field("faults", Yaml::plain(rule.demand.faults)));
    }
    let from: Vec<String> = rule.from.iter().map(ToString::to_string).collect();
    list("from", &from, &mut fields);
    Yaml::Map(fields)
}

fn environment(environment: &Environment) -> Yaml {
    let mut fields = Vec::new();
    let names = |ids: &[GateId]| ids.iter().map(GateId::to_string).collect::<Vec<_>>();
    list("gates", &names(&environment.gates), &mut fields);
    let after: Vec<String> = environment.after.iter().map(ToString::to_string).collect();
    list("after", &after, &mut fields);
    fields.extend(environment.approvals.as_ref().map(approvals));
    list("secrets", &environment.secrets, &mut fields);
    list("variables", &environment.variables, &mut fields);
    Yaml::Map(fields)
}

fn approvals(rule: &ApprovalRule) -> (String, Yaml) {
    let mut fields = vec![field("minimum", Yaml::plain(rule.minimum))];
    let from: Vec<String> = rule.from.iter().map(ToString::to_string).collect();
    list("from", &from, &mut fields);
    let refused = rule.self_approval == SelfApproval::Refused;
    fields.push(field("prevent-self-approval", Yaml::plain(refused)));
    fields.extend(rule.max_age.map(|most| field("max-age", duration(most))));
    field("approvals", Yaml::Map(fields))
}

fn github(rule: &GitHubRule) -> Yaml {
    let mut fields = vec![
        field("environment", Yaml::text(&rule.environment)),
        field("reviewers", Yaml::plain(rule.reviewers)),
        field("prevent-self-review", Yaml::plain(rule.prevent_self_review)),
    ];
    list("secrets", &rule.secrets, &mut fields);
    list("variables", &rule.variables, &mut fields);
    Yaml::Map(fields)
}

fn files(rule: &FilesRule) -> Yaml {
    let mut fields = Vec::new();
    list("exist", &rule.exist, &mut fields);
    for (key, patterns) in [("match", &rule.matching), ("forbid", &rule.forbid)] {
        if !patterns.is_empty() {
            let pattern = |it: &FilePattern| field(&it.glob, Yaml::text(&it.pattern));
            fields.push(field(
                key,
                Yaml::Map(patterns.iter().map(pattern).collect()),
            ));
        }
    }
    Yaml::Map(fields)
}

fn variables(rule: &VariablesRule) -> Yaml {
    let mut fields = Vec::new();
    list("present", &rule.present, &mut fields);
    list("absent", &rule.absent, &mut fields);
    texts("matches", &rule.matches, &mut fields);
    if let Some(hardcoded) = &rule.hardcoded {
        let mut inner = Vec::new();
        list("in", &hardcoded.globs, &mut inner);
        inner.extend(
            hardcoded
                .pattern
                .as_ref()
                .map(|it| field("pattern", Yaml::text(it))),
        );
        fields.push(field("hardcoded", Yaml::Map(inner)));
    }
    Yaml::Map(fields)
}

/// The numbers for which there is a result file.
fn require(require: &Requirement, results: &Results) -> Fields {
    let mut fields = Vec::new();
    let number = |key: &str, most: u64| field(key, Yaml::plain(most));
    if !results.junit.is_empty() {
        fields.push(number("tests", require.tests));
        fields.push(number("failed", require.failed));
        fields.extend(require.skipped.map(|most| number("skipped", most)));
        fields.extend(require.flaky.map(|most| number("flaky", most)));
    }
    let coverage = [
        ("line-coverage", require.line_coverage),
        ("branch-coverage", require.branch_coverage),
    ];
    fields.extend(
        coverage
            .into_iter()
            .filter_map(|(key, least)| Some(field(key, share(least?)))),
    );
    if !require.findings.is_empty() {
        let levels = require.findings.iter();
        let levels = levels.map(|(level, most)| number(level.as_str(), *most));
        fields.push(field("findings", Yaml::Map(levels.collect())));
    }
    fields.extend(require.p95.map(|most| field("p95", duration(most))));
    fields
}

/// Globs by type, the types in the order in which they first appear.
fn evidence(rules: &[EvidenceRule]) -> Yaml {
    let mut kinds: Vec<(String, Vec<String>)> = Vec::new();
    for rule in rules {
        match kinds.iter_mut().find(|(kind, _)| *kind == rule.kind) {
            Some((_, globs)) => globs.push(rule.glob.clone()),
            None => kinds.push((rule.kind.clone(), vec![rule.glob.clone()])),
        }
    }
    let kinds = kinds
        .into_iter()
        .map(|(kind, globs)| (kind, Yaml::List(globs)));
    Yaml::Map(kinds.collect())
}

fn list(key: &str, items: &[String], fields: &mut Fields) {
    if !items.is_empty() {
        fields.push(field(key, Yaml::List(items.to_vec())));
    }
}

fn texts(key: &str, texts: &BTreeMap<String, String>, fields: &mut Fields) {
    if !texts.is_empty() {
        let texts = texts
            .iter()
            .map(|(name, text)| field(name, Yaml::text(text)));
        fields.push(field(key, Yaml::Map(texts.collect())));
    }
}

fn share(share: Share) -> Yaml {
    Yaml::text(share.to_string().replace(' ', ""))
}

/// A duration in the largest unit that is exact.
fn duration(duration: Duration) -> Yaml {
    let milliseconds = duration.as_millis();
    let units = [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "m"),
        (1000, "s"),
    ];
    let exact = units
        .iter()
        .find(|(size, _)| milliseconds.is_multiple_of(*size));
    let (size, unit) = exact.unwrap_or(&(1, "ms"));
    Yaml::text(format!("{}{unit}", milliseconds / size))
}
