//! What is recorded here is told to a Tollgate server too. The ledger in the evidence directory
//! stays what is judged by.
//!
//! An event goes into the spool before it goes into the ledger, and leaves it when the server has
//! acknowledged it: so a kill, a server that is away and a job that ends lose none. What the ledger
//! does not hold is never sent, whatever stands in the spool; so a spool from another job's artifact
//! can at the worst name events that the server has already.

mod import;
mod pass;
mod plan;
mod send;
mod standing;

pub use import::{Spooled, import, spool_of};
pub use standing::{Standing, standing};

use std::sync::{Mutex, PoisonError};

use self::plan::Plan;
use self::send::{Sent, Way};
use super::failure::Failure;
use super::ledgers;
use super::project::Project;
use super::recording::{Recording, unwritable};
use super::reporting::Reporters;
use super::run::stop::Stop;
use crate::domain::policy::SpooledFacts;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::record::event::Event;
use crate::domain::release::ReleaseId;
use crate::ledger::Ledger;
use crate::settings::Settings;
use crate::store::Spool;

/// How many refused events are named one by one.
const NAMED: usize = 5;

/// What one release owes its server.
#[derive(Debug)]
pub struct Outbox {
    release: ReleaseId,
    spool: Spool,
    rule: SpooledFacts,
    settings: Settings,
    stop: Stop,
    /// What the last delivery came to; `None` when something was added since.
    last: Mutex<Option<Delivery>>,
}

/// What a delivery came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    /// How many events the server does not have; they wait in the spool.
    pub owed: usize,
    /// What people are to know, one sentence each.
    pub notes: Vec<String>,
}

impl Outbox {
    /// The outbox of a project's release. Nothing is read or written yet.
    pub fn of(project: &Project, stop: &Stop) -> Self {
        let release = project.release.id();
        Self {
            spool: Spool::of(&project.evidence_directory(), release),
            rule: project.policy.spooled,
            settings: project.settings.clone(),
            stop: stop.clone(),
            last: Mutex::default(),
            release,
        }
    }

    /// Notes events that are about to be recorded. Without a server there is nobody to tell.
    ///
    /// # Errors
    /// When the spool cannot be written.
    pub fn note(&self, events: &[Event]) -> Result<(), Failure> {
        if self.settings.server.is_none() {
            return Ok(());
        }
        *self.last() = None;
        self.spool.append(events).map_err(unwritable)
    }

