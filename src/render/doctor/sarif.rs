//! SARIF 2.1.0 (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>).

use serde_json::{Value, json};

use super::AuditView;
use crate::domain::doctor::rules::CHECKS;
use crate::domain::doctor::{Finding, Place, Rule};

/// The findings as one run of one tool.
pub fn sarif(view: &AuditView<'_>) -> Value {
    let rules: Vec<Value> = CHECKS.iter().map(|(rule, _)| descriptor(rule)).collect();
    let results: Vec<Value> = view.findings.iter().map(result).collect();
    let notifications: Vec<Value> = view
        .trouble
        .iter()
        .map(|trouble| json!({"level": "error", "message": {"text": trouble}}))
        .collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "tollgate doctor",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "invocations": [{
                "executionSuccessful": view.trouble.is_none(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    })
}

fn descriptor(rule: &Rule) -> Value {
    let Rule {
        id,
        title,
        why,
        mend,
        severity,
    } = rule;
    json!({
        "id": id,
        "shortDescription": {"text": format!("{title}.")},
        "fullDescription": {"text": why},
        "help": {
            "text": format!("{why} To mend it: {mend}."),
            "markdown": format!("{why}\n\n**To mend it:** {mend}."),
        },
        "defaultConfiguration": {"level": severity.as_str()},
    })
}

fn result(finding: &Finding) -> Value {
    let index = CHECKS
        .iter()
        .position(|(rule, _)| rule.id == finding.rule.id);
    let mut result = json!({
        "ruleId": finding.rule.id,
        "level": finding.severity.as_str(),
        "message": {"text": format!("{}. To mend it: {}.", finding.message, finding.rule.mend)},
        "locations": [location(&finding.place)],
    });
    if let (Some(index), Some(object)) = (index, result.as_object_mut()) {
        object.insert("ruleIndex".to_owned(), index.into());
    }
    result
}

fn location(place: &Place) -> Value {
    match place {
        Place::File(file, line) => json!({"physicalLocation": {
            "artifactLocation": {"uri": uri(file)},
            "region": {"startLine": (*line).max(1)},
        }}),
        Place::Setting(setting) => json!({"logicalLocations": [{
            "fullyQualifiedName": setting,
            "kind": "resource",
        }]}),
    }
}

/// A path as a relative URI reference (RFC 3986, section 4.2).
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        if is_plain {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}
