//! What a call that makes results holds while it works: the run lock, the ledger, the folder,
//! the facts so far. `run` and `record` both write through it, and nothing else does.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use uuid::Uuid;

use super::authorship;
use super::events::{EventWriter, Order};
use super::failure::Failure;
use super::forward::{Delivery, Outbox};
use super::ledgers;
use super::measure::Place;
use super::project::Project;
use super::reporting::Reporters;
use super::run::stop::Stop;
use super::run_files;
use crate::checks::journeys::JourneyFacts;
use crate::domain::check::{Check, CheckResult, EvidenceFile, JourneysRule};
use crate::domain::evidence::manifest::{MANIFEST_SCHEMA, Manifest, ManifestEntry};
use crate::domain::evidence::redaction::{self, Redactor};
use crate::domain::gate::facts::{Facts, Viewpoint};
use crate::domain::gate::judge::{journeys, judge};
use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::{CheckId, CheckRef, GateId, RunId};
use crate::domain::policy::Policy;
use crate::domain::record::event::Event;
use crate::domain::record::history;
use crate::domain::run::{RunEnd, RunEvent, RunStart, Tree};
use crate::exec;
use crate::ledger::{Ledger, Recorder, pack};
use crate::settings::LedgerAddress;
use crate::store::{EvidenceDirectory, Held, RunLock, StoreError};
use crate::worktree::WorkTree;

/// The release's ledger as a pack, in the folder of a run in GitHub Actions.
pub const LEDGER_PACK: &str = "ledger.pack";

/// A recording that goes on.
pub struct Recording {
    /// Where results are looked for and evidence is kept.
    pub place: Place,
    /// The run's id.
    pub run: RunId,
    policy: Policy,
    project: String,
    tree: Tree,
    writer: EventWriter,
    ledger: Arc<dyn Ledger>,
    recorder: Recorder,
    outbox: Outbox,
    reporters: Reporters,
    /// Whether the caller listens; the log of the run always does.
    is_watched: bool,
    facts: Mutex<Facts>,
    known_version: Option<String>,
    authors: Vec<String>,
    manifest: Mutex<Vec<ManifestEntry>>,
    shown_folder: String,
    _lock: Held,
}

impl Recording {
    /// Takes the run lock, opens the ledger and reads what it knows of the release. `policy` has
    /// its texts expanded as far as they will be used.
    ///
    /// # Errors
    /// When the evidence directory cannot be written, or the ledger cannot be opened.
    pub async fn open(
        project: &Project,
        policy: &Policy,
        reporters: Reporters,
        stop: &Stop,
    ) -> Result<Self, Failure> {
        let directory =
            EvidenceDirectory::open(&project.evidence_directory()).map_err(unwritable)?;
        let lock = hold(directory.run_lock().map_err(unwritable)?, &reporters, stop).await?;
        end_leftovers(&directory, &reporters);
        let address = project.ledger();
        let ledger = ledgers::open(&address).await?;
        let mut facts = ledgers::facts(&*ledger, project.release.id()).await?;
        let known_version = facts.version.take();
        facts.version = project.release.version.clone().or(known_version.clone());
        let run = new_run_id();
        let place = place(project, policy, &directory, &run)?;
        Ok(Self {
            recorder: Recorder::start(ledger.clone(), &address.to_string()),
            shown_folder: shown(&project.settings.working_directory, place.folder.path()),
            outbox: Outbox::of(project, stop),
            writer: writer(project, &run, directory.workspace().map_err(unwritable)?),
            policy: policy.clone(),
            known_version,
            authors: authorship::to_be_told(project, &facts).await,
            project: project.policy.project.clone(),
            tree: project.tree.clone(),
            facts: Mutex::new(facts),
            manifest: Mutex::default(),
            _lock: lock,
            is_watched: reporters.has_listeners(),
            ledger,
            place,
            reporters,
            run,
        })
    }

    /// Tells the reporters.
    pub fn tell(&self, event: RunEvent) {
        self.reporters.tell(event);
    }

    /// Begins: the release is in the ledger from now on, and reporters know what is planned.
    ///
    /// # Errors
    /// When the release cannot be recorded.
    pub async fn start(&self, plan: Vec<GateId>) -> Result<(), Failure> {
        run_files::log_to(&self.reporters, &self.place.folder)?;
        self.tell(RunEvent::Started(Arc::new(RunStart {
            run: self.run.clone(),
            release: self.writer.release.clone(),
            project: self.project.clone(),
            tree: self.tree.clone(),
            plan,
        })));
        let known = self
            .ledger
            .head(self.writer.release.id())
            .await
            .map_err(ledgers::failure)?;
        let version = &self.writer.release.version;
        let is_news = version.is_some() && *version != self.known_version;
        if known.is_none() || is_news || !self.authors.is_empty() {
            let created = self.writer.release_created(Timestamp::now(), &self.authors);
            self.append(vec![created]).await?;
        }
        Ok(())
    }