    /// Sends what waits, as far as the ledger holds it. What could not be sent is in the answer, and
    /// waits on; without anything new it is not tried again.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn deliver(&self, ledger: &dyn Ledger) -> Result<Delivery, Failure> {
        if let Some(last) = self.last().clone() {
            return Ok(Delivery {
                notes: Vec::new(), // they were told
                ..last
            });
        }
        let delivery = match self.spool.is_empty() {
            true => Delivery::default(),
            false => self.try_to_deliver(ledger).await?,
        };
        *self.last() = Some(delivery.clone());
        Ok(delivery)
    }

    async fn try_to_deliver(&self, ledger: &dyn Ledger) -> Result<Delivery, Failure> {
        let waiting = match self.spool.read() {
            Ok(waiting) => waiting,
            Err(error) => return Ok(unreadable(&error)),
        };
        let links = ledger.events(self.release).await;
        let links = links.map_err(ledgers::failure)?.into_iter();
        let recorded: Vec<Event> = links.map(|link| link.event).collect();
        let Some(server) = &self.settings.server else {
            let why = "no server is named; --ledger https://… names one";
            return Ok(self.delivery("a server", waiting.len(), &Sent::of_none(why)));
        };
        let (plan, sent) = match Way::to(server, &self.settings) {
            Err(why) => (Plan::default(), Sent::of_none(&why)),
            Ok(way) => {
                let plan = Plan::of(&recorded, &waiting, way.role());
                let sent = way.send(&plan, &self.stop).await;
                (plan, sent)
            }
        };
        let left_out = plan.left_out();
        let done = sent.done().union(&left_out).cloned().collect();
        let owed = match self.spool.take_out(&done) {
            Ok(owed) => owed,
            Err(error) => return Ok(unreadable(&error)),
        };
        let delivery = self.delivery(&server.to_string(), owed, &sent);
        if !plan.withheld.is_empty() {
            let events = plan.withheld.len();
            tracing::info!(events, "decisions of people are not a job's to tell");
        }
        Ok(delivery)
    }

    fn delivery(&self, server: &str, owed: usize, sent: &Sent) -> Delivery {
        let place = self.spool.path().display();
        let mut notes = refusals(server, sent);
        if let (Some(why), 1..) = (&sent.ended, owed) {
            notes.push(format!(
                "{} could not be sent to {server}: {why}. They wait in {place}, and are sent by the \
                 next call here, or by a later job that takes over the artifact of this one",
                counted(owed)
            ));
        }
        Delivery { owed, notes }
    }

    /// Refuses where the policy lets nothing pass before the server has it.
    ///
    /// # Errors
    /// [`Failure::unreachable`], while something waits.
    pub fn demand(&self, delivery: &Delivery) -> Result<(), Failure> {
        match self.objection(delivery) {
            None => Ok(()),
            Some(reason) => Err(Failure::unreachable(reason.message)
                .hint("run it again when the server takes them; what it refuses was named above")),
        }
    }

    /// Why nothing passes yet, where the policy says so.
    pub fn objection(&self, delivery: &Delivery) -> Option<Reason> {
        let is_shut = self.rule == SpooledFacts::Refused && delivery.owed > 0;
        is_shut.then(|| {
            let message = format!(
                "the control plane does not have {} of this release, and the policy says \
                 `ledger: {{ spooled: refused }}`",
                counted(delivery.owed)
            );
            Reason::new(ReasonCode::FactsUnsent, message)
        })
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Option<Delivery>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends what still waits, before GitHub is told anything.
///
/// # Errors
/// As [`Recording::open`]; and where the policy lets nothing pass that the server does not have.
pub async fn settle(project: &Project, reporters: Reporters, stop: &Stop) -> Result<(), Failure> {
    if Outbox::of(project, stop).spool.is_empty() {
        return Ok(());
    }
    let policy = project.shown_policy();
    let recording = Recording::open(project, &policy, reporters, stop).await?;
    let delivery = recording.deliver().await?;
    let demanded = recording.outbox().demand(&delivery);
    recording.seal().await?;
    demanded
}

/// Takes over what another job could not send, from its artifact. Gives how many events wait more
/// than before.
///
/// # Errors
/// What is wrong with it.
pub fn take_over(project: &Project, text: &[u8]) -> Result<usize, String> {
    let spool = Outbox::of(project, &Stop::new()).spool;
    let theirs =
        crate::store::spool::read(text, spool.path()).map_err(|error| error.to_string())?;
    let ours = spool.read().map_err(|error| error.to_string())?;
    let is_new = |event: &Event| {
        event.release_id == project.release.id()
            && ours
                .iter()
                .all(|own| own.idempotency_key != event.idempotency_key)
    };
    let new: Vec<Event> = theirs.into_iter().filter(is_new).collect();
    if !new.is_empty() {
        spool.append(&new).map_err(|error| error.to_string())?;
    }
    Ok(new.len())
}

impl Sent {
    /// Nothing was sent.
    fn of_none(why: &str) -> Self {
        Self {
            ended: Some(why.to_owned()),
            ..Self::default()
        }
    }
}

/// How much waits is not known then: something does.
fn unreadable(error: &crate::store::spool::SpoolError) -> Delivery {
    Delivery {
        owed: 1,
        notes: vec![format!(
            "what waits for the control plane can't be sent: {error}; take the line out, or repair it"
        )],
    }
}

/// Each refusal by the name of its event.
fn refusals(server: &str, sent: &Sent) -> Vec<String> {
    let named = sent.refused.iter().take(NAMED).map(|(event, refusal)| {
        let (kind, key) = (event.event_type, &event.idempotency_key);
        format!("{server} does not take {kind} {key} ({refusal}); it stays in the spool")
    });
    let mut notes: Vec<String> = named.collect();
    let more = sent.refused.len().saturating_sub(NAMED);
    if more > 0 {
        notes.push(format!("{server} does not take {} more", counted(more)));
    }
    notes
}

fn counted(events: usize) -> String {
    match events {
        1 => "1 event".to_owned(),
        many => format!("{many} events"),
    }
}
