//! Who looks after what waits: judges it whenever something is new, once a minute in any case, and
//! answers GitHub. Trouble puts it off and never answers.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::GitHubApp;
use super::intake::object;
use super::queue::{ANSWERED, Answered, Waiting};
use super::trouble::Trouble;
use crate::app::control_plane::{ControlPlane, NotJudged};
use crate::app::promote::github::{Job, reviews};
use crate::domain::delivery::environment::{Approver, Environment, SelfApproval};
use crate::domain::delivery::protection::{ProtectionAnswer, answer};
use crate::domain::gate::facts::Facts;
use crate::domain::ids::Sha256Digest;
use crate::domain::record::event::{Event, EventType, SCHEMA_VERSION};
use crate::domain::record::payload::ApprovalRecorded;
use crate::domain::release::Release;
use crate::github::client::ProtectionState;
use crate::github::context::WorkflowAttempt;
use crate::github::{Client, GitHubError};
use crate::render::protection;

/// How often everything is judged though nothing is new: waivers expire, and other servers record.
const TICK: Duration = Duration::from_secs(60);

/// How many events are read to find what waits, at the start.
const LOOKED_AT: u32 = 10_000;

/// How a run ended that was not answered, in the place of `approved` or `rejected`.
const GONE: &str = "gone";

impl ControlPlane {
    /// Looks after what waits until `stop` comes, and then finishes the answer that it is about to
    /// give.
    pub(super) async fn look_after_all(&self, github: &GitHubApp, stop: &CancellationToken) {
        let events = self.read(EventType::EnvironmentEvent, LOOKED_AT).await;
        github.queue().restore(&events);
        github.wake();
        let mut ticked = Instant::now();
        loop {
            let now = Instant::now();
            let tick = ticked + TICK;
            let until = github.queue().next().map_or(tick, |at| at.min(tick));
            tokio::select! {
                () = stop.cancelled() => return,
                () = github.woken.notified() => {}
                () = tokio::time::sleep(until.saturating_duration_since(now)) => {}
            }
            let is_tick = ticked.elapsed() >= TICK;
            if is_tick {
                ticked = Instant::now();
            }
            let due = github.queue().due(Instant::now());
            for waiting in due {
                if stop.is_cancelled() {
                    return;
                }
                self.look_after(github, &waiting, is_tick).await;
            }
        }
    }

    async fn look_after(&self, github: &GitHubApp, waiting: &Waiting, is_tick: bool) {
        if let Err(trouble) = self.look_at(github, waiting, is_tick).await {
            let (run, environment) = (waiting.run, &waiting.environment);
            tracing::error!(run, environment, %trouble, "a deployment is left waiting");
            github.queue().put_off(waiting, Instant::now());
        }
    }

    /// Judges one environment of one run, and answers where there is an answer. What can't be judged
    /// is rejected before GitHub gives it up.
    async fn look_at(
        &self,
        github: &GitHubApp,
        waiting: &Waiting,
        is_tick: bool,
    ) -> Result<(), Trouble> {
        let decision = match self.decide(github, waiting, is_tick).await {
            Err(trouble) if waiting.is_late(Timestamp::now()) => {
                let (run, environment) = (waiting.run, &waiting.environment);
                tracing::error!(run, environment, %trouble, "a deployment could never be judged");
                let comment = protection::unjudged(environment);
                Some((ProtectionState::Rejected, comment))
            }
            decision => decision?,
        };
        let Some((state, comment)) = decision else {
            return Ok(());
        };
        let client = github
            .app
            .client(waiting.installation, &waiting.repository)
            .await?;
        let state = tell(&client, waiting, state, &comment).await?;
        self.record_answer(waiting, state, &comment).await?;
        github.queue().answered(waiting);
        Ok(())
    }

    /// What is to be answered, and the words for it; `None` while it waits.
    async fn decide(
        &self,
        github: &GitHubApp,
        waiting: &Waiting,
        is_tick: bool,
    ) -> Result<Option<(ProtectionState, String)>, Trouble> {
        let mut head = self.end_of(waiting).await?;
        if head == waiting.judged && !waiting.is_reviewed() && !is_tick {
            return Ok(None);
        }
        if waiting.is_reviewed() && self.ask_for_reviews(github, waiting).await? {
            head = self.end_of(waiting).await?;
        }
        let environment = &waiting.environment;
        let answer = self.answer_to(waiting).await?;
        let rules = self.policies.rules(&waiting.repository).await;
        let redactor = &rules.map_err(NotJudged::from)?.redactor;
        let (state, comment) = match answer {
            ProtectionAnswer::Approve => {
                (ProtectionState::Approved, protection::approval(environment))
            }
            ProtectionAnswer::Reject(reasons) => {
                let comment = protection::rejection(environment, &reasons, redactor);
                (ProtectionState::Rejected, comment)
            }
            ProtectionAnswer::Wait(missing) if waiting.is_late(Timestamp::now()) => {
                let comment = protection::overdue(environment, &missing, redactor);
                (ProtectionState::Rejected, comment)
            }
            ProtectionAnswer::Wait(_) => {
                github.queue().judged(waiting, head);
                return Ok(None);
            }
        };
        Ok(Some((state, comment)))
    }

    /// The end of the release's chain.
    async fn end_of(&self, waiting: &Waiting) -> Result<Option<Sha256Digest>, Trouble> {
        let head = self.ledger.head(waiting.release).await?;
        Ok(head.map(|head| head.hash))
    }

