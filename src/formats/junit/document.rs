//! One JUnit file, walked from its first tag to its last.

use std::io::Read;

use memchr::memchr;

use super::attributes::{self, CaseTag};
use super::elements::{Element, OpenElements};
use super::findings::{CaseEnd, Findings};
use super::markup::{Ending, Markup, Tag, Token};
use super::message::{Gathered, Message};
use super::outcome::{Signs, said_by};
use super::root::Root;
use super::suite::{Suite, SuiteNames};
use crate::domain::quality::tests::CaseOutcome;
use crate::formats::ReadError;

/// How much of a `testcase` tag is kept until the case ends, in bytes.
const KEPT_TAG: usize = 64 * 1024;

/// Reads one file into `findings`.
///
/// # Errors
/// When the file is no JUnit report from its first byte to its last.
pub(super) fn read<R: Read>(
    findings: &mut Findings,
    report: &str,
    mut markup: Markup<R>,
) -> Result<(), ReadError> {
    let mut document = Document::new(findings, report);
    loop {
        markup.advance()?;
        let line = || markup.line();
        let read = match markup.token() {
            Token::Start(tag) => document.start(tag, line),
            Token::End(name) => document.end(name, line),
            Token::Text(piece) => document.text(piece, Gathered::add_text),
            Token::Cdata(piece) => document.text(piece, Gathered::add_cdata),
            Token::EndOfFile => {
                let ended = document.root.finish(&document.open);
                return ended.map_err(|fault| markup.error(fault));
            }
        };
        read.map_err(|fault| markup.error(fault))?;
    }
}

/// A case that is open.
#[derive(Debug, Default)]
struct OpenCase {
    tag: Vec<u8>,
    is_whole: bool,
    signs: Signs,
    message: Message,
    rank: Rank,
    suites: usize,
}

/// How much a message tells: that of a failure more than that of an error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    #[default]
    None,
    Output,
    Attempt,
    Error,
    Failure,
}

/// What happens to text.
#[derive(Debug)]
enum Listening {
    /// Only tags matter.
    No,
    /// Text is the message of the innermost case.
    ForCase(Rank, Gathered),
    /// Text is the message of a failure that stands in a suite, outside any case.
    ForSuite(Gathered),
}

struct Document<'a> {
    findings: &'a mut Findings,
    report: &'a str,
    root: Root,
    open: OpenElements,
    suites: Vec<Suite>,
    cases: Vec<OpenCase>,
    spare_tag: Vec<u8>,
    listening: Listening,
    hidden: bool,
    warned: Vec<&'static str>,
}

impl<'a> Document<'a> {
    fn new(findings: &'a mut Findings, report: &'a str) -> Self {
        Self {
            findings,
            report,
            root: Root::default(),
            open: OpenElements::default(),
            suites: Vec::new(),
            cases: Vec::new(),
            spare_tag: Vec::new(),
            listening: Listening::No,
            hidden: false,
            warned: Vec::new(),
        }
    }

    fn start(&mut self, tag: Tag<'_>, line: impl Fn() -> u64) -> Result<(), String> {
        let mut element = Element::named(tag.name);
        if self.open.is_empty() {
            self.root.start(element, tag.name)?;
        }
        if memchr(b'<', tag.attributes).is_some() {
            self.check_bracket(tag, &line)?;
        }
        let is_listening = !matches!(self.listening, Listening::No);
        if self.hidden || is_listening && element != Element::Output {
            element = Element::Other;
        }
        match (tag.ending, element) {
            (Ending::Closed, Element::Case) => self.close_empty_case(tag.attributes),
            (Ending::Closed, _) => {
                self.enter(element, tag.attributes, &line);
                self.leave(element, &line);
            }
            (Ending::Open, _) => {
                self.open.push(element, tag.name)?;
                self.enter(element, tag.attributes, &line);
            }
        }
        self.root.go_on(&self.open);
        Ok(())
    }

    fn end(&mut self, name: &[u8], line: impl Fn() -> u64) -> Result<(), String> {
        let element = self.open.pop(name)?;
        self.leave(element, &line);
        self.root.go_on(&self.open);
        Ok(())
    }

    fn text(&mut self, piece: &[u8], add: fn(&mut Gathered, &[u8])) -> Result<(), String> {
        if self.open.is_empty() {
            return self.root.text(piece);
        }
        if self.hidden {
            return Ok(());
        }
        if let Listening::ForCase(_, gathered) | Listening::ForSuite(gathered) = &mut self.listening
        {
            add(gathered, piece);
        }
        Ok(())
    }

    /// A `<` inside a value is accepted when it is sure where the value ends: one lost quote would
    /// otherwise swallow whatever comes before the next.
    fn check_bracket(&mut self, tag: Tag<'_>, line: impl Fn() -> u64) -> Result<(), String> {
        if !attributes::are_clear(tag.attributes) {
            let name = String::from_utf8_lossy(tag.name);
            return Err(format!("a value in <{name}> is not closed by its quote"));
        }
        self.warn_once(
            "an unescaped `<` in the value of an attribute; read as text",
            line,
        );
        Ok(())
    }

