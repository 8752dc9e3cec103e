//! Patterns of tests, and the names that they are compared with.

use serde::{Deserialize, Serialize};

/// Which tests belong to a journey or fault: `*` stands for any text, `?` for one character, and
/// upper and lower case are alike. The pattern covers a whole name (see [`CaseName`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct TestPattern {
    text: String,
    folded: String,
    /// Its longest part without `*` and `?`: most cases do not hold it, which is seen fast.
    needle: String,
}

impl TestPattern {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Tells whether it covers one of the names of a case.
    pub fn fits(&self, case: &CaseName) -> bool {
        let whole = case.folded.as_str();
        if !whole.contains(&self.needle) {
            return false;
        }
        // What covers the end of a name after a `*` covers the whole of it too.
        let kinds = if self.folded.starts_with('*') { 1 } else { 3 };
        let starts = case.starts.iter().take(kinds);
        let mut names = starts.filter_map(|start| whole.get(*start..));
        names.any(|name| covers(&self.folded, name))
    }
}

impl From<&str> for TestPattern {
    fn from(text: &str) -> Self {
        let folded = folded(text);
        let parts = folded.split(['*', '?']);
        let needle = parts.max_by_key(|part| part.len()).unwrap_or_default();
        Self {
            text: text.to_owned(),
            needle: needle.to_owned(),
            folded,
        }
    }
}

impl From<String> for TestPattern {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<TestPattern> for String {
    fn from(pattern: TestPattern) -> Self {
        pattern.text
    }
}

/// The names of a test case: `name`, `classname.name` and `suite.classname.name`, where the suite
/// is the innermost one. What the file does not give is left out with its dot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseName {
    /// The longest name; the others are its ends.
    folded: String,
    /// Where each of the names begins.
    starts: [usize; 3],
}

impl CaseName {
    /// Takes the texts of a case; empty is not given.
    pub fn new(suite: &str, class: &str, name: &str) -> Self {
        let mut folded = String::with_capacity(suite.len() + class.len() + name.len() + 2);
        let [_, class, name] = [suite, class, name].map(|text| append(text, &mut folded));
        let name = name.unwrap_or(folded.len());
        let starts = [0, class.unwrap_or(name), name];
        Self { folded, starts }
    }
}

/// Adds a text that is given, with a dot before it, and tells where it begins.
fn append(text: &str, name: &mut String) -> Option<usize> {
    if text.is_empty() {
        return None;
    }
    if !name.is_empty() {
        name.push('.');
    }
    let start = name.len();
    fold(text, name);
    Some(start)
}

fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold(text, &mut folded);
    folded
}

/// Letter by letter, so that the place of a letter within a word makes no difference.
fn fold(text: &str, into: &mut String) {
    if text.is_ascii() {
        into.extend(
            text.bytes()
                .map(|byte| char::from(byte.to_ascii_lowercase())),
        );
    } else {
        into.extend(text.chars().flat_map(char::to_lowercase));
    }
}

/// Compares from left to right, and after a mismatch goes back to the last `*` and lets it stand
/// for one more character. The time is at most the product of the two lengths.
fn covers(pattern: &str, text: &str) -> bool {
    let (pattern, bytes) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut seen) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while seen < bytes.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(b'?') => {
                seen += width(text, seen);
                at += 1;
            }
            Some(byte) if *byte == bytes[seen] => {
                seen += 1;
                at += 1;
            }
            _ => {
                let Some((back, covered)) = star else {
                    return false;
                };
                let covered = covered + width(text, covered);
                star = Some((back, covered));
                (at, seen) = (back + 1, covered);
            }
        }
    }
    pattern[at.min(pattern.len())..]
        .iter()
        .all(|byte| *byte == b'*')
}

/// How many bytes the character at a place has.
fn width(text: &str, at: usize) -> usize {
    let rest = text.get(at..).and_then(|rest| rest.chars().next());
    rest.map_or(1, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::RegexBuilder;

    use super::*;

    fn fits(pattern: &str, [suite, class, name]: [&str; 3]) -> bool {
        TestPattern::from(pattern).fits(&CaseName::new(suite, class, name))
    }

    #[test]
    fn a_pattern_covers_a_whole_name() {
        for (pattern, name, expect) in [
            ("*order*", "test_order_twice", true),
            ("*order*", "order", true),
            ("order", "order", true),
            ("order", "orders", false),
            ("order*", "reorder", false),
            ("*order*double*", "order double click", true),
            ("*order*double*", "double order", false),
            ("*a*b*c", "aXbXbc", true),
            ("*", "", true),
            ("**", "x", true),
            ("", "", true),
            ("?", "", false),
            ("t?st", "test", true),
            ("t?st", "tst", false),
            ("*.*", "name", false),
            ("*[a]*", "test_pay[a]", true),
        ] {
            assert_eq!(fits(pattern, ["", "", name]), expect, "{pattern} {name}");
        }
    }

    #[test]
    fn upper_and_lower_case_are_alike() {
        for (pattern, name) in [
            ("*order*", "TestOrder"),
            ("*ORDER*", "test_order"),
            ("*bestätigung*", "BESTÄTIGUNG"),
            ("*ΟΔΟΣ*", "οδοσ x"),
            ("สั่ง*", "สั่งซื้อ"),
            ("?rger", "Ärger"),
        ] {
            assert!(fits(pattern, ["", "", name]), "{pattern} {name}");
        }
    }

    #[test]
    fn name_class_and_suite_are_compared() {
        let case = ["shop", "tests.test_order", "test_pay"];
        for (pattern, expect) in [
            ("test_pay", true),
            ("tests.test_order.test_pay", true),
            ("shop.tests.test_order.test_pay", true),
            ("*order*", true),
            ("*order*pay", true),
            ("shop.*", true),
            ("tests.test_order", false),
            ("shop", false),
            ("shop.test_pay", false),
        ] {
            assert_eq!(fits(pattern, case), expect, "{pattern}");
        }
        assert!(fits("order.pays", ["order", "", "pays"]));
        assert!(fits("order", ["order", "", ""]));
        assert!(fits("a.b", ["", "a", "b"]));
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_regular_expression(pattern in "[ab*?é.]{0,8}", text in "[abÉé.]{0,10}") {
            let regex: String = pattern.chars().map(|c| match c {
                '*' => ".*".to_owned(),
                '?' => ".".to_owned(),
                other => regex::escape(&other.to_string()),
            }).collect();
            let regex = RegexBuilder::new(&format!("^{regex}$")).case_insensitive(true).build().unwrap();
            prop_assert_eq!(fits(&pattern, ["", "", &text]), regex.is_match(&text));
        }

        #[test]
        fn no_text_makes_it_panic(pattern in any::<String>(), texts in any::<[String; 3]>()) {
            let [suite, class, name] = &texts;
            fits(&pattern, [suite, class, name]);
            prop_assert!(fits("*", [suite, class, name]));
        }
    }
}
