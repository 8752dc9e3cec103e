//! What a step hands to the runner: outputs and the step summary
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>).

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use uuid::Uuid;

use super::failure::Failure;

/// Adds outputs to the file of `GITHUB_OUTPUT`, each between delimiters that no value holds.
///
/// # Errors
/// When the file can't be written.
pub fn write_outputs(file: &Path, outputs: &[(&str, String)]) -> Result<(), Failure> {
    let mut text = String::new();
    for (name, value) in outputs {
        let delimiter = Uuid::new_v4().simple();
        text.push_str(&format!("{name}<<{delimiter}\n{value}\n{delimiter}\n"));
    }
    append(file, &text)
}

/// Adds Markdown to the step summary.
///
/// # Errors
/// When the file can't be written.
pub fn write_summary(file: &Path, markdown: &str) -> Result<(), Failure> {
    append(file, markdown)
}

fn append(file: &Path, text: &str) -> Result<(), Failure> {
    let written = || -> io::Result<()> {
        let mut file = OpenOptions::new().append(true).create(true).open(file)?;
        file.write_all(text.as_bytes())
    };
    written().map_err(|error| {
        Failure::unreachable(format!("{} can't be written: {error}", file.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_can_end_its_own_output() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("output");
        let tricky = "a\nEOF\nname=value".to_owned();
        write_outputs(
            &file,
            &[("status", "passed".to_owned()), ("failed-gate", tricky)],
        )
        .unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let (name, delimiter) = lines[3].split_once("<<").unwrap();
        assert_eq!((lines[1], name), ("passed", "failed-gate"));
        assert_eq!(lines[4..7], ["a", "EOF", "name=value"]);
        assert_eq!(lines[7], delimiter);
        assert!(delimiter.len() >= 32);
    }
}
