//! A path to one value in a JSON document: the singular queries of RFC 9535
//! (<https://www.rfc-editor.org/rfc/rfc9535#section-2.3.5.1>), of which the leading `$.` may be
//! left out.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

/// The longest path, in bytes.
const LONGEST: usize = 1000;

/// `$.checks[0].status`: names and indices, no wildcard and no filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath {
    text: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// A member of an object.
    Name(String),
    /// An element of an array, from the end where it is negative.
    Index(i64),
}

/// Why a text is no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadPath(String);

impl JsonPath {
    /// The value at the path; `None` where there is none.
    pub fn find<'v>(&self, document: &'v Value) -> Option<&'v Value> {
        let mut steps = self.steps.iter();
        steps.try_fold(document, |value, step| step.within(value))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Step {
    fn within<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        match (self, value) {
            (Self::Name(name), Value::Object(members)) => members.get(name),
            (Self::Index(index), Value::Array(elements)) => {
                let from_end = usize::try_from(index.unsigned_abs()).ok()?;
                match index.is_negative() {
                    true => elements.get(elements.len().checked_sub(from_end)?),
                    false => elements.get(from_end),
                }
            }
            _ => None,
        }
    }
}

impl FromStr for JsonPath {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, BadPath> {
        if text.len() > LONGEST {
            return Err(BadPath(format!("it is longer than {LONGEST} bytes")));
        }
        let mut rest = match text.strip_prefix('$') {
            Some(rest) => rest.to_owned(),
            None if text.starts_with('[') => text.to_owned(),
            None => format!(".{text}"),
        };
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, left) = step(&rest)?;
            steps.push(step);
            rest = left.to_owned();
        }
        let text = text.to_owned();
        Ok(Self { text, steps })
    }
}

/// The first step, and what follows it.
fn step(text: &str) -> Result<(Step, &str), BadPath> {
    if let Some(rest) = text.strip_prefix('.') {
        return member(rest);
    }
    let Some(inner) = text.strip_prefix('[') else {
        return Err(BadPath(format!("`.` or `[` is missing before `{text}`")));
    };
    match inner.chars().next() {
        Some(quote @ ('\'' | '"')) => quoted(&inner[1..], quote),
        _ => index(inner),
    }
}

fn member(text: &str) -> Result<(Step, &str), BadPath> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-') || !c.is_ascii();
    let (name, rest) = text.split_at(text.find(|c| !is_part(c)).unwrap_or(text.len()));
    match name.chars().next() {
        Some(first) if first.is_ascii_digit() || first == '-' => Err(BadPath(format!(
            "`{name}` is no name; an element of a list is written `[{name}]`"
        ))),
        Some(_) => Ok((Step::Name(name.to_owned()), rest)),
        None => Err(BadPath(format!("a name is missing before `{text}`"))),
    }
}

fn quoted(text: &str, quote: char) -> Result<(Step, &str), BadPath> {
    let mut name = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some((_, escaped @ ('\\' | '\'' | '"' | '/'))) => name.push(escaped),
                _ => return Err(BadPath("only `\\` and quotes can be escaped".to_owned())),
            },
            found if found == quote => {
                let rest = text[at + 1..].strip_prefix(']');
                let rest = rest.ok_or_else(|| BadPath("`]` is missing".to_owned()))?;
                return Ok((Step::Name(name), rest));
            }
            other => name.push(other),
        }
    }
    Err(BadPath(format!("`{quote}` is missing at the end")))
}

fn index(text: &str) -> Result<(Step, &str), BadPath> {
    let (number, rest) = text
        .split_once(']')
        .ok_or_else(|| BadPath("`]` is missing".to_owned()))?;
    let wrong = || {
        BadPath(format!(
            "`[{number}]` is neither a number nor a name in quotes; wildcards and filters are not \
             known, since one value is compared"
        ))
    };
    let index = number.parse().map_err(|_| wrong())?;
    Ok((Step::Index(index), rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(path: &str, document: &Value, expect: &Value) {
        let path: JsonPath = path.parse().unwrap();
        let found = path.find(document).unwrap_or(&Value::Null);
        assert_eq!(found, expect, "{path}");
    }

    #[test]
    fn one_value_is_found() {
        let document = json!({
            "status": "ok", "a-b": 1, "a.b": 2, "it's": 3, "ü": 4,
            "checks": [{"name": "db", "up": true}, {"name": "queue", "up": false}],
        });
        check("$", &json!(5), &json!(5));
        check("status", &document, &json!("ok"));
        check("$.status", &document, &json!("ok"));
        check("checks[1].name", &document, &json!("queue"));
        check("$.checks[-2].up", &document, &json!(true));
        check("a-b", &document, &json!(1));
        check("$['a.b']", &document, &json!(2));
        check("[\"a.b\"]", &document, &json!(2));
        check("['it\\'s']", &document, &json!(3));
        check("ü", &document, &json!(4));
        check("[0][1]", &json!([[1, 2]]), &json!(2));
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        let document = json!({"list": [1], "text": "x"});
        for path in ["nothing", "list[1]", "list[-2]", "list.x", "text[0]", "[0]"] {
            check(path, &document, &Value::Null);
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for (path, says) in [
            ("", "a name is missing"),
            ("$.", "a name is missing"),
            ("a..b", "a name is missing"),
            ("$status", "`.` or `[` is missing"),
            ("items.0", "written `[0]`"),
            ("items[*]", "wildcards"),
            ("items[?@.a]", "wildcards"),
            ("items[1:2]", "wildcards"),
            ("items[0", "`]` is missing"),
            ("['a'", "`]` is missing"),
            ("['a", "is missing at the end"),
            ("['\\n']", "can be escaped"),
            ("a b", "`.` or `[` is missing before ` b`"),
        ] {
            let error = path.parse::<JsonPath>().unwrap_err().to_string();
            assert!(error.contains(says), "{path}: {error}");
        }
        assert!("a".repeat(2000).parse::<JsonPath>().is_err());
    }

    proptest! {
        #[test]
        fn a_quoted_name_finds_its_member(name in "[^\\\\'\"]{1,20}") {
            let document = json!({ name.clone(): 7 });
            let path: JsonPath = format!("['{name}']").parse().unwrap();
            prop_assert_eq!(path.find(&document), Some(&json!(7)));
        }

        #[test]
        fn nothing_panics(text in "[$.\\[\\]'\"a-c0-9ü\\\\*-]{0,30}") {
            if let Ok(path) = text.parse::<JsonPath>() {
                let _ = path.find(&json!({"a": [1, {"b": 2}]}));
            }
        }
    }
}
