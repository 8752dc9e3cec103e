//! SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"): what linters and scanners
//! found → counts by effective level, and the first findings.
//!
//! A result counts at its own level, else at the level that an invocation overrides or a rule
//! declares, else as a warning (§3.27.10). Suppressed results, kinds other than `fail` and results
//! that are `absent` against a baseline do not count. Results are read one by one and not held;
//! what is held for the rules, which may stand after the results, is bounded.

mod bounded;
mod kept;
mod place;
mod result;
mod rules;
mod run;
mod short;

use std::fmt;
use std::io::Read;

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::domain::quality::findings::FindingReport;
use crate::formats::ReadError;
use bounded::AtMost;
use kept::Kept;
use short::ShortStrings;

/// Reads a SARIF file. `name` is the file's name, for messages. Places are as the file gives them:
/// relative to the project's root where it says so, else absolute.
///
/// # Errors
/// [`ReadError::Malformed`] with the line for what is not JSON or not SARIF 2.1, for a run that
/// has no results at all (the tool did not scan), that says its execution failed, or that keeps
/// its results in other files: nothing found there would prove nothing.
pub fn read(name: &str, input: impl Read) -> Result<FindingReport, ReadError> {
    let mut kept = Kept::default();
    let mut json = serde_json::Deserializer::from_reader(ShortStrings::new(input));
    let outcome = json
        .deserialize_map(Log { kept: &mut kept })
        .and_then(|()| json.end());
    match outcome {
        Ok(()) => Ok(kept.into_report()),
        Err(error) => Err(read_error(name, error)),
    }
}

fn read_error(name: &str, error: serde_json::Error) -> ReadError {
    if error.is_io() {
        return ReadError::Io(error.into());
    }
    let line = u64::try_from(error.line().max(1)).unwrap_or(u64::MAX);
    let text = error.to_string();
    // The position is told apart from the message.
    let what = text.split(" at line ").next().unwrap_or_default();
    match error.classify() {
        serde_json::error::Category::Eof if error.column() == 0 && line == 1 => {
            ReadError::malformed(1, format!("{name} is empty; SARIF 2.1.0 was expected"))
        }
        serde_json::error::Category::Eof => ReadError::malformed(
            line,
            "the file ends inside the JSON; was it cut off while being written?",
        ),
        serde_json::error::Category::Data => ReadError::malformed(line, what),
        _ => ReadError::malformed(line, format!("not JSON: {what}; SARIF 2.1.0 was expected")),
    }
}

/// The outermost object.
struct Log<'a> {
    kept: &'a mut Kept,
}

impl<'de> Visitor<'de> for Log<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a SARIF log: an object with version and runs")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        let mut has_version = false;
        let mut has_runs = false;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "version" => {
                    check_version(&map.next_value::<String>()?).map_err(M::Error::custom)?;
                    has_version = true;
                }
                "runs" => {
                    map.next_value_seed(Runs { kept: self.kept })?;
                    has_runs = true;
                }
                "inlineExternalProperties" => {
                    let inline = map.next_value::<AtMost<run::External, 10_000>>()?.0;
                    if inline.iter().any(run::External::has_results) {
                        return Err(M::Error::custom(
                            "results stand outside of their run (inlineExternalProperties); \
                             write them into it",
                        ));
                    }
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        match (has_version, has_runs) {
            (true, true) => Ok(()),
            (false, _) => Err(M::Error::custom("no version; SARIF 2.1.0 was expected")),
            (true, false) => Err(M::Error::custom("no runs; SARIF 2.1.0 was expected")),
        }
    }
}

fn check_version(version: &str) -> Result<(), String> {
    if version == "2.1" || version.starts_with("2.1.") {
        return Ok(());
    }
    Err(format!("SARIF {version}; version 2.1.0 was expected"))
}

struct Runs<'a> {
    kept: &'a mut Kept,
}

impl<'de> DeserializeSeed<'de> for Runs<'_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Runs<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of runs")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut runs: S) -> Result<(), S::Error> {
        let mut has_runs = false;
        while runs.next_element_seed(run::Run::new(self.kept))?.is_some() {
            has_runs = true;
        }
        if has_runs {
            Ok(())
        } else {
            Err(S::Error::custom("runs is empty: nothing was scanned"))
        }
    }
}

#[cfg(test)]
mod tests;
