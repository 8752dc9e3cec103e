//! What is masked, and that it stays so in every way of calling.

mod environment;
mod found;
mod kept;
mod properties;
mod stream;
mod well_formed;

use super::{RedactionRules, Redactor};

/// The secrets of all tests.
const SECRETS: [&str; 4] = [
    "hunter22-Zq",
    r#"a&b<"c\d'e"#,
    "first line of a key\r\n  second line of it\n}\n",
    "ขนมปัง-secret",
];

fn rules(patterns: &[&str]) -> RedactionRules {
    RedactionRules {
        emails: true,
        coordinates: true,
        patterns: patterns.iter().map(|&pattern| pattern.to_owned()).collect(),
    }
}

/// A redactor with all rules, the given patterns and [`SECRETS`].
fn redactor(patterns: &[&str]) -> Redactor {
    Redactor::new(&rules(patterns), SECRETS.map(str::to_owned)).unwrap()
}

/// A redactor for some secrets alone.
fn for_secrets(secrets: &[&str]) -> Redactor {
    let secrets = secrets.iter().map(|&secret| secret.to_owned());
    Redactor::new(&RedactionRules::default(), secrets).unwrap()
}

/// Masks with the rules and patterns of all tests.
fn masked(text: &str) -> String {
    redactor(&["sk_live_[A-Za-z0-9]+", r"^ID \d+$"])
        .mask(text)
        .into_owned()
        .into_inner()
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(masked(text), expected, "{text}");
    assert_eq!(masked(expected), expected, "masked twice: {text}");
}
