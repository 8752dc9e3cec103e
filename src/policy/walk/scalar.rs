//! Scalars: types, patterns, and the expansion of `${NAME}`.

use std::borrow::Cow;

use serde_json::Value;

use super::Walker;
use crate::domain::ids::CheckRef;
use crate::policy::diagnostics::{Reports, Span, quoted};
use crate::policy::expand::{Expansion, Fault, Lookup, Piece, pieces};
use crate::policy::node::{Kind, Scalar};
use crate::policy::shape::{Pattern, Shape, Text};
use crate::policy::words;

impl Walker<'_, '_, '_> {
    /// The JSON value of a scalar.
    pub(super) fn scalar(&mut self, at: Span, scalar: &Scalar, shape: &Shape) -> Option<Value> {
        match shape {
            Shape::Text(text) => self.text(at, scalar, text).map(Value::from),
            Shape::Integer { least, most } => self.integer(at, scalar, *least, *most),
            Shape::Boolean => self.boolean(at, scalar),
            Shape::Choice(options) => self.choice(at, scalar, options),
            _ => None,
        }
    }

    fn boolean(&mut self, at: Span, scalar: &Scalar) -> Option<Value> {
        if scalar.kind() == Kind::Boolean {
            return Some(Value::from(scalar.text.eq_ignore_ascii_case("true")));
        }
        let hint = match scalar.text.as_str() {
            "true" | "false" => format!("remove the quotes: {}", scalar.text),
            "yes" | "on" | "y" => "write `true`".to_owned(),
            "no" | "off" | "n" => "write `false`".to_owned(),
            text => unexpandable(text)
                .unwrap_or("write `true` or `false`")
                .to_owned(),
        };
        self.mismatch(at, scalar, "`true` or `false`", &hint)
    }

    fn integer(&mut self, at: Span, scalar: &Scalar, least: u64, most: u64) -> Option<Value> {
        let wanted = match (least, most) {
            (0, u64::MAX) => "a whole number".to_owned(),
            (least, most) if least == most => least.to_string(),
            (least, u64::MAX) => format!("a whole number, at least {least}"),
            (least, most) => format!("a whole number from {least} to {most}"),
        };
        let number = whole_number(&scalar.text);
        if let Some(number) = number.filter(|_| scalar.kind() == Kind::Integer)
            && (least..=most).contains(&number)
        {
            return Some(Value::from(number));
        }
        let hint = match unexpandable(&scalar.text) {
            Some(hint) => hint.to_owned(),
            None if number.is_some() && !scalar.plain => {
                format!("remove the quotes: {}", scalar.text)
            }
            None => format!("write {wanted}"),
        };
        self.mismatch(at, scalar, &wanted, &hint)
    }

    fn choice(&mut self, at: Span, scalar: &Scalar, options: &[String]) -> Option<Value> {
        if options.contains(&scalar.text) {
            return Some(Value::from(scalar.text.as_str()));
        }
        let options = options.iter().map(String::as_str);
        let wanted = format!("one of {}", words::listed(options.clone()));
        let hint = match unexpandable(&scalar.text) {
            Some(hint) => hint.to_owned(),
            None => words::suggestion(&scalar.text, options, "write one of"),
        };
        self.mismatch(at, scalar, &wanted, &hint)
    }

    fn text<'n>(&mut self, at: Span, scalar: &'n Scalar, shape: &Text) -> Option<Cow<'n, str>> {
        let fits = match scalar.kind() {
            Kind::Text => true,
            Kind::Integer | Kind::Float => shape.numbers,
            Kind::Boolean => shape.booleans,
            Kind::Null => false,
        };
        let wanted = shape
            .pattern
            .as_ref()
            .map_or("a text", |it| it.title.as_str());
        if !fits {
            return self.mismatch(at, scalar, wanted, &text_hint(scalar, shape));
        }
        if scalar.text.contains('\0') {
            let hint = "remove `\\0`";
            self.reports
                .add(at, "a text cannot hold a null character", hint);
            return None;
        }
        let expand = !shape.literal && scalar.text.contains("${");
        let parts = if expand {
            self.pieces(at, &scalar.text)?
        } else {
            vec![Piece::Text(&scalar.text)]
        };
        let kept = expand && !self.expansion.covers(self.gate());
        if kept {
            return Some(Cow::Borrowed(&scalar.text)); // its value, and so its pattern, is not known
        }
        let text = self.join(at, parts)?;
        self.matches(at, &text, scalar, shape.pattern.as_ref())?;
        Some(text)
    }

    fn pieces<'t>(&mut self, at: Span, text: &'t str) -> Option<Vec<Piece<'t>>> {
        match pieces(text) {
            Ok(pieces) => Some(pieces),
            Err(Fault {
                ordinal,
                message,
                hint,
            }) => {
                self.reports
                    .add(place_of(self.reports, at, ordinal), message, hint);
                None
            }
        }
    }

    /// Puts the pieces together, with the values of the variables; all that have none are
    /// reported.
    fn join<'t>(&mut self, at: Span, pieces: Vec<Piece<'t>>) -> Option<Cow<'t, str>> {
        if let [Piece::Text(text)] = pieces[..] {
            return Some(Cow::Borrowed(text));
        }
        let check = self.check();
        let mut text = String::new();
        let mut whole = true;
        let mut ordinal = 0;
        for piece in pieces {
            match piece {
                Piece::Text(part) => {
                    ordinal += usize::from(part == "${");
                    text.push_str(part);
                }
                Piece::Variable(name) => {
                    match self.look_up(name, check.as_ref()) {
                        Ok(value) => text.push_str(&value),
                        Err((message, hint)) => {
                            let place = place_of(self.reports, at, ordinal);
                            let length = name.len() + 3;
                            self.reports.add(Span { length, ..place }, message, hint);
                            whole = false;
                        }
                    }
                    ordinal += 1;
                }
            }
        }
        whole.then_some(Cow::Owned(text))
    }

    /// The value of a variable, else why there is none and what to do.
    fn look_up(&self, name: &str, check: Option<&CheckRef>) -> Result<String, (String, String)> {
        let found = match self.expansion {
            Expansion::Gates { lookup, .. } => lookup(check, name),
            Expansion::Keep => Lookup::Undefined,
        };
        match found {
            Lookup::Value(value) => Ok(value),
            Lookup::Undefined => Err((
                format!("the environment variable `{name}` is not set"),
                format!("set it where Tollgate runs; for the text itself write `$${{{name}}}`"),
            )),
            Lookup::Unavailable(why) => Err((format!("`{name}` has no value here"), why)),
        }
    }

    fn matches(
        &mut self,
        at: Span,
        text: &str,
        scalar: &Scalar,
        pattern: Option<&Pattern>,
    ) -> Option<()> {
        let Some(pattern) = pattern.filter(|pattern| !pattern.regex.is_match(text)) else {
            return Some(());
        };
        let message = match scalar.text == text {
            true => format!("{} is not {}", quoted(text), pattern.title),
            false => {
                // the value may be a secret
                format!(
                    "what {} stands for is not {}",
                    quoted(&scalar.text),
                    pattern.title
                )
            }
        };
        let hint = unexpandable(text).unwrap_or(&pattern.description);
        self.reports.add(at, message, hint);
        None
    }

    fn mismatch<T>(&mut self, at: Span, scalar: &Scalar, wanted: &str, hint: &str) -> Option<T> {
        let found = called(scalar);
        let message = format!("{} must be {wanted}, not {found}", self.subject());
        self.reports.add(at, message, hint);
        None
    }
}

