//! Workflow commands: what the runner reads from a step's output. A line whose trimmed start is
//! `::name …::` is one, and so is `##[name …]` anywhere in a line
//! (actions/runner, `src/Runner.Common/ActionCommand.cs`).

use std::fmt;

use crate::domain::reason::Location;

/// How much of an annotation's message is sent, in characters; the runner cuts at 4,096.
const LONGEST_MESSAGE: usize = 4000;

/// How much of a title is sent, in characters.
const LONGEST_TITLE: usize = 200;

/// Ends a group.
pub(super) const END_GROUP: &str = "::endgroup::";

/// Begins a group, which the log shows folded.
pub(super) fn group(title: &str) -> String {
    format!("::group::{}", data(&harmless(title)))
}

/// Stops the reading of commands until the token comes.
pub(super) fn stop(token: &str) -> String {
    format!("::stop-commands::{token}")
}

/// Starts the reading of commands again.
pub(super) fn resume(token: &str) -> String {
    format!("::{token}::")
}

/// Masks a value, and each of its lines, in everything that is printed later.
pub(super) fn mask(secret: &str) -> String {
    format!("::add-mask::{}", data(secret))
}

/// How grave an annotation is. The runner shows ten of each in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gravity {
    Error,
    Warning,
    Notice,
}

/// A remark that GitHub shows at the step, and at the line of a file where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Annotation {
    pub(super) gravity: Gravity,
    pub(super) place: Option<Location>,
    pub(super) title: String,
    pub(super) message: String,
}

impl fmt::Display for Annotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.gravity {
            Gravity::Error => "error",
            Gravity::Warning => "warning",
            Gravity::Notice => "notice",
        };
        write!(f, "::{name} ")?;
        if let Some(place) = &self.place {
            write!(f, "file={},", property(&place.file))?;
            if let Some(line) = place.line {
                write!(f, "line={line},")?;
            }
        }
        let title = property(&shortened(&self.title, LONGEST_TITLE));
        let message = data(&shortened(&self.message, LONGEST_MESSAGE));
        write!(f, "title={title}::{message}")
    }
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The data of a command: `%` first, so that nothing is escaped twice.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A line that is no command, whatever it was: a backslash breaks what would make it one. The
/// runner compares by the rules of a language, which pass over invisible characters; so does this,
/// and it breaks rather too much than too little.
pub(super) fn harmless(line: &str) -> String {
    let visible = |c: &char| c.is_ascii_graphic();
    let starts_a_command = line.chars().filter(visible).take(2).eq("::".chars());
    let mut safe = String::with_capacity(line.len() + 1);
    if starts_a_command {
        safe.push('\\');
    }
    let mut before = ['\0'; 2];
    for c in line.chars() {
        if c == '[' && before == ['#', '#'] {
            safe.push('\\');
        }
        if visible(&c) {
            before = [before[1], c];
        }
        safe.push(c);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_a_command_is_broken() {
        for (line, safe) in [
            ("::error::x", "\\::error::x"),
            ("  \t::set-env name=A::b", "\\  \t::set-env name=A::b"),
            ("\u{ad}:\u{200b}:error::x", "\\\u{ad}:\u{200b}:error::x"),
            ("see ##[error]x", "see ##\\[error]x"),
            ("#\u{ad}#[error]x", "#\u{ad}#\\[error]x"),
            ("###[a]##[b]", "###\\[a]##\\[b]"),
        ] {
            assert_eq!(harmless(line), safe);
        }
        for plain in ["std::fmt::Display", "a ::b::", "# [x]", "## heading", ""] {
            assert_eq!(harmless(plain), plain);
        }
    }

    #[test]
    fn properties_and_data_are_escaped() {
        let annotation = Annotation {
            gravity: Gravity::Error,
            place: Some(Location {
                file: "a,b:c.py".to_owned(),
                line: Some(7),
            }),
            title: "50%, or: more".to_owned(),
            message: "100%\r\nend::x".to_owned(),
        };
        assert_eq!(
            annotation.to_string(),
            "::error file=a%2Cb%3Ac.py,line=7,title=50%25%2C or%3A more::100%25%0D%0Aend::x"
        );
        assert_eq!(mask("a%b\nc"), "::add-mask::a%25b%0Ac");
    }

    #[test]
    fn long_messages_are_cut_between_characters() {
        let annotation = Annotation {
            gravity: Gravity::Notice,
            place: None,
            title: String::new(),
            message: "é".repeat(5000),
        };
        assert_eq!(
            annotation.to_string(),
            format!("::notice title=::{}…", "é".repeat(4000))
        );
    }
}
