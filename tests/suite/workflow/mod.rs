//! Workflow files as GitHub Actions runs them, on the fake GitHub: which jobs run, on a fresh
//! runner each, and what their steps come to. Jobs run one after the other.
//!
//! It knows what the workflows need that we give to users: `needs`, `if`, `environment`,
//! `permissions`, `env`, steps with `uses`, `with`, `run`, `env`, `id`, `working-directory` and
//! `continue-on-error`. Anything else that would change what happens ends the test.
//!
//! ```ignore
//! let mut run = Run::of(&github, &project, ".github/workflows/ci.yml", 77);
//! assert_eq!(run.go(), "lint=success production=waiting");
//! github.approve(77, "production", "bob", "go");
//! assert_eq!(run.go(), "lint=success production=success");
//! run.job("production").step("promote").expect(0);
//! ```

mod expression;
mod job;
mod permissions;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use tollgate::domain::workflow::{Job, Workflow};
use tollgate::formats::workflow;

use self::expression::{Scope, Status};
use self::job::Ended;
pub(crate) use self::job::{Conclusion, JobRun};
use crate::fake_github::FakeGitHub;
use crate::project::Project;

/// A run of a workflow.
pub(crate) struct Run<'a> {
    github: &'a FakeGitHub,
    /// What is checked out.
    project: &'a Project,
    workflow: Workflow,
    id: u64,
    attempt: u32,
    /// By the job's key. A job that is not here has not been decided on.
    ended: BTreeMap<String, JobRun>,
    /// How many answers about environments there were before this attempt.
    answered_before: usize,
    bypassed: BTreeSet<String>,
    machine: Machine,
}

/// What the machine of every job has.
#[derive(Default)]
struct Machine {
    tools: Vec<String>,
    /// The beginning of a `run:`, and what is run instead.
    instead: Vec<(String, String)>,
    /// The images of actions in the workspace, by `uses`.
    images: BTreeMap<String, String>,
}

/// What keeps a job with `environment:` from starting.
enum Door {
    Open,
    Waits,
    Rejected,
}

impl<'a> Run<'a> {
    /// A run that was set up on the fake, of a workflow file of the project.
    pub(crate) fn of(github: &'a FakeGitHub, project: &'a Project, path: &str, id: u64) -> Self {
        let workflow = workflow::read(path, &project.read(path)).unwrap();
        let (name, path) = (workflow.path.clone(), workflow.path.clone());
        github.change_run(id, |run| (run.name, run.path) = (name, path));
        Self {
            github,
            project,
            workflow,
            id,
            attempt: 1,
            ended: BTreeMap::new(),
            answered_before: 0,
            bypassed: BTreeSet::new(),
            machine: Machine::default(),
        }
    }

    /// With a folder of programs on every machine.
    pub(crate) fn tools(mut self, folder: &str) -> Self {
        self.machine.tools.push(folder.to_owned());
        self
    }

    /// Where a `run:` begins so, another script runs in its place: for what would need the network.
    pub(crate) fn instead(mut self, beginning: &str, script: &str) -> Self {
        let pair = (beginning.to_owned(), script.to_owned());
        self.machine.instead.push(pair);
        self
    }

    /// The image that the machine builds for `uses: ./…`.
    pub(crate) fn image(mut self, uses: &str, image: &str) -> Self {
        let pair = (uses.to_owned(), image.to_owned());
        self.machine.images.extend([pair]);
        self
    }

    /// An administrator lets jobs enter an environment that nobody has approved.
    pub(crate) fn bypass(&mut self, environment: &str) -> &mut Self {
        self.bypassed.insert(environment.to_owned());
        self
    }

    /// Runs every job that can be, and gives all results: `lint=success production=waiting`.
    pub(crate) fn go(&mut self) -> String {
        loop {
            let jobs = self.workflow.jobs.clone();
            let before = self.ended.len();
            for job in &jobs {
                self.decide(job);
            }
            if self.ended.len() == before {
                return self.results();
            }
        }
    }

    /// Runs the next job that can be, and no other.
    pub(crate) fn go_one(&mut self) {
        let before = self.ended.len();
        for job in &self.workflow.jobs.clone() {
            if self.ended.len() == before {
                self.decide(job);
            }
        }
    }

    /// Somebody runs the failed jobs again, and what was skipped because of them.
    pub(crate) fn rerun_failed(&mut self, who: &str) -> String {
        self.github.rerun(self.id, who);
        self.attempt += 1;
        self.answered_before = self.answers().count();
        self.ended
            .retain(|_, job| job.result == Conclusion::Success);
        self.go()
    }

    /// A job that has run.
    #[track_caller]
    pub(crate) fn job(&self, id: &str) -> &JobRun {
        let found = self.ended.get(id);
        found.unwrap_or_else(|| panic!("{id} has not run: {}", self.results()))
    }

