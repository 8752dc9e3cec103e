//! Output of checks in groups that don't interleave.
//!
//! The check that has been running longest holds the floor: its output streams into its group as
//! it comes. What others print is held, bounded, until they end or get the floor. When one of
//! them ends, its group comes in between, and the streaming one is continued below.

use std::io::{self, Write};

use crate::domain::ids::CheckRef;
use crate::render::lines::{Lines, Tail};

use super::commands;

/// How much output of a check is held, in bytes; the oldest lines give way.
const HELD_BYTES: usize = 256 * 1024;

/// Gives a fresh, random, long token at each call, such as a UUID. The runner stops reading
/// commands until it sees the token again, so a check must not be able to guess it.
pub type Tokens = Box<dyn FnMut() -> String + Send>;

pub(super) struct Groups<W> {
    out: W,
    tokens: Tokens,
    open: Option<Open>,
    running: Vec<Running>,
}

/// A group that is open, with the token that ends the silence in it.
struct Open {
    check: CheckRef,
    token: String,
}

struct Running {
    check: CheckRef,
    lines: Lines,
    held: Tail,
    parts: u32,
}

impl<W: Write> Groups<W> {
    pub(super) fn new(out: W, tokens: Tokens) -> Self {
        Self {
            out,
            tokens,
            open: None,
            running: Vec::new(),
        }
    }

    /// A check begins; a further attempt changes nothing.
    pub(super) fn start(&mut self, check: &CheckRef) {
        if self.place_of(check).is_none() {
            self.running.push(Running {
                check: check.clone(),
                lines: Lines::default(),
                held: Tail::new(HELD_BYTES),
                parts: 0,
            });
        }
    }

    /// A check printed something.
    pub(super) fn output(&mut self, check: &CheckRef, text: &str) -> io::Result<()> {
        self.start(check);
        let Some(place) = self.place_of(check) else {
            return Ok(());
        };
        let Running { lines, held, .. } = &mut self.running[place];
        lines.push(text, |line| held.push(line));
        match place {
            0 => self.stream(place),
            _ => Ok(()),
        }
    }

    /// A check ended: the rest of its output is shown, and the next one gets the floor.
    pub(super) fn finish(&mut self, check: &CheckRef) -> io::Result<()> {
        if let Some(place) = self.place_of(check) {
            let Running { lines, held, .. } = &mut self.running[place];
            lines.rest().into_iter().for_each(|line| held.push(line));
            self.stream(place)?;
            self.close()?;
            self.running.remove(place);
        }
        Ok(())
    }

    /// Shows what checks printed that were never heard to end.
    pub(super) fn finish_all(&mut self) -> io::Result<()> {
        while let Some(check) = self.running.first().map(|running| running.check.clone()) {
            self.finish(&check)?;
        }
        Ok(())
    }

    /// What those who still run have printed goes on to be shown.
    pub(super) fn go_on(&mut self) -> io::Result<()> {
        if self.running.is_empty() {
            Ok(())
        } else {
            self.stream(0)
        }
    }

    /// Prints lines outside any group. They can't become commands.
    pub(super) fn say(&mut self, lines: impl IntoIterator<Item = String>) -> io::Result<()> {
        self.close()?;
        for line in lines {
            writeln!(self.out, "{}", commands::harmless(&line))?;
        }
        self.out.flush()
    }

    /// Prints a command outside any group.
    pub(super) fn command(&mut self, command: &str) -> io::Result<()> {
        self.close()?;
        writeln!(self.out, "{command}")?;
        self.out.flush()
    }

    /// Prints lines of a check outside any group, with commands stopped.
    pub(super) fn quote(&mut self, lines: Vec<String>) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let token = (self.tokens)();
        self.command(&commands::stop(&token))?;
        self.say(lines)?;
        self.command(&commands::resume(&token))
    }

    fn place_of(&self, check: &CheckRef) -> Option<usize> {
        self.running
            .iter()
            .position(|running| running.check == *check)
    }

    /// Shows what is held of a check, in its group.
    fn stream(&mut self, place: usize) -> io::Result<()> {
        if self.running[place].held.is_empty() {
            return Ok(());
        }
        self.open(place)?;
        let (dropped, lines) = self.running[place].held.take();
        if dropped > 0 {
            let note = "earlier lines are left out here; the evidence has all";
            writeln!(self.out, "… {dropped} {note}")?;
        }
        for line in lines {
            writeln!(self.out, "{}", commands::harmless(&line))?;
        }
        self.out.flush()
    }

    fn open(&mut self, place: usize) -> io::Result<()> {
        let check = self.running[place].check.clone();
        if self.open.as_ref().is_some_and(|open| open.check == check) {
            return Ok(());
        }
        self.close()?;
        let title = match self.running[place].parts {
            0 => check.to_string(),
            _ => format!("{check} (continued)"),
        };
        self.running[place].parts += 1;
        let token = (self.tokens)();
        writeln!(self.out, "{}", commands::group(&title))?;
        writeln!(self.out, "{}", commands::stop(&token))?;
        self.open = Some(Open { check, token });
        Ok(())
    }

    fn close(&mut self) -> io::Result<()> {
        if let Some(open) = self.open.take() {
            writeln!(self.out, "{}", commands::resume(&open.token))?;
            writeln!(self.out, "{}", commands::END_GROUP)?;
        }
        Ok(())
    }
}
