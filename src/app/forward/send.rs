//! Sending planned events in their order, within a bounded time.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Url;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::pass::Pass;
use super::plan::Plan;
use crate::app::run::stop::{Stop, StopCause};
use crate::domain::access::Role;
use crate::domain::record::event::{Event, EventType};
use crate::ledger::Outcome;
use crate::ledger::remote::{Answer, NoPass, Refusal, Server};
use crate::settings::{ServerAddress, Settings};

/// How long all of it may take. What was not sent by then waits.
const PATIENCE: Duration = Duration::from_secs(120);

/// What was sent.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// Keys of the events that the server has now.
    pub(super) taken: BTreeSet<String>,
    /// How many of them it did not have before.
    pub(super) new: u64,
    /// What it does not take.
    pub(super) refused: Vec<(Event, Refusal)>,
    /// Keys of what this producer may not tell and the server knows from somebody else.
    pub(super) known: BTreeSet<String>,
    /// Why nothing more was sent; `None` when everything was.
    pub(super) ended: Option<String>,
}

/// The way to a server.
#[derive(Debug)]
pub(super) struct Way {
    server: Server,
    pass: Pass,
}

impl Way {
    /// Finds the way to a server. Nothing is sent yet.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn to(server: &ServerAddress, settings: &Settings) -> Result<Self, String> {
        Ok(Self {
            server: Server::new(server.join("/v1/events")?)?,
            pass: Pass::find(settings, server)?,
        })
    }

    /// What the server lets the producer tell, where this side knows it.
    pub(super) fn role(&self) -> Option<Role> {
        self.pass.role()
    }

    /// Asks the server how something stands.
    ///
    /// # Errors
    /// Why it does not say.
    pub(super) async fn ask(&self, address: Url) -> Result<Value, String> {
        let pass = self.pass.for_one().await;
        let pass = pass.map_err(|(NoPass::Away(why) | NoPass::Denied(why))| why)?;
        self.server.ask(address, &pass).await
    }

    /// Sends what is planned, as much at once as the server takes. An event that it does not take is
    /// passed over; when the server is away, the rest waits. A signal ends it at once.
    pub(super) async fn send(&self, plan: &Plan, stop: &Stop) -> Sent {
        let mut sent = Sent::default();
        let mut creation = plan.creation.as_ref();
        let end = Instant::now() + PATIENCE;
        let mut rest = plan.send.as_slice();
        while sent.ended.is_none() && !rest.is_empty() {
            let (now, later) = rest.split_at(self.server.next(rest));
            let mut answers = self.tell(now, end, stop).await;
            if answers.iter().any(is_unknown_release)
                && let Some(creation) = creation.take()
                && let [Answer::Taken(_)] =
                    *self.tell(std::slice::from_ref(creation), end, stop).await
            {
                answers = self.tell(now, end, stop).await;
            }
            sent.add(now, answers);
            rest = later;
        }
        sent.leave_out_what_is_known();
        sent
    }

    /// Tells events. There is an answer to each, or a last one to all that follow.
    async fn tell(&self, events: &[Event], end: Instant, stop: &Stop) -> Vec<Answer> {
        let closed = |why: &str| vec![Answer::Closed(why.to_owned())];
        let pass = async || self.pass.for_one().await;
        let told = async {
            match events {
                [event] => vec![self.server.tell(event, pass).await],
                _ => self.server.tell_all(events, pass).await,
            }
        };
        tokio::select! {
            told = timeout_at(end, told) => {
                told.unwrap_or_else(|_| closed("it took too long in all"))
            }
            () = interrupted(stop) => closed("the call was interrupted"),
        }
    }
}

impl Sent {
    fn add(&mut self, events: &[Event], answers: Vec<Answer>) {
        for (event, answer) in events.iter().zip(answers) {
            match answer {
                Answer::Taken(outcome) => {
                    self.new += u64::from(outcome == Outcome::Recorded);
                    self.taken.insert(event.idempotency_key.clone());
                }
                Answer::Refused(refusal) => self.refused.push((event.clone(), refusal)),
                Answer::Closed(why) | Answer::Away { why, .. } => {
                    self.ended = Some(why);
                    break;
                }
            }
        }
    }

    /// A person's checkout tells of the release too, which is CI's to tell. Where the server took
    /// something else of the release it knows of it, so that need not wait.
    fn leave_out_what_is_known(&mut self) {
        if self.taken.is_empty() {
            return;
        }
        let is_known = |(event, refusal): &mut (Event, Refusal)| {
            event.event_type == EventType::ReleaseCreated && refusal.code == "forbidden"
        };
        let known = self.refused.extract_if(.., is_known);
        self.known
            .extend(known.map(|(event, _)| event.idempotency_key));
    }

    /// Keys of what need not wait any longer.
    pub(super) fn done(&self) -> BTreeSet<String> {
        self.taken.union(&self.known).cloned().collect()
    }
}

/// The server's word for an event whose release it does not know yet.
fn is_unknown_release(answer: &Answer) -> bool {
    matches!(answer, Answer::Refused(refusal) if refusal.code == "unknown_release")
}

/// Ends when a signal ended the work. A budget that was used up does not keep its results back.
async fn interrupted(stop: &Stop) {
    stop.token().cancelled().await;
    if stop.cause() != Some(StopCause::Interrupted) {
        std::future::pending::<()>().await;
    }
}
