//! What is written where: verdicts to standard output, faults and logs to standard error.

use std::io::{self, IsTerminal as _, Write as _};

use indicatif::ProgressDrawTarget;
use uuid::Uuid;

use super::args::{Color, Format, GlobalArguments};
use crate::app::failure::Failure;
use crate::app::reporting::Reporters;
use crate::domain::evidence::redaction::secret_values;
use crate::render::github::{self, Github};
use crate::render::terminal::{Detail, Look, Terminal};
use crate::render::{ColorChoice, Paint, Surface};
use crate::settings::Settings;

/// How this call may write.
#[derive(Debug, Clone, Copy)]
pub(super) struct Screen {
    color: ColorChoice,
    detail: Detail,
}

impl Screen {
    /// Reads it from the flags and NO_COLOR (<https://no-color.org>).
    pub(super) fn of(global: &GlobalArguments, settings: &Settings) -> Self {
        let color = match global.color {
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
            Color::Auto if settings.variable("NO_COLOR").is_some() => ColorChoice::Never,
            Color::Auto => ColorChoice::Auto,
        };
        let detail = if global.verbose > 0 {
            Detail::Full
        } else {
            Detail::Brief
        };
        Self { color, detail }
    }

    /// The paint for standard output.
    pub(super) fn paint(self) -> Paint {
        self.color.paint(if io::stdout().is_terminal() {
            Surface::Terminal
        } else {
            Surface::Plain
        })
    }

    /// The reporters that show a run as it goes on.
    /// `directory` is where the project lies within its repository.
    pub(super) fn reporters(
        self,
        format: Format,
        settings: &Settings,
        directory: &str,
    ) -> Reporters {
        let reporters = Reporters::default();
        let look = Look {
            color: self.color,
            detail: self.detail,
        };
        match format {
            Format::Human if io::stdout().is_terminal() => {
                let target = ProgressDrawTarget::stdout();
                reporters.add(Box::new(Terminal::live(target, io::stdout(), look)));
            }
            Format::Human => reporters.add(Box::new(Terminal::calm(io::stdout(), look))),
            Format::Json => reporters.add(Box::new(Terminal::calm(io::stderr(), look))),
            Format::Github => {
                reporters.add(Box::new(github(settings).in_directory(directory)));
            }
        }
        reporters
    }
}

fn github(settings: &Settings) -> Github<io::Stdout> {
    let tokens = Box::new(|| Uuid::new_v4().simple().to_string());
    let mut github = Github::new(io::stdout(), tokens);
    if settings.actions.is_some() {
        let variables = settings.environment.iter();
        for secret in secret_values(variables.map(|(name, value)| (name.as_str(), value.as_str())))
        {
            // A closed standard output is found out by everything that follows.
            let _ = github.mask(&secret);
        }
    }
    github
}

/// Writes text to standard output. A reader that went away (`| head`) is no fault.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::unreachable(
            format!("standard output cannot be written: {error}"),
        )),
        _ => Ok(()),
    }
}

/// Writes a line for people to standard error.
pub(super) fn say(text: &str) {
    // There is nobody left to tell when standard error is closed; the exit code says the rest.
    let _ = io::stderr()
        .lock()
        .write_all(format!("{text}\n").as_bytes());
}

/// Writes a failure to standard error; in the log of GitHub Actions also as an annotation, and as
/// JSON on standard output where that is asked for.
pub(super) fn tell_failure(failure: &Failure, format: Format) {
    if format == Format::Json {
        let document = serde_json::json!({
            "schema": "tollgate.error/v1",
            "error": { "kind": failure.kind.as_str(), "message": failure.message, "hint": failure.hint },
        });
        // A reader that went away has the exit code.
        let _ = print(&format!("{document:#}\n"));
    }
    let mut text = format!("error: {failure}\n");
    if format == Format::Github {
        // What others said may be quoted in it, and standard error is read for commands too.
        text = text.lines().map(|line| github::line(line) + "\n").collect();
        let annotations = match failure.places.as_slice() {
            [] => vec![github::error(&failure.to_string(), None)],
            places => places
                .iter()
                .map(|(place, what)| github::error(what, Some(place)))
                .collect(),
        };
        text.push_str(&annotations.join("\n"));
        text.push('\n');
    }
    // There is nobody left to tell when standard error is closed; the exit code says the rest.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
