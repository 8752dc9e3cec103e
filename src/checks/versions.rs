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
use crate::formats::pins::{self, Agreement, Asking, Pin};
use crate::worktree::WorkTree;
use crate::worktree::files::FoundFile;

/// No file that pins a version is larger, in bytes.
const LARGEST_FILE: u64 = 64 << 20;

/// Judges the rule. `ask` runs a program and gives what it printed; `None` when there is no such
/// program.
pub async fn run(
    wanted: &[VersionPin],
    tree: &WorkTree,
    ask: impl AsyncFn(&Asking) -> Option<String>,
) -> CheckResult {
    let tree = tree.clone();
    let tools: Vec<_> = wanted
        .iter()
        .map(|pin| pins::canonical(&pin.tool))
        .collect();
    let asking = join_all(tools.iter().map(|tool| running(tool, &ask)));
    let looked_for = tools.clone();
    let gathering = tokio::task::spawn_blocking(move || gather(&tree, &looked_for));
    let (gathered, answers) = tokio::join!(gathering, asking);
    let mut reasons = Reasons::default();
    match gathered {
        Ok(gathered) => gathered.judge(wanted, &mut reasons),
        Err(error) => {
            let message = format!("The project's files could not be searched: {error}.");
            reasons.unknown(Reason::new(ReasonCode::FileUnreadable, message));
        }
    }
    for (pin, answer) in wanted.iter().zip(answers) {
        judge_running(pin, &answer, &mut reasons);
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

/// Asks with the first command whose program is there.
async fn running(tool: &str, ask: &impl AsyncFn(&Asking) -> Option<String>) -> Running {
    let commands = pins::running_version(tool);
    let Some(best) = commands.first() else {
        return Running::NoProgram;
    };
    for command in commands {
        if let Some(printed) = ask(command).await {
            return match pins::told_version(tool, &printed) {
                Some(version) => Running::Version(version),
                None => Running::Silent(command.program.to_owned()),
            };
        }
    }
    Running::Missing(best.program.to_owned())
}

fn judge_running(pin: &VersionPin, answer: &Running, reasons: &mut Reasons) {
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
        Running::Version(found) if pins::fits(version, found) => {}
        Running::Version(found) => {
            let message = format!("The running {tool} is {found}, and {version} is wanted.");
            reasons.bad(Reason::new(ReasonCode::VersionDrift, message));
        }
    }
}

/// What the project pins of the tools that are looked for.
#[derive(Debug)]
struct Gathered {
    /// Path and place, sorted by path.
    places: Vec<(String, Pin)>,
    /// Path, line, and why it could not be read.
    unreadable: Vec<(String, Option<u32>, String)>,
}

fn gather(tree: &WorkTree, tools: &[String]) -> Gathered {
    let found = tree.own_files(pins::is_pin_file);
    let mut gathered = Gathered {
        places: Vec::new(),
        unreadable: Vec::new(),
    };
    for file in found.files {
        match read(&file) {
            Ok(places) => {
                let is_wanted = |place: &Pin| tools.contains(&place.tool);
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

fn read(file: &FoundFile) -> Result<Vec<Pin>, (Option<u32>, String)> {
    if file.size > LARGEST_FILE {
        return Err((None, "is larger than 64 MiB".to_owned()));
    }
    let bytes =
        fs::read(&file.absolute).map_err(|error| (None, format!("can't be read: {error}")))?;
    let text = String::from_utf8_lossy(&bytes);
    pins::find(&file.path, &text).map_err(|error| (error.line(), format!("can't be read: {error}")))
}

impl Gathered {
    fn judge(&self, wanted: &[VersionPin], reasons: &mut Reasons) {
        for (path, line, why) in &self.unreadable {
            let message = format!("`{path}` {why}, so what it pins is not known.");
            reasons.unknown(Reason::new(ReasonCode::FileUnreadable, message).at(path, *line));
        }
        for VersionPin { tool, version } in wanted {
            let name = pins::canonical(tool);
            let mut is_pinned = false;
            for (path, place) in &self.places {
                if place.tool != name {
                    continue;
                }
                is_pinned = true;
                let judge = if pins::is_manifest(path) {
                    pins::has_room
                } else {
                    pins::agrees
                };
                if let Agreement::Drifts(how) = judge(version, place) {
                    reasons.bad(drifted(tool, path, place.line, &how));
                }
            }
            if !is_pinned && pins::running_version(&name).is_empty() {
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
