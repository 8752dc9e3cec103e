//! YAML with lines. Aliases share the value that they refer to, so they cost nothing.

use std::collections::HashMap;
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};

use super::{DEEPEST, Entry, Node, Style, Value};
use crate::formats::ReadError;

/// Reads the first document of a YAML file; an empty file is an empty value.
///
/// # Errors
/// [`ReadError::Malformed`] with the line for what is not YAML or is nested deeper than 100.
pub(in crate::formats) fn yaml(text: &str) -> Result<Rc<Node>, ReadError> {
    let mut events = Parser::new_from_str(text);
    first_document(text, &mut events)
}

/// Reads a YAML file to its end; an empty file is an empty value.
///
/// # Errors
/// As [`yaml`], and for a second document.
pub(in crate::formats) fn sole_yaml(text: &str) -> Result<Rc<Node>, ReadError> {
    let mut events = Parser::new_from_str(text);
    let root = first_document(text, &mut events)?;
    for event in events {
        let (event, span) = event.map_err(|error| unreadable(text, &error))?;
        if matches!(event, Event::DocumentStart(_)) {
            return Err(malformed(span.start.line(), "a second document begins"));
        }
    }
    Ok(root)
}

fn first_document(
    text: &str,
    events: &mut Parser<'_, StrInput<'_>>,
) -> Result<Rc<Node>, ReadError> {
    let mut builder = Builder::default();
    for event in events {
        let (event, span) = event.map_err(|error| unreadable(text, &error))?;
        builder.take(event, span)?;
        if let Some(root) = builder.root.take() {
            return Ok(root);
        }
    }
    Ok(single(String::new(), Style::Plain, 1))
}

fn unreadable(text: &str, error: &ScanError) -> ReadError {
    // The parser may see the end of the file below its last line.
    let line = error.marker().line().min(text.lines().count());
    malformed(line, format!("not YAML: {}", error.info()))
}

fn malformed(line: usize, message: impl Into<String>) -> ReadError {
    ReadError::malformed(u64::try_from(line.max(1)).unwrap_or(u64::MAX), message)
}

fn single(text: String, style: Style, line: usize) -> Rc<Node> {
    Rc::new(Node {
        line,
        value: Value::Single(text, style),
    })
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Rc<Node>>,
    root: Option<Rc<Node>>,
}

/// A list or map that has begun.
struct Open {
    line: usize,
    anchor: usize,
    value: Value,
    /// The key of a map that waits for its value, with its line.
    key: Option<(String, usize)>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), ReadError> {
        let line = span.start.line();
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let node = single(text.into_owned(), style_of(style), line);
                self.finish(node, anchor, line);
            }
            Event::SequenceStart(anchor, _) => self.begin(Value::List(Vec::new()), anchor, line)?,
            Event::MappingStart(anchor, _) => self.begin(Value::Map(Vec::new()), anchor, line)?,
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    let node = Rc::new(Node {
                        line: open.line,
                        value: open.value,
                    });
                    self.finish(node, open.anchor, open.line);
                }
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(node) => self.finish(Rc::clone(node), 0, line),
                None => return Err(malformed(line, "an alias inside of what it refers to")),
            },
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, value: Value, anchor: usize, line: usize) -> Result<(), ReadError> {
        if self.open.len() == DEEPEST {
            return Err(malformed(line, format!("nested deeper than {DEEPEST}")));
        }
        self.open.push(Open {
            line,
            anchor,
            value,
            key: None,
        });
        Ok(())
    }

    fn finish(&mut self, node: Rc<Node>, anchor: usize, line: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match (&mut open.value, open.key.take()) {
            (Value::List(items), _) => items.push(node),
            (Value::Map(entries), Some((key, line))) => entries.push(Entry { key, line, node }),
            // A key that is itself a list or map is never asked for.
            (Value::Map(_), None) => {
                open.key = Some((node.text().unwrap_or_default().to_owned(), line));
            }
            (Value::Single(..), _) => {}
        }
    }
}

fn style_of(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_their_lines() {
        let root = yaml(
            "a: 1\nb:\n  - c: &x '2'\n  - c: *x\n  - |\n    3.11\n\n    3.12\nd: {e: [1,\n 2]}\n",
        )
        .unwrap();
        let of = |node: &Node| (node.text().map(str::to_owned), node.line);
        assert_eq!(of(root.get("a").unwrap()), (Some("1".to_owned()), 1));
        let items = root.get("b").unwrap().items();
        assert_eq!(of(items[0].get("c").unwrap()), (Some("2".to_owned()), 3));
        assert_eq!(
            of(items[1].get("c").unwrap()),
            (Some("2".to_owned()), 3),
            "of the anchor"
        );
        assert_eq!(items[2].text_lines(), [("3.11", 6), ("3.12", 8)]);
        let blank = yaml("a: |\n\n\n  3.11\n  3.12\n").unwrap();
        assert_eq!(
            blank.get("a").unwrap().text_lines(),
            [("3.11", 4), ("3.12", 5)]
        );
        assert_eq!(root.at(&["d", "e"]).unwrap().items()[1].line, 10);
        assert_eq!(yaml("").unwrap().text(), None);
    }

    #[test]
    fn what_is_not_yaml_or_too_deep_is_refused() {
        assert_eq!(yaml("a: 1\nb: [").unwrap_err().line(), Some(2));
        assert!(yaml("a: &x [*x]").is_err());
        assert!(yaml(&"[".repeat(100_000)).is_err());
        assert!(yaml(&"- ".repeat(100_000)).is_err());
        let bomb = (0..30).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
            format!("{text}a{0}: &a{0} [*a{n}, *a{n}, *a{n}, *a{n}]\n", n + 1)
        });
        assert!(yaml(&bomb).is_ok(), "aliases are shared, not copied");
    }
}
