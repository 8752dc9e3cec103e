//! The reference is what the code says.

use super::*;
use crate::policy::{Expansion, Source, load, schema};

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
