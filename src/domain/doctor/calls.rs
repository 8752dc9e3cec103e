//! Where a workflow calls Tollgate, and what it asks for.

use super::Audit;
use super::commands::ShellCommand;
use super::fates::{self, Judged};
use crate::domain::pipeline;
use crate::domain::workflow::{Job, Step, Text, Workflow, find, template};

/// A call of Tollgate by a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `run`, `record`, `publish`, `promote`, `deploy`, …
    pub command: String,
    /// Its line.
    pub line: u32,
    /// Which step of the job it is in, from 0.
    pub step: usize,
    /// Through the action or a shell.
    pub way: Way,
    /// What it is about: gates for `run` and `record`, environments for `promote` and `deploy`.
    pub targets: Targets,
    /// Whether it posts check runs by itself.
    pub posts: bool,
    /// Why its script does not fail with it.
    pub ignored: Option<&'static str>,
    /// The check that a `record` is about, without its gate.
    pub check: Option<String>,
    /// What a `record` is told of how the step ended.
    pub outcome: Option<String>,
}

/// How Tollgate is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// `uses: OWNER/tollgate@…`.
    Action,
    /// `run: tollgate …`.
    Shell,
}

/// What a call is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Targets {
    /// Nothing is named: the whole pipeline.
    Default,
    /// These.
    Named(Vec<String>),
    /// That is decided when the workflow runs.
    Unknown,
}

/// Options of the command line that take a value, beside those that are read.
pub const WITH_VALUE: [&str; 13] = [
    "--policy",
    "--ledger",
    "--release-sha",
    "--release-version",
    "--repository",
    "--format",
    "--color",
    "--jobs",
    "-j",
    "--junit",
    "--coverage",
    "--sarif",
    "--environment",
];

/// The calls of a job that are about this project and policy, in their order.
pub fn of_job(audit: &Audit, workflow: &Workflow, job: &Job) -> Vec<Call> {
    let mut calls = Vec::new();
    for (index, step) in job.steps.iter().enumerate() {
        let scope = Scope {
            audit,
            workflow,
            job,
            step,
            index,
        };
        calls.extend(scope.of_action());
        let judged = fates::of_step(step);
        calls.extend(judged.iter().filter_map(|judged| scope.of_shell(judged)));
    }
    calls
}

/// Tells whether `uses` names the action: `OWNER/tollgate@v1`, `docker://ghcr.io/OWNER/tollgate:1`.
pub fn is_action(uses: &str) -> bool {
    let bare = uses.strip_prefix("docker://").unwrap_or(uses);
    let name = bare.split('@').next().unwrap_or_default();
    let last = match uses.starts_with("docker://") {
        true => name.rsplit('/').next(),
        false => name.split('/').nth(1),
    };
    let last = last.unwrap_or_default().split(':').next();
    !uses.starts_with('.') && last.is_some_and(|last| last.eq_ignore_ascii_case("tollgate"))
}

#[derive(Clone, Copy)]
struct Scope<'a> {
    audit: &'a Audit,
    workflow: &'a Workflow,
    job: &'a Job,
    step: &'a Step,
    index: usize,
}

