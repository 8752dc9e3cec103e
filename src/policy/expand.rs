//! `${NAME}` in the texts of a policy: found, named, replaced.

use crate::domain::ids::{CheckRef, GateId};

/// Whether `${NAME}` is replaced, where, and by what.
#[derive(Clone, Copy)]
pub enum Expansion<'a> {
    /// Texts stay as they are written, `$${` too. Durations and shares that hold `${…}` count as
    /// not given. To plan, and to show a policy.
    Keep,
    /// `${NAME}` is replaced in the top level (`project`, `evidence`, `redact`, `budgets`) and in
    /// some or all gates.
    Gates {
        /// The stages and gates whose texts are expanded; those of others stay as they are
        /// written. `None` means all, an empty list the top level alone.
        only: Option<&'a [GateId]>,
        /// Gives the value of a name for a check; `None` stands for texts outside of any check.
        lookup: &'a dyn Fn(Option<&CheckRef>, &str) -> Lookup,
    },
}

/// What a name in `${NAME}` stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// This text.
    Value(String),
    /// Nothing: there is no variable of that name.
    Undefined,
    /// Nothing yet. The text says why and what to do, such as "no version: give
    /// --release-version or tag the commit vX.Y.Z".
    Unavailable(String),
}

impl Expansion<'_> {
    /// Tells whether texts of a gate are expanded; `None` asks for the top level.
    pub(super) fn covers(&self, gate: Option<&str>) -> bool {
        match (self, gate) {
            (Self::Keep, _) => false,
            (Self::Gates { only, .. }, Some(gate)) => {
                only.is_none_or(|only| only.iter().any(|id| id.as_str() == gate))
            }
            (Self::Gates { .. }, None) => true,
        }
    }
}

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// Stands for itself.
    Text(&'t str),
    /// `${NAME}`.
    Variable(&'t str),
}

/// A `${` that means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// Which `${` of the text it is, from 0.
    pub(super) ordinal: usize,
    /// What is wrong.
    pub(super) message: String,
    /// What to do.
    pub(super) hint: &'static str,
}

/// Takes a text apart; `$${` is the text `${`.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, Fault> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut ordinal = 0;
    while let Some(at) = rest.find("${") {
        let (before, from) = rest.split_at(at);
        if let Some(plain) = before.strip_suffix('$') {
            pieces.extend([Piece::Text(plain), Piece::Text(&from[..2])]);
            rest = &from[2..];
        } else {
            pieces.push(Piece::Text(before));
            let name = name(&from[2..]).map_err(|fault| fault.at(ordinal))?;
            pieces.push(Piece::Variable(name));
            rest = &from[name.len() + 3..];
        }
        ordinal += 1;
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

/// The name at the beginning of what follows a `${`, up to its `}`.
fn name(rest: &str) -> Result<&str, Fault> {
    if rest.starts_with('{') {
        let message = "`${{ … }}` is an expression of GitHub Actions, which Tollgate does not read";
        let hint = "hand the value over with `env` in the workflow and write `${NAME}` here";
        return Err(Fault::new(message.to_owned(), hint));
    }
    let Some((name, _)) = rest.split_once('}') else {
        let hint = "close it: `${NAME}`; for the text itself write `$${`";
        return Err(Fault::new("this `${` has no `}`".to_owned(), hint));
    };
    if is_variable_name(name) {
        return Ok(name);
    }
    let message = format!(
        "{} is no name of a variable",
        super::diagnostics::quoted(name)
    );
    let hint = "a name has letters, digits and `_`; for the text itself write `$${`";
    Err(Fault::new(message, hint))
}

impl Fault {
    fn new(message: String, hint: &'static str) -> Self {
        Self {
            ordinal: 0,
            message,
            hint,
        }
    }

    fn at(self, ordinal: usize) -> Self {
        Self { ordinal, ..self }
    }
}

/// Tells whether an environment variable can have this name.
pub(super) fn is_variable_name(text: &str) -> bool {
    let first = text.bytes().next();
    first.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Replaces each name by itself in angle brackets.
    fn marked(text: &str) -> String {
        let mark = |piece: &Piece| match piece {
            Piece::Text(text) => (*text).to_owned(),
            Piece::Variable(name) => format!("<{name}>"),
        };
        match pieces(text) {
            Ok(pieces) => pieces.iter().map(mark).collect(),
            Err(fault) => format!("{}: {}", fault.ordinal, fault.message),
        }
    }

    #[test]
    fn names_are_found_and_two_dollars_stand_for_one() {
        for (text, expect) in [
            ("", ""),
            ("plain $HOME $", "plain $HOME $"),
            ("${A}", "<A>"),
            ("v${A_1}.${_b}!", "v<A_1>.<_b>!"),
            ("${A}${B}", "<A><B>"),
            ("$${A}", "${A}"),
            ("$${A} ${B} $${C}${D}", "${A} <B> ${C}<D>"),
            ("$${$${${A}", "${${<A>"),
            ("$$${A}", "$${A}"),
            ("$${", "${"),
            ("ü${A}ü", "ü<A>ü"),
        ] {
            assert_eq!(marked(text), expect, "{text}");
        }
    }

    #[test]
    fn what_means_nothing_is_a_fault() {
        for (text, expect) in [
            ("a ${B", "0: this `${` has no `}`"),
            ("${A}${B", "1: this `${` has no `}`"),
            ("$${A}${}", "1: `` is no name of a variable"),
            ("${A-b}", "0: `A-b` is no name of a variable"),
            ("${1A}", "0: `1A` is no name of a variable"),
            ("${A:-x}", "0: `A:-x` is no name of a variable"),
        ] {
            assert_eq!(marked(text), expect, "{text}");
        }
        assert!(marked("${{ github.sha }}").contains("GitHub Actions"));
    }
}
