//! The files that a step writes commands into, as the runner reads them afterwards
//! (`FileCommandManager.cs`).

use std::fs;
use std::path::{Path, PathBuf};

/// The most that a step summary may hold; a larger one is not shown.
pub(crate) const LARGEST_SUMMARY: u64 = 1024 * 1024;

/// A file of commands: the name of its context and environment variable, and its prefix on disk.
pub(super) const FILES: [(&str, &str); 5] = [
    ("path", "add_path_"),
    ("env", "set_env_"),
    ("step_summary", "step_summary_"),
    ("state", "save_state_"),
    ("output", "set_output_"),
];

/// The files of one step, on the host.
pub(super) struct CommandFiles {
    folder: PathBuf,
    suffix: String,
}

impl CommandFiles {
    /// Makes them, empty.
    pub(super) fn new(folder: &Path, suffix: String) -> Self {
        let files = Self {
            folder: folder.to_owned(),
            suffix,
        };
        for (name, _) in FILES {
            fs::write(files.path(name), "").unwrap();
        }
        files
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        let (_, prefix) = FILES.iter().find(|(known, _)| *known == name).unwrap();
        self.folder.join(format!("{prefix}{}", self.suffix))
    }

    /// The pairs of one file up to the first that is no pair, and what is wrong with that one.
    pub(super) fn pairs(&self, name: &str) -> (Vec<(String, String)>, Option<String>) {
        let mut pairs = Vec::new();
        let problem = read_pairs(&self.text(name), &mut pairs).err();
        (pairs, problem)
    }

    /// The lines of `GITHUB_PATH`.
    pub(super) fn path_lines(&self) -> Vec<String> {
        let text = self.text("path");
        let lines = text.lines().filter(|line| !line.is_empty());
        lines.map(str::to_owned).collect()
    }

    /// The summary, or why it is not shown.
    pub(super) fn summary(&self) -> Result<Option<String>, String> {
        let path = self.path("step_summary");
        let size = fs::metadata(&path).map_or(0, |file| file.len());
        match size {
            0 => Ok(None),
            1..=LARGEST_SUMMARY => Ok(Some(self.text("step_summary"))),
            _ => Err(format!(
                "$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of {}k, got \
                 {}k.",
                LARGEST_SUMMARY / 1024,
                size / 1024
            )),
        }
    }

    fn text(&self, name: &str) -> String {
        let bytes = fs::read(self.path(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Reads `KEY=VALUE` and `KEY<<DELIMITER`; whichever sign comes first decides.
fn read_pairs(text: &str, pairs: &mut Vec<(String, String)>) -> Result<(), String> {
    let mut rest = text;
    while let Some((line, _)) = next_line(&mut rest) {
        let (equals, heredoc) = (line.find('='), line.find("<<"));
        match (equals, heredoc) {
            _ if line.is_empty() => {}
            (Some(equals), heredoc) if heredoc.is_none_or(|heredoc| equals < heredoc) => {
                pairs.push((line[..equals].to_owned(), line[equals + 1..].to_owned()));
            }
            (_, Some(heredoc)) => {
                let (key, delimiter) = (&line[..heredoc], &line[heredoc + 2..]);
                if key.is_empty() || delimiter.is_empty() {
                    return Err(format!(
                        "Invalid format '{line}'. Name must not be empty and delimiter must not \
                         be empty"
                    ));
                }
                pairs.push((key.to_owned(), heredoc_value(&mut rest, delimiter)?));
            }
            _ => return Err(format!("Invalid format '{line}'")),
        }
    }
    Ok(())
}

/// The text up to the line that is the delimiter, without its last line end.
fn heredoc_value(rest: &mut &str, delimiter: &str) -> Result<String, String> {
    let mut lines = Vec::new();
    loop {
        match next_line(rest) {
            Some((line, _)) if line == delimiter => return Ok(lines.join("\n")),
            Some((line, true)) => lines.push(line),
            Some((_, false)) => {
                return Err("Invalid value. EOF marker missing new line.".to_owned());
            }
            None => {
                return Err(format!(
                    "Invalid value. Matching delimiter not found '{delimiter}'"
                ));
            }
        }
    }
}

/// The next line, and whether a line end follows it. Only LF ends a line, as on Linux.
fn next_line<'a>(rest: &mut &'a str) -> Option<(&'a str, bool)> {
    if rest.is_empty() {
        return None;
    }
    let (line, after) = match rest.split_once('\n') {
        Some((line, after)) => ((line, true), after),
        None => ((*rest, false), ""),
    };
    *rest = after;
    Some(line)
}

#[test]
fn pairs_are_read_as_the_runner_reads_them() {
    let read = |text| {
        let mut pairs = Vec::new();
        let problem = read_pairs(text, &mut pairs).err();
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(key, value)| format!("{key}:{value}"))
            .collect();
        (pairs.join(" "), problem.is_none())
    };
    let cases = [
        ("", "", true),
        ("a=1\n\nb=2", "a:1 b:2", true),
        ("a=x<<y\n", "a:x<<y", true),
        ("a<<E\n1\n2\nE\nb=3\n", "a:1\n2 b:3", true),
        ("a<<E\nE\n", "a:", true),
        ("a<<=\nx=y\n=\n", "a:x=y", true),
        ("a=1\nbare\nb=2\n", "a:1", false),
        ("a<<E\n1\n", "", false),
        ("a<<E\n1", "", false),
        ("<<E\nE\n", "", false),
        ("a<<\n\n", "", false),
    ];
    for (text, pairs, good) in cases {
        assert_eq!(read(text), (pairs.to_owned(), good), "{text:?}");
    }
}
