//! The workflow files of a repository. None is passed over in silence.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::app::failure::Failure;
use crate::domain::doctor::Unreadable;
use crate::domain::workflow::{LocalAction, Workflow, local_path};
use crate::formats::ReadError;
use crate::formats::workflow::{self, MOST_BYTES};
use crate::worktree::files::FoundFile;
use crate::worktree::{Globs, WorkTree};

/// Where GitHub looks for workflows.
const GLOBS: [&str; 2] = [".github/workflows/*.yml", ".github/workflows/*.yaml"];

/// The workflow files, and those that could not be read.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) workflows: Vec<Workflow>,
    pub(super) unreadable: Vec<Unreadable>,
    pub(super) actions: Vec<LocalAction>,
}

/// Reads every workflow file of the repository at `top_level`.
///
/// # Errors
/// When the repository's root can't be entered.
pub(super) async fn read(top_level: &Path, evidence: &str) -> Result<Files, Failure> {
    let (top_level, evidence) = (top_level.to_owned(), evidence.to_owned());
    let read = tokio::task::spawn_blocking(move || read_all(&top_level, &evidence));
    let broke_off =
        |error| Failure::unreachable(format!("the workflow files could not be read: {error}"));
    read.await.map_err(broke_off)?
}

fn read_all(top_level: &Path, evidence: &str) -> Result<Files, Failure> {
    let tree = WorkTree::open(top_level, evidence).map_err(|error| {
        Failure::usage(format!(
            "{} cannot be entered: {error}",
            top_level.display()
        ))
    })?;
    let globs = Globs::new(&GLOBS).map_err(|error| Failure::usage(error.to_string()))?;
    let found = tree.find(&globs);
    let mut files = Files::default();
    for refused in found.refused {
        let problem = format!("it {}", refused.why);
        files.refuse(refused.path, 1, problem);
    }
    // A folder may be called `x.yml`; GitHub does not look into it.
    let is_direct = |file: &&FoundFile| file.path.matches('/').count() == 2;
    for file in found.files.iter().filter(is_direct) {
        files.take(file);
    }
    files.actions = local_actions(top_level, &files.workflows);
    Ok(files)
}

/// The actions of the repository that steps use and that run Tollgate. One that can't be read is
/// none of Tollgate's; GitHub tells about it when the workflow runs.
fn local_actions(top_level: &Path, workflows: &[Workflow]) -> Vec<LocalAction> {
    let jobs = workflows.iter().flat_map(|workflow| &workflow.jobs);
    let used = jobs.flat_map(|job| &job.steps).filter_map(|step| {
        let uses = step.uses.as_ref()?;
        local_path(&uses.text)
    });
    let paths: BTreeSet<&str> = used.collect();
    let actions = paths.into_iter().filter_map(|path| {
        let names = ["action.yml", "action.yaml"];
        let mut texts = names
            .iter()
            .filter_map(|name| text_within(top_level, &top_level.join(path).join(name)));
        workflow::read_action(path, &texts.next()?)
    });
    actions.collect()
}

/// A file that lies in the repository, links followed.
fn text_within(top_level: &Path, path: &Path) -> Option<String> {
    let root = std::fs::canonicalize(top_level).ok()?;
    let path = std::fs::canonicalize(path).ok()?;
    if !path.starts_with(root) || !path.is_file() {
        return None;
    }
    let mut text = String::new();
    let open = File::open(path).ok()?;
    open.take(MOST_BYTES as u64)
        .read_to_string(&mut text)
        .ok()?;
    Some(text)
}

impl Files {
    fn take(&mut self, file: &FoundFile) {
        let mut bytes = Vec::new();
        let most = MOST_BYTES as u64 + 1;
        let opened = File::open(&file.absolute);
        let read = opened.and_then(|open| open.take(most).read_to_end(&mut bytes));
        if let Err(error) = read {
            return self.refuse(file.path.clone(), 1, format!("it can't be read: {error}"));
        }
        match std::str::from_utf8(&bytes) {
            Ok(text) => self.take_text(file, text),
            // The end may have been cut within a character.
            Err(_) if bytes.len() > MOST_BYTES => {
                self.refuse(file.path.clone(), 1, "it is larger than 1 MiB".to_owned());
            }
            Err(error) => {
                let before = &bytes[..error.valid_up_to()];
                let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
                let line = u32::try_from(line).unwrap_or(u32::MAX);
                self.refuse(
                    file.path.clone(),
                    line,
                    "it is not UTF-8 from here on".to_owned(),
                );
            }
        }
    }

    fn take_text(&mut self, file: &FoundFile, text: &str) {
        match workflow::read(&file.path, text) {
            Ok(workflow) => self.workflows.push(workflow),
            Err(error) => {
                let line = error.line().unwrap_or(1);
                let problem = match error {
                    ReadError::Malformed { message, .. } => message,
                    ReadError::Io(error) => error.to_string(),
                };
                self.refuse(file.path.clone(), line, problem);
            }
        }
    }

    fn refuse(&mut self, path: String, line: u32, problem: String) {
        self.unreadable.push(Unreadable {
            path,
            line,
            problem,
        });
    }
}
