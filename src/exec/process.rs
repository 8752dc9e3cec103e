//! Runs commands as real processes.

use std::ffi::OsStr;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::exec::child::Child;
use crate::exec::launch::{Launch, Shell};
use crate::exec::output::Output;
use crate::exec::process_table::MARKER;
use crate::exec::register::Register;
use crate::exec::{Command, Ending, Exec, Finished, NotStarted, NotStartedKind, OutputSink};

/// How long a command has after TERM before it is killed.
pub const GRACE: Duration = Duration::from_secs(5);

/// Runs commands as real processes. Needs a tokio runtime with IO and time.
///
/// The first one makes this process adopt orphaned descendants. From then on, whatever this
/// process starts in a process group of its own has to be started here, or it may be taken for an
/// orphan; children in this process's own group are left alone.
#[derive(Clone, Debug)]
pub struct ProcessExec {
    shell: Option<Shell>,
    grace: Duration,
}

impl ProcessExec {
    /// Makes a runner that found its shell in a `PATH`; `grace` is the time from TERM to KILL,
    /// [`GRACE`] but in tests.
    pub fn new(search_path: Option<&OsStr>, grace: Duration) -> Self {
        Register::of_this_process();
        let shell = Shell::find(search_path);
        Self { shell, grace }
    }

    async fn run_process(
        &self,
        command: &Command,
        sink: &mut dyn OutputSink,
        cancellation: &CancellationToken,
    ) -> Ending {
        if cancellation.is_cancelled() {
            return Ending::Cancelled;
        }
        let (child, mut output) = match self.start(command) {
            Ok(started) => started,
            Err(reason) => return Ending::NotStarted(reason),
        };
        let ending = tokio::select! {
            biased;
            ending = child.supervise(command.time_out, self.grace, cancellation) => ending,
            never = output.stream(sink) => match never {},
        };
        output.drain(sink);
        ending
    }

    fn start(&self, command: &Command) -> Result<(Child, Output), NotStarted> {
        let register = Register::of_this_process();
        let launch = Launch::resolve(command, self.shell.as_ref())?;
        let deaths = deaths()?;
        let outer = command.environment.get(MARKER).and_then(OsStr::to_str);
        let marker = register.new_marker(outer);
        let (running, output) =
            register.enter(&marker, || launch.start(&command.environment, &marker))?;
        Ok((Child::new(running, register, deaths), output))
    }
}

impl Exec for ProcessExec {
    fn run<'a>(
        &'a self,
        command: &'a Command,
        sink: &'a mut dyn OutputSink,
        cancellation: &'a CancellationToken,
    ) -> BoxFuture<'a, Finished> {
        Box::pin(async move {
            let started = Instant::now();
            let ending = self.run_process(command, sink, cancellation).await;
            let duration = started.elapsed();
            Finished { ending, duration }
        })
    }
}

fn deaths() -> Result<Signal, NotStarted> {
    signal(SignalKind::child()).map_err(|error| NotStarted {
        kind: NotStartedKind::Other,
        message: format!("the ends of child processes cannot be watched: {error}"),
    })
}
