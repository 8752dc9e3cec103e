//! Child processes for checks: started, watched, streamed and ended without a trace.
//!
//! A command runs in a process group of its own, with nothing on its standard input and a scrubbed
//! environment. Standard output and standard error share one pipe, so their order is kept, and go
//! to an [`OutputSink`] chunk by chunk; nothing is gathered here. When the command's main process
//! ends, or its time is over, or it is cancelled, everything that it started ends with it.
//!
//! What this cannot stop: a process that runs as another user (through `sudo`, say) may refuse our
//! signals, a container started through a daemon belongs to that daemon, and outside Linux a
//! process that leaves its group is not found again.

mod child;
mod environment;
mod launch;
mod leftovers;
mod orphans;
mod output;
mod own_memory;
mod process;
mod process_table;
mod register;
mod scripted;
mod tail;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use futures_util::future::BoxFuture;
use thiserror::Error;
use tokio_util::sync::CancellationToken;

pub use environment::Environment;
pub use leftovers::end_leftovers;
pub use own_memory::protect_own_memory;
pub use process::{GRACE, ProcessExec};
pub use scripted::{Script, ScriptedExec};
pub use tail::{Kept, Tail};

/// Runs commands: [`ProcessExec`] as real processes, [`ScriptedExec`] as a test has written down.
pub trait Exec: Send + Sync {
    /// Runs one command to its end and hands its output to `sink` as it comes.
    ///
    /// Never fails: what went wrong is the [`Ending`]. Cancelling does what a time-out does.
    /// Dropping the future kills the command and all that it started.
    fn run<'a>(
        &'a self,
        command: &'a Command,
        sink: &'a mut dyn OutputSink,
        cancellation: &'a CancellationToken,
    ) -> BoxFuture<'a, Finished>;
}

/// Takes a command's output, standard output and standard error in the order they were written.
pub trait OutputSink: Send {
    /// Takes the next chunk: 1 byte to 64 KiB, cut anywhere, of any encoding.
    ///
    /// The command waits (its pipe fills up) until this returns.
    fn chunk(&mut self, bytes: &[u8]);
}

/// One command to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What is run.
    pub program: Program,
    /// The directory it is run in.
    pub directory: PathBuf,
    /// All of its environment variables: nothing else is inherited.
    pub environment: Environment,
    /// How long it may take before it is ended.
    pub time_out: Duration,
}

/// What a command runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// A script, run by `bash -eo pipefail -c`, or by `sh -e -c` where there is no bash.
    Shell(String),
    /// A program and its arguments, run as they are. A name without `/` is looked up in the
    /// `PATH` of the command's environment.
    Direct(Vec<String>),
}

impl Program {
    /// Makes a script for the shell.
    pub fn shell(script: impl Into<String>) -> Self {
        Self::Shell(script.into())
    }

    /// Makes a program with its arguments.
    pub fn direct(arguments: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::Direct(arguments.into_iter().map(Into::into).collect())
    }
}

/// How a command went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub ending: Ending,
    /// How long it took, from before its start until nothing of it was left.
    pub duration: Duration,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It exited with this code. A shell exits with 127 when it did not find a program.
    Exited(i32),
    /// It died of this signal, without our doing.
    Signalled(i32),
    /// Its time was over, so it was ended.
    TimedOut,
    /// It was cancelled, so it was ended or not even started.
    Cancelled,
    /// It could not be started, so nothing of it ran.
    NotStarted(NotStarted),
    /// It ended, but something else in this process took its exit status.
    Lost,
}

/// Why a command could not be started.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct NotStarted {
    /// What kind of reason it is.
    pub kind: NotStartedKind,
    /// What happened and what to do next, for a person to read.
    pub message: String,
}

/// What kind of reason kept a command from starting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotStartedKind {
    /// The program, or the interpreter that its first line names, is not there.
    ToolMissing,
    /// The working directory is not there.
    NoDirectory,
    /// Anything else: no permission, no more processes, a script that is too long.
    Other,
}
