//! Untrusted text in Markdown (CommonMark 0.31 and GitHub's tables): shown as it is, and nothing
//! else.

use std::borrow::Cow;

use crate::render::clean;

/// The most bytes of a text that is quoted in a fence.
const LONGEST_QUOTE: usize = 4 * 1024;

/// Text within a line or a table's cell. Whatever is markup in it is shown.
pub(in crate::render) fn inline(untrusted: &str) -> String {
    escaped(clean::line(untrusted).trim(), None)
}

/// The same for text that begins a line or a list item, where more can be markup.
pub(in crate::render) fn opening(untrusted: &str) -> String {
    let line = clean::line(untrusted);
    let line = line.trim();
    escaped(line, list_marker(line))
}

fn escaped(line: &str, marker: Option<usize>) -> String {
    let mut escaped = String::with_capacity(line.len() + 8);
    for (index, c) in line.char_indices() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '#' | '$' | '^' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '@' => escaped.push_str("@<!-- -->"), // so that nobody is called by a test's name
            c if marker == Some(index) => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// Where the sign stands that would make a text the beginning of a list, a rule or a heading.
fn list_marker(text: &str) -> Option<usize> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match text[digits..].chars().next()? {
        '.' | ')' if digits > 0 => Some(digits),
        '-' | '+' | '=' | ':' if digits == 0 => Some(0),
        _ => None,
    }
}

/// Text inside an HTML element that stands in a line of its own.
pub(in crate::render) fn html(untrusted: &str) -> String {
    let mut escaped = String::new();
    for c in clean::line(untrusted).trim().chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '@' => escaped.push_str("@<!-- -->"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Text of several lines in a fence that it cannot close, bounded.
pub(in crate::render) fn fence(untrusted: &str) -> String {
    let clean = clean::text(untrusted.trim_end());
    let text = bounded(&clean);
    let ticks = "`".repeat(longest_run_of_ticks(&text).max(2) + 1);
    format!("{ticks}text\n{text}\n{ticks}")
}

fn bounded(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST_QUOTE {
        return Cow::Borrowed(text);
    }
    let kept = &text[..text.floor_char_boundary(LONGEST_QUOTE)];
    Cow::Owned(format!("{kept}\n… {} more bytes", text.len() - kept.len()))
}

fn longest_run_of_ticks(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or(0)
}

/// A sentence of our own with commands in backticks, and with untrusted parts.
pub(in crate::render) fn sentence(text: &str) -> String {
    let mut escaped = String::new();
    for (index, part) in text.split('`').enumerate() {
        if index % 2 == 1 {
            escaped.push_str(&format!("`{part}`"));
            continue;
        }
        let lead = if part.starts_with(' ') { " " } else { "" };
        let trail = if part.len() > 1 && part.ends_with(' ') {
            " "
        } else {
            ""
        };
        escaped.push_str(&format!("{lead}{}{trail}", inline(part)));
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    use super::*;

    /// What GitHub reads beyond CommonMark.
    fn as_github() -> Options {
        Options::ENABLE_TABLES
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_MATH
            | Options::ENABLE_GFM
    }

    /// The text that a reader sees; `None` where there is markup in it.
    fn seen(markdown: &str) -> Option<String> {
        let mut seen = String::new();
        for event in Parser::new_ext(markdown, as_github()) {
            match event {
                Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
                Event::Text(text) => seen.push_str(&text),
                Event::InlineHtml(html) if &*html == "<!-- -->" => {}
                _ => return None,
            }
        }
        Some(seen)
    }

    #[test]
    fn markup_is_shown() {
        for text in [
            "test_pay[a|b] *x* `y` <b>&amp;</b> ~~z~~ $1$",
            "- item",
            "1. item",
            "12) item",
            "# head",
            "=====",
            "---",
            "> quote",
            "+ plus",
            "![a](b)",
            "[a]: b",
            "\\*",
            ": d",
            "^x^",
        ] {
            assert_eq!(
                seen(&opening(text)).as_deref(),
                Some(text),
                "{}",
                opening(text)
            );
        }
        assert_eq!(inline("@alice"), "@<!-- -->alice");
    }

    #[test]
    fn html_is_shown() {
        assert_eq!(
            html("<b>\"&'\n</summary>@x"),
            "&lt;b&gt;&quot;&amp;&#39;␊&lt;/summary&gt;@<!-- -->x"
        );
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fence("a\n```\nb"), "````text\na\n```\nb\n````");
        assert_eq!(fence("a"), "```text\na\n```");
        assert!(fence(&"é".repeat(5000)).ends_with("\n… 5904 more bytes\n```"));
    }

    #[test]
    fn a_sentence_keeps_its_commands() {
        let text = "Run `tollgate run` again: see a_b_c for `x`.";
        assert_eq!(
            sentence(text),
            "Run `tollgate run` again: see a\\_b\\_c for `x`."
        );
    }

    proptest! {
        #[test]
        fn no_text_becomes_markup(text in any::<String>()) {
            let line = clean::line(&text);
            prop_assume!(!line.trim().is_empty());
            prop_assert_eq!(seen(&opening(&text)), Some(line.trim().to_owned()));
            let behind = format!("x {}", line.trim());
            prop_assert_eq!(seen(&format!("x {}", inline(&text))), Some(behind));
        }

        #[test]
        fn no_markup_becomes_markup(text in "[-+=:#>*_`~|<>&!\\[\\](){}0-9.)$^@a /\\\\\"]{1,24}") {
            let line = clean::line(&text);
            prop_assume!(!line.trim().is_empty());
            prop_assert_eq!(seen(&opening(&text)), Some(line.trim().to_owned()));
            let behind = format!("x {}", line.trim());
            prop_assert_eq!(seen(&format!("x {}", inline(&text))), Some(behind));
        }

        #[test]
        fn no_text_leaves_its_fence(text in "[`~a\n -]{0,40}") {
            let fence = fence(&text);
            let mut blocks = 0;
            for event in Parser::new(&fence) {
                match event {
                    Event::Start(Tag::CodeBlock(_)) => blocks += 1,
                    Event::End(TagEnd::CodeBlock) | Event::Text(_) => {}
                    other => prop_assert!(false, "{other:?}"),
                }
            }
            prop_assert_eq!(blocks, 1);
        }

        #[test]
        fn no_text_becomes_html(text in any::<String>()) {
            let html = html(&text).replace("<!-- -->", "");
            prop_assert!(!html.contains(['<', '>', '"', '\'', '\n']));
        }
    }
}
