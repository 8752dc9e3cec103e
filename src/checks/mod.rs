//! One file per kind of check: what the rule says → what was found. Each has at most one adapter.

pub mod contract;
pub mod files;
pub mod github_environment;
mod hits;
pub mod http;
pub mod image;
pub mod journeys;
pub mod logs;
pub mod migrations;
mod project_file;
pub mod quota;
mod reasons;
pub mod run;
pub mod sql;
pub mod storage;
pub mod tag;
pub mod variables;
pub mod versions;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use secrecy::SecretString;

use crate::domain::check::{
    CheckResult, CommandLine, GitHubRule, MigrationTarget, SqlRule, TagRule, Verb,
};
use crate::domain::ids::ImageDigest;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::release::Release;
use crate::domain::run::Tree;
use crate::exec::{Command, Ending, Environment, Exec, OutputSink, Program, Tail};
use crate::formats::pins::Asking;
use crate::github::context::{OddEnvironment, PUBLIC_API};
use crate::github::{ActionsContext, Client};
use crate::registry::Registry;
use crate::worktree::{Git, WorkTree};
use journeys::JourneyFacts;

/// How much of a tool's answer is read to find its version.
const ANSWER: usize = 4 * 1024;

/// What a check is performed with.
pub struct Context<'a> {
    /// The project's files.
    pub tree: &'a WorkTree,
    /// What runs commands.
    pub exec: &'a dyn Exec,
    /// What ends it early.
    pub cancellation: &'a CancellationToken,
    /// How long it may take.
    pub time_out: Duration,
    /// Where its command runs.
    pub directory: PathBuf,
    /// What its command sees.
    pub command_environment: Environment,
    /// Tollgate's own environment variables.
    pub environment: &'a BTreeMap<String, String>,
    /// The line to GitHub that is open already, where there is one.
    pub github: Option<&'a Client>,
    /// The release it is about.
    pub release: &'a Release,
    /// How the work tree stands to the release's commit.
    pub state: &'a Tree,
    /// The image digest that the check named by `same-as` recorded.
    pub recorded_digest: Option<ImageDigest>,
    /// What is known of the tests that a `journeys` check judges.
    pub journeys: JourneyFacts,
}

/// Performs a check once. It never takes longer than its time-out.
pub async fn perform(context: &Context<'_>, verb: &Verb, sink: &mut dyn OutputSink) -> CheckResult {
    if let Verb::Run(line) = verb {
        let command = context.command(program(line));
        return run::run(context.exec, &command, sink, context.cancellation).await;
    }
    tokio::select! {
        result = look(context, verb, sink) => result,
        () = tokio::time::sleep(context.time_out) => CheckResult::errored(Reason::new(
            ReasonCode::TimedOut,
            format!("the check took longer than {} s", context.time_out.as_secs_f64()),
        )),
        () = context.cancellation.cancelled() => CheckResult::errored(Reason::new(
            ReasonCode::Cancelled,
            "the run was ended while the check was under way",
        )),
    }
}

/// The verbs that look at something without running the user's command.
async fn look(context: &Context<'_>, verb: &Verb, sink: &mut dyn OutputSink) -> CheckResult {
    let tree = context.tree.clone();
    match verb {
        Verb::Run(_) => CheckResult::errored(Reason::new(ReasonCode::NotStarted, "no command")),
        Verb::Manual(_) => CheckResult::errored(Reason::new(
            ReasonCode::SignoffMissing,
            "a person must look: `tollgate sign-off`",
        )),
        Verb::Files(rule) => {
            let rule = rule.clone();
            blocking(move || files::run(&rule, &tree)).await
        }
        Verb::Variables(rule) => {
            let (rule, environment) = (rule.clone(), context.environment.clone());
            blocking(move || variables::run(&rule, &environment, &tree)).await
        }
        Verb::Versions(pins) => {
            let ask = async |asking: &Asking| context.ask(asking).await;
            versions::run(pins, &tree, ask).await
        }
        Verb::Image(rule) => {
            let registry = Registry::from_environment(context.environment);
            image::run(rule, context.recorded_digest.as_ref(), &registry).await
        }
        Verb::Journeys(rule) => journeys::run(rule.demand, &context.journeys),
        Verb::Tag(rule) => make_tag(context, rule).await,
        Verb::GitHub(rule) => look_at_environment(context, rule).await,
        Verb::Contract(rule) => {
            let rule = rule.clone();
            blocking(move || contract::run(&rule, &tree)).await
        }
        Verb::Logs(rule) => {
            let rule = rule.clone();
            blocking(move || logs::run(&rule, &tree)).await
        }
        Verb::Quota(rule) => {
            let rule = rule.clone();
            blocking(move || quota::run(&rule, &tree)).await
        }
        Verb::Migrations(rule) => {
            let rule = rule.clone();
            blocking(move || migrations::run(&rule, &tree)).await
        }
        Verb::Http(rule) => {
            let tell = |line: &str| sink.chunk(format!("{line}\n").as_bytes());
            http::run(rule, tell).await
        }
        Verb::Sql(rule) => look_at_database(context, rule).await,
        Verb::Storage(rule) => storage::run(rule, context.environment).await,
    }
}

