//! A job on a fresh runner, step by step.

use std::collections::BTreeMap;

use tollgate::domain::doctor::calls::is_action;
use tollgate::domain::workflow::{Job, Pair, Step};

use super::expression::{Scope, Status};
use super::permissions::token;
use super::{Machine, Run};
use crate::fake_github;
use crate::project::Project;
use crate::runner::{self, Outcome, Runner};

/// How a job or step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conclusion {
    Success,
    Failure,
    Skipped,
}

/// A job that has ended.
pub(crate) struct JobRun {
    pub(crate) result: Conclusion,
    pub(crate) steps: Vec<StepRun>,
    /// Its runner, with what it left.
    pub(crate) runner: Option<Runner>,
}

/// A job's result, before its steps are handed on.
pub(super) struct Ended {
    pub(super) result: Conclusion,
}

/// A step that has ended.
pub(crate) struct StepRun {
    /// What it is: `uses` with its inputs, or its script.
    what: String,
    pub(super) id: Option<String>,
    /// Before `continue-on-error`.
    pub(crate) outcome: Conclusion,
    /// After it.
    pub(super) conclusion: Conclusion,
    /// None for a step that was skipped, or that only stands for what the machine has.
    pub(crate) run: Option<Outcome>,
}

impl Conclusion {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Skipped => "skipped",
        }
    }

    fn of(has_succeeded: bool) -> Self {
        match has_succeeded {
            true => Self::Success,
            false => Self::Failure,
        }
    }
}

impl JobRun {
    pub(super) fn without_steps(result: Conclusion) -> Self {
        Self {
            result,
            steps: Vec::new(),
            runner: None,
        }
    }

    /// The step whose action, inputs or script hold a text.
    #[track_caller]
    pub(crate) fn find(&self, text: &str) -> &StepRun {
        let mut steps = self.steps.iter();
        let found = steps.find(|step| step.what.contains(text));
        found.unwrap_or_else(|| panic!("there is no step with {text:?}"))
    }

    /// What such a step came to.
    #[track_caller]
    pub(crate) fn step(&self, text: &str) -> &Outcome {
        let run = self.find(text).run.as_ref();
        run.unwrap_or_else(|| panic!("the step with {text:?} was skipped"))
    }

    /// What every step printed.
    pub(crate) fn log(&self) -> String {
        let steps = self.steps.iter().map(|step| {
            let printed = step.run.as_ref();
            let printed = printed.map(|run| format!("{}{}", run.stdout, run.stderr));
            format!("--- {}\n{}", step.what, printed.unwrap_or_default())
        });
        steps.collect::<Vec<_>>().join("\n")
    }
}

/// What the steps of a job have in common.
struct Work<'a> {
    machine: &'a Machine,
    project: &'a Project,
    runner: &'a Runner,
    scope: Scope<'a>,
}

impl Run<'_> {
    /// Performs a job that may start; `given` is what the fake gives to its steps.
    pub(super) fn perform(
        &self,
        job: &Job,
        given: fake_github::Step,
        needs: &BTreeMap<String, Conclusion>,
    ) -> JobRun {
        assert!(
            job.matrix.is_none() && job.calls.is_none() && job.continue_on_error.is_none(),
            "{}: a matrix, a reusable workflow or `continue-on-error` of a job is more than this knows",
            job.id
        );
        let (ended, (steps, runner)) = self.shown(job, || {
            let runner = self.runner(job, given);
            let steps = self.steps(job, &runner, needs);
            let mut conclusions = steps.iter().map(|step| step.conclusion);
            let result = Conclusion::of(conclusions.all(|one| one != Conclusion::Failure));
            (Ended { result }, (steps, runner))
        });
        JobRun {
            result: ended.result,
            steps,
            runner: Some(runner),
        }
    }

    fn runner(&self, job: &Job, given: fake_github::Step) -> Runner {
        let permissions = self.workflow.permissions_of(job);
        let token = self.github.token(token(permissions, self.is_read_only()));
        let given = given
            .with("GITHUB_TOKEN", &token)
            .with("GITHUB_JOB", &job.id);
        let mut runner = Runner::new(&self.project.head());
        runner.belongs_to(&given);
        for folder in &self.machine.tools {
            runner.tools(folder);
        }
        runner
    }

    /// Pull requests of forks and of Dependabot get a token that may only read.
    fn is_read_only(&self) -> bool {
        let repository = self.github.look();
        let mut runs = repository.runs.iter();
        let run = runs.find(|run| run.id == self.id).unwrap();
        let is_foreign = run.head_repository != repository.name;
        run.event == "pull_request" && (is_foreign || run.actor == "dependabot[bot]")
    }

    fn steps(
        &self,
        job: &Job,
        runner: &Runner,
        needs: &BTreeMap<String, Conclusion>,
    ) -> Vec<StepRun> {
        let mut steps: Vec<StepRun> = Vec::new();
        for step in &job.steps {
            let has_failed = steps
                .iter()
                .any(|step| step.conclusion == Conclusion::Failure);
            let scope = Scope {
                github: runner.github_context(),
                needs,
                steps: &steps,
                environment: BTreeMap::new(),
                status: Status {
                    has_succeeded: !has_failed,
                    has_failed,
                },
            };
            let mut work = Work {
                machine: &self.machine,
                project: self.project,
                runner,
                scope,
            };
            for pairs in [&self.workflow.environment, &job.variables, &step.variables] {
                work.environment(pairs);
            }
            let done = work.step(step);
            steps.push(done);
        }
        steps
    }
}

