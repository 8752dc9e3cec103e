//! The three XML dialects share one well-formed document; this walks it a tag at a time.

use std::borrow::Cow;
use std::io::Read;

use quick_xml::Reader;
use quick_xml::errors::Error;
use quick_xml::events::{BytesStart, Event};

use super::clover::Clover;
use super::cobertura::Cobertura;
use super::jacoco::Jacoco;
use super::lines::Lines;
use super::text::{LONGEST_PIECE, Text};
use crate::domain::quality::coverage::CoverageReport;
use crate::formats::ReadError;

/// The deepest nesting that is followed; real reports stay below 10.
const DEEPEST: usize = 100;

/// What is wrong with a tag; the caller knows the line.
pub(super) type Complaint = String;

/// A start tag, with its attributes read when asked for.
pub(super) struct Tag<'a> {
    /// The name without a prefix.
    pub(super) name: &'a str,
    start: &'a BytesStart<'a>,
}

impl Tag<'_> {
    /// An attribute's text as it is written: entities stay, which does no harm to a name that is
    /// only compared.
    pub(super) fn attribute(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut attributes = self.start.attributes();
        let found = attributes
            .with_checks(false)
            .flatten()
            .find(|attribute| attribute.key.local_name().into_inner() == name);
        found.map(|attribute| attribute.value)
    }

    /// An attribute that must be there.
    pub(super) fn required(&self, name: &str) -> Result<Cow<'_, str>, Complaint> {
        self.attribute(name)
            .ok_or_else(|| format!("a <{}> without {name}=", self.name))
    }

    /// The number in an attribute, `None` where it is not there.
    pub(super) fn count(&self, name: &str) -> Result<Option<u32>, Complaint> {
        let Some(text) = self.attribute(name) else {
            return Ok(None);
        };
        let number = text.trim().parse();
        number.map(Some).map_err(|_| {
            format!(
                "{name}={text:?} in a <{}> is not a number from 0 to {}",
                self.name,
                u32::MAX
            )
        })
    }

    /// The number in an attribute that must be there.
    pub(super) fn required_count(&self, name: &str) -> Result<u32, Complaint> {
        self.count(name)?
            .ok_or_else(|| format!("a <{}> without {name}=", self.name))
    }

    /// Tells whether the attribute, a count of runs, is above 0. Some tools write counts beyond
    /// any integer, as floats, or below 0 after an overflow.
    pub(super) fn was_run(&self, name: &str) -> Result<bool, Complaint> {
        let text = self.required(name)?;
        match text.trim().parse::<f64>() {
            Ok(count) if !count.is_nan() => Ok(count > 0.0),
            _ => Err(format!(
                "{name}={text:?} in a <{}> is not a count of runs",
                self.name
            )),
        }
    }
}

/// One of the XML dialects, told every tag below the root.
pub(super) trait Dialect {
    /// An element begins.
    fn open(&mut self, tag: &Tag<'_>, lines: &mut Lines) -> Result<(), Complaint>;
    /// Text stands in an element, or a part of it.
    fn text(&mut self, _text: &str, _lines: &mut Lines) {}
    /// An element ends.
    fn close(&mut self, name: &str);
    /// What the report declares although it shows no line: `line-rate="0.9"`.
    fn claim(&self) -> Option<String>;
}

/// What is known of the document so far.
enum State {
    BeforeRoot,
    /// `<coverage>` is the root of both Cobertura and Clover; the first element inside decides.
    Undecided(Cobertura, Clover),
    Decided(Box<dyn Dialect>),
}

/// Reads an XML report into `lines`.
pub(super) fn read<R: Read>(text: Text<R>, lines: Lines) -> Result<CoverageReport, ReadError> {
    let mut document = Document {
        reader: Reader::from_reader(text),
        state: State::BeforeRoot,
        lines,
        depth: 0,
        root_ended: false,
    };
    let mut buffer = Vec::new();
    while document.step(&mut buffer)? {
        document.reader.get_mut().next_piece();
        buffer.clear();
    }
    document.finish()
}

struct Document<R: Read> {
    reader: Reader<Text<R>>,
    state: State,
    lines: Lines,
    depth: usize,
    root_ended: bool,
}

impl<R: Read> Document<R> {
    /// Reads one event; `false` at the end.
    fn step(&mut self, buffer: &mut Vec<u8>) -> Result<bool, ReadError> {
        let event = match self.reader.read_event_into(buffer) {
            Ok(event) => event,
            Err(error) => return Err(self.read_error(error)),
        };
        let judged = match event {
            Event::Start(start) => self.open(&start),
            Event::Empty(start) => self.open(&start).map(|()| self.close(&start)),
            Event::End(end) => {
                self.close_name(end.local_name().into_inner());
                Ok(())
            }
            Event::Text(text) => self.text(&text),
            Event::CData(_) => self.outside(false, "text"),
            Event::GeneralRef(_) => self.outside(false, "text"),
            Event::DocType(text) if text.contains("<!ENTITY") => {
                Err("it declares entities, which are not read; remove the <!ENTITY …>".to_owned())
            }
            Event::DocType(_) | Event::Decl(_) | Event::PI(_) | Event::Comment(_) => Ok(()),
            Event::Eof => return Ok(false),
        };
        judged
            .map(|()| true)
            .map_err(|complaint| self.at(complaint))
    }

