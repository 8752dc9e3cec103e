//! A run in the log of GitHub Actions (`--format github`): a folded group for each check's output,
//! annotations at the lines that matter, and nothing that a check prints can become a command.

mod annotations;
mod commands;
mod doctor;
mod groups;
mod way;

use std::io::{self, Write};

use crate::domain::check::CheckResult;
use crate::domain::ids::CheckRef;
use crate::domain::reason::Location;
use crate::domain::run::{RunEvent, Timed};

use super::chronicle::Chronicle;
use super::paint::Paint;
use super::{Reporter, block, environments, telling};
use groups::Groups;

pub use doctor::audit;
pub use groups::Tokens;
pub use way::way;

/// Shows a run in the log of GitHub Actions. Must be the only one that writes to the step's
/// output: standard output and standard error are both read for commands.
pub struct Github<W> {
    groups: Groups<W>,
    chronicle: Chronicle,
    directory: String,
}

/// The workflow command that shows a message at the step, and at a line of a file where there is
/// one.
pub fn error(message: &str, place: Option<&Location>) -> String {
    commands::Annotation {
        gravity: commands::Gravity::Error,
        place: place.cloned(),
        title: "tollgate".to_owned(),
        message: message.to_owned(),
    }
    .to_string()
}

/// The workflow command that warns at the step.
pub fn warning(message: &str) -> String {
    commands::Annotation {
        gravity: commands::Gravity::Warning,
        place: None,
        title: "tollgate".to_owned(),
        message: message.to_owned(),
    }
    .to_string()
}

/// Lines for the log in which nothing is a command.
pub fn lines(text: &str) -> String {
    let lines = text.lines().map(commands::harmless);
    lines.map(|line| line + "\n").collect()
}

/// A line for the log in which nothing is a command.
pub fn line(text: &str) -> String {
    commands::harmless(text)
}

impl<W: Write> Github<W> {
    /// Shows the run on `out`.
    pub fn new(out: W, tokens: Tokens) -> Self {
        Self {
            groups: Groups::new(out, tokens),
            chronicle: Chronicle::default(),
            directory: String::new(),
        }
    }

    /// Says where the project's root lies within the repository, such as `services/api`, so that
    /// annotations find their files.
    #[must_use]
    pub fn in_directory(mut self, directory: &str) -> Self {
        directory.clone_into(&mut self.directory);
        self
    }

    /// Lets GitHub mask a secret in everything that is printed from now on. The secret is written
    /// to the step's output, which the runner does not show: call this in GitHub Actions only.
    /// An empty one is left out, since the runner would warn.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn mask(&mut self, secret: &str) -> io::Result<()> {
        if secret.trim().is_empty() {
            return Ok(());
        }
        self.groups.command(&commands::mask(secret))
    }

    fn check_finished(&mut self, check: &CheckRef, result: &CheckResult) -> io::Result<()> {
        self.groups.finish(check)?;
        self.groups
            .say(telling::check_finished(check, result, Paint::plain()))?;
        if result.cases.is_empty() && result.findings.is_empty() {
            self.groups.quote(telling::tail(result))?;
        }
        self.groups.go_on()
    }

    fn finished(&mut self) -> io::Result<()> {
        self.groups.finish_all()?;
        for annotation in annotations::of_run(&self.chronicle, &self.directory) {
            self.groups.command(&annotation.to_string())?;
        }
        self.groups
            .say(block::lines(&self.chronicle, Paint::plain()))
    }
}

impl<W: Write> Reporter for Github<W> {
    fn hear(&mut self, event: &Timed) -> io::Result<()> {
        self.chronicle.note(event);
        let paint = Paint::plain();
        match &event.event {
            RunEvent::Started(start) => self.groups.say(telling::started(start, paint)),
            RunEvent::GateStarted { gate, checks } => self
                .groups
                .say([telling::gate_started(gate, checks, paint)]),
            RunEvent::GateReused { gate, status } => self
                .groups
                .say([telling::gate_reused(gate, *status, paint)]),
            RunEvent::GateBlocked { gate, reasons } => {
                self.groups.say(telling::gate_blocked(gate, reasons, paint))
            }
            RunEvent::CheckStarted { check, attempt: _ } => {
                self.groups.start(check);
                Ok(())
            }
            RunEvent::CheckOutput { check, text } => self.groups.output(check, text),
            RunEvent::CheckRetried {
                check,
                attempt,
                reasons,
            } => self
                .groups
                .say(telling::check_retried(check, *attempt, reasons, paint)),
            RunEvent::CheckFinished { check, result } => self.check_finished(check, result),
            RunEvent::GateFinished { verdict, duration } => self
                .groups
                .say([telling::gate_finished(verdict, *duration, paint)]),
            RunEvent::EnvironmentJudged { verdict } => {
                self.groups.say(environments::lines(verdict, paint))
            }
            RunEvent::Warning { message } => self.groups.say([telling::warning(message, paint)]),
            RunEvent::Finished(_) => self.finished(),
        }
    }
}

#[cfg(test)]
mod tests;
