//! A running command: waits for its end, and ends all that it started.

use std::collections::HashSet;
use std::future::pending;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitOptions, kill_process, kill_process_group, waitid,
    waitpgid, waitpid,
};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::exec::Ending;
use crate::exec::orphans::{Orphan, orphans_of};
use crate::exec::register::{Family, Register, Running};

/// How long killed processes may take to disappear. Only one stuck in the kernel takes as long.
const KILL_LIMIT: Duration = Duration::from_secs(5);

/// How often a dropped command's orphans are looked for: each round ends at least one generation.
const DROP_ROUNDS: usize = 64;

/// A started command. Dropping it kills the command at once.
pub(super) struct Child {
    running: Running,
    register: &'static Register,
    deaths: tokio::signal::unix::Signal,
    /// How the main process ended, once it did.
    end: Option<Ending>,
    /// Whether the main process was waited for. Until then its id cannot be given to another.
    reaped: bool,
    /// Whether all that could be done was done.
    finished: bool,
}

impl Child {
    /// Takes charge of a command that was just started.
    ///
    /// `deaths` reports `SIGCHLD` from before the start on, so that no death goes unseen.
    pub(super) fn new(
        running: Running,
        register: &'static Register,
        deaths: tokio::signal::unix::Signal,
    ) -> Self {
        Self {
            running,
            register,
            deaths,
            end: None,
            reaped: false,
            finished: false,
        }
    }

    /// Waits for the end of the main process, the time-out or the cancellation, whichever comes
    /// first, and returns when nothing of the command is left.
    pub(super) async fn supervise(
        mut self,
        time_out: Duration,
        grace: Duration,
        cancellation: &CancellationToken,
    ) -> Ending {
        let stopped = tokio::select! {
            biased;
            () = self.main_ended() => None,
            () = cancellation.cancelled() => Some(Ending::Cancelled),
            () = sleep(time_out) => Some(Ending::TimedOut),
        };
        if stopped.is_some() {
            self.signal_group(Signal::TERM);
            // A stopped process takes no notice of TERM until it goes on.
            self.signal_group(Signal::CONT);
            let _left_over = timeout(grace, self.all_ended(Signal::TERM)).await;
        }
        self.signal_group(Signal::KILL);
        if timeout(KILL_LIMIT, self.all_ended(Signal::KILL))
            .await
            .is_err()
        {
            self.give_up_all();
        }
        self.finished = true;
        stopped.or(self.end.clone()).unwrap_or(Ending::Lost)
    }

    async fn main_ended(&mut self) {
        while !self.has_main_ended() {
            self.death().await;
        }
    }

    /// Waits until nothing of the command is left, and signals each orphan that turns up and did
    /// not get the signal with its group.
    async fn all_ended(&mut self, signal: Signal) {
        let mut told = HashSet::new();
        loop {
            // The order matters: whatever the main process leaves is an orphan by its end.
            let main_ended = self.has_main_ended();
            let mut orphans = self.orphans();
            for orphan in &orphans {
                let with_group = orphan.group == Some(self.running.main);
                if signal == Signal::KILL || (!with_group && told.insert(*orphan)) {
                    self.signal_process(orphan.process, signal);
                }
            }
            self.register.between_deaths(|family| {
                orphans.retain(|orphan| !family.given_up.contains(&orphan.process));
            });
            if main_ended && orphans.is_empty() {
                return;
            }
            self.death().await;
        }
    }

    /// Waits for the death of any child of this process since the last call.
    async fn death(&mut self) {
        if self.deaths.recv().await.is_none() {
            pending::<()>().await;
        }
    }

    /// Looks whether the main process ended, and leaves it a zombie: while it is one, its process
    /// group is certain to be its own.
    fn has_main_ended(&mut self) -> bool {
        if self.end.is_none() {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            match waitid(WaitId::Pid(self.running.main), options) {
                Ok(Some(status)) => {
                    self.end = Some(ending(status.exit_status(), status.terminating_signal()));
                }
                Ok(None) => {
                    let register = self.register;
                    register.between_deaths(|family| self.reap_group(family));
                }
                Err(Errno::CHILD) => self.was_reaped(Ending::Lost),
                Err(_) => {}
            }
        }
        self.end.is_some()
    }

    /// Reaps the dead orphans of the group, so that a long command leaves no zombies.
    fn reap_group(&mut self, family: &mut Family) {
        while let Ok(Some((process, status))) = waitpgid(self.running.main, WaitOptions::NOHANG) {
            if process == self.running.main {
                return self.was_reaped(ending(status.exit_status(), status.terminating_signal()));
            }
            family.forget(process);
        }
    }

    fn was_reaped(&mut self, end: Ending) {
        self.end = Some(end);
        self.reaped = true;
    }

    fn orphans(&self) -> Vec<Orphan> {
        orphans_of(&self.running, self.register)
    }

    fn signal_group(&self, signal: Signal) {
        // No such process: nothing is left in the group, which is what we want.
        let _gone = kill_process_group(self.running.main, signal);
        if signal == Signal::KILL && self.end.is_none() {
            // It may have left its group.
            self.signal_process(self.running.main, signal);
        }
    }

    fn signal_process(&self, process: Pid, signal: Signal) {
        if let Err(Errno::PERM) = kill_process(process, signal) {
            tracing::warn!(%process, "a check left a process of another user, which runs on");
            self.give_up(process);
        }
    }

    /// Stops waiting for what does not even go when it is killed.
    fn give_up_all(&self) {
        let main = self.end.is_none().then_some(self.running.main);
        for process in self.orphans().iter().map(|it| it.process).chain(main) {
            tracing::warn!(%process, "a check left a process that was killed and does not end");
            self.give_up(process);
        }
    }

    fn give_up(&self, process: Pid) {
        let note = |family: &mut Family| family.given_up.insert(process);
        self.register.between_deaths(note);
    }

    /// Kills all of it without an await, for a command that nobody waits for any more.
    fn kill_now(&mut self) {
        self.signal_group(Signal::KILL);
        await_death(self.running.main);
        for _ in 0..DROP_ROUNDS {
            let orphans = self.orphans();
            if orphans.is_empty() {
                return;
            }
            for orphan in orphans {
                if kill_process(orphan.process, Signal::KILL).is_ok() {
                    await_death(orphan.process);
                }
            }
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if !self.finished {
            self.kill_now();
        }
        self.register.leave(&self.running, || {
            if !self.reaped {
                let _status = waitpid(Some(self.running.main), WaitOptions::NOHANG);
            }
        });
    }
}

/// Waits until a child is dead, and does not reap it. Not being a child counts as dead.
fn await_death(child: Pid) {
    let _status = waitid(
        WaitId::Pid(child),
        WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
    );
}

fn ending(code: Option<i32>, signal: Option<i32>) -> Ending {
    match (code, signal) {
        (Some(code), _) => Ending::Exited(code),
        (None, Some(signal)) => Ending::Signalled(signal),
        (None, None) => Ending::Lost,
    }
}
