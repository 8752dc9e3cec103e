//! A workflow file of GitHub Actions as it is written: what is looked at, each thing with its line
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax>).

pub mod condition;
pub mod expression;
mod syntax;
pub mod template;

use std::collections::{BTreeMap, BTreeSet};

/// A text and the line, from 1, on which it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// As written, without quotes.
    pub text: String,
    /// Its line.
    pub line: u32,
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The key.
    pub name: String,
    /// The value.
    pub value: Text,
}

/// One workflow file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Workflow {
    /// Relative to the repository: `.github/workflows/ci.yml`.
    pub path: String,
    /// `on`, in whatever form it is written.
    pub triggers: Vec<Trigger>,
    /// `permissions`.
    pub permissions: Permissions,
    /// `concurrency`.
    pub concurrency: Option<Concurrency>,
    /// `env`.
    pub environment: Vec<Pair>,
    /// The inputs of `workflow_dispatch` and `workflow_call` that are one of some choices.
    pub choices: Vec<(String, Vec<String>)>,
    /// `jobs`, in the written order.
    pub jobs: Vec<Job>,
}

/// An event that starts the workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// `push`, `pull_request`, …
    pub event: Text,
    /// The keys below it: `branches`, `paths`, `types`.
    pub filters: Vec<Text>,
}

/// What `GITHUB_TOKEN` may do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Permissions {
    /// Nothing is written: what the repository or the workflow says.
    #[default]
    Unstated,
    /// `read-all` or `write-all`.
    Everything(Text),
    /// Each permission with its level; those that are not named are `none`.
    Listed(Vec<Pair>),
}

/// `concurrency`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concurrency {
    /// `cancel-in-progress`, where it is written.
    pub cancel_in_progress: Option<Text>,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Job {
    /// Its key.
    pub id: String,
    /// The line of the key.
    pub line: u32,
    /// `name`.
    pub name: Option<Text>,
    /// `needs`, in whatever form it is written.
    pub needs: Vec<Text>,
    /// `if`.
    pub condition: Option<Text>,
    /// The name of `environment`.
    pub environment: Option<Text>,
    /// `continue-on-error`.
    pub continue_on_error: Option<Text>,
    /// `timeout-minutes`.
    pub time_out: Option<Text>,
    /// The labels of `runs-on`.
    pub runs_on: Vec<String>,
    /// `permissions`.
    pub permissions: Permissions,
    /// `concurrency`.
    pub concurrency: Option<Concurrency>,
    /// `env`.
    pub variables: Vec<Pair>,
    /// `strategy.matrix`.
    pub matrix: Option<Matrix>,
    /// `uses`: the reusable workflow that it calls.
    pub calls: Option<Text>,
    /// `steps`.
    pub steps: Vec<Step>,
}

/// `strategy.matrix`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// Its line.
    pub line: u32,
    /// Every single value in it, by the path that an expression has for it: `os`, `config.name`.
    pub values: Vec<(String, String)>,
    /// Whether expressions decide what is in it.
    pub is_dynamic: bool,
    /// How many jobs its axes make at least; `None` where that can't be told.
    pub least_jobs: Option<usize>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Step {
    /// Where it begins.
    pub line: u32,
    /// `id`.
    pub id: Option<Text>,
    /// `uses`.
    pub uses: Option<Text>,
    /// `with`.
    pub inputs: Vec<Pair>,
    /// The lines of `run` that hold something.
    pub script: Vec<Text>,
    /// `if`.
    pub condition: Option<Text>,
    /// `continue-on-error`.
    pub continue_on_error: Option<Text>,
    /// `shell`, its own or the default of the job or the workflow.
    pub shell: Option<Text>,
    /// `working-directory`.
    pub working_directory: Option<Text>,
    /// `env`.
    pub variables: Vec<Pair>,
}

/// An action of the repository that runs `tollgate action` in a container.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LocalAction {
    /// Its folder, relative to the repository.
    pub path: String,
    /// The names of its inputs.
    pub inputs: Vec<String>,
    /// What its inputs are if a step does not say.
    pub defaults: Vec<Pair>,
}

/// Where `uses: ./…` leads, relative to the repository; `None` for what lies elsewhere.
pub fn local_path(uses: &str) -> Option<&str> {
    let path = uses
        .strip_prefix("./")
        .or_else(|| uses.strip_prefix("$/"))?;
    let path = path.trim_end_matches('/');
    path.split('/').all(|part| part != "..").then_some(path)
}

