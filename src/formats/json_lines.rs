//! Logs with one JSON object a line: which fields are there, and which events.
//!
//! Lines are read one by one and a long one is passed over, so a file of any size costs the memory
//! of one line. What stands in a line is never kept.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufRead};

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The longest line that is read, in bytes.
pub const LONGEST_LINE: usize = 1024 * 1024;

/// What is looked for. A field is a path: `http.status` is the field `status` of `http`, or the
/// field `http.status`.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'w> {
    /// The fields that every line must have, and not as `null`.
    pub fields: &'w [String],
    /// The events that are looked for.
    pub events: &'w [String],
    /// The field that names a line's event.
    pub event_field: &'w str,
}

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// How many lines are not blank.
    pub lines: u64,
    /// The lines that are no JSON object, and why the first one is none.
    pub unreadable: Option<(Lines, String)>,
    /// For each wanted field the lines that lack it.
    pub lacking: Vec<Option<Lines>>,
    /// For each wanted event whether it occurs.
    pub occurs: Vec<bool>,
}

/// Lines of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lines {
    /// The first one, from 1.
    pub first: u64,
    /// How many there are.
    pub count: u64,
}

/// Reads a log file.
///
/// # Errors
/// Those of reading. What is wrong with a line is no error but something that was found.
pub fn read(mut input: impl BufRead, wanted: Wanted<'_>) -> io::Result<Found> {
    let mut found = Found {
        lines: 0,
        unreadable: None,
        lacking: vec![None; wanted.fields.len()],
        occurs: vec![false; wanted.events.len()],
    };
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let most = LONGEST_LINE as u64 + 1;
        if io::Read::take(&mut input, most).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line.len() > LONGEST_LINE && !line.ends_with(b"\n") {
            input.skip_until(b'\n')?;
            found.lines += 1;
            found.unreadable("is longer than 1 MiB".to_owned(), number);
            continue;
        }
        let is_first = number == 1;
        let text = line.strip_prefix(b"\xEF\xBB\xBF").filter(|_| is_first);
        found.take(text.unwrap_or(&line).trim_ascii(), number, wanted);
    }
    Ok(found)
}

impl Found {
    fn take(&mut self, line: &[u8], number: u64, wanted: Wanted<'_>) {
        if line.is_empty() {
            return;
        }
        self.lines += 1;
        let mut sight = Sight {
            wanted,
            fields: vec![false; wanted.fields.len()],
            occurs: &mut self.occurs,
        };
        if let Err(why) = sight.look(line) {
            self.unreadable(why, number);
            return;
        }
        for (lines, is_there) in self.lacking.iter_mut().zip(sight.fields) {
            if !is_there {
                count(lines, number);
            }
        }
    }

    fn unreadable(&mut self, why: String, number: u64) {
        match &mut self.unreadable {
            Some((lines, _)) => lines.count += 1,
            none => {
                let lines = Lines {
                    first: number,
                    count: 1,
                };
                *none = Some((lines, why));
            }
        }
    }
}

fn count(lines: &mut Option<Lines>, number: u64) {
    let lines = lines.get_or_insert(Lines {
        first: number,
        count: 0,
    });
    lines.count += 1;
}

/// What is seen of one line.
struct Sight<'w, 'f> {
    wanted: Wanted<'w>,
    fields: Vec<bool>,
    occurs: &'f mut [bool],
}

/// What a path leads to.
#[derive(Clone, Copy)]
enum Goal {
    Field(usize),
    Event,
}

/// The rest of a path, from where the reader is; empty at its goal.
#[derive(Clone, Copy)]
struct Path<'w> {
    rest: &'w str,
    goal: Goal,
}

impl<'w> Path<'w> {
    /// The paths that go on below a key: the key may be the next name, or several at once.
    fn below(self, key: &str) -> Option<Self> {
        let rest = self.rest.strip_prefix(key)?;
        match rest {
            "" => Some(Self { rest, ..self }),
            rest => rest.strip_prefix('.').map(|rest| Self { rest, ..self }),
        }
    }
}

impl Sight<'_, '_> {
    /// An error says what the line is instead of a JSON object, without any of its content.
    fn look(&mut self, line: &[u8]) -> Result<(), String> {
        let text = std::str::from_utf8(line).map_err(|_| "is not UTF-8".to_owned())?;
        let fields = self.wanted.fields.iter().enumerate();
        let fields = fields.map(|(number, path)| (path.as_str(), Goal::Field(number)));
        let paths = fields.chain([(self.wanted.event_field, Goal::Event)]);
        let paths: Vec<_> = paths.map(|(rest, goal)| Path { rest, goal }).collect();
        let mut parser = serde_json::Deserializer::from_str(text);
        let outcome = parser.deserialize_any(Object {
            sight: self,
            paths: &paths,
        });
        outcome
            .and_then(|()| parser.end())
            .map_err(|error| match error.is_data() {
                true => "is no JSON object".to_owned(),
                false => format!("is no JSON from column {}", error.column()),
            })
    }

    /// A value that is not `null` stands where paths lead.
    fn arrive(&mut self, paths: &[Path<'_>], text: Option<&str>) {
        for path in paths.iter().filter(|path| path.rest.is_empty()) {
            match (path.goal, text) {
                (Goal::Field(number), _) => self.fields[number] = true,
                (Goal::Event, Some(text)) => {
                    let events = self.wanted.events.iter();
                    for (occurs, event) in self.occurs.iter_mut().zip(events) {
                        *occurs |= event == text;
                    }
                }
                (Goal::Event, None) => {}
            }
        }
    }
}

/// An object in which paths go on; anything else is an error.
struct Object<'s, 'w, 'f, 'p> {
    sight: &'s mut Sight<'w, 'f>,
    paths: &'p [Path<'w>],
}

impl<'de> Visitor<'de> for Object<'_, '_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(Key(key)) = map.next_key_seed(KeySeed)? {
            let below = self.paths.iter().filter_map(|path| path.below(&key));
            let below: Vec<_> = below.collect();
            if below.is_empty() {
                map.next_value::<IgnoredAny>()?;
            } else {
                let sight = &mut *self.sight;
                map.next_value_seed(Part(Object {
                    sight,
                    paths: &below,
                }))?;
            }
        }
        Ok(())
    }
}

/// A value of any kind, to which paths lead, or in which they go on.
struct Part<'s, 'w, 'f, 'p>(Object<'s, 'w, 'f, 'p>);

impl Part<'_, '_, '_, '_> {
    fn no_text<E>(self) -> Result<(), E> {
        self.0.sight.arrive(self.0.paths, None);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Part<'_, '_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_, '_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.no_text()
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.no_text()
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.no_text()
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.no_text()
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.sight.arrive(self.0.paths, Some(text));
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<(), S::Error> {
        self.0.sight.arrive(self.0.paths, None);
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<(), M::Error> {
        self.0.sight.arrive(self.0.paths, None);
        self.0.visit_map(map)
    }
}

/// A key, lent from the line where it holds no escapes.
struct Key<'de>(Cow<'de, str>);

struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key<'de>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeySeed {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(key.to_owned())))
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(key)))
    }
}

#[cfg(test)]
mod tests;
