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

/// A place that pins a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The tool as the policy names it: `node`, `npm:next`.
    pub tool: String,
    /// The version as the file writes it.
    pub version: String,
    /// The line, from 1.
    pub line: Option<u32>,
}

/// How a version stands to what the policy wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It is that version, or one of its versions.
    Agrees,
    /// It is another.
    Differs,
    /// It is none that can be compared: a moving name, a variable.
    Unclear,
}

/// A program that tells a tool's version, and how to ask it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// `python3`.
    pub program: &'static str,
    /// `--version`.
    pub arguments: &'static [&'static str],
}

/// What is known of the files that pin versions and of the programs that tell theirs.
#[derive(Debug, Clone, Copy)]
pub struct PinReader {
    /// Tells whether a path is that of a file that may pin something.
    pub is_pin_file: fn(path: &str) -> bool,
    /// Reads the places of a file.
    pub places: fn(path: &str, text: &str) -> Result<Vec<Place>, ReadError>,
    /// Compares the version that the policy wants with one that was found.
    pub fit: fn(wanted: &str, found: &str) -> Fit,
    /// How to ask a tool for its version; `None` for packages.
    pub question: fn(tool: &str) -> Option<Question>,
    /// Finds the version in what a tool printed.
    pub version_in: fn(tool: &str, printed: &str) -> Option<String>,
}

/// Judges the rule. `ask` runs a program and gives what it printed; `None` when there is no such
/// program.
pub async fn run(
    wanted: &[VersionPin],
    tree: &WorkTree,
    reader: PinReader,
    ask: impl AsyncFn(&str, &[&str]) -> Option<String>,
) -> CheckResult {
    let tree = tree.clone();
    let gathering = tokio::task::spawn_blocking(move || gather(&tree, reader));
    let asking = join_all(wanted.iter().map(|pin| running(&pin.tool, reader, &ask)));
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
        judge_running(pin, &answer, reader, &mut reasons);
    }
    reasons.into_result()
}

