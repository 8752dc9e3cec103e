//! Tokens of small documents, whole and drop by drop, and the bounds of memory.

use std::io;

use super::*;

/// Gives one byte at a time.
struct Drip<'a>(&'a [u8]);

impl Read for Drip<'_> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let size = self.0.len().min(target.len()).min(1);
        target[..size].copy_from_slice(&self.0[..size]);
        self.0 = &self.0[size..];
        Ok(size)
    }
}

/// The tokens as words: `+name attributes`, `-name`, `"text"`, `[cdata]`, and a fault at the end.
fn tokens(input: impl Read) -> Vec<String> {
    let mut markup = Markup::of(input);
    let mut words = Vec::new();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    loop {
        if let Err(fault) = markup.advance() {
            words.push(format!("! {fault}"));
            return words;
        }
        words.push(match markup.token() {
            Token::EndOfFile => return words,
            Token::End(name) => format!("-{}", text(name)),
            Token::Text(piece) => format!("{:?}", text(piece)),
            Token::Cdata(piece) => format!("[{}]", text(piece)),
            Token::Start(Tag {
                name,
                attributes,
                ending,
            }) => {
                let end = if ending == Ending::Closed { "/" } else { "" };
                format!("+{}{}{end}", text(name), text(attributes))
            }
        });
    }
}

fn check(xml: &str, expected: &[&str]) {
    assert_eq!(tokens(xml.as_bytes()), expected, "{xml}");
    assert_eq!(tokens(Drip(xml.as_bytes())), expected, "{xml}");
}

#[test]
fn tags_and_text() {
    check("", &[]);
    check("<a/>", &["+a/"]);
    check("<a>b</a>", &["+a", "\"b\"", "-a"]);
    check("<a b='c' /></d\n>", &["+a b='c' /", "-d"]);
    check("<a>&lt;</a>", &["+a", "\"&lt;\"", "-a"]);
    check("<x:é/>", &["+x:é/"]);
}

#[test]
fn a_bracket_in_a_value_does_not_end_the_tag() {
    check("<a b='>'>", &["+a b='>'"]);
    check("<a b=\">\" c='\"'/>", &["+a b=\">\" c='\"'/"]);
    check("<a b='x\">' c=\"/>\">", &["+a b='x\">' c=\"/>\""]);
    check("<a b = \" > \">", &["+a b = \" > \""]);
    check("<a b=\"a / > b\"/>", &["+a b=\"a / > b\"/"]);
    check("<a b=\"\" >", &["+a b=\"\" "]);
    check("<a b=\"=\">\"c\"", &["+a b=\"=\"", "\"\\\"c\\\"\""]);
    check("<a b=\"<\"/>", &["+a b=\"<\"/"]);
}

#[test]
fn sections_are_text_and_the_rest_is_passed_over() {
    check("<![CDATA[a]]>", &["[a]"]);
    check("<![CDATA[]]><a/>", &["[]", "+a/"]);
    check("<?xml version='1.0'?><a/>", &["+a/"]);
    check("<!-- > -- <b> --><a/><!---->", &["+a/"]);
    check("<??><?>?><a/>", &["+a/"]);
    check("<!DOCTYPE a><b/>", &["+b/"]);
    check("<!doctype a SYSTEM 'x[>y'><b/>", &["+b/"]);
}

#[test]
fn a_section_may_hold_what_looks_like_its_end() {
    let mut joined = String::new();
    for word in tokens(Drip(b"<![CDATA[<a>]]]]]>")) {
        joined.push_str(word.trim_start_matches('[').strip_suffix(']').unwrap());
    }
    assert_eq!(joined, "<a>]]]");
}

