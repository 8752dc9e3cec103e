//! What GitHub says of a promotion: the environment's protection, and who approved this run.

use jiff::Timestamp;

use crate::app::failure::Failure;
use crate::checks::github_environment::{Inspection, denied, inspect, is_outage};
use crate::domain::check::GitHubRule;
use crate::domain::delivery::environment::{
    ApprovalRule, Approver, Environment, SelfApproval, is_same,
};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::record::payload::{ApprovalRecorded, Decision};
use crate::domain::release::Release;
use crate::github::client::{CommitPeople, Review, WorkflowRun};
use crate::github::context::WorkflowAttempt;
use crate::github::{ActionsContext, Client, GitHubError};
use crate::settings::Settings;

/// The job of GitHub Actions that promotes.
#[derive(Debug, Clone)]
pub struct Job {
    client: Client,
    run: WorkflowAttempt,
}

/// The events whose runs stand on another commit than the one that they are about.
const ABOUT_ANOTHER_COMMIT: [&str; 3] = ["workflow_run", "pull_request", "pull_request_target"];

/// What was seen.
#[derive(Debug, Default)]
pub struct Observed {
    /// Every decision about the environment in this run.
    pub decisions: Vec<Observation>,
    /// What forbids the promotion by itself.
    pub objections: Vec<Reason>,
    /// What explains why an approval may not count.
    pub notes: Vec<Reason>,
}

/// One decision, as the ledger will have it.
#[derive(Debug)]
pub struct Observation {
    /// Of an approval the earliest time that it can have, of a rejection the latest: GitHub tells
    /// neither.
    pub at: Timestamp,
    /// What was decided.
    pub record: ApprovalRecorded,
}

/// Refuses a run of another repository than the release's.
fn belongs(context: &ActionsContext, release: &Release) -> Result<(), Failure> {
    if is_same(context.repository.as_str(), release.repository.as_str()) {
        return Ok(());
    }
    let message = format!(
        "the run belongs to {}, and the release to {}: approvals of the one say nothing of the other",
        context.repository, release.repository
    );
    Err(Failure::usage(message).hint("promote from a workflow of the release's repository"))
}

impl Job {
    /// The job that the settings describe; `None` outside of GitHub Actions.
    ///
    /// # Errors
    /// In GitHub Actions, when GitHub can't be asked: then nothing is ever approved.
    pub fn of(settings: &Settings, release: &Release) -> Result<Option<Self>, Failure> {
        let context = ActionsContext::read(&settings.environment);
        let context = context.map_err(|error| Failure::usage(error.to_string()))?;
        context
            .map(|context| Self::from_context(&context, release))
            .transpose()
    }

    /// The same for a job whose line to GitHub is open already.
    ///
    /// # Errors
    /// When the run belongs to another repository than the release.
    pub fn of_job(job: &crate::app::job::Job, release: &Release) -> Result<Self, Failure> {
        belongs(&job.context, release)?;
        Ok(Self {
            client: job.client.clone(),
            run: job.attempt,
        })
    }

    /// The job of a context, for the release that it promotes.
    ///
    /// # Errors
    /// As [`Job::of`].
    pub fn from_context(context: &ActionsContext, release: &Release) -> Result<Self, Failure> {
        belongs(context, release)?;
        let Some(run) = context.run else {
            let message = "GITHUB_RUN_ID is not set, so nobody can tell which run was approved";
            return Err(Failure::blocked(message));
        };
        let Some(token) = context.token.clone() else {
            let message = "there is no token to ask GitHub with, so no approval can be seen";
            let hint = "set `env: { GITHUB_TOKEN: ${{ github.token }} }` for the step, and \
                        `permissions: { actions: read, contents: read }` for the job";
            return Err(Failure::blocked(message).hint(hint));
        };
        let client = Client::new(&context.api_url, token, context.repository.clone());
        let client = client.map_err(|error| Failure::blocked(error.to_string()))?;
        Ok(Self { client, run })
    }

    /// The line to GitHub.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// A job with a client of its own.
    pub fn new(client: Client, run: WorkflowAttempt) -> Self {
        Self { client, run }
    }
}