/// What the tool itself says.
#[derive(Debug, PartialEq, Eq)]
enum Running {
    /// It is no program.
    NoProgram,
    /// This program is not there.
    Missing(&'static str),
    /// This program printed no version.
    Silent(&'static str),
    /// It is this version.
    Version(String),
}

async fn running(
    tool: &str,
    reader: PinReader,
    ask: &impl AsyncFn(&str, &[&str]) -> Option<String>,
) -> Running {
    let Some(Question { program, arguments }) = (reader.question)(tool) else {
        return Running::NoProgram;
    };
    match ask(program, arguments).await {
        None => Running::Missing(program),
        Some(printed) => match (reader.version_in)(tool, &printed) {
            Some(version) => Running::Version(version),
            None => Running::Silent(program),
        },
    }
}

fn judge_running(pin: &VersionPin, answer: &Running, reader: PinReader, reasons: &mut Reasons) {
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
        Running::Version(found) if (reader.fit)(version, found) == Fit::Agrees => {}
        Running::Version(found) => {
            let message = format!("The running {tool} is {found}, the policy says {version}.");
            reasons.bad(Reason::new(ReasonCode::VersionDrift, message));
        }
    }
}

/// Everything that the project pins.
#[derive(Debug, Default)]
struct Gathered {
    /// Path and place, sorted by path.
    places: Vec<(String, Place)>,
    /// Path, line, and why it could not be read.
    unreadable: Vec<(String, Option<u32>, String)>,
}

fn gather(tree: &WorkTree, reader: PinReader) -> Gathered {
    let found = tree.own_files(reader.is_pin_file);
    let mut gathered = Gathered::default();
    for file in found.files {
        match read(&file, reader) {
            Ok(places) => {
                let here = places.into_iter().map(|place| (file.path.clone(), place));
                gathered.places.extend(here);
            }
            Err((line, why)) => gathered.unreadable.push((file.path, line, why)),
        }
    }
    let refused = found.refused.into_iter();
    let refused = refused.map(|refused| (refused.path, None, refused.why));
    gathered.unreadable.extend(refused);
    gathered
}

fn read(file: &FoundFile, reader: PinReader) -> Result<Vec<Place>, (Option<u32>, String)> {
    if file.size > LARGEST_FILE {
        return Err((None, "is larger than 64 MiB".to_owned()));
    }
    let bytes =
        fs::read(&file.absolute).map_err(|error| (None, format!("can't be read: {error}")))?;
    let text = String::from_utf8_lossy(&bytes);
    (reader.places)(&file.path, &text)
        .map_err(|error| (error.line(), format!("can't be read: {error}")))
}

impl Gathered {
    fn judge(&self, wanted: &[VersionPin], reader: PinReader, reasons: &mut Reasons) {
        for (path, line, why) in &self.unreadable {
            let message = format!("`{path}` {why}, so what it pins is not known.");
            reasons.unknown(Reason::new(ReasonCode::FileUnreadable, message).at(path, *line));
        }
        for pin in wanted {
            let places = self
                .places
                .iter()
                .filter(|(_, place)| place.tool == pin.tool);
            let mut is_pinned = false;
            for (path, place) in places {
                is_pinned = true;
                reasons.extend(drift(pin, path, place, reader));
            }
            if !is_pinned && (reader.question)(&pin.tool).is_none() {
                let message = format!(
                    "No file of the project pins {}, so it may be any version. Pin it to {}.",
                    pin.tool, pin.version
                );
                reasons.bad(Reason::new(ReasonCode::VersionUnknown, message));
            }
        }
    }
}

fn drift(pin: &VersionPin, path: &str, place: &Place, reader: PinReader) -> Option<Reason> {
    let VersionPin { tool, version } = pin;
    let found = &place.version;
    let at = match place.line {
        Some(line) => format!("{path}:{line}"),
        None => path.to_owned(),
    };
    let message = match (reader.fit)(version, found) {
        Fit::Agrees => return None,
        Fit::Differs => format!("{at} pins {tool} {found}, the policy says {version}."),
        Fit::Unclear => format!(
            "{at} asks for {tool} `{found}`, which is no version to compare; the policy says \
             {version}."
        ),
    };
    Some(Reason::new(ReasonCode::VersionDrift, message).at(path, place.line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::status::CheckStatus::{self, Errored, Failed, Passed};
    use std::path::Path;

    /// Reads lines such as `node 22.21.1` of files named `pins`.
    const READER: PinReader = PinReader {
        is_pin_file: |path| path.ends_with("pins"),
        places: |_, text| {
            let place = |(line, text): (u32, &str)| match text.split_once(' ') {
                Some((tool, version)) => Ok(Place {
                    tool: tool.to_owned(),
                    version: version.to_owned(),
                    line: Some(line),
                }),
                None => Err(ReadError::malformed(u64::from(line), "no version")),
            };
            (1..).zip(text.lines()).map(place).collect()
        },
        fit: |wanted, found| match found {
            "latest" => Fit::Unclear,
            _ if found == wanted || found.starts_with(&format!("{wanted}.")) => Fit::Agrees,
            _ => Fit::Differs,
        },
        question: |tool| {
            let arguments: &[&str] = &["--version"];
            let program = match tool {
                "python" => "python3",
                "node" => "node",
                _ => return None,
            };
            Some(Question { program, arguments })
        },
        version_in: |_, printed| printed.strip_prefix('v').map(str::to_owned),
    };

    async fn judged(
        files: &[(&str, &str)],
        wanted: (&str, &str),
        told: Option<&str>,
    ) -> CheckResult {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        judged_in(folder.path(), wanted, told).await
    }

    async fn judged_in(folder: &Path, wanted: (&str, &str), told: Option<&str>) -> CheckResult {
        let tree = WorkTree::open(folder, ".tollgate").unwrap();
        let (tool, version) = (wanted.0.to_owned(), wanted.1.to_owned());
        let told = told.map(str::to_owned);
        let ask = async move |program: &str, arguments: &[&str]| {
            assert_eq!((program, arguments), ("node", ["--version"].as_slice()));
            told.clone()
        };
        let pins = [VersionPin { tool, version }];
        // Spawned, so that it is known to be able to move between threads.
        let judging = tokio::spawn(async move { run(&pins, &tree, READER, ask).await });
        judging.await.unwrap()
    }

    #[track_caller]
    fn says(result: &CheckResult, status: CheckStatus, expect: &[&str]) {
        let found: Vec<_> = result
            .reasons
            .iter()
            .map(|reason| format!("{}: {}", reason.code, reason.message))
            .collect();
        assert_eq!(found, expect);
        assert_eq!(result.status, status);
    }

    const NODE: (&str, &str) = ("node", "22");

    #[tokio::test]
    async fn every_place_and_the_tool_agree() {
        let files = [("pins", "node 22.21.1\npython 3"), ("a/pins", "node 22")];
        says(&judged(&files, NODE, Some("v22.1")).await, Passed, &[]);
        says(&judged(&[], NODE, Some("v22.1")).await, Passed, &[]);
    }

    #[tokio::test]
    async fn each_drift_is_named_by_its_place() {
        let files = [("pins", "node 22\nnode 20"), ("a/pins", "node latest")];
        let result = judged(&files, NODE, Some("v18.0.0")).await;
        let expect = [
            "version_drift: a/pins:1 asks for node `latest`, which is no version to compare; \
             the policy says 22.",
            "version_drift: pins:2 pins node 20, the policy says 22.",
            "version_drift: The running node is 18.0.0, the policy says 22.",
        ];
        says(&result, Failed, &expect);
        let place = result.reasons[1].location.as_ref().unwrap();
        assert_eq!(place.to_string(), "pins:2");
    }

    #[tokio::test]
    async fn places_that_are_not_the_projects_own_do_not_count() {
        let files = [
            (".gitignore", "out/"),
            ("out/pins", "node 1"),
            ("node_modules/x/pins", "node 1"),
            ("vendor/pins", "node 1"),
            (".venv/pins", "node 1"),
            (".tollgate/pins", "node 1"),
        ];
        says(&judged(&files, NODE, Some("v22.1")).await, Passed, &[]);
    }

    #[tokio::test]
    async fn a_tool_that_is_not_there_or_does_not_tell_is_not_known() {
        let pinned = [("pins", "node 22")];
        let missing = "tool_missing: `node` is not installed or not on the PATH, so its version \
                       is not known. Install node 22.";
        says(&judged(&pinned, NODE, None).await, Errored, &[missing]);
        let silent = "version_unknown: `node` did not tell its version. 22 is wanted.";
        says(
            &judged(&pinned, NODE, Some("what?")).await,
            Errored,
            &[silent],
        );
    }

    #[tokio::test]
    async fn a_package_must_be_pinned_somewhere() {
        let next = ("npm:next", "16");
        says(
            &judged(&[("pins", "npm:next 16.0.1")], next, None).await,
            Passed,
            &[],
        );
        let expect = "version_unknown: No file of the project pins npm:next, so it may be any \
                      version. Pin it to 16.";
        says(&judged(&[], next, None).await, Failed, &[expect]);
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_read_hides_what_it_pins() {
        let files = [("pins", "node 22\nnonsense")];
        let result = judged(&files, NODE, Some("v22.1")).await;
        let expect = "file_unreadable: `pins` can't be read: line 2: no version, so what it pins \
                      is not known.";
        says(&result, Errored, &[expect]);
        let place = result.reasons[0].location.as_ref().unwrap();
        assert_eq!(place.to_string(), "pins:2");
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("pins")).unwrap();
        let result = judged_in(folder.path(), NODE, Some("v22.1")).await;
        assert_eq!(result.status, Errored);
    }
}
