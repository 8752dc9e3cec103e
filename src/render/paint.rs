//! Colours, where they are wanted. They only repeat what signs and words say.

use crate::domain::status::{CheckStatus, GateStatus};

/// What the user says about colours (`--color`). Whether NO_COLOR is set is the caller's to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorChoice {
    /// Colours on a terminal.
    #[default]
    Auto,
    /// Colours everywhere.
    Always,
    /// No colours.
    Never,
}

/// What is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// A terminal with a person before it.
    Terminal,
    /// A file, a pipe, a log.
    Plain,
}

/// Puts colours on text, or leaves it as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Paint {
    ink: Ink,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Ink {
    #[default]
    None,
    Ansi,
}

impl ColorChoice {
    /// The paint for a surface.
    pub fn paint(self, surface: Surface) -> Paint {
        let ink = match (self, surface) {
            (Self::Always, _) | (Self::Auto, Surface::Terminal) => Ink::Ansi,
            (Self::Never, _) | (Self::Auto, Surface::Plain) => Ink::None,
        };
        Paint { ink }
    }
}

impl Paint {
    /// Leaves text as it is.
    pub fn plain() -> Self {
        Self::default()
    }

    pub(super) fn good(self, text: &str) -> String {
        self.with("32", text)
    }

    pub(super) fn bad(self, text: &str) -> String {
        self.with("31", text)
    }

    pub(super) fn odd(self, text: &str) -> String {
        self.with("33", text)
    }

    pub(super) fn faint(self, text: &str) -> String {
        self.with("2", text)
    }

    pub(super) fn strong(self, text: &str) -> String {
        self.with("1", text)
    }

    pub(super) fn check(self, status: CheckStatus, text: &str) -> String {
        match status {
            CheckStatus::Passed => self.good(text),
            CheckStatus::Failed | CheckStatus::Errored => self.bad(text),
            CheckStatus::Skipped => self.odd(text),
            CheckStatus::Pending => self.faint(text),
        }
    }

    pub(super) fn gate(self, status: GateStatus, text: &str) -> String {
        match status {
            GateStatus::Passed => self.good(text),
            GateStatus::Failed => self.bad(text),
            GateStatus::Waived | GateStatus::Blocked | GateStatus::Running => self.odd(text),
            GateStatus::Pending => self.faint(text),
        }
    }

    /// Select Graphic Rendition (ECMA-48, 8.3.117). `text` holds no sequence of its own.
    fn with(self, code: &str, text: &str) -> String {
        match self.ink {
            Ink::Ansi if !text.is_empty() => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Ink::Ansi | Ink::None => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_used_where_they_are_wanted() {
        let painted = |choice: ColorChoice, surface| choice.paint(surface).bad("x") != "x";
        assert!(painted(ColorChoice::Auto, Surface::Terminal));
        assert!(!painted(ColorChoice::Auto, Surface::Plain));
        assert!(painted(ColorChoice::Always, Surface::Plain));
        assert!(!painted(ColorChoice::Never, Surface::Terminal));
    }
}
