//! A run as a person at a terminal follows it, live or calm.

mod live;

use std::collections::BTreeMap;
use std::io::{self, Write};

use indicatif::ProgressDrawTarget;

use crate::domain::check::CheckResult;
use crate::domain::ids::CheckRef;
use crate::domain::run::{RunEvent, Timed};

use super::chronicle::Chronicle;
use super::lines::Lines;
use super::paint::{ColorChoice, Paint, Surface};
use super::{Reporter, block, environments, telling};
use live::Live;

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// What matters: of a check's output, the last lines of one that did not pass.
    #[default]
    Brief,
    /// Everything that checks print, as it comes, each line with the check's name.
    Full,
}

/// How a run is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// When colours are used.
    pub color: ColorChoice,
    /// How much is told.
    pub detail: Detail,
}

/// Shows a run to a person.
pub struct Terminal {
    screen: Screen,
    paint: Paint,
    detail: Detail,
    chronicle: Chronicle,
    streams: BTreeMap<CheckRef, Lines>,
}

enum Screen {
    Calm(Box<dyn Write + Send>),
    Live(Live),
}

impl Terminal {
    /// One line for each event that matters and no cursor tricks; colours only with
    /// [`ColorChoice::Always`].
    pub fn calm(out: impl Write + Send + 'static, look: Look) -> Self {
        Self::new(Screen::Calm(Box::new(out)), look, Surface::Plain)
    }

    /// Besides the lines, a spinner for each check that is running. A hidden target (no
    /// terminal, or a dumb one) could show nothing at all, so there `out` is written to, calmly.
    pub fn live(target: ProgressDrawTarget, out: impl Write + Send + 'static, look: Look) -> Self {
        if target.is_hidden() {
            return Self::calm(out, look);
        }
        Self::new(Screen::Live(Live::new(target)), look, Surface::Terminal)
    }

    fn new(screen: Screen, look: Look, surface: Surface) -> Self {
        Self {
            screen,
            paint: look.color.paint(surface),
            detail: look.detail,
            chronicle: Chronicle::default(),
            streams: BTreeMap::new(),
        }
    }

    fn print(&mut self, lines: impl IntoIterator<Item = String>) -> io::Result<()> {
        let lines: Vec<_> = lines.into_iter().collect();
        if lines.is_empty() {
            return Ok(());
        }
        let text = lines.join("\n");
        match &mut self.screen {
            Screen::Calm(out) => {
                writeln!(out, "{text}")?;
                out.flush()
            }
            Screen::Live(live) => live.print(&text),
        }
    }

    fn check_started(&mut self, check: &CheckRef, attempt: u32) -> io::Result<()> {
        if let Screen::Live(live) = &mut self.screen {
            live.start(check);
        }
        match self.detail {
            Detail::Brief => Ok(()),
            Detail::Full => self.print([telling::check_started(check, attempt, self.paint)]),
        }
    }

    fn check_output(&mut self, check: &CheckRef, text: &str) -> io::Result<()> {
        match (self.detail, &mut self.screen) {
            (Detail::Brief, Screen::Calm(_)) => Ok(()),
            (Detail::Brief, Screen::Live(live)) => {
                live.note(check, text);
                Ok(())
            }
            (Detail::Full, _) => {
                let mut lines = Vec::new();
                let stream = self.streams.entry(check.clone()).or_default();
                stream.push(text, |line| {
                    lines.push(telling::output(check, &line, self.paint))
                });
                self.print(lines)
            }
        }
    }

    /// Shows the rest of the output that had no line end.
    fn end_stream(&mut self, check: &CheckRef) -> io::Result<()> {
        let rest = self
            .streams
            .remove(check)
            .and_then(|mut lines| lines.rest());
        self.print(rest.map(|line| telling::output(check, &line, self.paint)))
    }

    fn check_finished(&mut self, check: &CheckRef, result: &CheckResult) -> io::Result<()> {
        self.end_stream(check)?;
        if let Screen::Live(live) = &mut self.screen {
            live.stop(check);
        }
        self.print(telling::check_finished(check, result, self.paint))?;
        match self.detail {
            Detail::Full => Ok(()),
            Detail::Brief => {
                let bar = self.paint.faint("      │");
                self.print(
                    telling::tail(result)
                        .into_iter()
                        .map(|line| format!("{bar} {line}")),
                )
            }
        }
    }

    fn finished(&mut self) -> io::Result<()> {
        if let Screen::Live(live) = &mut self.screen {
            live.stop_all();
        }
        let lines = block::lines(&self.chronicle, self.paint);
        self.print(lines)
    }
}

impl Reporter for Terminal {
    fn hear(&mut self, event: &Timed) -> io::Result<()> {
        self.chronicle.note(event);
        let paint = self.paint;
        match &event.event {
            RunEvent::Started(start) => self.print(telling::started(start, paint)),
            RunEvent::GateStarted { gate, checks } => {
                self.print([telling::gate_started(gate, checks, paint)])
            }
            RunEvent::GateReused { gate, status } => {
                self.print([telling::gate_reused(gate, *status, paint)])
            }
            RunEvent::GateBlocked { gate, reasons } => {
                self.print(telling::gate_blocked(gate, reasons, paint))
            }
            RunEvent::CheckStarted { check, attempt } => self.check_started(check, *attempt),
            RunEvent::CheckOutput { check, text } => self.check_output(check, text),
            RunEvent::CheckRetried {
                check,
                attempt,
                reasons,
            } => {
                self.end_stream(check)?;
                self.print(telling::check_retried(check, *attempt, reasons, paint))
            }
            RunEvent::CheckFinished { check, result } => self.check_finished(check, result),
            RunEvent::GateFinished { verdict, duration } => {
                self.print([telling::gate_finished(verdict, *duration, paint)])
            }
            RunEvent::EnvironmentJudged { verdict } => {
                self.print(environments::lines(verdict, paint))
            }
            RunEvent::Warning { message } => self.print([telling::warning(message, paint)]),
            RunEvent::Finished(_) => self.finished(),
        }
    }
}

#[cfg(test)]
mod tests;
