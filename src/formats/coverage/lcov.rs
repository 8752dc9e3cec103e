//! LCOV's trace file (geninfo(1), "FILES"): `SF:` opens the record of a file, `end_of_record` ends
//! it; `DA:` lines and `BRDA:` branches are counted, the sums `LF LH BRF BRH` are not.

use std::io::{BufRead, ErrorKind, Read};

use super::lines::{FileId, Lines};
use super::text::{LONGEST_PIECE, Text};
use super::xml::Complaint;
use crate::domain::quality::coverage::CoverageReport;
use crate::formats::ReadError;

/// An LCOV report that is being read.
struct Trace {
    lines: Lines,
    file: Option<FileId>,
    /// Whether there was any record.
    has_records: bool,
    /// Whether a sum says that there are lines.
    claims_lines: bool,
}

/// Reads an LCOV report into `lines`.
pub(super) fn read<R: Read>(mut text: Text<R>, lines: Lines) -> Result<CoverageReport, ReadError> {
    let mut trace = Trace {
        lines,
        file: None,
        has_records: false,
        claims_lines: false,
    };
    let mut bytes = Vec::new();
    loop {
        let line = text.line();
        bytes.clear();
        text.next_piece();
        match text.read_until(b'\n', &mut bytes) {
            Ok(0) => {
                return trace
                    .finish()
                    .map_err(|what| ReadError::malformed(line, what));
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::InvalidData && text.is_overlong() => {
                let what = format!("longer than {LONGEST_PIECE} bytes; is this an LCOV file?");
                return Err(ReadError::malformed(line, what));
            }
            Err(error) => return Err(error.into()),
        }
        let entry = String::from_utf8_lossy(&bytes);
        trace
            .take(entry.trim())
            .map_err(|what| ReadError::malformed(line, what))?;
    }
}

impl Trace {
    fn take(&mut self, entry: &str) -> Result<(), Complaint> {
        if entry.is_empty() || entry.starts_with('#') {
            return Ok(());
        }
        if entry == "end_of_record" {
            return match self.file.take() {
                Some(_) => Ok(()),
                None => Err("end_of_record without an SF: before it".to_owned()),
            };
        }
        let (key, value) = entry
            .split_once(':')
            .filter(|(key, _)| is_key(key))
            .ok_or_else(|| self.not_an_entry(entry))?;
        match key {
            "SF" => self.begin(value),
            "DA" => self.line(value),
            "BRDA" => self.branch(value),
            "LF" => {
                self.claims_lines |= value.trim() != "0";
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn not_an_entry(&self, entry: &str) -> Complaint {
        let entry = entry.chars().take(60).collect::<String>();
        if self.has_records {
            format!("{entry:?} is not an entry of an LCOV file")
        } else {
            format!(
                "{entry:?} begins no coverage report; Cobertura, JaCoCo, Clover or LCOV was expected"
            )
        }
    }

    fn begin(&mut self, name: &str) -> Result<(), Complaint> {
        if self.file.is_some() {
            return Err("SF: before the end_of_record of the file above".to_owned());
        }
        if name.trim().is_empty() {
            return Err("SF: without a file".to_owned());
        }
        self.has_records = true;
        self.file = Some(self.lines.file(name));
        self.lines.check_size()
    }

    /// `DA:LINE,RUNS[,CHECKSUM]`
    fn line(&mut self, value: &str) -> Result<(), Complaint> {
        let file = self.file.ok_or("DA: without an SF: before it")?;
        let mut parts = value.split(',').map(str::trim);
        let line = parts.next().and_then(|line| line.parse().ok());
        let runs = parts.next().and_then(|runs| runs.parse::<f64>().ok());
        match (line, runs) {
            (Some(line), Some(runs)) if !runs.is_nan() => {
                self.lines.add_line(file, line, runs > 0.0);
                self.lines.check_size()
            }
            _ => Err(format!("DA:{value}; the form DA:LINE,RUNS was expected")),
        }
    }

    /// `BRDA:LINE,[e]BLOCK,BRANCH,TAKEN`; `-` says that the line never ran. The branch may be an
    /// expression with commas (LCOV 2).
    fn branch(&mut self, value: &str) -> Result<(), Complaint> {
        let file = self.file.ok_or("BRDA: without an SF: before it")?;
        let parts = || {
            let (line, rest) = value.split_once(',')?;
            let (rest, taken) = rest.rsplit_once(',')?;
            let name = rest.split_once(',')?;
            let taken = match taken.trim() {
                "-" => 0.0,
                count => count.parse::<f64>().ok().filter(|count| !count.is_nan())?,
            };
            Some((line.trim().parse().ok()?, name, taken > 0.0))
        };
        let (line, name, taken) = parts().ok_or_else(|| {
            format!("BRDA:{value}; the form BRDA:LINE,BLOCK,BRANCH,TAKEN was expected")
        })?;
        self.lines.add_branch(file, line, name, taken);
        self.lines.check_size()
    }

    fn finish(self) -> Result<CoverageReport, Complaint> {
        if self.file.is_some() {
            return Err(
                "the file ends before end_of_record; was it cut off while being written?"
                    .to_owned(),
            );
        }
        if !self.has_records {
            return Err("no record; SF:FILE … end_of_record was expected".to_owned());
        }
        let report = self.lines.report();
        if report.coverage.lines.total == 0 && self.claims_lines {
            return Err(
                "LF: declares lines and no DA: shows one; coverage is counted from lines"
                    .to_owned(),
            );
        }
        Ok(report)
    }
}

fn is_key(key: &str) -> bool {
    !key.is_empty() && key.len() <= 8 && key.bytes().all(|byte| byte.is_ascii_uppercase())
}