    /// Records a result, and tells the reporters once it is durable.
    ///
    /// # Errors
    /// When it cannot be recorded.
    pub async fn record(
        &self,
        name: &CheckRef,
        check: &Check,
        order: Order,
        result: CheckResult,
    ) -> Result<(), Failure> {
        let now = Timestamp::now();
        let events = self
            .writer
            .check_reported(name, check.definition, order, &result, now);
        self.append(events).await?;
        for file in &result.evidence {
            self.list(Some(&name.gate), Some(&name.check), file);
        }
        self.tell(RunEvent::CheckFinished {
            check: name.clone(),
            result: Arc::new(result),
        });
        Ok(())
    }

    /// Lists a file in the manifest of this run.
    pub fn list(&self, gate: Option<&GateId>, check: Option<&CheckId>, file: &EvidenceFile) {
        let entry = ManifestEntry::new(gate, check, file.clone(), &self.policy.retention);
        let mut manifest = self.manifest.lock().unwrap_or_else(PoisonError::into_inner);
        manifest.push(entry);
    }

    /// Records further events of this run.
    ///
    /// # Errors
    /// When they cannot be recorded.
    pub async fn append(&self, events: Vec<Event>) -> Result<(), Failure> {
        let (new, _) = history::fold(&events);
        self.outbox.note(&events)?;
        self.recorder
            .record(events)
            .await
            .map_err(ledgers::failure)?;
        let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        facts.extend(new);
        Ok(())
    }

    /// The release as it stands now, seen from this run.
    pub fn verdict(&self) -> Verdict {
        let facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        judge(&self.policy, &facts, &self.viewpoint(), Timestamp::now())
    }

    /// What is known by now of the tests that a rule judges.
    pub fn journey_facts(&self, rule: &JourneysRule) -> JourneyFacts {
        let facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        JourneyFacts {
            journeys: self.policy.journeys.clone(),
            sources: journeys::sources(
                &self.policy,
                &facts,
                &self.viewpoint(),
                rule,
                Timestamp::now(),
            ),
        }
    }

    fn viewpoint(&self) -> Viewpoint {
        match &self.tree {
            Tree::Clean => Viewpoint::Ledger,
            Tree::Dirty(_) => Viewpoint::DirtyRun(self.run.clone()),
        }
    }

    /// The release as it stands now, seen from outside any run.
    pub fn standing(&self) -> Verdict {
        judge(
            &self.policy,
            &self.facts(),
            &Viewpoint::Ledger,
            Timestamp::now(),
        )
    }

    /// Everything that is known of the release by now.
    pub fn facts(&self) -> Facts {
        let facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        facts.clone()
    }

    /// What writes the events of this run.
    pub fn writer(&self) -> &EventWriter {
        &self.writer
    }

    /// The run's folder as users would type it.
    pub fn shown_folder(&self) -> String {
        self.shown_folder.clone()
    }

    /// What a server is still to be told.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Tells a server what it does not have yet, and the reporters what could not be told.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn deliver(&self) -> Result<Delivery, Failure> {
        let delivery = self.outbox.deliver(&*self.ledger).await?;
        for message in delivery.notes.iter().cloned() {
            if !self.is_watched {
                tracing::warn!("{message}");
            }
            self.tell(RunEvent::Warning { message });
        }
        Ok(delivery)
    }

    /// Ends a recording whose verdict stands by itself: see [`Self::end`].
    ///
    /// # Errors
    /// As [`Self::end`]; and where the policy lets nothing pass that a server does not have.
    pub async fn close(self, end: RunEnd) -> Result<(), Failure> {
        let delivery = self.deliver().await?;
        let demanded = self.outbox.demand(&delivery);
        self.end(end).await?;
        demanded
    }

    /// Writes the run's files, tells a server and the reporters the end, and lays the ledger to
    /// rest.
    ///
    /// # Errors
    /// When a file cannot be written; the results are in the ledger all the same.
    pub async fn end(self, end: RunEnd) -> Result<(), Failure> {
        self.deliver().await?;
        self.bind_ledger().await?;
        self.write_manifest()?;
        self.tell(RunEvent::Finished(Arc::new(end)));
        self.place.folder.tidy();
        self.ledger.close().await.map_err(ledgers::failure)
    }

    /// Writes nothing but the manifest, with the ledger as it is now, and lays the ledger to rest.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub async fn seal(self) -> Result<(), Failure> {
        self.bind_ledger().await?;
        self.write_manifest()?;
        self.place.folder.tidy();
        self.ledger.close().await.map_err(ledgers::failure)
    }

    /// In GitHub Actions the release's ledger travels with the evidence of the run, and the
    /// manifest binds it.
    async fn bind_ledger(&self) -> Result<(), Failure> {
        if self.writer.actions.is_none() {
            return Ok(());
        }
        let mut pack = Vec::new();
        pack::export(&*self.ledger, Some(self.writer.release.id()), &mut pack)
            .await
            .map_err(|error| Failure::unreachable(error.to_string()))?;
        let folder = &self.place.folder;
        folder.write(LEDGER_PACK, &pack).map_err(unwritable)?;
        let entry = ManifestEntry::ledger(&pack, LEDGER_PACK, &self.policy.retention);
        let mut manifest = self.manifest.lock().unwrap_or_else(PoisonError::into_inner);
        manifest.push(entry);
        Ok(())
    }

    fn write_manifest(&self) -> Result<(), Failure> {
        let manifest = run_files::json(&self.manifest())?;
        let written = self.place.folder.write("manifest.json", &manifest);
        written.map(drop).map_err(unwritable)
    }

    fn manifest(&self) -> Manifest {
        let release = &self.writer.release;
        let mut files = self
            .manifest
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        files.sort_by(|a, b| a.file.path.cmp(&b.file.path));
        Manifest {
            schema: MANIFEST_SCHEMA.to_owned(),
            run: self.run.clone(),
            release: release.id(),
            repository: release.repository.clone(),
            sha: release.sha.clone(),
            dirty: self.tree.is_dirty(),
            files,
        }
    }
}