#[test]
fn broken_markup_is_a_fault_with_its_line() {
    for (xml, fault) in [
        ("\n<a", "! line 2: the file ends inside a tag"),
        ("\n<", "! line 2: the file ends inside a tag"),
        ("<a b=\"x>\n<c/>", "! line 1: the file ends inside a tag"),
        ("\n\n</a", "! line 3: the file ends inside an end tag"),
        (
            "<![CDATA[a\nbcd",
            "! line 2: the file ends inside a CDATA section",
        ),
        ("\n<!-- a\n", "! line 2: the file ends inside a comment"),
        (
            "<? a\n",
            "! line 1: the file ends inside a processing instruction",
        ),
        ("<!", "! line 1: the file ends inside a tag"),
        ("<!DOCTYPE a", "! line 1: the file ends inside the DOCTYPE"),
        (
            "\n<!ELEMENT a>",
            "! line 2: `<!` starts neither a comment nor a CDATA section",
        ),
        (
            "a\n < b",
            "! line 2: a `<` that starts no tag; write `&lt;` for it",
        ),
        (
            "<>",
            "! line 1: a `<` that starts no tag; write `&lt;` for it",
        ),
        ("</>", "-"),
        (
            "<1>",
            "! line 1: a `<` that starts no tag; write `&lt;` for it",
        ),
    ] {
        assert_eq!(tokens(xml.as_bytes()).last().unwrap(), fault, "{xml}");
        assert_eq!(tokens(Drip(xml.as_bytes())).last().unwrap(), fault, "{xml}");
    }
}

#[test]
fn a_doctype_with_declarations_is_refused() {
    let bomb = "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>";
    let words = tokens(bomb.as_bytes());
    assert!(
        words[0].starts_with("! line 1: the DOCTYPE declares entities"),
        "{words:?}"
    );
}

/// `head`, then a lot of one byte, then `tail`; gives the last word and the window's size.
fn read_much(head: &str, filling: u8, size: u64, tail: &str) -> (String, usize) {
    let much = io::repeat(filling).take(size);
    let mut markup = Markup::of(head.as_bytes().chain(much).chain(tail.as_bytes()));
    let mut largest = 0;
    loop {
        let advanced = markup.advance();
        largest = largest.max(markup.window_size());
        match advanced {
            Err(fault) => return (fault.to_string(), largest),
            Ok(()) if markup.token() == Token::EndOfFile => return ("end".to_owned(), largest),
            Ok(()) => {}
        }
    }
}

#[test]
fn text_of_any_size_needs_no_memory() {
    const SIZE: u64 = 3 * 1024 * 1024;
    let (_, usual) = read_much("<a>", b'.', 0, "</a>");
    for (head, tail) in [
        ("<a>", "</a>"),
        ("<a><![CDATA[", "]]></a>"),
        ("<!--", "--><a/>"),
        ("<?a ", "?><a/>"),
    ] {
        assert_eq!(
            read_much(head, b'.', SIZE, tail),
            ("end".to_owned(), usual),
            "{head}"
        );
    }
}

#[test]
fn a_long_tag_is_read_and_then_the_window_shrinks() {
    let (_, usual) = read_much("", b' ', 0, "");
    let tag = format!("<a b='{}'/>", "x".repeat(usual * 3));
    let text = " ".repeat(usual * 2);
    let xml = format!("{tag}{text}<b/>");
    let mut markup = Markup::of(xml.as_bytes());
    markup.advance().unwrap();
    assert!(
        matches!(markup.token(), Token::Start(Tag { attributes, .. }) if attributes.len() > usual * 3)
    );
    assert!(markup.window_size() > usual);
    while markup.token() != Token::EndOfFile {
        markup.advance().unwrap();
    }
    assert_eq!(markup.window_size(), usual);
}

#[test]
fn a_tag_beyond_the_limit_is_refused() {
    let (fault, largest) = read_much("\n<a b='", b'x', LONGEST_TAG as u64 + 1, "'/>");
    assert_eq!(fault, "line 2: a tag is longer than 8 MiB");
    assert!(largest <= LONGEST_TAG);
    let (fault, _) = read_much("<", b'x', 2000, "/>");
    assert!(
        fault.contains("the name of an element is longer"),
        "{fault}"
    );
}

#[test]
fn lines_are_counted_across_windows() {
    let xml = format!("{}<a>\n<b x='\n'/></a>", "\n".repeat(200_000));
    let mut markup = Markup::of(xml.as_bytes());
    let mut lines = Vec::new();
    while markup.advance().is_ok() && markup.token() != Token::EndOfFile {
        if !matches!(markup.token(), Token::Text(_)) {
            lines.push(markup.line());
        }
    }
    assert_eq!(lines, [200_001, 200_002, 200_003]);
}
