//! `versions`: every place of the project that pins a tool agrees with the policy, and so does
//! the tool that would run.
//!
//! Places are looked for in the project's own files: not in what `.gitignore` leaves out, nor in
//! `node_modules`, `vendor` and `.venv`. A package (`npm:next`) is no program, so at least one
//! place must pin it.

use std::fs;

use futures_util::future::join_all;

use super::reasons::Reasons;
use crate::domain::check::{CheckResult, VersionPin};
use crate::domain::reason::{Reason, ReasonCode};
use crate::formats::ReadError;
use crate::worktree::WorkTree;
use crate::worktree::files::FoundFile;

/// No file that pins a version is larger, in bytes.
const LARGEST_FILE: u64 = 64 << 20;

/// How to ask a tool for its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// `python3`.
    pub program: String,
    /// `--version`.
    pub arguments: Vec<String>,
}

/// What is known of the files that pin versions, and of the programs that tell theirs. `P` is
/// one place that pins a tool.
#[derive(Debug)]
pub struct PinReader<P> {
    /// The one name of a tool that has several: `nodejs` is `node`.
    pub canonical: fn(tool: &str) -> String,
    /// Tells whether a path is that of a file that may pin something.
    pub is_pin_file: fn(path: &str) -> bool,
    /// Reads the places of a file.
    pub find: fn(path: &str, text: &str) -> Result<Vec<P>, ReadError>,
    /// The tool that a place pins, by its canonical name.
    pub tool: fn(place: &P) -> &str,
    /// The line of a place, from 1.
    pub line: fn(place: &P) -> u32,
    /// Compares a place with the version that the policy wants; where it does not guarantee
    /// that version, says so in words that follow the place: "pins 3.11, and 3.12 is wanted".
    pub drift: fn(wanted: &str, place: &P) -> Option<String>,
    /// How to ask a tool for its version; `None` for packages.
    pub question: fn(tool: &str) -> Option<Question>,
    /// Finds the version in what a tool printed.
    pub told: fn(tool: &str, printed: &str) -> Option<String>,
    /// Tells whether a version that a tool told is the wanted one.
    pub fits: fn(wanted: &str, told: &str) -> bool,
}

impl<P> Clone for PinReader<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for PinReader<P> {}

/// Judges the rule. `ask` runs a program and gives what it printed; `None` when there is no such
/// program.
pub async fn run<P: Send + 'static>(
    wanted: &[VersionPin],
    tree: &WorkTree,
    reader: PinReader<P>,
    ask: impl AsyncFn(&Question) -> Option<String>,
) -> CheckResult {
    let tree = tree.clone();
    let tools: Vec<_> = wanted
        .iter()
        .map(|pin| (reader.canonical)(&pin.tool))
        .collect();
    let asking = join_all(tools.iter().map(|tool| running(tool, reader, &ask)));
    let looked_for = tools.clone();
    let gathering = tokio::task::spawn_blocking(move || gather(&tree, &looked_for, reader));
    let (gathered, answers) = tokio::join!(gathering, asking);
    let mut reasons = Reasons::default();
    match gathered {
        Ok(gathered) => gathered.judge(wanted, reader, &mut reasons),
        Err(error) => {
            let message = format!("The project's files could not be searched: {error}.");
            reasons.unknown(Reason::new(ReasonCode::FileUnreadable, message));
        }
    }
    for (pin, answer) in wanted.iter().zip(answers) {
        judge_running(pin, &answer, reader.fits, &mut reasons);
    }
    reasons.into_result()
}

/// What the tool itself says.
#[derive(Debug, PartialEq, Eq)]
enum Running {
    /// It is no program.
    NoProgram,
    /// This program is not there.
    Missing(String),
    /// This program printed no version.
    Silent(String),
    /// It is this version.
    Version(String),
}

async fn running<P>(
    tool: &str,
    reader: PinReader<P>,
    ask: &impl AsyncFn(&Question) -> Option<String>,
) -> Running {
    let Some(question) = (reader.question)(tool) else {
        return Running::NoProgram;
    };
    match ask(&question).await {
        None => Running::Missing(question.program),
        Some(printed) => match (reader.told)(tool, &printed) {
            Some(version) => Running::Version(version),
            None => Running::Silent(question.program),
        },
    }
}

