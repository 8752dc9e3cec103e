//! Texts of the record as a report shows them: masked, clean and bounded, whoever wrote them.

use std::fmt;

use crate::domain::evidence::redaction::Redactor;
use crate::render::clean;

/// The longest line, in bytes.
const LONGEST_LINE: usize = 1_000;

/// The longest name or title, in bytes.
const LONGEST_NAME: usize = 200;

/// The longest text of several lines, in bytes.
const LONGEST_PASSAGE: usize = 4_096;

/// A text that may be shown. A [`Pen`] makes it; what a renderer adds is escaping.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text(String);

/// A part of a text: plain, or a command in backticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    /// What it says, without the backticks.
    pub text: &'a str,
    /// Whether it is a command.
    pub is_code: bool,
}

impl Text {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Tells whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its parts, in order. A backtick without its other half is plain text.
    pub fn parts(&self) -> Vec<Part<'_>> {
        let ticks = self.0.matches('`').count();
        let pieces: Vec<&str> = match ticks % 2 {
            0 => self.0.split('`').collect(),
            _ => vec![&self.0],
        };
        let part = |(place, text)| Part {
            text,
            is_code: place % 2 == 1,
        };
        let parts = pieces.into_iter().enumerate().map(part);
        parts.filter(|part| !part.text.is_empty()).collect()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What writes texts into a report.
#[derive(Debug, Clone, Copy)]
pub struct Pen<'a> {
    redactor: &'a Redactor,
}

impl<'a> Pen<'a> {
    /// A pen that masks with this redactor.
    pub fn new(redactor: &'a Redactor) -> Self {
        Self { redactor }
    }

    /// One line.
    pub fn line(&self, text: &str) -> Text {
        self.one_line(text, LONGEST_LINE)
    }

    /// A name or title.
    pub fn name(&self, text: &str) -> Text {
        self.one_line(text, LONGEST_NAME)
    }

    /// A text of several lines.
    pub fn passage(&self, text: &str) -> Text {
        let masked = self.masked(text.trim());
        self.bounded(&clean::text(&masked), LONGEST_PASSAGE)
    }

    /// Where something can be fetched: an `https` or `http` address without what could be a
    /// credential in it. `None` for everything else.
    pub fn link(&self, uri: &str) -> Option<Text> {
        let (scheme, rest) = uri.split_once("://")?;
        let is_web = ["https", "http"]
            .iter()
            .any(|it| scheme.eq_ignore_ascii_case(it));
        let rest = rest.split(['?', '#']).next()?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = host.rsplit('@').next()?;
        let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '`');
        let is_whole = is_web && !host.is_empty() && host.chars().chain(path.chars()).all(is_plain);
        let link = format!("{}://{host}/{path}", scheme.to_ascii_lowercase());
        let masked = self.masked(&link);
        (is_whole && masked == link && link.len() <= LONGEST_LINE).then_some(Text(link))
    }

    fn one_line(&self, text: &str, most: usize) -> Text {
        let masked = self.masked(text.trim());
        self.bounded(&clean::line(&masked), most)
    }

    fn masked(&self, text: &str) -> String {
        self.redactor.mask(text).into_owned().into_inner()
    }

    /// Masks once more, since cleaning can join what was apart, then cuts.
    fn bounded(&self, clean: &str, most: usize) -> Text {
        let masked = self.redactor.mask(clean);
        Text(clean::cut(&masked, most).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::redaction::RedactionRules;

    fn redactor() -> Redactor {
        let rules = RedactionRules {
            emails: true,
            ..RedactionRules::default()
        };
        Redactor::new(&rules, ["hunter22".to_owned()]).unwrap()
    }

    #[test]
    fn a_text_is_masked_clean_and_bounded() {
        let redactor = redactor();
        let pen = Pen::new(&redactor);
        for (text, shown) in [
            ("  plain ", "plain"),
            ("call bob@example.org", "call [masked:email]"),
            ("is hunter22, is it", "is [masked:secret], is it"),
            ("is hunt\u{1b}[1mer22", "is [masked:secret]"),
            ("a\u{202e}b\nc", "a<U+202E>b␊c"),
        ] {
            assert_eq!(pen.line(text).as_str(), shown);
        }
        let long = "é".repeat(500_000);
        assert!(pen.name(&long).as_str().len() <= 200);
        assert!(pen.line(&long).as_str().ends_with('…'));
        assert!(pen.passage(&long).as_str().len() <= 4_096);
        let at_the_edge = format!("{} hunter22", "x".repeat(LONGEST_NAME - 5));
        assert!(!pen.name(&at_the_edge).as_str().contains("hunt"));
    }

    #[test]
    fn only_an_address_of_the_web_is_a_link_and_no_credential_is_in_it() {
        let redactor = redactor();
        for (uri, link) in [
            (
                "https://example.org/a/b.xml",
                Some("https://example.org/a/b.xml"),
            ),
            ("HTTP://example.org", Some("http://example.org/")),
            (
                "https://u:p@example.org/a?sig=x#y",
                Some("https://example.org/a"),
            ),
            ("https://example.org/hunter22", None),
            ("https://example.org/a b", None),
            ("https:///x", None),
            ("javascript://example.org/%0aalert(1)", None),
            ("javascript:alert(1)", None),
            ("data:text/html,x", None),
            ("runs/1/a.xml", None),
        ] {
            let found = Pen::new(&redactor).link(uri);
            assert_eq!(found.as_ref().map(Text::as_str), link, "{uri}");
        }
    }

    #[test]
    fn commands_are_told_apart() {
        let parts = |text: &str| {
            let text = Text(text.to_owned());
            let parts = text.parts().into_iter();
            parts
                .map(|it| (it.text.to_owned(), it.is_code))
                .collect::<Vec<_>>()
        };
        let part = |text: &str, is_code| (text.to_owned(), is_code);
        assert_eq!(
            parts("run `a b` now"),
            [part("run ", false), part("a b", true), part(" now", false)]
        );
        assert_eq!(parts("odd ` tick"), [part("odd ` tick", false)]);
        assert_eq!(parts(""), []);
    }
}