async fn blocking(work: impl FnOnce() -> CheckResult + Send + 'static) -> CheckResult {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| {
            let message = format!("the check broke off: {error}");
            CheckResult::errored(Reason::new(ReasonCode::NotStarted, message))
        })
}

/// With the names of the migrations in the project, where the rule is about them.
async fn look_at_database(context: &Context<'_>, rule: &SqlRule) -> CheckResult {
    let at = rule.migrations.as_ref().map(|it| &it.at);
    let files = match at {
        Some(MigrationTarget::Directory(path)) => {
            let (tree, path) = (context.tree.clone(), path.clone());
            let names = tokio::task::spawn_blocking(move || names_in(&tree, &path)).await;
            names.unwrap_or_default()
        }
        _ => Vec::new(),
    };
    sql::run(rule, context.environment, context.time_out, files).await
}

/// The names of the project's own files and folders in a directory.
fn names_in(tree: &WorkTree, directory: &str) -> Vec<String> {
    let inside = |path: &str| {
        let rest = path.strip_prefix(directory)?.strip_prefix('/')?;
        rest.split('/').next().map(str::to_owned)
    };
    let found = tree.own_files(|path| inside(path).is_some());
    let names: BTreeSet<String> = found
        .files
        .iter()
        .filter_map(|it| inside(&it.path))
        .collect();
    names.into_iter().collect()
}

/// In GitHub Actions with a token the tag is made on GitHub, else in this clone.
async fn make_tag(context: &Context<'_>, rule: &TagRule) -> CheckResult {
    let refused =
        |message: String| CheckResult::errored(Reason::new(ReasonCode::TagNotMade, message));
    let (commit, state) = (&context.release.sha, context.state);
    if let Some(client) = context.github {
        return tag::through_github(rule, commit, state, client).await;
    }
    let actions = match ActionsContext::read(context.environment) {
        Ok(actions) => actions,
        Err(error) => return refused(error.to_string()),
    };
    let Some((api_url, token)) =
        actions.and_then(|actions| Some((actions.api_url, actions.token?)))
    else {
        return tag::locally(rule, commit, state, &Git::new(context.tree.root())).await;
    };
    match Client::new(&api_url, token, context.release.repository.clone()) {
        Ok(client) => tag::through_github(rule, commit, state, &client).await,
        Err(error) => refused(error.to_string()),
    }
}

/// With the token of the job, or outside of Actions with one of the environment.
async fn look_at_environment(context: &Context<'_>, rule: &GitHubRule) -> CheckResult {
    if let Some(client) = context.github {
        return github_environment::run(rule, client).await;
    }
    let (api_url, token) = match access(context.environment) {
        Ok(Some(access)) => access,
        Ok(None) => {
            let message = "No token for GitHub is there: set GITHUB_TOKEN or GH_TOKEN where \
                           Tollgate runs, or the action's input `token`.";
            return github_environment::errored(message.to_owned());
        }
        Err(error) => return github_environment::errored(error.to_string()),
    };
    match Client::new(&api_url, token, context.release.repository.clone()) {
        Ok(client) => github_environment::run(rule, &client).await,
        Err(error) => github_environment::errored(error.to_string()),
    }
}

/// Where GitHub's API lies, and the token for it.
fn access(
    environment: &BTreeMap<String, String>,
) -> Result<Option<(String, SecretString)>, OddEnvironment> {
    if let Some(actions) = ActionsContext::read(environment)? {
        return Ok(actions.token.map(|token| (actions.api_url, token)));
    }
    let value = |name: &str| {
        environment
            .get(name)
            .filter(|value| !value.trim().is_empty())
    };
    let token = value("GITHUB_TOKEN").or_else(|| value("GH_TOKEN"));
    let api_url = value("GITHUB_API_URL").map_or(PUBLIC_API, |url| url.trim_end_matches('/'));
    Ok(token.map(|token| (api_url.to_owned(), SecretString::from(token.trim()))))
}

fn program(line: &CommandLine) -> Program {
    match line {
        CommandLine::Shell(script) => Program::Shell(script.clone()),
        CommandLine::Direct(words) => Program::Direct(words.clone()),
    }
}

impl Context<'_> {
    fn command(&self, program: Program) -> Command {
        Command {
            program,
            directory: self.directory.clone(),
            environment: self.command_environment.clone(),
            time_out: self.time_out,
        }
    }

    /// What a tool answers; `None` when it is not there or does not end well.
    async fn ask(&self, asking: &Asking) -> Option<String> {
        let words = std::iter::once(asking.program).chain(asking.arguments.iter().copied());
        let command = self.command(Program::direct(words));
        let mut answer = Tail::new(ANSWER);
        let finished = self
            .exec
            .run(&command, &mut answer, self.cancellation)
            .await;
        let answer = answer.finish().bytes;
        (finished.ending == Ending::Exited(0))
            .then(|| String::from_utf8_lossy(&answer).into_owned())
    }
}