impl Work<'_> {
    /// Adds `env:`.
    fn environment(&mut self, pairs: &[Pair]) {
        let pairs = pairs.iter();
        let pairs: Vec<_> = pairs
            .map(|pair| (pair.name.clone(), self.scope.text(&pair.value.text)))
            .collect();
        self.scope.environment.extend(pairs);
    }

    fn step(&self, step: &Step) -> StepRun {
        let inputs = step.inputs.iter();
        let inputs: Vec<_> = inputs
            .map(|pair| (pair.name.clone(), self.scope.text(&pair.value.text)))
            .collect();
        let script = self.script(step);
        let uses = step.uses.as_ref().map(|uses| uses.text.clone());
        let shown = inputs
            .iter()
            .map(|(name, value)| format!(" {name}: {value}"));
        let mut done = StepRun {
            what: uses.clone().unwrap_or_else(|| script.clone()) + &shown.collect::<String>(),
            id: step.id.as_ref().map(|id| id.text.clone()),
            outcome: Conclusion::Skipped,
            conclusion: Conclusion::Skipped,
            run: None,
        };
        if !self.scope.lets_run(step.condition.as_ref()) {
            return done;
        }
        done.run = match &uses {
            Some(uses) => self.uses(uses, &inputs),
            None => Some(self.started(self.runner.runs(&script), step)),
        };
        done.outcome = Conclusion::of(done.run.as_ref().is_none_or(|run| run.has_succeeded));
        let is_forgiven = step
            .continue_on_error
            .as_ref()
            .is_some_and(|text| self.scope.text(&text.text) == "true");
        done.conclusion = match is_forgiven {
            true => Conclusion::Success,
            false => done.outcome,
        };
        done
    }

    fn script(&self, step: &Step) -> String {
        let lines = step.script.iter().map(|line| self.scope.text(&line.text));
        let script = lines.collect::<Vec<_>>().join("\n");
        let mut instead = self.machine.instead.iter();
        let found = instead.find(|(beginning, _)| script.starts_with(beginning));
        found.map_or(script, |(_, other)| other.clone())
    }

    fn started(&self, started: runner::Step<'_>, step: &Step) -> Outcome {
        let directory = step.working_directory.as_ref();
        let directory = directory.map(|text| self.scope.text(&text.text));
        self.with_environment(started)
            .working_directory(&directory.unwrap_or_default())
            .run()
    }

    fn with_environment<'r>(&self, started: runner::Step<'r>) -> runner::Step<'r> {
        let all = self.scope.environment.iter();
        all.fold(started, |step, (name, value)| step.env(name, value))
    }

    fn uses(&self, uses: &str, inputs: &[(String, String)]) -> Option<Outcome> {
        let inputs: Vec<(&str, &str)> = inputs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        if uses.starts_with("actions/checkout@") {
            assert_eq!(
                inputs,
                [("persist-credentials", "false")],
                "all that is known"
            );
            self.runner.check_out(self.project);
            return None;
        }
        if uses.starts_with("actions/setup-") {
            self.tools_are_there(&inputs);
            return None;
        }
        let started = if is_action(uses) {
            self.runner.uses(&inputs)
        } else if let Some(image) = self.machine.images.get(uses) {
            self.runner.uses_local(uses, image, &inputs)
        } else {
            panic!("{uses}: not known here");
        };
        Some(self.with_environment(started).run())
    }

    /// The machine has the tools; a file that says which version must be there, as for the action.
    fn tools_are_there(&self, inputs: &[(&str, &str)]) {
        for (name, value) in inputs {
            let is_there = self.runner.workspace().join(value).is_file();
            assert!(!name.ends_with("-file") || is_there, "{name}: {value}");
        }
    }
}
