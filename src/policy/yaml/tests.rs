//! Tests of reading YAML.

use super::*;
use crate::policy::Source;

fn source(text: &str) -> Source {
    Source {
        path: "p.yml".to_owned(),
        text: text.to_owned(),
    }
}

/// Reads a text and compares its problems, `line:column: message`, one a line.
fn check(text: &str, expect: &[&str]) {
    let source = source(text);
    let mut reports = Reports::new(&source, &source.text);
    read(&source.text, &mut reports);
    let found: Vec<String> = reports
        .finish()
        .0
        .iter()
        .map(|found| format!("{}:{}: {}", found.line, found.column, found.message))
        .collect();
    assert_eq!(found, expect, "{text}");
}

fn tree(text: &str) -> Node {
    let source = source(text);
    let mut reports = Reports::new(&source, &source.text);
    let node = read(&source.text, &mut reports);
    assert!(reports.is_empty(), "{}", reports.finish());
    node.unwrap()
}

#[test]
fn what_is_no_single_plain_document_is_refused() {
    check("", &["1:1: the policy is empty"]);
    check("# nothing\n", &["1:1: the policy is empty"]);
    check(
        "a: 1\n---\nb: 2\n",
        &["2:1: a second document begins here, a policy is only one"],
    );
    check("--- \na: 1\n...\n", &[]);
    check("a: !!str 1\n", &["1:4: tags have no meaning here"]);
    check("<<: {a: 1}\n", &["1:1: merge keys are not supported"]);
    check("'<<': 1\n", &[]);
    check("? [a]\n: 1\n", &["1:3: a list or mapping cannot be a key"]);
}

#[test]
fn a_key_that_stands_twice_is_named_with_both_lines() {
    check(
        "a: 1\nb: 2\na: 3\n",
        &["3:1: the key `a` stands on line 1 already"],
    );
    check(
        "a: {b: 1, 'b': 2}\n",
        &["1:11: the key `b` stands on line 1 already"],
    );
}

#[test]
fn what_is_no_yaml_says_where() {
    check(
        "a:\n\t- b\n",
        &["2:2: this is not YAML: tabs disallowed within this context (block indentation)"],
    );
    check(
        "a: b: c\n",
        &["1:5: this is not YAML: mapping values are not allowed in this context"],
    );
    check(
        "a: *q\n",
        &["1:4: this is not YAML: while parsing node, found unknown anchor"],
    );
}

#[test]
fn the_hint_fits_the_fault() {
    let hint = |text: &str| {
        let source = source(text);
        let mut reports = Reports::new(&source, &source.text);
        read(&source.text, &mut reports);
        reports.finish().0[0].hint.clone()
    };
    assert!(hint("a:\n\t- b\n").contains("tabs"));
    assert!(hint("a: {b: ${X}}\n").contains("\"${NAME}\""));
    assert!(hint("a: b: c\n").contains("quotes"));
    assert!(hint("a: @b\n").contains("begins with this character"));
}

#[test]
fn nesting_is_bounded() {
    let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    check(&nested(63), &[]);
    check(&nested(64), &["1:65: this is nested deeper than 64 levels"]);
    check(
        &"[".repeat(100_000),
        &["1:256: this is nested deeper than 64 levels"],
    );
    let through_alias = format!(
        "a: &x {}\nb: {}*x{}\n",
        nested(40),
        "[".repeat(40),
        "]".repeat(40)
    );
    check(
        &through_alias,
        &["2:44: this is nested deeper than 64 levels"],
    );
}

#[test]
fn aliases_stand_for_their_values_within_bounds() {
    let root = tree("a: &x [1, 2]\nb: *x\n");
    assert_eq!(
        root.get("a").unwrap().content,
        root.get("b").unwrap().content
    );
    check(
        "a: &x [*x]\n",
        &["1:8: this alias stands within the value it refers to"],
    );
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb += &format!("a{level}: &a{level} [{below}]\n");
    }
    check(
        &bomb,
        &["4:5: the anchors and aliases up to here stand for too much"],
    );
}

#[test]
fn places_are_those_of_the_text() {
    let root = tree("a: 'it''s' # c\nb:\n  - \"q\\\"\"   # c\n  - é: plain text\n");
    let at = |node: &Node| (node.span.line, node.span.column, node.span.length);
    assert_eq!(
        at(root.get("a").unwrap()),
        (1, 4, 6),
        "an escape is counted once"
    );
    let items = root.get("b").unwrap().items();
    assert_eq!(at(&items[0]), (3, 5, 4));
    assert_eq!(at(items[1].get("é").unwrap()), (4, 8, 10));
}