    async fn answer_to(&self, waiting: &Waiting) -> Result<ProtectionAnswer, Trouble> {
        let found = self.look_up(waiting.release).await?;
        let gone = || Trouble::Objection("its release is not in the ledger".to_owned());
        let found = found.ok_or_else(gone)?;
        let material = self.judge(found, Timestamp::now()).await?;
        let view = material.view();
        let known = view.verdict.environments.iter();
        let mut named =
            known.filter(|it| it.id.as_str().eq_ignore_ascii_case(&waiting.environment));
        Ok(answer(named.next()))
    }

    /// Asks GitHub who reviewed the run, where a decision alone does not say enough: who made the
    /// release, and who is in which team. Tells whether something was recorded.
    async fn ask_for_reviews(
        &self,
        github: &GitHubApp,
        waiting: &Waiting,
    ) -> Result<bool, Trouble> {
        let rules = self.policies.rules(&waiting.repository).await;
        let rules = rules.map_err(NotJudged::from)?;
        let Some(environment) = rules.environment(&waiting.environment) else {
            return Ok(false);
        };
        let Some(found) = self.look_up(waiting.release).await? else {
            return Ok(false);
        };
        if !is_to_be_asked(environment, found.facts()) {
            return Ok(false);
        }
        let client = github
            .app
            .client(waiting.installation, &waiting.repository)
            .await?;
        let attempt = WorkflowAttempt {
            run: waiting.run,
            attempt: 1,
        };
        let job = Job::new(client, attempt);
        let observed = reviews(&job, &found.release, environment).await?;
        if let Some(objection) = observed.objections.first() {
            return Err(Trouble::Objection(objection.message.clone()));
        }
        for note in &observed.notes {
            tracing::warn!(run = waiting.run, "{}", note.message);
        }
        let decisions = observed.decisions.into_iter().map(|it| (it.at, it.record));
        let new = decisions.filter(|(_, record)| !is_known(found.facts(), record));
        let events: Vec<Event> = new
            .map(|(at, mut record)| {
                record.comment = self
                    .redactor
                    .mask(&record.comment)
                    .into_owned()
                    .into_inner();
                let by = record.by.clone();
                event(
                    &found.release,
                    EventType::ApprovalRecorded,
                    &by,
                    at,
                    &record,
                )
            })
            .collect();
        if events.is_empty() {
            return Ok(false);
        }
        self.recorder.record(events).await?;
        github.told(waiting.release);
        Ok(true)
    }

    async fn record_answer(
        &self,
        waiting: &Waiting,
        state: &str,
        comment: &str,
    ) -> Result<(), Trouble> {
        let Some(found) = self.look_up(waiting.release).await? else {
            return Ok(());
        };
        let answered = Answered {
            environment: waiting.environment.clone(),
            kind: ANSWERED.to_owned(),
            detail: comment.to_owned(),
            run_id: waiting.run,
            state: state.to_owned(),
            deliveries: waiting.deliveries.clone(),
        };
        let kind = EventType::EnvironmentEvent;
        let event = event(
            &found.release,
            kind,
            "tollgate",
            Timestamp::now(),
            &answered,
        );
        self.recorder.record(vec![event]).await?;
        Ok(())
    }
}

/// Tells GitHub. A run that waits no longer needs no answer.
async fn tell(
    client: &Client,
    waiting: &Waiting,
    state: ProtectionState,
    comment: &str,
) -> Result<&'static str, GitHubError> {
    let (run, environment) = (waiting.run, waiting.environment.as_str());
    match client
        .answer_protection_rule(run, environment, state, comment)
        .await
    {
        Ok(()) => Ok(state.as_str()),
        Err(error) if error.is_certain_refusal() => match client.waits(run, environment).await {
            Ok(false) => Ok(GONE),
            _ => Err(error),
        },
        Err(error) => Err(error),
    }
}

/// Tells whether the policy asks of approvals what only GitHub knows.
fn needs_github(environment: &Environment) -> bool {
    environment.approvals.as_ref().is_some_and(|rule| {
        let is_team = |entry: &Approver| matches!(entry, Approver::Team(_));
        rule.self_approval == SelfApproval::Refused || rule.from.iter().any(is_team)
    })
}

/// Tells whether somebody decided on an environment, and the decision needs more than its delivery
/// says: what the policy asks for, or the policy's spelling of the name.
fn is_to_be_asked(environment: &Environment, facts: &Facts) -> bool {
    let named = facts
        .approvals
        .iter()
        .filter_map(|it| it.record.environment.as_ref());
    let id = environment.id.as_str();
    let mut named = named
        .filter(|it| it.as_str().eq_ignore_ascii_case(id))
        .peekable();
    let needs_more = needs_github(environment) || named.clone().any(|it| it.as_str() != id);
    environment.approvals.is_some() && named.peek().is_some() && needs_more
}

/// Tells whether the ledger knows as much of a decision already.
fn is_known(facts: &Facts, record: &ApprovalRecorded) -> bool {
    facts.approvals.iter().any(|fact| {
        let known = &fact.record;
        known.by.eq_ignore_ascii_case(&record.by)
            && known.environment == record.environment
            && known.decision == record.decision
            && known.run == record.run
            && known.teams == record.teams
            && known.authors == record.authors
    })
}

fn event(
    release: &Release,
    kind: EventType,
    actor: &str,
    at: Timestamp,
    payload: &impl serde::Serialize,
) -> Event {
    Event {
        schema_version: SCHEMA_VERSION.to_owned(),
        idempotency_key: format!("github/answers/{}", Uuid::now_v7()),
        event_type: kind,
        source_system: "tollgate".to_owned(),
        release_id: release.id(),
        occurred_at: at,
        actor: actor.to_owned(),
        payload: object(payload),
    }
}