/// Asks GitHub. What it refuses to tell becomes an objection.
///
/// # Errors
/// When GitHub can't be reached, or has enough of us.
pub async fn observe(
    job: &Job,
    release: &Release,
    environment: &Environment,
) -> Result<Observed, GitHubError> {
    let Inspection {
        lacking,
        unreadable,
    } = inspect(&protection(environment), &job.client).await?;
    let is_missing = lacking
        .iter()
        .any(|it| it.code == ReasonCode::EnvironmentMissing);
    let mut observed = match is_missing {
        true => Observed::default(),
        false => reviews(job, release, environment).await?,
    };
    let of_environment = lacking.into_iter().chain(unreadable);
    observed.objections.splice(0..0, of_environment);
    Ok(observed)
}

/// Asks GitHub who approved the job's run for an environment, where the policy asks for approvals.
///
/// # Errors
/// As [`observe`].
pub async fn reviews(
    job: &Job,
    release: &Release,
    environment: &Environment,
) -> Result<Observed, GitHubError> {
    let mut observed = Observed::default();
    if let Some(rule) = &environment.approvals {
        let asking = Asking {
            job,
            release,
            environment,
            rule,
        };
        asking.approvals(&mut observed).await?;
    }
    Ok(observed)
}

/// The least that an environment must have on GitHub: where the policy asks for approvals, GitHub
/// must ask for one too.
fn protection(environment: &Environment) -> GitHubRule {
    GitHubRule {
        environment: environment.id.to_string(),
        reviewers: u32::from(environment.approvals.is_some()),
        prevent_self_review: false,
        secrets: environment.secrets.clone(),
        variables: environment.variables.clone(),
    }
}

/// What the approvals of one environment are asked for with.
struct Asking<'a> {
    job: &'a Job,
    release: &'a Release,
    environment: &'a Environment,
    rule: &'a ApprovalRule,
}

/// What all decisions of a run have in common.
struct Background {
    run: WorkflowRun,
    authors: Option<Vec<String>>,
}

impl Asking<'_> {
    async fn approvals(&self, observed: &mut Observed) -> Result<(), GitHubError> {
        let (client, run) = (&self.job.client, self.job.run.run);
        let what = format!("the workflow run {run}");
        let Some(run) = told(
            client.workflow_run(run).await,
            &what,
            &mut observed.objections,
        )?
        else {
            return Ok(());
        };
        observed.objections.extend(self.other_commit(&run));
        let what = format!("who approved the workflow run {}", run.id);
        let reviews = told(
            client.run_reviews(self.job.run.run).await,
            &what,
            &mut observed.objections,
        )?;
        let Some(reviews) = reviews else {
            return Ok(());
        };
        let authors = self.authors(&mut observed.notes).await?;
        let background = Background { run, authors };
        let ours = |review: &&Review| {
            let named = &mut review.environments.iter();
            named.any(|it| is_same(&it.name, self.environment.id.as_str()))
        };
        for review in reviews.iter().filter(ours) {
            let decision = match review.state.as_str() {
                "approved" => Decision::Approved,
                "rejected" => Decision::Rejected,
                _ => continue, // GitHub still waits for it
            };
            let teams = self
                .teams(&review.user.login, decision, &mut observed.notes)
                .await?;
            observed
                .decisions
                .push(self.decision(review, decision, teams, &background));
        }
        Ok(())
    }

    /// Whoever approves a run approves the commit that it stands on.
    fn other_commit(&self, run: &WorkflowRun) -> Option<Reason> {
        let sha = &self.release.sha;
        let may_differ = ABOUT_ANOTHER_COMMIT.contains(&run.event.as_str());
        if may_differ || run.head_sha.eq_ignore_ascii_case(sha.as_str()) {
            return None;
        }
        let message = format!(
            "what was approved is run {} for the commit {}, and the release is {sha}: start the \
             workflow for that commit or its tag",
            run.id, run.head_sha
        );
        Some(Reason::new(ReasonCode::ApprovalOtherCommit, message))
    }

    /// Who made the release, where that matters; `None` where GitHub knows no account for it.
    async fn authors(&self, notes: &mut Vec<Reason>) -> Result<Option<Vec<String>>, GitHubError> {
        match self.rule.self_approval {
            SelfApproval::Allowed => Ok(None),
            SelfApproval::Refused => authors_of(&self.job.client, self.release, notes).await,
        }
    }

    /// The teams under `from` that a person is in, where that matters.
    async fn teams(
        &self,
        login: &str,
        decision: Decision,
        notes: &mut Vec<Reason>,
    ) -> Result<Vec<String>, GitHubError> {
        match decision {
            Decision::Rejected => Ok(Vec::new()),
            Decision::Approved => teams_of(&self.job.client, &self.rule.from, login, notes).await,
        }
    }

    fn decision(
        &self,
        review: &Review,
        decision: Decision,
        teams: Vec<String>,
        background: &Background,
    ) -> Observation {
        let now = Timestamp::now();
        let run = &background.run;
        let started = [&run.actor, &run.triggering_actor].into_iter().flatten();
        let mut triggered_by: Vec<String> = started.map(|account| account.login.clone()).collect();
        triggered_by.dedup();
        Observation {
            at: match decision {
                Decision::Approved => run.created_at,
                Decision::Rejected => now,
            },
            record: ApprovalRecorded {
                gate: None,
                environment: Some(self.environment.id.clone()),
                by: review.user.login.clone(),
                decision,
                comment: review.comment.clone(),
                role: None,
                teams,
                observed_at: Some(now),
                run: Some(run.id),
                attempt: Some(self.job.run.attempt),
                run_sha: Some(run.head_sha.clone()),
                authors: background.authors.clone(),
                triggered_by,
                commit: Some(self.release.sha.clone()),
                policy_digest: None,
                evidence_root: None,
            },
        }
    }
}

