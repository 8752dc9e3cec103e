//! What happens while gates are run: one stream of events, many reporters.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::check::CheckResult;
use super::delivery::promotion::EnvironmentVerdict;
use super::gate::verdict::{GateVerdict, Verdict};
use super::ids::{CheckId, CheckRef, GateId, RunId};
use super::reason::Reason;
use super::release::Release;
use super::status::GateStatus;

/// How the work tree stands to the commit when a run starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// It is the commit.
    Clean,
    /// It is not, and why.
    Dirty(String),
}

impl Tree {
    /// Tells whether results made in it count for their own run only.
    pub fn is_dirty(&self) -> bool {
        matches!(self, Self::Dirty(_))
    }
}

/// Something that happened, and when.
#[derive(Debug, Clone)]
pub struct Timed {
    /// By this machine's clock.
    pub at: Timestamp,
    /// What.
    pub event: RunEvent,
}

/// What a reporter hears. Texts in it are masked already.
#[derive(Debug, Clone)]
pub enum RunEvent {
    /// The run begins.
    Started(Arc<RunStart>),
    /// A gate opens, and its checks will be run.
    GateStarted {
        /// Which.
        gate: GateId,
        /// Its checks, as written.
        checks: Vec<CheckId>,
    },
    /// A gate lets through by what was known before for this commit, and is not run again.
    GateReused {
        /// Which.
        gate: GateId,
        /// Whether it had passed or is waived.
        status: GateStatus,
    },
    /// A gate stays shut.
    GateBlocked {
        /// Which.
        gate: GateId,
        /// What it waits for.
        reasons: Vec<Reason>,
    },
    /// An attempt at a check begins.
    CheckStarted {
        /// Which.
        check: CheckRef,
        /// From 1.
        attempt: u32,
    },
    /// A check printed something: whole lines where possible, masked.
    CheckOutput {
        /// Which.
        check: CheckRef,
        /// What, with its line ends.
        text: Arc<str>,
    },
    /// An attempt failed and will be repeated.
    CheckRetried {
        /// Which.
        check: CheckRef,
        /// The attempt that failed, from 1.
        attempt: u32,
        /// Why it failed.
        reasons: Vec<Reason>,
    },
    /// A check ended, and its result is in the ledger.
    CheckFinished {
        /// Which.
        check: CheckRef,
        /// How.
        result: Arc<CheckResult>,
    },
    /// A gate was run to its end.
    GateFinished {
        /// How it stands.
        verdict: Arc<GateVerdict>,
        /// How long its checks took, side by side.
        duration: Duration,
    },
    /// Whether the release may go to an environment was judged; the run was for that.
    EnvironmentJudged {
        /// How it stands.
        verdict: Arc<EnvironmentVerdict>,
    },
    /// Something is odd, and the run goes on.
    Warning {
        /// What, where, and what to do.
        message: String,
    },
    /// The run is over.
    Finished(Arc<RunEnd>),
}

/// What is known when a run begins.
#[derive(Debug, Clone)]
pub struct RunStart {
    /// The run.
    pub run: RunId,
    /// The release.
    pub release: Release,
    /// The project's name in the policy.
    pub project: String,
    /// The work tree.
    pub tree: Tree,
    /// The gates that were asked for and all that they require, in order.
    pub plan: Vec<GateId>,
}

/// What is known when a run is over.
#[derive(Debug, Clone)]
pub struct RunEnd {
    /// The release as it stands now, seen from this run.
    pub verdict: Verdict,
    /// From start to end.
    pub duration: Duration,
    /// Whether a person or the system ended it early.
    pub ending: RunEnding,
    /// Where the run's files lie, as users would type it.
    pub folder: String,
}

/// Why a run is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunEnding {
    /// Everything that could be run was.
    Complete,
    /// SIGINT or SIGTERM.
    Interrupted,
    /// The policy's time for the pipeline was used up.
    OutOfTime,
}
