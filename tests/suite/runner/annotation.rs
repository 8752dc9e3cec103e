//! Annotations, as the runner makes them of `::error` and its kin (`IssueCommandExtension`).

use std::collections::BTreeMap;

use super::command::Command;

/// The longest message, in UTF-16 units; what is longer is cut.
const LONGEST_MESSAGE: usize = 4096;

/// How grave an annotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// An annotation as GitHub shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Annotation {
    pub(crate) level: Level,
    pub(crate) message: String,
    pub(crate) title: Option<String>,
    /// Relative to the workspace where it lies in there.
    pub(crate) file: Option<String>,
    pub(crate) line: Option<i32>,
    pub(crate) end_line: Option<i32>,
    pub(crate) column: Option<i32>,
    pub(crate) end_column: Option<i32>,
}

impl Annotation {
    /// One without a place.
    pub(super) fn new(level: Level, message: &str) -> Self {
        Self {
            level,
            message: message.to_owned(),
            title: None,
            file: None,
            line: None,
            end_line: None,
            column: None,
            end_column: None,
        }
    }

    /// What a command says; `workspace` is where the step sees the workspace.
    pub(super) fn of(command: &Command, workspace: &str) -> Self {
        let level = match command.name.as_str() {
            "error" => Level::Error,
            "warning" => Level::Warning,
            _ => Level::Notice,
        };
        let mut annotation = Self::new(level, &command.data);
        let properties = &command.properties;
        annotation.title = properties.get("title").cloned();
        annotation.file = properties.get("file").map(|file| relative(file, workspace));
        annotation.place(properties);
        annotation
    }

    /// Keeps of lines and columns what goes together (`ValidateLinesAndColumns`).
    fn place(&mut self, properties: &BTreeMap<String, String>) {
        let number = |name| properties.get(name)?.trim().parse::<i32>().ok();
        let (end_line, end_column) = (number("endline"), number("endcolumn"));
        let (line, column) = (number("line").or(end_line), number("col").or(end_column));
        let columns_fit = line.is_some()
            && end_line.is_none_or(|end| Some(end) == line)
            && end_column.is_none_or(|end| Some(end) >= column);
        let lines_fit = end_line.is_none_or(|end| Some(end) >= line);
        if lines_fit {
            (self.line, self.end_line) = (line, end_line);
        }
        if columns_fit {
            (self.column, self.end_column) = (column, end_column);
        }
    }

    /// Cuts the message at the runner's limit.
    pub(super) fn cut(&mut self) {
        let mut units = 0;
        let fits = |letter: &char| {
            units += letter.len_utf16();
            units <= LONGEST_MESSAGE
        };
        self.message = self.message.chars().take_while(fits).collect();
    }
}

fn relative(file: &str, workspace: &str) -> String {
    let inner = file.strip_prefix(workspace);
    let inner = inner.and_then(|rest| rest.strip_prefix('/'));
    inner.unwrap_or(file).to_owned()
}
