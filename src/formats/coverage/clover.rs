//! Clover's `clover.xml` (clover.xsd), as written by OpenClover, PHPUnit, Istanbul and gcovr.

use super::lines::{FileId, Lines};
use super::xml::{Complaint, Dialect, Tag};

/// A Clover report that is being read.
#[derive(Default)]
pub(super) struct Clover {
    /// Istanbul writes `falsecount` as the number of branches that were missed, where Clover means
    /// how often the condition was false. It is known by the version that it always claims.
    is_istanbul: bool,
    package: String,
    file: Option<FileId>,
    claim: Option<String>,
}

impl Clover {
    /// Takes what the root declares.
    pub(super) fn new(root: &Tag<'_>) -> Self {
        Self {
            is_istanbul: root.attribute("clover").as_deref() == Some("3.2.0"),
            ..Self::default()
        }
    }

    fn line(&self, tag: &Tag<'_>, lines: &mut Lines) -> Result<(), Complaint> {
        let file = self.file.ok_or("a <line> outside of a <file>")?;
        let line = tag.required_count("num")?;
        if tag.attribute("type").as_deref() != Some("cond") {
            lines.add_line(file, line, tag.was_run("count")?);
            return Ok(());
        }
        let yes = tag.count("truecount")?.unwrap_or(0);
        let no = tag.count("falsecount")?.unwrap_or(0);
        // OpenClover may leave out `count` of a condition, which ran if it was ever true or false.
        let was_run = match tag.attribute("count") {
            Some(_) => tag.was_run("count")?,
            None => yes > 0 || no > 0,
        };
        lines.add_line(file, line, was_run);
        if self.is_istanbul {
            lines.add_branches(file, line, yes, yes.saturating_add(no));
        } else {
            lines.add_branches(file, line, u32::from(yes > 0) + u32::from(no > 0), 2);
        }
        Ok(())
    }
}

impl Dialect for Clover {
    fn open(&mut self, tag: &Tag<'_>, lines: &mut Lines) -> Result<(), Complaint> {
        match tag.name {
            "package" => self.package = tag.required("name")?.into_owned(),
            // The name alone may lack its folder.
            "file" => {
                let path = match tag.attribute("path") {
                    Some(path) => path.into_owned(),
                    None => format!("{}:{}", self.package, tag.required("name")?),
                };
                self.file = Some(lines.file(&path));
            }
            "line" => self.line(tag, lines)?,
            "metrics" if self.claim.is_none() => {
                let statements = tag.count("statements")?.filter(|count| *count > 0);
                self.claim = statements.map(|count| format!("statements=\"{count}\""));
            }
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: &str) {
        match name {
            "package" => self.package.clear(),
            "file" => self.file = None,
            _ => {}
        }
    }

    fn claim(&self) -> Option<String> {
        self.claim.clone()
    }
}
