//! JaCoCo's XML report (report.dtd): `<line nr mi ci mb cb>` below each `<sourcefile>`, in missed
//! and covered instructions and branches. A line was run when one of its instructions was.

use super::lines::{FileId, Lines};
use super::xml::{Complaint, Dialect, Tag};

/// A JaCoCo report that is being read.
#[derive(Default)]
pub(super) struct Jacoco {
    groups: Vec<String>,
    package: String,
    file: Option<FileId>,
    claim: Option<String>,
}

impl Dialect for Jacoco {
    fn open(&mut self, tag: &Tag<'_>, lines: &mut Lines) -> Result<(), Complaint> {
        match tag.name {
            "group" => self.groups.push(tag.required("name")?.into_owned()),
            "package" => self.package = tag.required("name")?.into_owned(),
            "sourcefile" => {
                let name = tag.required("name")?;
                let group = self.groups.join("/");
                self.file = Some(lines.file(&format!("{group}:{}/{name}", self.package)));
            }
            "line" => self.line(tag, lines)?,
            "counter" => self.remember_claim(tag)?,
            "sessioninfo" | "class" | "method" => {}
            other => return Err(format!("<{other}> is not an element of a JaCoCo report")),
        }
        Ok(())
    }

    fn close(&mut self, name: &str) {
        match name {
            "group" => drop(self.groups.pop()),
            "sourcefile" => self.file = None,
            _ => {}
        }
    }

    fn claim(&self) -> Option<String> {
        self.claim.clone()
    }
}

impl Jacoco {
    fn line(&self, tag: &Tag<'_>, lines: &mut Lines) -> Result<(), Complaint> {
        let file = self.file.ok_or("a <line> outside of a <sourcefile>")?;
        let line = tag.required_count("nr")?;
        lines.add_line(file, line, tag.required_count("ci")? > 0);
        let covered = tag.count("cb")?.unwrap_or(0);
        let total = covered.saturating_add(tag.count("mb")?.unwrap_or(0));
        if total > 0 {
            lines.add_branches(file, line, covered, total);
        }
        Ok(())
    }

    /// Classes compiled without debug information have counters of instructions and no lines.
    fn remember_claim(&mut self, tag: &Tag<'_>) -> Result<(), Complaint> {
        if self.claim.is_none() {
            let kind = tag.required("type")?;
            let covered = u64::from(tag.count("covered")?.unwrap_or(0));
            let total = covered + u64::from(tag.count("missed")?.unwrap_or(0));
            self.claim =
                (total > 0).then(|| format!("{covered} of {total} {}S covered", kind.trim()));
        }
        Ok(())
    }
}
