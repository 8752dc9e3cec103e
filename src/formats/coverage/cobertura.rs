//! Cobertura's `coverage.xml` (coverage-04.dtd), as written by coverage.py, gcovr, Istanbul,
//! coverlet and others.

use super::lines::{FileId, Lines};
use super::xml::{Complaint, Dialect, Tag};

/// A Cobertura report that is being read.
#[derive(Default)]
pub(super) struct Cobertura {
    claim: Option<String>,
    file: Option<FileId>,
    is_in_source: bool,
}

impl Cobertura {
    /// Takes what the root declares.
    pub(super) fn new(root: &Tag<'_>) -> Self {
        // coverage.py writes line-rate="1" for no lines at all, so the count has the last word.
        let claimed = ["lines-valid", "line-rate"]
            .into_iter()
            .find_map(|name| Some((name, root.attribute(name)?)));
        Self {
            claim: claimed
                .filter(|(_, value)| value.trim().parse::<f64>() != Ok(0.0))
                .map(|(name, value)| format!("{name}={value:?}")),
            ..Self::default()
        }
    }
}

impl Dialect for Cobertura {
    fn open(&mut self, tag: &Tag<'_>, lines: &mut Lines) -> Result<(), Complaint> {
        match tag.name {
            "source" => self.is_in_source = true,
            "class" => self.file = Some(lines.file(&tag.required("filename")?)),
            "line" => {
                let file = self.file.ok_or("a <line> outside of a <class>")?;
                let line = tag.required_count("number")?;
                lines.add_line(file, line, tag.was_run("hits")?);
                if let Some((covered, total)) = conditions(tag)? {
                    lines.add_branches(file, line, covered, total);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str, lines: &mut Lines) {
        if self.is_in_source {
            lines.add_source(text.trim());
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "class" => self.file = None,
            "source" => self.is_in_source = false,
            _ => {}
        }
    }

    fn claim(&self) -> Option<String> {
        self.claim.clone()
    }
}

/// The counts in `condition-coverage="50% (1/2)"`.
fn conditions(tag: &Tag<'_>) -> Result<Option<(u32, u32)>, Complaint> {
    let Some(text) = tag.attribute("condition-coverage") else {
        return Ok(None);
    };
    let Some((_, counts)) = text.split_once('(') else {
        return Ok(None);
    };
    let counts = counts
        .trim_end()
        .strip_suffix(')')
        .and_then(|counts| counts.split_once('/'))
        .and_then(|(covered, total)| {
            Some((covered.trim().parse().ok()?, total.trim().parse().ok()?))
        });
    match counts {
        Some((covered, total)) if covered <= total => Ok(Some((covered, total))),
        _ => Err(format!(
            "condition-coverage={text:?}; the form \"50% (1/2)\" was expected"
        )),
    }
}
