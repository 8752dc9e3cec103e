//! Plan → `.github/tollgate.yml`.

use std::fmt::Write as _;

use super::plan::{Plan, PlannedCheck};

const HEAD: &str = "\
# What has to hold before this project is released, in which order.
# `tollgate run` runs it here; `tollgate policy check` finds mistakes in it.
version: 1
";

const TAIL: &str = "
# Production, once there is an environment of that name with required reviewers
# (Settings > Environments), and a job with `environment: production` that first checks out, then
# calls Tollgate with `command: promote`, and deploys after that:
#
# environments:
#   production:
#     gates: [LAST]
#     approvals: { minimum: 1, from: [\"user:LOGIN\"], prevent-self-approval: true, max-age: 24h }
";

/// Words that YAML 1.1 or 1.2 reads as something else than text.
const ODD: [&str; 12] = [
    "true", "false", "null", "yes", "no", "on", "off", "y", "n", ".", ".inf", ".nan",
];

/// The text of the policy.
pub(super) fn text(name: &str, plan: &Plan) -> String {
    let mut text = HEAD.to_owned();
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') {
            c
        } else {
            '-'
        }
    };
    let name: String = name.chars().map(plain).collect();
    // Quoted, since a folder may be called `1` or `true`.
    let _ = writeln!(text, "project: {}", quoted(&name));
    text.push_str("\npipeline:\n");
    for stage in plan.stages() {
        let _ = writeln!(text, "  {}:\n    checks:", stage.name());
        for check in plan.checks.iter().filter(|check| check.stage == stage) {
            self::check(&mut text, check);
        }
    }
    let last = plan
        .stages()
        .last()
        .map_or("test", super::plan::Stage::name);
    text.push_str(&TAIL.replace("LAST", last));
    text
}

fn check(text: &mut String, check: &PlannedCheck) {
    let _ = writeln!(
        text,
        "      {}:\n        run: {}",
        check.id,
        quoted(&check.run)
    );
    if !check.folder.is_empty() {
        let _ = writeln!(text, "        working-directory: {}", quoted(&check.folder));
    }
    let results = [("junit", &check.junit), ("coverage", &check.coverage)];
    let results: Vec<_> = results
        .into_iter()
        .filter_map(|(kind, path)| Some(format!("{kind}: {}", quoted(path.as_ref()?))))
        .collect();
    if !results.is_empty() {
        let _ = writeln!(text, "        results: {{ {} }}", results.join(", "));
    }
    if check.coverage.is_some() {
        text.push_str("        # require: { line-coverage: 70% }\n");
    }
}

/// A YAML scalar: JSON's strings are YAML's (YAML 1.2, section 1.3).
pub(super) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || " -_./*".contains(c);
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '.');
    let is_odd = ODD.iter().any(|odd| text.eq_ignore_ascii_case(odd));
    match text.chars().all(plain) && is_word && !is_odd && !text.ends_with(' ') {
        true => text.to_owned(),
        false => serde_json::Value::from(text).to_string(),
    }
}
