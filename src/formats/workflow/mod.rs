//! Workflow files of GitHub Actions: YAML → [`Workflow`], every part with its line.
//!
//! What GitHub itself would refuse is an error here too, with its line: two documents, a key
//! twice, a merge key, no `on`, no `jobs`. Keys that nobody asks for may hold anything.

mod action;
mod jobs;
mod parts;

#[cfg(test)]
mod tests;

pub use action::read_action;

use std::rc::Rc;

use crate::domain::workflow::{Text, Trigger, Workflow};
use crate::formats::ReadError;
use crate::formats::tree::{Entry, Node, sole_yaml};

/// The longest workflow file that is read, in bytes.
pub const MOST_BYTES: usize = 1024 * 1024;

/// How many values are read, all together: aliases can make a short file say a lot.
const MOST_VALUES: usize = 50_000;

/// How many bytes of text are read, all together.
const MOST_TEXT: usize = 4 * 1024 * 1024;

/// Reads the workflow file at `path`, which is relative to the repository.
///
/// # Errors
/// [`ReadError::Malformed`] with the line for what GitHub would not take as a workflow, and for
/// what is too large.
pub fn read(path: &str, text: &str) -> Result<Workflow, ReadError> {
    if text.len() > MOST_BYTES {
        return Err(ReadError::malformed(1, "it is larger than 1 MiB"));
    }
    let root = sole_yaml(text.strip_prefix('\u{feff}').unwrap_or(text))?;
    let mut reader = Reader {
        values: MOST_VALUES,
        text: MOST_TEXT,
        shell: None,
    };
    reader.workflow(path, &root)
}

/// Reads within bounds.
struct Reader {
    /// How many values may still be read.
    values: usize,
    /// How many bytes of text may still be read.
    text: usize,
    /// The shell that a step has if it names none.
    shell: Option<Text>,
}

impl Reader {
    fn workflow(&mut self, path: &str, root: &Node) -> Result<Workflow, ReadError> {
        let map = self.map(root, "a workflow")?;
        let Some(on) = entry(map, "on") else {
            return Err(no_trigger(root, map));
        };
        let (triggers, choices) = (self.triggers(&on.node)?, self.choices(&on.node)?);
        let Some(jobs) = entry(map, "jobs") else {
            let message = "it has no `jobs`, so GitHub does not take it as a workflow";
            return Err(malformed(root.line, message));
        };
        self.shell = self.default_shell(map)?;
        Ok(Workflow {
            path: path.to_owned(),
            triggers,
            choices,
            permissions: self.permissions(map)?,
            concurrency: self.concurrency(map)?,
            environment: self.pairs(map, "env")?,
            jobs: self.jobs(&jobs.node)?,
        })
    }

    /// `on: push`, `on: [push]`, `on: { push: … }`.
    fn triggers(&mut self, on: &Rc<Node>) -> Result<Vec<Trigger>, ReadError> {
        if on.map().is_none() {
            let events = self.texts(on)?;
            let bare = |event| Trigger {
                event,
                filters: Vec::new(),
            };
            return Ok(events.into_iter().map(bare).collect());
        }
        let mut triggers = Vec::new();
        for entry in self.map(on, "`on`")? {
            let mut filters = Vec::new();
            for filter in self.optional_map(&entry.node)? {
                filters.push(self.key(filter)?);
            }
            let event = self.key(entry)?;
            triggers.push(Trigger { event, filters });
        }
        Ok(triggers)
    }

    /// `inputs.NAME.options` of both ways to be called.
    fn choices(&mut self, on: &Node) -> Result<Vec<(String, Vec<String>)>, ReadError> {
        let mut choices = Vec::new();
        for event in ["workflow_dispatch", "workflow_call"] {
            let Some(inputs) = on.get(event).and_then(|event| event.get("inputs")) else {
                continue;
            };
            for input in self.optional_map(inputs)? {
                let Some(options) = input.node.get("options") else {
                    continue;
                };
                let options = self.texts(options)?.into_iter().map(|text| text.text);
                choices.push((input.key.clone(), options.collect()));
            }
        }
        Ok(choices)
    }

    /// Counts what is read.
    fn spend(&mut self, line: usize, bytes: usize) -> Result<(), ReadError> {
        let left = self.values.checked_sub(1).zip(self.text.checked_sub(bytes));
        let message = "its aliases stand for more than any workflow says";
        (self.values, self.text) = left.ok_or_else(|| malformed(line, message))?;
        Ok(())
    }
}

/// YAML 1.1 takes `on` for `true`, and tools that write it back write that.
fn no_trigger(root: &Node, map: &[Entry]) -> ReadError {
    let boolean = map
        .iter()
        .find(|entry| entry.key.eq_ignore_ascii_case("true"));
    match boolean {
        Some(entry) => {
            let message = "it has the key `true` where GitHub looks for `on`; a tool for YAML 1.1 \
                           has rewritten it";
            malformed(entry.line, message)
        }
        None => malformed(
            root.line,
            "it has no `on`, so GitHub does not take it as a workflow",
        ),
    }
}

fn entry<'a>(map: &'a [Entry], key: &str) -> Option<&'a Entry> {
    map.iter().find(|entry| entry.key == key)
}

fn malformed(line: usize, message: impl Into<String>) -> ReadError {
    ReadError::malformed(u64::try_from(line.max(1)).unwrap_or(u64::MAX), message)
}

fn line(number: usize) -> u32 {
    u32::try_from(number.max(1)).unwrap_or(u32::MAX)
}

fn text_at(text: &str, at: usize) -> Text {
    Text {
        text: text.to_owned(),
        line: line(at),
    }
}
