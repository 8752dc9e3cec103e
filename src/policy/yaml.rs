//! Reads YAML 1.2 into a tree of nodes, within bounds: text → [`Node`].
//!
//! Anchors and aliases work as they do in GitHub Actions; merge keys, tags and further
//! documents are refused, as they are there.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span as Marks, StrInput};

use super::diagnostics::{Reports, Span, quoted};
use super::node::{Content, Entry, Node, Scalar};

/// The longest text that is read, in bytes.
pub(super) const MOST_BYTES: usize = 1024 * 1024;

/// How deep values may be nested.
const MOST_LEVELS: usize = 64;

/// How many values may be copied for anchors and aliases, all together.
const MOST_COPIED_VALUES: usize = 20_000;

/// How many bytes of text may be copied for anchors and aliases, all together.
const MOST_COPIED_BYTES: usize = 1024 * 1024;

/// Reads the one document of a text; `None` when that is not possible or nothing is in it, which
/// is then among the reports.
pub(super) fn read(text: &str, reports: &mut Reports<'_>) -> Option<Node> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        reports,
        anchors: HashMap::new(),
        copied: (0, 0),
    };
    reader.document().ok()
}

/// Reading cannot go on; why is among the reports.
struct Stop;

struct Reader<'t, 'r, 's> {
    parser: Parser<'t, StrInput<'t>>,
    reports: &'r mut Reports<'s>,
    /// Values with an anchor by the parser's number for it, once they are complete.
    anchors: HashMap<usize, Node>,
    /// Values and bytes copied so far.
    copied: (usize, usize),
}