impl Scope<'_> {
    fn of_action(self) -> Option<Call> {
        let uses = self
            .step
            .uses
            .as_ref()
            .filter(|uses| self.audit.is_tollgate(&uses.text))?;
        let local = self.audit.local_action(&uses.text);
        let input = |name: &str| {
            let default = || find(&local?.defaults, name);
            let found = self.step.input(name).or_else(default);
            let found = found.map(|text| text.text.as_str());
            found.filter(|text| !text.is_empty())
        };
        if !self.is_ours(input("working-directory"), input("policy")) {
            return None;
        }
        let command = input("command").unwrap_or("run").to_owned();
        let target = match command.as_str() {
            "promote" | "deploy" | "rollback" | "validate" => input("environment"),
            "record" => input("check")
                .filter(|check| check.contains('/'))
                .or(input("gate")),
            _ => input("gate"),
        };
        Some(Call {
            targets: self.targets(target.map(str::to_owned).as_slice()),
            posts: command != "install" && input("checks") != Some("off"),
            command,
            line: uses.line,
            step: self.index,
            way: Way::Action,
            ignored: None,
            check: input("check")
                .and_then(|check| check.rsplit('/').next())
                .map(str::to_owned),
            outcome: input("outcome").map(str::to_owned),
        })
    }

    fn of_shell(self, judged: &Judged) -> Option<Call> {
        let command: &ShellCommand = &judged.command;
        let (program, rest) = command.words.split_first()?;
        let name = program.rsplit('/').next().unwrap_or_default();
        if name != "tollgate" {
            return None;
        }
        let line = Line::read(rest);
        if line.only_asks || !self.is_ours(line.directory.as_deref(), line.policy.as_deref()) {
            return None;
        }
        let (command_name, targets) = line.words.split_first()?;
        Some(Call {
            command: command_name.clone(),
            line: command.line,
            step: self.index,
            way: Way::Shell,
            targets: self.targets(targets),
            posts: command_name == "publish",
            ignored: judged.ignored,
            check: targets
                .first()
                .and_then(|target| target.split_once('/'))
                .map(|(_, check)| check.to_owned()),
            outcome: line.outcome,
        })
    }

    /// Other projects of the repository have policies of their own.
    fn is_ours(self, directory: Option<&str>, policy: Option<&str>) -> bool {
        let directory = directory.unwrap_or_default();
        let is_relative = self.step.working_directory.is_some() && !directory.is_empty();
        let same_policy = policy == self.audit.policy_path.as_deref();
        !is_relative && normal(directory) == normal(&self.audit.directory) && same_policy
    }

    fn targets(self, words: &[String]) -> Targets {
        if words.is_empty() {
            return Targets::Default;
        }
        let mut named = Vec::new();
        for word in words {
            let texts = template::possible(word, self.workflow, self.job);
            match texts.filter(|texts| texts.iter().all(|text| !text.contains('$'))) {
                Some(texts) => named.extend(texts),
                None => return Targets::Unknown,
            }
        }
        // `record GATE/CHECK` is about the gate.
        let gate = |name: &str| name.split('/').next().unwrap_or_default().to_owned();
        let names = named.iter().flat_map(|names| names.split([',', ' ', '\n']));
        let names = names.filter(|name| !name.is_empty());
        Targets::Named(names.map(gate).collect())
    }
}

/// `./services/api/` → `services/api`.
fn normal(directory: &str) -> &str {
    let directory = directory.trim_end_matches('/').trim_start_matches("./");
    if directory == "." { "" } else { directory }
}

/// The words of a command line without its options.
#[derive(Default)]
struct Line {
    directory: Option<String>,
    policy: Option<String>,
    outcome: Option<String>,
    /// `--help`, `--version`: nothing is done.
    only_asks: bool,
    words: Vec<String>,
}

impl Line {
    fn read(words: &[String]) -> Self {
        let mut line = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let (name, inline) = match word.split_once('=') {
                Some((name, value)) if word.starts_with("--") => (name, Some(value.to_owned())),
                _ => (word.as_str(), None),
            };
            let mut value = || inline.clone().or_else(|| words.next().cloned());
            match name {
                "-C" | "--directory" => line.directory = value(),
                "--policy" => line.policy = value(),
                "--outcome" => line.outcome = value(),
                "--help" | "-h" | "--version" | "-V" => line.only_asks = true,
                "--only" => line.words.extend(value()),
                _ if WITH_VALUE.contains(&name) => drop(value()),
                _ if word.starts_with('-') || word.contains(['<', '>']) => {}
                _ => line.words.push(word.clone()),
            }
        }
        line
    }
}

impl Call {
    /// Whether it judges gates.
    pub fn is_gate(&self) -> bool {
        matches!(self.command.as_str(), "run" | "record")
    }

    /// Whether it runs the project's own code.
    pub fn executes(&self) -> bool {
        self.command == "run"
    }

    /// Whether it lets a release into an environment.
    pub fn releases(&self) -> bool {
        matches!(self.command.as_str(), "promote" | "deploy")
    }

    /// The gates of the policy that it judges; `None` when that can't be told.
    pub fn gates<'a>(&'a self, audit: &'a Audit) -> Option<Vec<&'a str>> {
        if !self.is_gate() {
            return Some(Vec::new());
        }
        match &self.targets {
            Targets::Unknown => None,
            Targets::Named(names) => Some(names.iter().map(String::as_str).collect()),
            Targets::Default => {
                let stages: Vec<_> = audit.policy.stages().map(|gate| gate.id.clone()).collect();
                let all = pipeline::with_required(&audit.policy, &stages);
                Some(all.into_iter().map(|gate| gate.id.as_str()).collect())
            }
        }
    }

    /// The environments that it lets a release into, as far as that can be told.
    pub fn environments(&self) -> &[String] {
        match &self.targets {
            Targets::Named(names) if self.releases() => names,
            _ => &[],
        }
    }
}

/// Whether a text is, or may become, `true`.
pub fn may_be_true(text: Option<&Text>, workflow: &Workflow, job: &Job) -> bool {
    text.is_some_and(|text| {
        let texts = template::possible(&text.text, workflow, job);
        texts.is_some_and(|texts| texts.iter().any(|text| text == "true"))
    })
}
