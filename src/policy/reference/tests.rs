//! The reference is what the code says.

use std::path::Path;

use super::*;
use crate::policy::{Expansion, Source, load, schema};

/// Compares a file under `docs/` with what is generated; with `UPDATE_DOCS` set it is written.
fn compare(name: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs/reference")
        .join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, generated).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == generated,
        "docs/reference/{name} is stale; run: UPDATE_DOCS=1 cargo test docs"
    );
}

#[test]
fn docs_policy_reference_is_what_the_schema_says() {
    compare("policy.md", &reference());
}

#[test]
fn docs_policy_schema_is_what_the_structs_say() {
    let schema = serde_json::to_string_pretty(&schema()).unwrap();
    compare("policy.schema.json", &format!("{schema}\n"));
}

fn accepted(name: &str, text: &str) {
    let source = Source {
        path: name.to_owned(),
        text: text.to_owned(),
    };
    if let Err(problems) = load(&source, Expansion::Keep) {
        panic!("{problems}\n{text}");
    }
}

#[test]
fn every_example_of_the_reference_is_a_policy() {
    let reference = reference();
    let examples: Vec<&str> = reference.split("```yaml\n").skip(1).collect();
    assert!(examples.len() > 10);
    for example in examples {
        accepted("policy.md", example.split("```").next().unwrap());
    }
}

#[test]
fn every_example_of_the_schema_is_a_policy() {
    for example in schema()["examples"].as_array().unwrap() {
        accepted("policy.schema.json", &example.to_string());
    }
}

#[test]
fn every_definition_and_every_key_stands_in_the_reference() {
    let schema = schema();
    let reference = reference();
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        let section = SECTIONS.iter().any(|section| section.definition == name);
        let value = definition.get("title").is_some();
        assert!(section || value, "{name} has neither a section nor a title");
        for (key, property) in definition["properties"].as_object().into_iter().flatten() {
            assert!(reference.contains(&format!("| `{key}` |")), "{name}.{key}");
            let described = string(property, "description").is_some();
            assert!(described, "{name}.{key} has no description");
        }
    }
}

#[test]
fn every_link_leads_to_a_heading() {
    let reference = reference();
    let anchors: Vec<String> = reference
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .map(anchor)
        .collect();
    for link in reference.split("](#").skip(1) {
        let target = link.split(')').next().unwrap();
        assert!(anchors.iter().any(|anchor| anchor == target), "{target}");
    }
    let unique: std::collections::BTreeSet<_> = anchors.iter().collect();
    assert_eq!(unique.len(), anchors.len(), "two headings share an anchor");
}
