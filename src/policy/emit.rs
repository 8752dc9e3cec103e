//! A small writer of YAML: what it writes, `yaml` reads back as the same.

use super::node::{Kind, Scalar};

/// What is to be written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Yaml {
    /// A text, in quotes where it needs them.
    Text(String),
    /// A number or truth value, as it stands.
    Plain(String),
    /// A list, on one line.
    List(Vec<String>),
    /// A list of lists, on one line.
    Lists(Vec<Vec<String>>),
    /// A mapping, a line for each key.
    Map(Vec<(String, Yaml)>),
}

impl Yaml {
    /// A text.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A number or truth value.
    pub(super) fn plain(value: impl ToString) -> Self {
        Self::Plain(value.to_string())
    }
}

/// The longest key that stands before its `:` as it is; YAML allows 1024 characters.
const LONGEST_KEY: usize = 1000;

/// Writes a document.
pub(super) fn document(fields: &[(String, Yaml)]) -> String {
    let mut text = String::new();
    mapping(fields, 0, &mut text);
    text
}

fn mapping(fields: &[(String, Yaml)], indent: usize, text: &mut String) {
    for (key, value) in fields {
        let pad = " ".repeat(indent);
        match scalar(key) {
            long if long.len() > LONGEST_KEY => text.push_str(&format!("{pad}? {long}\n{pad}:")),
            key => text.push_str(&format!("{pad}{key}:")),
        }
        match value {
            Yaml::Map(fields) if fields.is_empty() => text.push_str(" {}\n"),
            Yaml::Map(fields) => {
                text.push('\n');
                mapping(fields, indent + 2, text);
            }
            Yaml::List(items) => text.push_str(&format!(" {}\n", flow(items))),
            Yaml::Lists(lists) => {
                let lists: Vec<_> = lists.iter().map(|items| flow(items)).collect();
                text.push_str(&format!(" [{}]\n", lists.join(", ")));
            }
            Yaml::Plain(value) => text.push_str(&format!(" {value}\n")),
            Yaml::Text(value) => match block(value, indent + 2) {
                Some(block) => text.push_str(&block),
                None => text.push_str(&format!(" {}\n", scalar(value))),
            },
        }
    }
}

/// A list of texts on one line.
fn flow(items: &[String]) -> String {
    let items: Vec<_> = items.iter().map(|item| scalar(item)).collect();
    format!("[{}]", items.join(", "))
}

/// A text of several lines as a literal block, if it can be one.
fn block(text: &str, indent: usize) -> Option<String> {
    let body = text.trim_end_matches('\n');
    let ends = text.len() - body.len();
    let strange = |c: char| (c.is_control() && c != '\n') || !is_printable(c);
    let good = body.contains('\n')
        && !body.starts_with([' ', '\n'])
        && !body.contains(strange)
        && body
            .split('\n')
            .all(|line| line.trim() == line.trim_start());
    let header = match ends {
        0 => "|-",
        1 => "|",
        _ => return None,
    };
    let pad = " ".repeat(indent);
    let line = |line: &str| match line {
        "" => "\n".to_owned(),
        line => format!("{pad}{line}\n"),
    };
    let lines: String = body.split('\n').map(line).collect();
    good.then(|| format!(" {header}\n{lines}"))
}

/// A text on one line, in double quotes unless it is harmless.
fn scalar(text: &str) -> String {
    if is_harmless(text) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// Tells whether a text means itself without quotes, in a list too.
fn is_harmless(text: &str) -> bool {
    let plain = Scalar {
        text: text.to_owned(),
        plain: true,
    };
    let inner = |c: char| c.is_ascii_alphanumeric() || " _-./+=@%~()*^$\\".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/' || c == '_' || c == '.')
        && text.chars().all(inner)
        && !text.ends_with(' ')
        && plain.kind() == Kind::Text
        && !matches!(text, "yes" | "no" | "on" | "off" | "y" | "n")
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() || !is_printable(c) => {
                quoted.push_str(&format!("\\U{:08X}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Tells whether YAML takes a character as it is, and shows it as what it is.
fn is_printable(character: char) -> bool {
    !matches!(
        character,
        '\u{85}' | '\u{a0}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::policy::Source;
    use crate::policy::diagnostics::Reports;
    use crate::policy::node::{Content, Node};
    use crate::policy::yaml;

    fn read(text: &str) -> Node {
        let source = Source {
            path: "shown".to_owned(),
            text: text.to_owned(),
        };
        let mut reports = Reports::new(&source, text);
        let node = yaml::read(text, &mut reports);
        node.unwrap_or_else(|| panic!("{}\n{text}", reports.finish()))
    }

    fn text_of(node: &Node) -> &Scalar {
        match &node.content {
            Content::Scalar(scalar) => scalar,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn texts_are_quoted_where_they_need_it() {
        for (text, expect) in [
            ("ruff check .", "ruff check ."),
            ("1.10", "\"1.10\""),
            ("true", "\"true\""),
            ("on", "\"on\""),
            ("", "\"\""),
            ("a: b", "\"a: b\""),
            ("*.xml", "\"*.xml\""),
            ("v${X}", "\"v${X}\""),
            ("é\t\u{7}", "\"é\\t\\U00000007\""),
        ] {
            assert_eq!(scalar(text), expect);
        }
    }

    #[test]
    fn several_lines_become_a_block() {
        let fields = [(
            "run".to_owned(),
            Yaml::text("make\n\n  indented # no comment\n"),
        )];
        assert_eq!(
            document(&fields),
            "run: |\n  make\n\n    indented # no comment\n"
        );
        let fields = [("run".to_owned(), Yaml::text(" first\nsecond"))];
        assert_eq!(document(&fields), "run: \" first\\nsecond\"\n");
    }

    #[test]
    fn a_key_that_is_too_long_for_yaml_is_written_all_the_same() {
        let key = "k".repeat(5000);
        let inner = Yaml::Map(vec![(key.clone(), Yaml::text("value"))]);
        let node = read(&document(&[("a".to_owned(), inner)]));
        assert_eq!(
            text_of(node.get("a").unwrap().get(&key).unwrap()).text,
            "value"
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            text in "[ -~\n\té標\u{85}\u{2028}\u{0}]{0,20}", line in any::<String>(), key in "\\PC{1,9}"
        ) {
            let inner = vec![(key.clone(), Yaml::text(line.clone())), ("list".to_owned(), Yaml::List(vec![text.clone(), line.clone()]))];
            let written = document(&[("a".to_owned(), Yaml::text(text.clone())), ("b".to_owned(), Yaml::Map(inner))]);
            let node = read(&written);
            let inner = node.get("b").unwrap();
            prop_assert_eq!(&text_of(node.get("a").unwrap()).text, &text, "{}", written);
            if key != "list" {
                prop_assert_eq!(&text_of(inner.get(&key).unwrap()).text, &line, "{}", written);
            }
            let list = inner.get("list").unwrap().items();
            prop_assert_eq!(&text_of(list.last().unwrap()).text, &line, "{}", written);
            prop_assert_eq!(text_of(node.get("a").unwrap()).kind(), Kind::Text, "{}", written);
        }
    }
}
