//! The pages of the control plane for people: which releases there are, and how one stands.
//!
//! A page is a plain struct, built from policy, facts, verdict and time; [`html`] shows it. Nothing
//! here changes anything, and where a release could not be judged a page says why, never a pass.

mod ago;
pub mod html;
mod list;
mod operations;
mod release;

#[cfg(test)]
mod tests;

pub use list::{Asked, Entry, Judged, ReleaseList, Row, RowVerdict};
pub use operations::{DrillPart, IncidentPart};
pub use release::{News, ReleasePage, Unjudged};

use super::report::text::{Pen, Text};
use crate::domain::access::Caller;
use crate::domain::evidence::redaction::Redactor;

/// Who looks at a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// The caller's name.
    pub name: Text,
    /// The caller's role.
    pub role: &'static str,
    /// Whether a session let them in, which they can end.
    pub has_session: bool,
}

impl Viewer {
    /// A caller, let in by a session or not.
    pub fn of(caller: &Caller, has_session: bool, redactor: &Redactor) -> Self {
        Self {
            name: Pen::new(redactor).name(&caller.name),
            role: caller.role.as_str(),
            has_session,
        }
    }
}

/// The page on which people sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Why the one before was not let in; empty where there was none.
    pub trouble: &'static str,
    /// The path to go to then.
    pub next: String,
}

/// A page that could not be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// `404`.
    pub status: u16,
    /// What happened.
    pub title: &'static str,
    /// What it means, and what to do.
    pub message: Text,
}

impl Trouble {
    /// A page about a problem.
    pub fn new(status: u16, title: &'static str, message: &str, redactor: &Redactor) -> Self {
        Self {
            status,
            title,
            message: Pen::new(redactor).line(message),
        }
    }
}
