//! Which steps take code that anybody may have written: the head of a pull request, or of the run
//! before.

use super::fates;
use crate::domain::workflow::expression::{Expression, parse};
use crate::domain::workflow::{Job, Pair, Step, Text, Workflow, find};

/// Where the look-ups begin that lead to such code.
const HEADS: [&str; 5] = [
    "github.event.pull_request.head.",
    "github.event.pull_request.merge_commit_sha",
    "github.head_ref",
    "github.event.workflow_run.head_",
    "github.event.workflow_run.pull_requests",
];

/// The same as the runner sets it in the environment.
const HEAD_VARIABLE: &str = "GITHUB_HEAD_REF";

/// What brings code into the work tree, of Git's own commands.
const TAKES: [&str; 11] = [
    "checkout",
    "cherry-pick",
    "clone",
    "fetch",
    "merge",
    "pull",
    "rebase",
    "reset",
    "restore",
    "switch",
    "worktree",
];

/// Where archives of a commit lie.
const ARCHIVES: [&str; 3] = ["archive/", "tarball/", "zipball/"];

/// How often one variable may stand for another.
const MOST_STEPS: usize = 4;

/// A step with all that its variables may come from.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) workflow: &'a Workflow,
    pub(super) job: &'a Job,
    pub(super) step: &'a Step,
}

impl<'a> Scope<'a> {
    /// The line at which the step takes such code.
    pub(super) fn takes_head(self) -> Option<u32> {
        self.checks_out_head().or_else(|| self.fetches_head())
    }

    /// `actions/checkout`, or what somebody made of it.
    fn checks_out_head(self) -> Option<u32> {
        let action = self.step.action()?;
        if action.rsplit('/').next() != Some("checkout") {
            return None;
        }
        let inputs = ["ref", "repository"];
        let mut inputs = inputs.iter().filter_map(|name| self.step.input(name));
        let hit = inputs.find(|value| self.names_head(&value.text, MOST_STEPS));
        hit.map(|value| value.line)
    }

    fn fetches_head(self) -> Option<u32> {
        let commands = fates::of_step(self.step).into_iter();
        let mut commands = commands.map(|judged| judged.command);
        let hit = commands.find(|command| self.brings_head(&command.words));
        hit.map(|command| command.line)
    }

    fn brings_head(self, words: &[String]) -> bool {
        let Some((program, rest)) = words.split_first() else {
            return false;
        };
        let names_head = |word: &String| is_pull(word) || self.names_head(word, MOST_STEPS);
        match program.rsplit('/').next().unwrap_or_default() {
            "gh" if rest.starts_with(&["pr".to_owned(), "checkout".to_owned()]) => true,
            "gh" | "curl" | "wget" => rest.iter().any(|word| {
                let is_code = word == "clone" || ARCHIVES.iter().any(|it| word.contains(it));
                is_code && rest.iter().any(names_head)
            }),
            "git" => {
                let takes = rest.iter().any(|word| TAKES.contains(&word.as_str()));
                takes && rest.iter().any(names_head)
            }
            _ => false,
        }
    }

    /// Whether a text may name such code: by a look-up, or by a variable that holds one.
    fn names_head(self, text: &str, steps: usize) -> bool {
        if is_ref_of_pull(text) {
            return true;
        }
        let lookups = lookups(text);
        if lookups.iter().any(|lookup| is_head(lookup)) {
            return true;
        }
        let mut names = lookups
            .iter()
            .filter_map(|lookup| lookup.strip_prefix("env."));
        let held = |name: &str| {
            let value = steps.checked_sub(1).zip(self.variable(name));
            value.is_some_and(|(steps, value)| self.names_head(&value.text, steps))
        };
        names.any(held) || shell_variables(text).any(|name| name == HEAD_VARIABLE || held(name))
    }

    /// What a variable of the step is; its own goes before that of the job and the workflow.
    pub(super) fn variable(self, name: &str) -> Option<&'a Text> {
        let scopes: [&'a [Pair]; 3] = [
            &self.step.variables,
            &self.job.variables,
            &self.workflow.environment,
        ];
        scopes.into_iter().find_map(|pairs| find(pairs, name))
    }
}

fn is_head(lookup: &str) -> bool {
    HEADS.iter().any(|head| lookup.starts_with(head))
}

/// `refs/pull/12/merge`.
fn is_ref_of_pull(text: &str) -> bool {
    text.to_ascii_lowercase().contains("refs/pull/")
}

/// `pull/12/head`, as `git fetch` takes it.
fn is_pull(word: &str) -> bool {
    let behind = word.split_once("pull/").map(|(_, behind)| behind);
    behind.is_some_and(|behind| behind.contains("/head") || behind.contains("/merge"))
}

/// Every look-up in the `${{ }}` of a text, in lower case. What is no expression is taken as it
/// stands: better a finding too many.
fn lookups(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for behind in text.split("${{").skip(1) {
        let inner = behind.split("}}").next().unwrap_or_default();
        match parse(inner) {
            Some(expression) => gather(&expression, &mut found),
            None => found.push(inner.trim().to_ascii_lowercase()),
        }
    }
    found
}

fn gather(expression: &Expression, found: &mut Vec<String>) {
    match expression {
        Expression::Lookup(names) => found.push(names.join(".")),
        Expression::Not(inner) => gather(inner, found),
        Expression::Call(_, arguments) => {
            arguments.iter().for_each(|inner| gather(inner, found));
        }
        Expression::Binary(_, left, right) => {
            gather(left, found);
            gather(right, found);
        }
        Expression::Literal(_) | Expression::Opaque => {}
    }
}

/// The names behind `$` and `${`.
pub(super) fn shell_variables(text: &str) -> impl Iterator<Item = &str> {
    let behind = text.split('$').skip(1);
    let names = behind.map(|behind| {
        let behind = behind.strip_prefix('{').unwrap_or(behind);
        let end = behind.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        &behind[..end.unwrap_or(behind.len())]
    });
    names.filter(|name| !name.is_empty())
}