    fn warn_once(&mut self, oddity: &'static str, line: impl Fn() -> u64) {
        if !self.warned.contains(&oddity) {
            self.warned.push(oddity);
            let sentence = format!("{}:{}: {oddity}", self.report, line());
            self.findings.warn(sentence);
        }
    }

    fn enter(&mut self, element: Element, tag: &[u8], line: impl Fn() -> u64) {
        match element {
            Element::Suite => {
                let hash = |names: SuiteNames<'_>| self.findings.suite_key(names);
                let suite = Suite::open(tag, line(), self.suites.last(), hash);
                self.suites.push(suite);
            }
            Element::Case => self.open_case(tag),
            Element::Failure => self.enter_fault(element, Rank::Failure, tag),
            Element::Error => self.enter_fault(element, Rank::Error, tag),
            Element::Attempt => self.enter_fault(element, Rank::Attempt, tag),
            Element::Output => self.enter_output(),
            Element::Skipped => {
                if let Some(case) = self.innermost_case() {
                    case.signs.add(element);
                }
            }
            Element::Properties => self.hidden = true,
            Element::Other => {}
        }
    }

    fn leave(&mut self, element: Element, line: impl Fn() -> u64) {
        match element {
            Element::Suite => self.close_suite(),
            Element::Case => self.close_case(),
            Element::Skipped | Element::Other => {}
            _ if self.hidden => self.hidden = false,
            _ => self.deliver(line),
        }
    }

    /// The case that the innermost suite or case is.
    fn innermost_case(&mut self) -> Option<&mut OpenCase> {
        let suites = self.suites.len();
        self.cases.last_mut().filter(|case| case.suites == suites)
    }

    fn enter_fault(&mut self, element: Element, rank: Rank, tag: &[u8]) {
        let wanted = self.findings.wants(match rank {
            Rank::Attempt => CaseOutcome::Flaky,
            _ => CaseOutcome::Failed,
        });
        let Some(case) = self.innermost_case() else {
            self.listening = Listening::ForSuite(Gathered::titled(tag));
            return;
        };
        case.signs.add(element);
        if wanted && rank > case.rank {
            self.listening = Listening::ForCase(rank, Gathered::titled(tag));
        } else {
            self.hidden = true;
        }
    }

    /// Output is passed over, but for that of a failing case that says nothing else (ctest).
    fn enter_output(&mut self) {
        let wanted =
            self.findings.wants(CaseOutcome::Failed) && matches!(self.listening, Listening::No);
        let is_silent =
            |case: &&mut OpenCase| case.signs.is_failing() && case.message.text.is_empty();
        if wanted && self.innermost_case().filter(is_silent).is_some() {
            self.listening = Listening::ForCase(Rank::Output, Gathered::default());
        } else {
            self.hidden = true;
        }
    }

    /// Hands a message that is complete to the case or suite that it belongs to.
    fn deliver(&mut self, line: impl Fn() -> u64) {
        let (rank, gathered) = match std::mem::replace(&mut self.listening, Listening::No) {
            Listening::No => return,
            Listening::ForCase(rank, gathered) => (Some(rank), gathered),
            Listening::ForSuite(gathered) => (None, gathered),
        };
        let message = gathered.finish();
        if message.has_unknown_reference {
            self.warn_once(
                "a reference that XML does not define; kept as it is written",
                line,
            );
        }
        match (rank, self.cases.last_mut()) {
            (Some(rank), Some(case)) => {
                case.message = message;
                case.rank = case.rank.max(rank);
            }
            _ => {
                self.findings.suite_fault(self.suites.last(), message);
                self.show(1);
            }
        }
    }

    fn open_case(&mut self, tag: &[u8]) {
        let mut kept = std::mem::take(&mut self.spare_tag);
        kept.clear();
        kept.extend_from_slice(&tag[..tag.len().min(KEPT_TAG)]);
        self.cases.push(OpenCase {
            is_whole: kept.len() == tag.len(),
            tag: kept,
            suites: self.suites.len(),
            ..OpenCase::default()
        });
    }

    fn close_case(&mut self) {
        let Some(case) = self.cases.pop() else { return };
        self.end_case(&case.tag, case.is_whole, case.signs, case.message);
        self.spare_tag = case.tag;
    }

    fn close_empty_case(&mut self, tag: &[u8]) {
        self.end_case(tag, true, Signs::default(), Message::default());
    }

    #[inline]
    fn end_case(&mut self, tag: &[u8], is_whole: bool, signs: Signs, message: Message) {
        let tag = CaseTag::of(tag);
        let outcome = signs.outcome(said_by(tag.words));
        self.show(signs.explains(outcome));
        self.findings.end_case(CaseEnd {
            tag,
            is_whole,
            suite: self.suites.last(),
            outcome,
            message,
        });
    }

    fn show(&mut self, explained: u64) {
        if let Some(suite) = self.suites.last_mut() {
            suite.show(explained);
        }
    }

    fn close_suite(&mut self) {
        let Some(suite) = self.suites.pop() else {
            return;
        };
        if suite.contradicts() {
            let report = self.report;
            self.findings.contradict(|| suite.contradiction(report));
        }
        if let Some(outer) = self.suites.last_mut() {
            outer.take_in(&suite);
        }
    }
}
