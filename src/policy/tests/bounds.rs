//! Input that is too much, or nothing like a policy.

use proptest::prelude::*;

use super::*;

#[test]
fn ten_megabytes_are_refused_with_a_clear_message() {
    let text = format!("version: 1\n{}", "# filler\n".repeat(1_200_000));
    check(
        &text,
        &["1:1 the policy has 10800011 bytes, 1 MiB is the limit"],
    );
}

#[test]
fn a_policy_of_two_hundred_checks_is_fine() {
    let checks: String = (0..200)
        .map(|n| format!("      c{n}: {{ run: \"true\", timeout: 10m }}\n"))
        .collect();
    let policy = good(&format!(
        "version: 1\npipeline:\n  test:\n    checks:\n{checks}"
    ));
    assert_eq!(policy.gates[0].checks.len(), 200);
}

#[test]
fn long_chains_of_gates_and_needs_do_no_harm() {
    let checks: String = (1..4000)
        .map(|n| format!("      c{n}: {{ run: x, needs: c{} }}\n", n - 1))
        .collect();
    let gates: String = (1..4000)
        .map(|n| {
            format!(
                "  g{n}: {{ requires: g{}, checks: {{ a: {{ run: x }} }} }}\n",
                n - 1
            )
        })
        .collect();
    let text = format!(
        "version: 1\npipeline:\n  test:\n    checks:\n      c0: {{ run: x }}\n{checks}gates:\n  g0: {{ checks: {{ a: {{ run: x }} }} }}\n{gates}"
    );
    assert_eq!(good(&text).gates.len(), 4001);
}

#[test]
fn thousands_of_problems_on_one_line_are_told_quickly_and_bounded() {
    let keys: Vec<String> = (0..60_000).map(|n| format!("\"k{n}\": {{}}")).collect();
    let problems = keep(&format!("{{ {} }}", keys.join(", "))).unwrap_err();
    assert_eq!(problems.0.len(), 500);
    assert!(
        problems
            .to_string()
            .ends_with("at least 500 problems in tollgate.yml")
    );
}

/// Pieces of policies, put together at random.
fn yamlish() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "version: 1",
        "pipeline:",
        "gates:",
        "test:",
        "checks:",
        "a:",
        "run:",
        " ",
        "  ",
        "\n",
        "\n  ",
        "\n    ",
        "\n      ",
        "{",
        "}",
        "[",
        "]",
        ",",
        ": ",
        "- ",
        "&x",
        "*x",
        "<<",
        "!!str",
        "'",
        "\"",
        "|",
        ">-",
        "#",
        "---",
        "...",
        "${A}",
        "$${",
        "${",
        "}",
        "needs:",
        "requires:",
        "G1",
        "image:",
        "same-as:",
        "test/a",
        "results:",
        "image-digest:",
        "10m",
        "70%",
        "true",
        "~",
        "1",
        "\t",
        "\u{feff}",
        "é",
        "?",
        "%YAML 1.2",
        "\\",
        "\0",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn survive(text: &str) {
    let lookup = |_: Option<&CheckRef>, name: &str| match name.len() {
        1 => Lookup::Value("${A}\n:".to_owned()),
        _ => Lookup::Undefined,
    };
    let expansion = Expansion::Gates {
        only: None,
        lookup: &lookup,
    };
    for expansion in [Expansion::Keep, expansion] {
        if let Err(problems) = load(&source(text), expansion) {
            assert!(!problems.0.is_empty());
            assert!(problems.0.iter().all(|problem| !problem.hint.is_empty()));
            assert!(!problems.to_string().is_empty());
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        survive(&text);
    }

    #[test]
    fn nothing_like_a_policy_makes_it_panic(text in yamlish()) {
        survive(&text);
    }

    #[test]
    fn no_change_of_a_good_policy_makes_it_panic(at in 0usize..2400, with in yamlish(), cut in 0usize..40) {
        let text: Vec<char> = super::accepted::SHOP.chars().collect();
        let at = at.min(text.len());
        let end = (at + cut).min(text.len());
        let text: String = text[..at].iter().copied().chain(with.chars()).chain(text[end..].iter().copied()).collect();
        survive(&text);
    }
}