impl Workflow {
    /// The trigger for an event.
    pub fn trigger(&self, event: &str) -> Option<&Trigger> {
        self.triggers
            .iter()
            .find(|trigger| trigger.event.text == event)
    }

    /// Finds a job.
    pub fn job(&self, id: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.id == id)
    }

    /// The jobs that a job waits for, directly or through others.
    pub fn before(&self, job: &Job) -> Vec<&Job> {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut found: Vec<&Job> = Vec::new();
        let mut open: Vec<&Text> = job.needs.iter().collect();
        while let Some(needed) = open.pop() {
            if let Some(next) = self.job(&needed.text).filter(|_| seen.insert(&needed.text)) {
                open.extend(&next.needs);
                found.push(next);
            }
        }
        found
    }

    /// For each job, by its place in `jobs`, the places of the jobs that it waits for, directly or
    /// through others.
    pub fn earlier(&self) -> Vec<Vec<usize>> {
        let ids = self.jobs.iter().enumerate();
        let places: BTreeMap<&str, usize> = ids.map(|(at, job)| (job.id.as_str(), at)).collect();
        let needs = |job: &Job| -> Vec<usize> {
            let needed = job.needs.iter();
            needed
                .filter_map(|needed| places.get(needed.text.as_str()).copied())
                .collect()
        };
        let direct: Vec<Vec<usize>> = self.jobs.iter().map(needs).collect();
        direct.iter().map(|own| reached(&direct, own)).collect()
    }

    /// What the token of a job may do: the job's own word goes before that of the workflow.
    pub fn permissions_of<'a>(&'a self, job: &'a Job) -> &'a Permissions {
        match &job.permissions {
            Permissions::Unstated => &self.permissions,
            stated => stated,
        }
    }
}

/// Every place that can be reached from some by a chain of `next`.
fn reached(next: &[Vec<usize>], from: &[usize]) -> Vec<usize> {
    let mut seen = vec![false; next.len()];
    let mut open = from.to_vec();
    let mut found = Vec::new();
    while let Some(place) = open.pop() {
        if !std::mem::replace(&mut seen[place], true) {
            open.extend(&next[place]);
            found.push(place);
        }
    }
    found
}

impl Permissions {
    /// Whether a permission is given, at least at a level; `None` where nothing is written.
    pub fn allows(&self, permission: &str, level: Level) -> Option<bool> {
        let reaches = |word: &str| match level {
            Level::Read => word == "read" || word == "write",
            Level::Write => word == "write",
        };
        match self {
            Self::Unstated => None,
            Self::Everything(text) => {
                Some(reaches(text.text.strip_suffix("-all").unwrap_or_default()))
            }
            Self::Listed(pairs) => {
                let pair = pairs.iter().find(|pair| pair.name == permission);
                Some(pair.is_some_and(|pair| reaches(&pair.value.text)))
            }
        }
    }

    /// The permissions that let it write.
    pub fn writes(&self) -> Vec<&str> {
        match self {
            Self::Unstated => Vec::new(),
            Self::Everything(text) if text.text == "write-all" => vec!["write-all"],
            Self::Everything(_) => Vec::new(),
            Self::Listed(pairs) => pairs
                .iter()
                .filter(|pair| pair.value.text == "write")
                .map(|pair| pair.name.as_str())
                .collect(),
        }
    }

    /// The line on which they stand.
    pub fn line(&self) -> Option<u32> {
        match self {
            Self::Unstated => None,
            Self::Everything(text) => Some(text.line),
            Self::Listed(pairs) => pairs.first().map(|pair| pair.value.line),
        }
    }
}

/// A level of a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// `read`.
    Read,
    /// `write`.
    Write,
}

impl Job {
    /// What GitHub shows, and what a required check is called by.
    pub fn shown_name(&self) -> &str {
        self.name.as_ref().map_or(&self.id, |name| &name.text)
    }
}

impl Step {
    /// An input by its name, which GitHub compares without case.
    pub fn input(&self, name: &str) -> Option<&Text> {
        find(&self.inputs, name)
    }

    /// The action's repository without its reference: `actions/checkout`.
    pub fn action(&self) -> Option<&str> {
        let uses = &self.uses.as_ref()?.text;
        Some(uses.split('@').next().unwrap_or_default())
    }
}

/// Finds the value of a key without case.
pub fn find<'a>(pairs: &'a [Pair], name: &str) -> Option<&'a Text> {
    let found = pairs
        .iter()
        .find(|pair| pair.name.eq_ignore_ascii_case(name));
    found.map(|pair| &pair.value)
}
