//! Jobs of GitHub Actions on the host: each has a fresh checkout, and shares nothing with the
//! others but GitHub.

use serde_json::Value;

use crate::fake_github::{FakeGitHub, Step};
use crate::project::{Outcome, Project};

/// A job.
pub(crate) struct Job<'a> {
    github: &'a FakeGitHub,
    pub(crate) checkout: Project,
    run: u64,
    attempt: u32,
    more: Vec<(String, String)>,
    event: Option<(String, Value)>,
}

/// What a step of a job came to.
pub(crate) struct Acted {
    pub(crate) outcome: Outcome,
    pub(crate) step: Step,
}

impl<'a> Job<'a> {
    /// A job of the first attempt of a run, with a fresh checkout of the project's head.
    pub(crate) fn new(github: &'a FakeGitHub, project: &Project, run: u64) -> Self {
        Self {
            github,
            checkout: project.fresh_checkout(),
            run,
            attempt: 1,
            more: Vec::new(),
            event: None,
        }
    }

    pub(crate) fn attempt(mut self, attempt: u32) -> Self {
        self.attempt = attempt;
        self
    }

    /// With another variable in its environment; without it when the value is empty.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.more.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Started by another event than the run was set up with.
    pub(crate) fn event(mut self, name: &str, payload: Value) -> Self {
        self.event = Some((name.to_owned(), payload));
        self
    }

    /// A step that uses the action with inputs: `"command: record, gate: test"`.
    pub(crate) fn uses(&self, inputs: &str) -> Acted {
        let mut step = self.github.step(&self.checkout, self.run, self.attempt);
        let token = step.environment["GITHUB_TOKEN"].clone();
        step = step.without("GITHUB_TOKEN").with("INPUT_TOKEN", &token);
        if let Some((name, payload)) = &self.event {
            step = step.event(name, payload);
        }
        for input in inputs.split(", ").filter(|input| !input.is_empty()) {
            let (name, value) = input.split_once(": ").expect("`name: value`");
            step = step.with(&format!("INPUT_{}", name.to_uppercase()), value);
        }
        for (name, value) in &self.more {
            step = match value.is_empty() {
                true => step.without(name),
                false => step.with(name, value),
            };
        }
        Acted {
            outcome: step.call(&self.checkout, "action").run(),
            step,
        }
    }

    /// Replaces the job's token.
    pub(crate) fn token(self, token: &str) -> Self {
        self.with("INPUT_TOKEN", token)
    }
}

impl Acted {
    #[track_caller]
    pub(crate) fn expect(&self, code: i32) -> &Self {
        self.outcome.expect(code);
        self
    }

    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        self.outcome.says(text);
        self
    }

    /// An output of the step, as the runner reads it.
    pub(crate) fn output(&self, name: &str) -> Option<String> {
        let text = self.step.output();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let (found, delimiter) = line.split_once("<<").expect("a here-document");
            let value: Vec<&str> = lines
                .by_ref()
                .take_while(|line| *line != delimiter)
                .collect();
            if found == name {
                return Some(value.join("\n"));
            }
        }
        None
    }
}

/// `tollgate / lint=success`, in the order in which they were posted; `?` while undecided.
pub(crate) fn posted(github: &FakeGitHub) -> String {
    let runs = github.check_runs();
    let shown = runs.iter().map(|run| {
        let conclusion = run.conclusion.as_deref().unwrap_or("?");
        format!("{}={conclusion}", run.name)
    });
    shown.collect::<Vec<_>>().join(" ")
}
