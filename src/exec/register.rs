//! Which child processes of this process belong to which running command.
//!
//! One register for the whole process, because the kernel hands orphans to the process and not to
//! a value in it.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, RwLock};

use rustix::process::{Pid, getpid};

use crate::exec::process_table::Mark;

/// What the variable `TOLLGATE_PROCESS` holds: the path of commands from an outer Tollgate to this
/// one, as in `12.1/345.7`.
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

    /// Whether a process with this mark was started by the marked command, directly or through
    /// another Tollgate.
    fn covers(&self, mark: &[u8]) -> bool {
        match mark.strip_prefix(self.0.as_bytes()) {
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

/// The children of this process, as far as they concern commands.
///
/// An id in here stays good: no child's id is given to another process before we reap it.
#[derive(Default)]
pub(super) struct Family {
    pub(super) running: Vec<Running>,
    /// Orphans, and the main process of the running command that each belongs to.
    pub(super) orphans: HashMap<Pid, Pid>,
    /// Processes that cannot be ended, so that nobody waits for them again.
    pub(super) given_up: HashSet<Pid>,
}

impl Family {
    /// Whether a process is the main process of a running command.
    pub(super) fn is_main(&self, process: Pid) -> bool {
        self.running.iter().any(|running| running.main == process)
    }

    /// Finds the command that a process with this mark and group belongs to.
    pub(super) fn command_of(&self, mark: &Mark, group: Option<Pid>) -> Option<Pid> {
        let has_mark = |running: &&Running| match mark {
            Mark::Found(mark) => running.marker.covers(mark),
            Mark::Absent | Mark::Dying => false,
        };
        let has_group = |running: &&Running| Some(running.main) == group;
        let mut all = self.running.iter();
        let running = all.find(has_mark);
        let running = running.or_else(|| self.running.iter().find(has_group));
        running.map(|running| running.main)
    }

    /// Forgets an orphan that was reaped.
    pub(super) fn forget(&mut self, process: Pid) {
        self.orphans.remove(&process);
        self.given_up.remove(&process);
    }
}

/// The family of this process, and who may look at it when.
#[derive(Default)]
pub(super) struct Register {
    /// Held for reading while a process is born and entered, for writing to look at orphans. So no
    /// process that is just being born is taken for an orphan.
    births: RwLock<()>,
    /// Held while children are listed and while they are reaped: the kernel may leave a child out
    /// of the list when another one is reaped meanwhile (proc_tid_children(5)).
    family: Mutex<Family>,
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
        self.family().running.push(running.clone());
        Ok((running, rest))
    }

    /// Takes out a command, after reaping its main process if that was not done yet.
    pub(super) fn leave(&self, running: &Running, reap: impl FnOnce()) {
        let mut family = self.family();
        reap();
        family.running.retain(|other| other != running);
        family.orphans.retain(|_, main| *main != running.main);
    }

    /// Looks at the family, or reaps a child, while nobody else reaps one.
    pub(super) fn between_deaths<T>(&self, act: impl FnOnce(&mut Family) -> T) -> T {
        act(&mut self.family())
    }

    /// Does the same while no process is being born either.
    pub(super) fn between_births<T>(&self, act: impl FnOnce(&mut Family) -> T) -> T {
        let _quiet = self.births.write().unwrap_or_else(PoisonError::into_inner);
        act(&mut self.family())
    }

    fn family(&self) -> MutexGuard<'_, Family> {
        self.family.lock().unwrap_or_else(PoisonError::into_inner)
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

    #[test]
    fn a_command_is_told_by_mark_then_by_group() {
        let running = |main, marker| Running {
            main: Pid::from_raw(main).unwrap(),
            marker: Marker::within(None, marker),
        };
        let family = Family {
            running: vec![running(10, "1.1"), running(20, "1.2")],
            ..Family::default()
        };
        let command = |group, mark: Option<&str>| {
            let mark = mark.map_or(Mark::Absent, |mark| Mark::Found(mark.into()));
            let main = family.command_of(&mark, Pid::from_raw(group));
            main.map(Pid::as_raw_pid)
        };
        assert_eq!(command(99, Some("1.2")), Some(20));
        assert_eq!(command(99, Some("1.2/8.8")), Some(20));
        assert_eq!(command(10, None), Some(10));
        assert_eq!(command(10, Some("1.2")), Some(20));
        assert_eq!(command(10, Some("7.7")), Some(10));
        assert_eq!(command(99, Some("7.7")), None);
        assert_eq!(command(99, None), None);
        assert_eq!(command(0, None), None);
    }
}
