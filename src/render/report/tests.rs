//! Reports of told releases: what stands where, and that nothing said in them does any harm.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::domain::evidence::redaction::RedactionRules;
use crate::render::script;
use crate::render::script::release::Told;

pub(in crate::render) fn redactor() -> Redactor {
    let rules = RedactionRules {
        emails: true,
        coordinates: true,
        patterns: vec!["sk_live_[a-z]+".to_owned()],
    };
    Redactor::new(&rules, ["hunter22".to_owned()]).unwrap()
}

/// Calls with what a report of the release is made from.
pub(in crate::render) fn with_sources<T>(told: &Told, look: impl FnOnce(&Sources<'_>) -> T) -> T {
    let (links, facts, verdict) = (told.links(), told.facts(), told.verdict());
    look(&Sources {
        policy: &told.policy,
        links: &links,
        facts: &facts,
        verdict: &verdict,
        release: &script::release(),
        redactor: &redactor(),
        now: told.now,
    })
}

pub(super) fn report(told: &Told) -> Report {
    with_sources(told, Report::of)
}

fn document(told: &Told) -> Value {
    with_sources(told, |sources| json(sources, &Report::of(sources)))
}

#[test]
fn a_release_on_its_way_as_markdown() {
    insta::assert_snapshot!(markdown(&report(&script::release::on_its_way())));
}

#[test]
fn a_release_that_was_delivered_as_markdown() {
    insta::assert_snapshot!(markdown(&report(&script::release::delivered())));
}

#[test]
fn a_release_on_its_way_as_json() {
    let mut document = document(&script::release::on_its_way());
    assert_eq!(document["schema"], REPORT_SCHEMA);
    assert_eq!(document["gates"].as_array().unwrap().len(), 9);
    for part in ["gates", "environments", "waivers"] {
        document.as_object_mut().unwrap().remove(part); // those of the status document
    }
    insta::assert_snapshot!(format!("{document:#}"));
}

#[test]
fn what_keeps_a_release_back_comes_first() {
    for (told, first) in [
        (script::release::on_its_way(), "○ pending **G2**"),
        (script::release::delivered(), "Nothing."),
        (script::release::saying("x"), "✗ failed **test**"),
    ] {
        let text = markdown(&report(&told));
        let back = text.split("## What keeps it back\n\n").nth(1).unwrap();
        assert!(back.starts_with(first), "{back}");
    }
}

#[test]
fn a_release_of_which_nothing_is_known_is_shown() {
    let mut told = Told::new(script::stages(&["lint: ruff"]));
    told.events.clear();
    let empty = report(&told);
    assert_eq!(
        (empty.timeline.picture.is_none(), empty.head.chain),
        (true, None)
    );
    assert!(markdown(&empty).contains("0 of 1 stage or gate lets it through"));
    assert!(html(&empty).unwrap().contains("Nothing happened yet."));
    assert_eq!(document(&told)["timeline"], serde_json::json!([]));
}

#[test]
fn every_item_of_the_checklist_leads_to_its_proof() {
    let report = report(&script::release::delivered());
    let page = html(&report).unwrap();
    let mut proven = 0;
    for item in report.checklist.iter().flat_map(|group| &group.items) {
        for proof in &item.proofs {
            assert!(
                page.contains(&format!("id=\"{}\"", proof.anchor)),
                "{proof:?}"
            );
            proven += 1;
        }
    }
    assert_eq!(proven, 10);
}

#[test]
fn every_link_of_the_page_leads_somewhere() {
    let page = html(&report(&script::release::on_its_way())).unwrap();
    let links = page
        .split("href=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap());
    let mut inner = 0;
    for link in links {
        match link.strip_prefix('#') {
            Some(id) => {
                assert!(page.contains(&format!("id=\"{id}\"")), "{link}");
                inner += 1;
            }
            None => assert_eq!(link, "data:,"),
        }
    }
    assert!(inner > 30, "{inner}");
}

#[test]
fn nothing_unmasked_is_shown_in_any_form() {
    let secret = "call bob@example.org, hunter22, sk_live_abc, 52.520008, 13.404954, \
                  https://u:hunter23@example.org/x";
    let told = script::release::saying(secret);
    let page = html(&report(&told)).unwrap();
    for form in [page, markdown(&report(&told)), document(&told).to_string()] {
        for part in ["bob@", "hunter22", "hunter23", "sk_live_abc", "52.520008"] {
            assert!(!form.contains(part), "{part} in {form}");
        }
        assert!(form.contains("masked"), "{form}");
    }
}

#[test]
fn a_waiver_that_ended_is_told_when_it_did() {
    let mut told = script::release::on_its_way();
    told.wait(30 * 86_400);
    let text = markdown(&report(&told));
    let row = "| 2026-11-28 00:00:00 | – | the waiver w-1 of G1/mail expired |";
    assert!(text.contains(row), "{text}");
    assert!(text.contains("✗ failed **G1** · Core journeys"), "{text}");
}

#[test]
fn sign_offs_that_do_not_count_say_why() {
    let mut told = script::release::on_its_way();
    let sign = |result: &str, environment: &str| {
        serde_json::json!({"gate": "G2", "check": "uat", "by": "dev", "result": result,
                           "environment": environment})
    };
    told.tell("gate_signoff", "dev", sign("passed", "production"));
    told.wait(60)
        .tell("gate_signoff", "dev", sign("failed", "staging"));
    told.wait(60);
    let item = report(&told).manual.swap_remove(0);
    assert_eq!(item.badge.word, "failed");
    let why: Vec<_> = item
        .set_aside
        .iter()
        .map(|it| it.objection.as_str())
        .collect();
    assert_eq!(
        why,
        [
            "a later sign-off stands in its place",
            "it was not seen where it must be"
        ]
    );
}

#[test]
fn journeys_have_a_row_and_faults_a_column() {
    let told = script::release::on_its_way();
    let table = report(&told).journeys.swap_remove(0);
    let faults: Vec<_> = table.faults.iter().map(|it| it.as_str()).collect();
    assert_eq!(faults, ["double-click", "timeout", "webhook-repeated"]);
    let cells = |row: usize| -> Vec<String> {
        let cells = table.rows[row].faults.iter();
        cells
            .map(|it| it.as_ref().map_or("·".to_owned(), |it| it.word.clone()))
            .collect()
    };
    assert_eq!(cells(0), ["3 passed", "4 passed, 1 flaky", "·"]);
    assert_eq!(cells(1), ["·", "1 of 3 failed", "no test"]);
    assert!(
        markdown(&report(&told))
            .contains("| **pay** | ✓ 5 passed | · | ✗ 1 of 3 failed | ○ no test |")
    );
}

#[test]
fn a_megabyte_of_text_is_bounded() {
    let told = script::release::saying(&"<x> | `a` ".repeat(100_000));
    let report = report(&told);
    let (page, text) = (html(&report).unwrap(), markdown(&report));
    assert!(
        page.len() < 200_000 && text.len() < 200_000,
        "{} {}",
        page.len(),
        text.len()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_text_changes_the_table_of_a_report(
        text in prop_oneof![any::<String>(), "[`*_<>|\\[\\]()#@&a/ \n~:.\"-]{0,30}"],
    ) {
        let structure = |text: &str| structure(&markdown(&report(&script::release::saying(text))));
        prop_assert_eq!(structure(&format!("{text}m")), structure("plain"));
        prop_assert_eq!(structure(&format!("m{text}")), structure("plain"));
    }
}

/// Every block and cell that a reader of Markdown sees, and every piece of HTML.
fn structure(markdown: &str) -> Vec<String> {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let mut seen = Vec::new();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => seen.push(level.to_string()),
            Event::Start(Tag::CodeBlock(_)) => seen.push("block of code".to_owned()),
            Event::Start(Tag::TableCell) => seen.push("cell".to_owned()),
            Event::Start(Tag::Item) => seen.push("item".to_owned()),
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => seen.push("link".to_owned()),
            Event::Start(Tag::Strong) => seen.push("strong".to_owned()),
            Event::Start(Tag::Emphasis) => seen.push("emphasis".to_owned()),
            Event::Html(html) | Event::InlineHtml(html) => {
                let tags = html.matches('<').count() - html.matches("<!--").count();
                seen.extend((tags > 0).then(|| format!("{tags} tags")));
            }
            _ => {}
        }
    }
    seen
}
