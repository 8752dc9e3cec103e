//! The policy translator: the text of `.github/tollgate.yml` → [`Policy`], and back.
//!
//! A text goes through five steps, each of which reports all that it finds: YAML with places
//! (`yaml`), structure by the schema and `${NAME}` (`walk`), typed structs (`raw`), meaning
//! (`resolve`).

mod diagnostics;
mod emit;
mod expand;
mod node;
mod raw;
mod reference;
mod resolve;
mod schema;
mod shape;
mod show;
mod walk;
mod words;
mod yaml;

pub use diagnostics::{Diagnostic, Diagnostics};
pub use expand::{Expansion, Lookup};
pub use reference::reference;
pub use schema::schema;
pub use show::show;

use std::borrow::Cow;

use crate::domain::policy::Policy;
use diagnostics::{Reports, Span};
use raw::RawPolicy;
use walk::Walker;

/// A policy's text and where it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The path that messages name.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// Reads a policy. An error holds everything that is wrong with it.
///
/// A policy that is to be run needs [`Expansion::Gates`]. Even where the checks' texts are to
/// stay as they are, an empty `only` gives `evidence.directory` as it really is.
pub fn load(source: &Source, expansion: Expansion<'_>) -> Result<Policy, Diagnostics> {
    let text = normalised(&source.text);
    let mut reports = Reports::new(source, &text);
    let policy = translate(&text, expansion, &mut reports);
    match policy {
        Some(policy) if reports.is_empty() => Ok(policy),
        _ => Err(reports.finish()),
    }
}

fn translate(text: &str, expansion: Expansion<'_>, reports: &mut Reports<'_>) -> Option<Policy> {
    if text.len() > yaml::MOST_BYTES {
        let message = format!("the policy has {} bytes, 1 MiB is the limit", text.len());
        let hint = "make sure that this is the policy; longer commands belong into scripts";
        reports.add(Span::START, message, hint);
        return None;
    }
    let root = yaml::read(text, reports)?;
    let shape = match shape::policy() {
        Ok(shape) => shape,
        Err(why) => return disagree(reports, why),
    };
    let value = Walker::new(expansion, reports).root(&root, shape)?;
    match serde_json::from_value::<RawPolicy>(value) {
        Ok(raw) => Some(resolve::policy(&raw, &root, expansion, reports)),
        Err(why) => disagree(reports, &why.to_string()),
    }
}

/// The schema and the structs do not fit: a fault of Tollgate, which must not look like a policy
/// that is right.
fn disagree<T>(reports: &mut Reports<'_>, why: &str) -> Option<T> {
    if reports.is_empty() {
        let message = format!("Tollgate cannot read this policy, by its own fault: {why}");
        let hint = "please report this, with the policy";
        reports.add(Span::START, message, hint);
    }
    None
}

/// The text without a byte order mark and with `\n` as its line end.
fn normalised(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests;