impl<'t> Reader<'t, '_, '_> {
    fn document(&mut self) -> Result<Node, Stop> {
        loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentStart(_), _) => {}
                (Event::StreamEnd, _) => {
                    let hint = "begin with `version: 1`, or let `tollgate init` write a policy";
                    self.reports.add(Span::START, "the policy is empty", hint);
                    return Err(Stop);
                }
                (event, at) => {
                    let root = self.node(event, at, 1)?;
                    self.end();
                    return Ok(root);
                }
            }
        }
    }

    /// Looks for what should not follow the document.
    fn end(&mut self) {
        while let Ok((event, at)) = self.next() {
            match event {
                Event::StreamEnd => return,
                Event::DocumentStart(_) => {
                    let hint = "keep one document in the file; remove the `---` and what follows";
                    let message = "a second document begins here, a policy is only one";
                    return self.reports.add(at, message, hint);
                }
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'t>, Span), Stop> {
        match self.parser.next_event() {
            Some(Ok((event, marks))) => Ok((event, span(marks))),
            Some(Err(error)) => {
                self.invalid(&error);
                Err(Stop)
            }
            None => Ok((Event::StreamEnd, Span::START)),
        }
    }

    fn invalid(&mut self, error: &ScanError) {
        let at = span(Marks::empty(*error.marker()));
        if error.info() == "recursion limit exceeded" {
            let _: Result<(), Stop> = self.too_deep(at);
            return;
        }
        let hint = syntax_hint(self.reports.line(at.line), error.info());
        let message = format!("this is not YAML: {}", error.info());
        self.reports.add(at, message, hint);
    }

    fn node(&mut self, event: Event<'t>, at: Span, level: usize) -> Result<Node, Stop> {
        if level > MOST_LEVELS {
            return self.too_deep(at);
        }
        let (anchor, tag, node) = match event {
            Event::Alias(anchor) => return self.alias(anchor, at, level),
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                let span = narrowed(at, &text, style);
                let text = text.into_owned();
                let content = Content::Scalar(Scalar { text, plain });
                (anchor, tag, Node { span, content })
            }
            Event::SequenceStart(anchor, tag) => {
                let content = self.sequence(level)?;
                (anchor, tag, Node { span: at, content })
            }
            Event::MappingStart(anchor, tag) => {
                let content = self.mapping(level)?;
                (anchor, tag, Node { span: at, content })
            }
            _ => return self.unexpected(at),
        };
        if tag.is_some() {
            let hint = "remove it; quotes make a text: \"1\"";
            self.reports.add(at, "tags have no meaning here", hint);
        }
        if anchor > 0 {
            let copy = self.copy(&node, at)?;
            self.anchors.insert(anchor, copy);
        }
        Ok(node)
    }

    fn too_deep<T>(&mut self, at: Span) -> Result<T, Stop> {
        let message = format!("this is nested deeper than {MOST_LEVELS} levels");
        let hint = "no key of a policy lies that deep; look for brackets that are not closed";
        self.reports.add(at, message, hint);
        Err(Stop)
    }

    fn unexpected<T>(&mut self, at: Span) -> Result<T, Stop> {
        let hint = "write a value here";
        self.reports.add(at, "a value is missing here", hint);
        Err(Stop)
    }

    fn sequence(&mut self, level: usize) -> Result<Content, Stop> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Content::Sequence(items)),
                (event, at) => items.push(self.node(event, at, level + 1)?),
            }
        }
    }

    fn mapping(&mut self, level: usize) -> Result<Content, Stop> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut lines: HashMap<String, usize> = HashMap::new();
        loop {
            let key = match self.next()? {
                (Event::MappingEnd, _) => return Ok(Content::Mapping(entries)),
                (event, at) => self.node(event, at, level + 1)?,
            };
            let (event, at) = self.next()?;
            let value = self.node(event, at, level + 1)?;
            let key_span = key.span;
            let Some(key) = self.key(key) else { continue };
            if let Some(first) = lines.get(&key) {
                self.duplicate(&key, key_span, *first);
                continue;
            }
            lines.insert(key.clone(), key_span.line);
            entries.push(Entry {
                key,
                key_span,
                value,
            });
        }
    }

    /// The text of a key, unless it is one that a policy cannot have.
    fn key(&mut self, key: Node) -> Option<String> {
        let Content::Scalar(Scalar { text, plain }) = key.content else {
            let hint = "a key is a name; put quotes around a text that begins with `[` or `{`";
            let message = "a list or mapping cannot be a key";
            self.reports.add(key.span, message, hint);
            return None;
        };
        if plain && text == "<<" {
            let hint = "write the keys out; an alias can stand for a whole value: `env: *shared`";
            let message = "merge keys are not supported";
            self.reports.add(key.span, message, hint);
            return None;
        }
        Some(text)
    }

    fn duplicate(&mut self, key: &str, at: Span, first: usize) {
        let message = format!("the key {} stands on line {first} already", quoted(key));
        let hint = format!("keep one of the two, on line {first} or line {}", at.line);
        self.reports.add(at, message, hint);
    }

    fn alias(&mut self, anchor: usize, at: Span, level: usize) -> Result<Node, Stop> {
        let Some(target) = self.anchors.get(&anchor) else {
            let hint = "write the value out";
            let message = "this alias stands within the value it refers to";
            self.reports.add(at, message, hint);
            return Err(Stop);
        };
        if level + target.height() > MOST_LEVELS + 1 {
            return self.too_deep(at);
        }
        let target = target.clone(); // bounded, since the anchor's own copy was
        self.copy(&target, at)
    }

    /// Copies a value as long as that leads to no bomb.
    fn copy(&mut self, node: &Node, at: Span) -> Result<Node, Stop> {
        let (values, bytes) = node.size();
        self.copied = (self.copied.0 + values, self.copied.1 + bytes);
        if self.copied.0 <= MOST_COPIED_VALUES && self.copied.1 <= MOST_COPIED_BYTES {
            return Ok(node.clone());
        }
        let message = "the anchors and aliases up to here stand for too much";
        let hint = format!(
            "use fewer of them, or for smaller parts; {MOST_COPIED_VALUES} values or 1 MiB is the \
             limit"
        );
        self.reports.add(at, message, hint);
        Err(Stop)
    }
}

/// The place of a scalar. The parser lets a quoted text reach to the end of the comment behind
/// it; its own length tells, but for escapes, how far it really goes.
fn narrowed(at: Span, text: &str, style: ScalarStyle) -> Span {
    if !matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) {
        return at;
    }
    let length = at.length.min(text.chars().count() + 2);
    Span { length, ..at }
}

fn span(marks: Marks) -> Span {
    Span {
        line: marks.start.line().max(1),
        column: marks.start.col() + 1,
        length: marks.len().max(1),
    }
}

/// What most probably helps with a line that is no YAML.
fn syntax_hint(line: &str, info: &str) -> &'static str {
    let indent: HashSet<char> = line.chars().take_while(|c| c.is_whitespace()).collect();
    if indent.contains(&'\t') {
        "indent with spaces; YAML does not allow tabs"
    } else if line.contains("${") && line.contains('{') && info.contains("flow") {
        "put quotes around a text with `${…}` within braces: \"${NAME}\""
    } else if info.contains("mapping values are not allowed") {
        "put quotes around a text that contains `: `, and look at the indentation"
    } else if info.contains("unknown anchor") {
        "an alias (`*name`) needs its anchor (`&name`) further up; quotes make a text: \"*name\""
    } else if info.contains("unexpected character") {
        "put quotes around a text that begins with this character"
    } else {
        "look at the indentation, the quotes and the brackets on this line and those above"
    }
}

#[cfg(test)]
mod tests;