    /// What every step of every job printed.
    pub(crate) fn log(&self) -> String {
        let jobs = self.ended.iter();
        let shown = jobs.map(|(id, job)| format!("=== {id}\n{}", job.log()));
        shown.collect::<Vec<_>>().join("\n")
    }

    fn results(&self) -> String {
        let shown = self.workflow.jobs.iter().map(|job| {
            let ended = self.ended.get(&job.id);
            let result = ended.map_or("waiting", |ended| ended.result.word());
            format!("{}={result}", job.id)
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    fn decide(&mut self, job: &Job) {
        let needs_ended = job
            .needs
            .iter()
            .all(|needed| self.ended.contains_key(&needed.text));
        if self.ended.contains_key(&job.id) || !needs_ended {
            return;
        }
        let given = self.github.step(self.project, self.id, self.attempt);
        let github = given.environment.iter();
        let github = github
            .filter_map(|(name, value)| {
                let name = name.strip_prefix("GITHUB_")?;
                Some((name.to_lowercase(), value.clone()))
            })
            .collect();
        let needs = self.needs(job);
        let scope = Scope {
            github: &github,
            needs: &needs,
            steps: &[],
            environment: BTreeMap::new(),
            status: self.status(job),
        };
        let ended = if !scope.lets_run(job.condition.as_ref()) {
            JobRun::without_steps(Conclusion::Skipped)
        } else {
            match self.door(job, &scope) {
                Door::Open => self.perform(job, given, &needs),
                Door::Waits => return,
                Door::Rejected => JobRun::without_steps(Conclusion::Failure),
            }
        };
        if ended.steps.is_empty() {
            let word = Some(ended.result.word());
            self.github.workflow_job(self.id, job.shown_name(), word);
        }
        self.ended.insert(job.id.clone(), ended);
    }

    fn needs(&self, job: &Job) -> BTreeMap<String, Conclusion> {
        let needed = job.needs.iter();
        needed
            .map(|needed| (needed.text.clone(), self.ended[&needed.text].result))
            .collect()
    }

    /// How the jobs ended that a job waits for, directly or through others.
    fn status(&self, job: &Job) -> Status {
        let before = self.workflow.before(job).into_iter();
        let results: Vec<_> = before.map(|job| self.ended[&job.id].result).collect();
        Status {
            has_succeeded: results.iter().all(|one| *one == Conclusion::Success),
            has_failed: results.contains(&Conclusion::Failure),
        }
    }

    /// An environment that is missing is made, with no protection.
    fn door(&self, job: &Job, scope: &Scope<'_>) -> Door {
        let Some(environment) = &job.environment else {
            return Door::Open;
        };
        let name = scope.text(&environment.text);
        let repository = self.github.look();
        let mut known = repository.environments.iter();
        let Some(found) = known.find(|known| known.name.eq_ignore_ascii_case(&name)) else {
            self.github.environment(&name, &[]);
            return Door::Open;
        };
        let is_open = found.reviewers.is_empty() || self.bypassed.contains(&name);
        let mut answers = self.answers().skip(self.answered_before);
        match answers.find(|(environment, _)| environment.eq_ignore_ascii_case(&name)) {
            Some((_, answer)) if answer == "approved" => Door::Open,
            Some(_) => Door::Rejected,
            None if is_open => Door::Open,
            None => {
                self.github.change_run(self.id, |run| {
                    run.waits_for.retain(|other| *other != name);
                    run.waits_for.push(name);
                });
                Door::Waits
            }
        }
    }

    /// What was answered about which environment in this run.
    fn answers(&self) -> impl Iterator<Item = (String, String)> {
        let repository = self.github.look();
        let mut runs = repository.runs.into_iter();
        let run = runs.find(|run| run.id == self.id).unwrap();
        run.approvals
            .into_iter()
            .map(|approval| (approval.environment, approval.state))
    }

    /// What the fake knows of the job while it runs, and when it has ended.
    fn shown<T>(&self, job: &Job, work: impl FnOnce() -> (Ended, T)) -> (Ended, T) {
        self.github.workflow_job(self.id, job.shown_name(), None);
        let check_runs = self.github.look().check_runs;
        let own = check_runs.last().map(|check_run| check_run.id);
        let done = work();
        self.github.change(|repository| {
            let word = Some(done.0.result.word().to_owned());
            for job in repository.jobs.iter_mut().filter(|job| Some(job.id) == own) {
                job.conclusion.clone_from(&word);
            }
            let mut check_runs = repository.check_runs.iter_mut();
            let check_run = check_runs.find(|run| Some(run.id) == own).unwrap();
            check_run.status = "completed".to_owned();
            check_run.conclusion = word;
            check_run.completed_at = Some(jiff::Timestamp::now());
        });
        done
    }
}