    fn at(&self, complaint: impl Into<String>) -> ReadError {
        ReadError::malformed(self.reader.get_ref().line(), complaint)
    }

    fn read_error(&self, error: Error) -> ReadError {
        let text = self.reader.get_ref();
        match error {
            Error::Io(_) if text.is_overlong() => self.at(format!(
                "a tag or text is longer than {LONGEST_PIECE} bytes; is this a coverage report?"
            )),
            Error::Io(error) => std::io::Error::new(error.kind(), error.to_string()).into(),
            other => self.at(format!("not well-formed XML: {other}")),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Complaint> {
        if let State::Decided(dialect) = &mut self.state {
            dialect.text(text, &mut self.lines);
        }
        self.outside(text.trim_ascii().is_empty(), "text")
    }

    fn outside(&self, is_blank: bool, what: &str) -> Result<(), Complaint> {
        if is_blank || self.depth > 0 {
            return Ok(());
        }
        Err(format!("{what} outside the root element"))
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), Complaint> {
        if self.depth == 0 && self.root_ended {
            return Err("a second root element; one report was expected".to_owned());
        }
        if self.depth == DEEPEST {
            return Err(format!("elements are nested deeper than {DEEPEST}"));
        }
        self.depth += 1;
        let local = start.local_name();
        let name = local.into_inner();
        self.tell(&Tag { name, start })?;
        self.lines.check_size()
    }

    fn tell(&mut self, tag: &Tag<'_>) -> Result<(), Complaint> {
        match &mut self.state {
            State::BeforeRoot => {
                self.state = root(tag)?;
                Ok(())
            }
            State::Decided(dialect) => dialect.open(tag, &mut self.lines),
            State::Undecided(cobertura, clover) => {
                let mut dialect = decided(tag, cobertura, clover)?;
                let told = dialect.open(tag, &mut self.lines);
                self.state = State::Decided(dialect);
                told
            }
        }
    }

    fn close(&mut self, start: &BytesStart<'_>) {
        self.close_name(start.local_name().into_inner());
    }

    fn close_name(&mut self, name: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.root_ended = self.depth == 0;
        if let State::Decided(dialect) = &mut self.state {
            dialect.close(name);
        }
    }

    /// Judges the whole document.
    fn finish(self) -> Result<CoverageReport, ReadError> {
        let claim = match &self.state {
            State::BeforeRoot => return Err(self.at("no element; a coverage report was expected")),
            _ if self.depth > 0 => {
                let open = self.depth;
                return Err(self.at(format!(
                    "the file ends inside {open} open elements; was it cut off while being written?"
                )));
            }
            State::Undecided(cobertura, clover) => match cobertura.claim().or(clover.claim()) {
                Some(claim) => Some(claim),
                None => {
                    return Err(
                        self.at("an empty <coverage>; <packages> or <project> was expected")
                    );
                }
            },
            State::Decided(dialect) => dialect.claim(),
        };
        let last_line = self.reader.get_ref().line();
        let report = self.lines.report();
        match claim {
            Some(claim) if report.coverage.lines.total == 0 => {
                let what = format!(
                    "it declares {claim} and shows no line; coverage is counted from lines, so \
                     have the tool write them"
                );
                Err(ReadError::malformed(last_line, what))
            }
            _ => Ok(report),
        }
    }
}

fn root(tag: &Tag<'_>) -> Result<State, Complaint> {
    match tag.name {
        "coverage" => Ok(State::Undecided(Cobertura::new(tag), Clover::new(tag))),
        "report" => Ok(State::Decided(Box::new(Jacoco::default()))),
        other => Err(format!(
            "the root element is <{other}>; <coverage> (Cobertura, Clover) or <report> (JaCoCo) \
             was expected"
        )),
    }
}

fn decided(
    tag: &Tag<'_>,
    cobertura: &mut Cobertura,
    clover: &mut Clover,
) -> Result<Box<dyn Dialect>, Complaint> {
    match tag.name {
        "project" | "testproject" => Ok(Box::new(std::mem::take(clover))),
        "sources" | "packages" => Ok(Box::new(std::mem::take(cobertura))),
        other => Err(format!(
            "<{other}> inside <coverage>; <packages> (Cobertura) or <project> (Clover) was expected"
        )),
    }
}