/// A fault of the evidence directory as users read it.
pub fn unwritable(error: StoreError) -> Failure {
    Failure::unreachable(error.to_string())
        .hint("the evidence directory must be a directory that can be written; see `evidence.directory` in the policy")
}

/// Takes the lock; when another run holds it, says so and waits for its end.
async fn hold(lock: RunLock, reporters: &Reporters, stop: &Stop) -> Result<Held, Failure> {
    let holder = format!("pid {} since {:.0}", std::process::id(), Timestamp::now());
    let (lock, other) = match lock.try_hold(&holder).map_err(unwritable)? {
        Ok(held) => return Ok(held),
        Err(taken) => taken,
    };
    let message =
        format!("another run ({other}) is going on in this directory; waiting for its end");
    reporters.tell(RunEvent::Warning { message });
    let waiting = tokio::task::spawn_blocking(move || lock.hold(&holder));
    tokio::select! {
        waited = waiting => waited
            .map_err(|error| Failure::unreachable(error.to_string()))?
            .map_err(unwritable),
        () = stop.token().cancelled() => Err(Failure::interrupted(
            "interrupted while waiting for the other run; nothing was run",
        )),
    }
}

/// Ends what a run that was killed outright left running here: it must not work beside this one.
fn end_leftovers(directory: &EvidenceDirectory, reporters: &Reporters) {
    let ended = exec::end_leftovers("TOLLGATE_EVIDENCE_DIR", directory.path());
    if ended > 0 {
        let message = format!(
            "an earlier run was killed and left {ended} processes of its checks running; they were ended"
        );
        reporters.tell(RunEvent::Warning { message });
    }
}

fn place(
    project: &Project,
    policy: &Policy,
    directory: &EvidenceDirectory,
    run: &RunId,
) -> Result<Place, Failure> {
    let tree = WorkTree::open(&project.root, &policy.evidence_directory);
    let redactor = redactor(project, policy)?;
    Ok(Place {
        tree: tree
            .map_err(|error| Failure::usage(format!("{}: {error}", project.root.display())))?,
        folder: directory.run_folder(run).map_err(unwritable)?,
        redactor: Arc::new(redactor),
        journeys: Arc::new(policy.journeys.clone()),
    })
}

/// What masks everything that is kept and told of a project.
///
/// # Errors
/// A pattern of the policy that cannot be used.
pub(super) fn redactor(project: &Project, policy: &Policy) -> Result<Redactor, Failure> {
    Redactor::new(&policy.redact, secrets(project, policy))
        .map_err(|error| Failure::usage(format!("redact.patterns: {error}")))
}

/// The values of secret-looking variables: Tollgate's own, and those that checks are given.
fn secrets(project: &Project, policy: &Policy) -> Vec<String> {
    let checks = policy.gates.iter().flat_map(|gate| &gate.checks);
    let given = checks.flat_map(|check| &check.environment);
    let variables = project.settings.environment.iter().chain(given);
    let variables = variables.map(|(name, value)| (name.as_str(), value.as_str()));
    let ledger = match &project.settings.ledger {
        Some(LedgerAddress::Postgres(url)) => Some(("TOLLGATE_LEDGER", url.expose())),
        _ => None,
    };
    redaction::secret_values(variables.chain(ledger))
}

fn writer(project: &Project, run: &RunId, workspace: String) -> EventWriter {
    EventWriter {
        release: project.release.clone(),
        run: run.clone(),
        dirty: project.tree.is_dirty(),
        actor: project.settings.actor(),
        actions: project.settings.actions.clone(),
        environment: project.settings.target.clone(),
        workspace,
    }
}

/// UUIDv7 (RFC 9562): runs sort by time.
fn new_run_id() -> RunId {
    let id = Uuid::now_v7().to_string();
    #[expect(clippy::expect_used, reason = "a UUID is letters, digits and dashes")]
    id.parse().expect("a UUID is a run's id")
}

fn shown(base: &Path, folder: &Path) -> String {
    folder
        .strip_prefix(base)
        .unwrap_or(folder)
        .display()
        .to_string()
}
