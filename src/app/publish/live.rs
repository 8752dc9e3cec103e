//! `checks: live`: a gate's check run is posted when the gate begins, and completed by the one
//! that tells how it ended. What stands on the commit meanwhile proves nothing: it has no external
//! id.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::app::job::Job;
use crate::app::project::Project;
use crate::domain::check_run::{CheckRun, CheckRunState};
use crate::domain::ids::GateId;
use crate::domain::run::{RunEvent, Timed};
use crate::render::{Reporter, check_run};

type Posted = BTreeMap<GateId, JoinHandle<Option<u64>>>;

/// Posts gates as they begin; a clone hears for the same step.
#[derive(Debug, Clone)]
pub struct Live {
    job: Job,
    project: Option<String>,
    posted: Arc<Mutex<Posted>>,
}

impl Live {
    /// Posts with the token of a job.
    pub fn new(job: &Job, project: &Project) -> Self {
        Self {
            job: job.clone(),
            project: project.name_in_check_runs(),
            posted: Arc::default(),
        }
    }

    /// The check runs that were posted; a gate whose check run could not be is left out.
    pub async fn check_runs(&self) -> BTreeMap<GateId, u64> {
        let posted = std::mem::take(&mut *self.lock());
        let mut ids = BTreeMap::new();
        for (gate, posting) in posted {
            if let Ok(Some(id)) = posting.await {
                ids.insert(gate, id);
            }
        }
        ids
    }

    fn begin(&self, gate: &GateId) {
        let mut posted = self.lock();
        if posted.contains_key(gate) {
            return;
        }
        let run = CheckRun {
            name: check_run::name(gate, self.project.as_deref()),
            head_sha: self.job.head_sha().clone(),
            external_id: None,
            details_url: None,
            state: CheckRunState::InProgress,
            title: "running".to_owned(),
            summary: format!("`{gate}` is being run."),
            text: None,
            annotations: Vec::new(),
        };
        let client = self.job.client.clone();
        let runtime = Handle::current();
        // What can't be posted now is posted at the end, and what goes wrong is said then.
        let post = move || {
            let posted = runtime.block_on(client.create_check_run(&run));
            posted.ok().map(|posted| posted.id)
        };
        posted.insert(gate.clone(), tokio::task::spawn_blocking(post));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Posted> {
        self.posted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reporter for Live {
    fn hear(&mut self, event: &Timed) -> io::Result<()> {
        if let RunEvent::GateStarted { gate, .. } = &event.event {
            self.begin(gate);
        }
        Ok(())
    }
}