/// What a scalar is called in messages.
pub(super) fn called(scalar: &Scalar) -> String {
    let kind = match scalar.kind() {
        Kind::Null => return "nothing".to_owned(),
        Kind::Boolean => "the truth value",
        Kind::Integer | Kind::Float => "the number",
        Kind::Text => "the text",
    };
    format!("{kind} {}", quoted(&scalar.text))
}

fn text_hint(scalar: &Scalar, shape: &Text) -> String {
    match &shape.pattern {
        Some(pattern) if !pattern.regex.is_match(&scalar.text) => pattern.description.clone(),
        _ => format!("put quotes around it: \"{}\"", scalar.text),
    }
}

/// The hint for `${…}` where it is not expanded.
fn unexpandable(text: &str) -> Option<&'static str> {
    let hint = "`${…}` is not expanded in names, numbers and words of the policy's language; \
                write the value itself";
    text.contains("${").then_some(hint)
}

/// Reads a whole number as YAML's core schema writes it; `None` below 0 and above 2⁶⁴ - 1.
fn whole_number(text: &str) -> Option<u64> {
    if let Some(octal) = text.strip_prefix("0o") {
        return u64::from_str_radix(octal, 8).ok();
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok();
    }
    text.parse().ok()
}

/// The place of the `${` with this number (from 0) in the text of a scalar; the scalar's own
/// place where escapes or aliases hide it.
fn place_of(reports: &Reports<'_>, at: Span, ordinal: usize) -> Span {
    if reports.is_full() {
        return at;
    }
    let (mut line, mut skip, mut left) = (at.line, at.column - 1, at.length);
    let mut seen = 0;
    while left > 0 {
        let characters: Vec<char> = reports.line(line).chars().skip(skip).take(left).collect();
        for (index, pair) in characters.windows(2).enumerate() {
            if pair != ['$', '{'] {
                continue;
            }
            if seen == ordinal {
                let column = skip + index + 1;
                return Span {
                    line,
                    column,
                    length: 2,
                };
            }
            seen += 1;
        }
        left = left.saturating_sub(characters.len() + 1);
        (line, skip) = (line + 1, 0);
    }
    at
}