/// Who made a release: logins and names; `None` where GitHub knows no account for somebody of them,
/// or refuses to tell, which becomes a note.
///
/// # Errors
/// When GitHub can't be reached.
pub async fn authors_of(
    client: &Client,
    release: &Release,
    notes: &mut Vec<Reason>,
) -> Result<Option<Vec<String>>, GitHubError> {
    let sha = &release.sha;
    let what = format!("who made the commit {sha}");
    let people = told(client.commit_people(sha).await, &what, notes)?;
    let Some(CommitPeople { authors, strangers }) = people else {
        return Ok(None);
    };
    if let Some(stranger) = strangers.first() {
        let message = format!(
            "GitHub knows no account for {}, who made {}: link the e-mail address of the commit to \
             an account",
            match stranger.name.as_str() {
                "" => "somebody",
                name => name,
            },
            sha.short()
        );
        notes.push(Reason::new(ReasonCode::AuthorsUnknown, message));
        return Ok(None);
    }
    Ok(Some(authors.without_addresses()))
}

/// The teams of a list that a person is in, unless the list names the person. What GitHub refuses
/// to tell becomes a note.
///
/// # Errors
/// When GitHub can't be reached.
pub async fn teams_of(
    client: &Client,
    from: &[Approver],
    login: &str,
    notes: &mut Vec<Reason>,
) -> Result<Vec<String>, GitHubError> {
    let is_named = |entry: &Approver| matches!(entry, Approver::User(user) if is_same(user, login));
    if from.iter().any(is_named) {
        return Ok(Vec::new());
    }
    let mut teams = Vec::new();
    for entry in from {
        let Approver::Team(slug) = entry else {
            continue;
        };
        match client.is_in_team(slug, login).await {
            Ok(true) => teams.push(slug.clone()),
            Ok(false) => {}
            Err(error) if is_outage(&error) => return Err(error),
            Err(error) => {
                let message = denied(&format!("whether {login} is in the team `{slug}`"), &error);
                notes.push(Reason::new(ReasonCode::TeamUnreadable, message));
            }
        }
    }
    Ok(teams)
}

/// An answer; a refusal to give one becomes a reason.
fn told<T>(
    answer: Result<T, GitHubError>,
    what: &str,
    reasons: &mut Vec<Reason>,
) -> Result<Option<T>, GitHubError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if is_outage(&error) => Err(error),
        Err(error) => {
            reasons.push(Reason::new(
                ReasonCode::ApprovalsUnreadable,
                denied(what, &error),
            ));
            Ok(None)
        }
    }
}
