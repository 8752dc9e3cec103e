//! The attributes of a tag, as bytes: most tags are never looked at, so nothing is decoded here.

use memchr::memchr;

/// Why attributes cannot be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unclear;

/// The name of an attribute, and its value as it is written.
pub(super) type Attribute<'a> = (&'a [u8], &'a [u8]);

/// Walks over the attributes of a tag, in their written order.
///
/// It is lenient where nothing is lost by it: blanks around `=`, no blank between attributes. It
/// ends with [`Unclear`] at the first thing that is no `name="value"`.
pub(super) struct Attributes<'a> {
    rest: &'a [u8],
}

impl<'a> Attributes<'a> {
    pub(super) fn of(tag: &'a [u8]) -> Self {
        Self { rest: tag }
    }

    #[inline]
    fn split_next(&self) -> Option<(Attribute<'a>, &'a [u8])> {
        let size = name_size(self.rest)?;
        let (name, rest) = self.rest.split_at(size);
        let rest = match rest {
            [b'=', quote @ (b'"' | b'\''), rest @ ..] => (quote, rest),
            _ => {
                let rest = rest.trim_ascii_start().strip_prefix(b"=")?;
                rest.trim_ascii_start().split_first()?
            }
        };
        let (quote @ (b'"' | b'\''), rest) = rest else {
            return None;
        };
        let size = memchr(*quote, rest)?;
        Some(((name, &rest[..size]), &rest[size + 1..]))
    }
}

/// The size of an attribute's name; `None` where there cannot be one.
#[inline]
fn name_size(bytes: &[u8]) -> Option<usize> {
    for (size, byte) in bytes.iter().enumerate() {
        match byte {
            b'=' | b' ' | b'\t' | b'\n' | b'\r' => return Some(size),
            b'"' | b'\'' | b'<' => return None,
            _ => {}
        }
    }
    None
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, Unclear>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.rest = self.rest.trim_ascii_start();
        if self.rest.is_empty() {
            return None;
        }
        let Some((attribute, rest)) = self.split_next() else {
            self.rest = &[];
            return Some(Err(Unclear));
        };
        self.rest = rest;
        Some(Ok(attribute))
    }
}

/// The raw value of the first attribute of that name.
pub(super) fn value<'a>(tag: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    Attributes::of(tag)
        .map_while(Result::ok)
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value)
}

/// What tells a case from others, raw.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct CaseNames<'a> {
    pub(super) class: &'a [u8],
    pub(super) name: &'a [u8],
    pub(super) file: &'a [u8],
    /// The line of the file; `line` or `lineno`.
    pub(super) line: &'a [u8],
}

/// What a `testcase` tag says, raw.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct CaseTag<'a> {
    pub(super) names: CaseNames<'a>,
    /// Its `status`, and its `result`.
    pub(super) words: [&'a [u8]; 2],
}

impl<'a> CaseTag<'a> {
    /// Reads the attributes of a `testcase`.
    #[inline]
    pub(super) fn of(tag: &'a [u8]) -> Self {
        let mut case = Self::default();
        for (name, value) in Attributes::of(tag).map_while(Result::ok) {
            match name {
                b"name" => case.names.name = value,
                b"classname" => case.names.class = value,
                b"file" => case.names.file = value,
                b"line" | b"lineno" => case.names.line = value,
                b"status" => case.words[0] = value,
                b"result" => case.words[1] = value,
                _ => {}
            }
        }
        case
    }
}

/// The number in a counter such as `3`, `1,234` or `2.0`; `None` where there is none. A negative
/// one claims nothing.
pub(super) fn count(raw: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(raw).ok()?.trim();
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let whole = text.split('.').next().unwrap_or(text);
    let digits: String = whole.chars().filter(|letter| *letter != ',').collect();
    if digits.starts_with('-') {
        return Some(0);
    }
    digits.parse().ok()
}

/// Whether each attribute can be told from the next.
pub(super) fn are_clear(tag: &[u8]) -> bool {
    Attributes::of(tag).all(|attribute| attribute.is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_however_they_are_written() {
        for tag in [
            " a='1'",
            " b=\"2\" a = \"1\"",
            "\n\ta=\"1\"\r\n",
            " b=''a='1'",
            " a='1' a='2'",
        ] {
            assert_eq!(value(tag.as_bytes(), b"a"), Some(&b"1"[..]), "{tag}");
        }
        assert_eq!(value(b" a='<\">'", b"a"), Some(&b"<\">"[..]));
    }

    #[test]
    fn absent_values_are_not_found() {
        for tag in [
            "", " ", " a", " a=", " a=1", " a='1", " b='a=1'", " xa='1'", " a\"='1'",
        ] {
            assert_eq!(value(tag.as_bytes(), b"a"), None, "{tag}");
        }
    }

    #[test]
    fn a_lost_quote_makes_attributes_unclear() {
        assert!(are_clear(b" a='<b>' c=\"<\""));
        assert!(!are_clear(b" name=\"a>\n<testcase name=\"b\""));
        assert!(!are_clear(b" name=\"a><x y=\"b\"/"));
        assert!(!are_clear(b" name=\"a> <t n=\"b\" c=\"d\""));
    }

    #[test]
    fn counters_of_every_sort() {
        for (raw, number) in [
            ("0", Some(0)),
            (" 7 ", Some(7)),
            ("1,234", Some(1234)),
            ("1,234.5", Some(1234)),
            ("2.0", Some(2)),
            ("-1", Some(0)),
            ("-0.5", Some(0)),
            ("", None),
            ("none", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(count(raw.as_bytes()), number, "{raw}");
        }
    }
}
