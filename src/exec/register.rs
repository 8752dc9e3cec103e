//! Which child processes of this process belong to which running command.
//!
//! One register for the whole process, because the kernel hands orphans to the process and not to
//! a value in it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use rustix::process::{Pid, getpid};

/// The environment variable that marks all that a command starts, however far it strays.
pub(super) const MARKER: &str = "TOLLGATE_PROCESS";

/// What [`MARKER`] holds: the path of commands from an outer Tollgate to this one, `12.1/345.7`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Marker(String);

impl Marker {
    /// Makes the marker of a command within the one that this process itself runs in, if any.
    pub(super) fn within(outer: Option<&str>, own: &str) -> Self {
        match outer {
            Some(outer) if !outer.is_empty() => Self(format!("{outer}/{own}")),
            _ => Self(own.to_owned()),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a process with this value was started by the marked command, directly or through
    /// another Tollgate.
    pub(super) fn covers(&self, value: &[u8]) -> bool {
        match value.strip_prefix(self.0.as_bytes()) {
            Some(rest) => rest.is_empty() || rest.starts_with(b"/"),
            None => false,
        }
    }
}

/// A running command. Its process group has the id of its main process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Running {
    pub(super) main: Pid,
    pub(super) marker: Marker,
}

/// The running commands of this process.
#[derive(Default)]
pub(super) struct Register {
    /// Held for reading while a process is born and entered, for writing to look at orphans. So no
    /// process that is just being born is taken for an orphan.
    births: RwLock<()>,
    running: Mutex<Vec<Running>>,
    /// Processes that cannot be ended.
    given_up: Mutex<Vec<Pid>>,
    count: AtomicU64,
}

impl Register {
    /// The register of this process. The first call makes this process adopt its orphans.
    pub(super) fn of_this_process() -> &'static Self {
        static REGISTER: OnceLock<Register> = OnceLock::new();
        REGISTER.get_or_init(|| {
            adopt_orphans();
            Self::default()
        })
    }

    /// Makes a new marker for a command.
    pub(super) fn new_marker(&self, outer: Option<&str>) -> Marker {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        Marker::within(outer, &format!("{}.{count}", getpid()))
    }

    /// Starts a process and enters it.
    pub(super) fn enter<T, E>(
        &self,
        marker: &Marker,
        start: impl FnOnce() -> Result<(Pid, T), E>,
    ) -> Result<(Running, T), E> {
        let _born = self.births.read().unwrap_or_else(PoisonError::into_inner);
        let (main, rest) = start()?;
        let marker = marker.clone();
        let running = Running { main, marker };
        self.lock().push(running.clone());
        Ok((running, rest))
    }

    /// Takes out a command whose main process was reaped.
    pub(super) fn leave(&self, running: &Running) {
        self.lock().retain(|other| other != running);
    }

    /// Whether a process is the main process of a running command.
    pub(super) fn knows(&self, process: Pid) -> bool {
        self.lock().iter().any(|running| running.main == process)
    }

    /// Does something while no process is being born, given all running commands.
    pub(super) fn between_births<T>(&self, act: impl FnOnce(&[Running]) -> T) -> T {
        let _quiet = self.births.write().unwrap_or_else(PoisonError::into_inner);
        let running = self.lock().clone();
        act(&running)
    }

    /// Notes that a process cannot be ended, so that nobody waits for it again.
    pub(super) fn give_up(&self, process: Pid) {
        self.given_up().push(process);
    }

    /// Whether a process was found to be beyond ending.
    pub(super) fn gave_up(&self, process: Pid) -> bool {
        self.given_up().contains(&process)
    }

    fn given_up(&self) -> MutexGuard<'_, Vec<Pid>> {
        self.given_up.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes this process the parent of every descendant that loses its own.
fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_child_subreaper(Some(getpid())) {
        tracing::warn!(%error, "orphaned processes of checks cannot be adopted");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_covers_itself_and_what_is_within_it() {
        let marker = Marker::within(None, "12.1");
        assert!(marker.covers(b"12.1"));
        assert!(marker.covers(b"12.1/345.7"));
        assert!(!marker.covers(b"12.10"));
        assert!(!marker.covers(b"12"));
        assert!(!marker.covers(b""));
        assert!(!marker.covers(b"9.9/12.1"));
    }

    #[test]
    fn a_marker_stands_within_the_outer_one() {
        assert_eq!(Marker::within(Some("12.1"), "3.4").as_str(), "12.1/3.4");
        assert_eq!(Marker::within(Some(""), "3.4").as_str(), "3.4");
        assert_eq!(Marker::within(None, "3.4").as_str(), "3.4");
    }
}