fn judge_running(
    pin: &VersionPin,
    answer: &Running,
    fits: fn(&str, &str) -> bool,
    reasons: &mut Reasons,
) {
    let VersionPin { tool, version } = pin;
    match answer {
        Running::NoProgram => {}
        Running::Missing(program) => {
            let message = format!(
                "`{program}` is not installed or not on the PATH, so its version is not known. \
                 Install {tool} {version}."
            );
            reasons.unknown(Reason::new(ReasonCode::ToolMissing, message));
        }
        Running::Silent(program) => {
            let message = format!("`{program}` did not tell its version. {version} is wanted.");
            reasons.unknown(Reason::new(ReasonCode::VersionUnknown, message));
        }
        Running::Version(found) if fits(version, found) => {}
        Running::Version(found) => {
            let message = format!("The running {tool} is {found}, and {version} is wanted.");
            reasons.bad(Reason::new(ReasonCode::VersionDrift, message));
        }
    }
}

/// What the project pins of the tools that are looked for.
#[derive(Debug)]
struct Gathered<P> {
    /// Path and place, sorted by path.
    places: Vec<(String, P)>,
    /// Path, line, and why it could not be read.
    unreadable: Vec<(String, Option<u32>, String)>,
}

fn gather<P>(tree: &WorkTree, tools: &[String], reader: PinReader<P>) -> Gathered<P> {
    let found = tree.own_files(reader.is_pin_file);
    let mut gathered = Gathered {
        places: Vec::new(),
        unreadable: Vec::new(),
    };
    for file in found.files {
        match read(&file, reader) {
            Ok(places) => {
                let is_wanted = |place: &P| tools.iter().any(|tool| tool == (reader.tool)(place));
                let here = places.into_iter().filter(is_wanted);
                gathered
                    .places
                    .extend(here.map(|place| (file.path.clone(), place)));
            }
            Err((line, why)) => gathered.unreadable.push((file.path, line, why)),
        }
    }
    let refused = found.refused.into_iter();
    let refused = refused.map(|refused| (refused.path, None, refused.why));
    gathered.unreadable.extend(refused);
    gathered
}

fn read<P>(file: &FoundFile, reader: PinReader<P>) -> Result<Vec<P>, (Option<u32>, String)> {
    if file.size > LARGEST_FILE {
        return Err((None, "is larger than 64 MiB".to_owned()));
    }
    let bytes =
        fs::read(&file.absolute).map_err(|error| (None, format!("can't be read: {error}")))?;
    let text = String::from_utf8_lossy(&bytes);
    (reader.find)(&file.path, &text)
        .map_err(|error| (error.line(), format!("can't be read: {error}")))
}

impl<P> Gathered<P> {
    fn judge(&self, wanted: &[VersionPin], reader: PinReader<P>, reasons: &mut Reasons) {
        for (path, line, why) in &self.unreadable {
            let message = format!("`{path}` {why}, so what it pins is not known.");
            reasons.unknown(Reason::new(ReasonCode::FileUnreadable, message).at(path, *line));
        }
        for VersionPin { tool, version } in wanted {
            let name = (reader.canonical)(tool);
            let mut is_pinned = false;
            for (path, place) in &self.places {
                if (reader.tool)(place) == name {
                    is_pinned = true;
                    let drift = (reader.drift)(version, place);
                    let line = (reader.line)(place);
                    reasons.extend(drift.map(|drift| drifted(tool, path, line, &drift)));
                }
            }
            if !is_pinned && (reader.question)(&name).is_none() {
                let message = format!(
                    "No file of the project pins {tool}, so it may be any version. Pin it to \
                     {version}."
                );
                reasons.bad(Reason::new(ReasonCode::VersionUnknown, message));
            }
        }
    }
}

fn drifted(tool: &str, path: &str, line: u32, drift: &str) -> Reason {
    let message = format!("{tool}: {path}:{line} {drift}.");
    Reason::new(ReasonCode::VersionDrift, message).at(path, Some(line))
}

#[cfg(test)]
mod tests;
