//! Finds what a command left behind: processes that lost their parent and became ours.
//!
//! Every living descendant of a command hangs, through its parents, under a direct child of this
//! process (`PR_SET_CHILD_SUBREAPER`, prctl(2)). So when no direct child belongs to a command any
//! more, nothing of it is left. Adopted children are listed under the main thread. Processes that
//! this process starts itself without a group of their own are never touched.

use std::fs;

use rustix::process::{Pid, WaitOptions, getpgrp, getpid, waitpid};

use crate::exec::register::{MARKER, Register, Running};

/// A process that a command left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Orphan {
    pub(super) process: Pid,
    pub(super) group: Pid,
}

/// Finds the living orphans of a command, and reaps every dead orphan on the way.
///
/// An orphan without any mark, which took off its environment, cannot be told from another
/// command's: it counts as this one's when no other command is running.
pub(super) fn orphans_of(running: &Running, register: &Register) -> Vec<Orphan> {
    if adopted().iter().all(|process| register.knows(*process)) {
        return Vec::new();
    }
    register.between_births(|all| {
        let is_main = |process: &Pid| all.iter().any(|other| other.main == *process);
        adopted()
            .into_iter()
            .filter(|process| !is_main(process))
            .filter_map(|process| living(process, all))
            .filter(|(orphan, _)| !register.gave_up(orphan.process))
            .filter(|(_, owner)| match owner {
                Owner::Command(main) => *main == running.main,
                Owner::Nobody => all.iter().all(|other| other == running),
                Owner::Ourselves => false,
            })
            .map(|(orphan, _)| orphan)
            .collect()
    })
}

/// Whose a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// The running command with this main process.
    Command(Pid),
    /// This process started it for itself.
    Ourselves,
    /// No running command that can be told.
    Nobody,
}

/// Looks at an unknown child, and reaps it when it is dead.
fn living(process: Pid, all: &[Running]) -> Option<(Orphan, Owner)> {
    let Status { group, state, .. } = Status::read(process)?;
    let marker = marker_of(process);
    let owner = owner(group, marker.as_deref(), all);
    let reaped = state == b'Z'
        && owner != Owner::Ourselves
        && matches!(waitpid(Some(process), WaitOptions::NOHANG), Ok(Some(_)));
    (!reaped).then_some((Orphan { process, group }, owner))
}

fn owner(group: Pid, marker: Option<&[u8]>, all: &[Running]) -> Owner {
    let marked = |running: &&Running| marker.is_some_and(|value| running.marker.covers(value));
    let in_group = |running: &&Running| running.main == group;
    let command = all
        .iter()
        .find(marked)
        .or_else(|| all.iter().find(in_group));
    match command {
        Some(running) => Owner::Command(running.main),
        None if group == getpgrp() => Owner::Ourselves,
        None => Owner::Nobody,
    }
}

/// The children of this process's main thread, which are the adopted ones and perhaps some more.
fn adopted() -> Vec<Pid> {
    let me = getpid();
    match fs::read_to_string(format!("/proc/self/task/{me}/children")) {
        Ok(list) => list.split_whitespace().filter_map(parse_id).collect(),
        Err(_) => all_children(me),
    }
}

/// The children of a process, the slow way: some kernels list none (`CONFIG_PROC_CHILDREN`).
fn all_children(parent: Pid) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| parse_id(entry.file_name().to_str()?))
        .filter(|process| {
            Status::read(*process).is_some_and(|status| status.parent == Some(parent))
        })
        .collect()
}

fn parse_id(text: &str) -> Option<Pid> {
    text.parse().ok().and_then(Pid::from_raw)
}

/// The parts of `/proc/PID/stat` that matter here.
#[derive(Debug, PartialEq, Eq)]
struct Status {
    state: u8,
    parent: Option<Pid>,
    group: Pid,
}

impl Status {
    fn read(process: Pid) -> Option<Self> {
        Self::parse(&fs::read(format!("/proc/{process}/stat")).ok()?)
    }

    /// Parses `PID (NAME) STATE PARENT GROUP …`; the name may hold anything, brackets too.
    /// <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>
    fn parse(text: &[u8]) -> Option<Self> {
        let name_end = text.iter().rposition(|byte| *byte == b')')?;
        let rest = std::str::from_utf8(&text[name_end + 1..]).ok()?;
        let mut fields = rest.split_ascii_whitespace();
        Some(Self {
            state: *fields.next()?.as_bytes().first()?,
            parent: parse_id(fields.next()?),
            group: parse_id(fields.next()?)?,
        })
    }
}

/// What [`MARKER`] holds in a process's environment, as far as that may be read.
fn marker_of(process: Pid) -> Option<Vec<u8>> {
    let environment = fs::read(format!("/proc/{process}/environ")).ok()?;
    find_marker(&environment).map(<[u8]>::to_vec)
}

fn find_marker(environment: &[u8]) -> Option<&[u8]> {
    environment
        .split(|byte| *byte == 0)
        .find_map(|variable| variable.strip_prefix(MARKER.as_bytes())?.strip_prefix(b"="))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::register::Marker;

    fn id(raw: i32) -> Pid {
        Pid::from_raw(raw).unwrap()
    }

    fn running(main: i32, marker: &str) -> Running {
        Running {
            main: id(main),
            marker: Marker::within(None, marker),
        }
    }

    #[test]
    fn a_name_with_brackets_and_spaces_is_parsed() {
        let status = |state, parent, group| {
            Some(Status {
                state,
                parent: Pid::from_raw(parent),
                group: id(group),
            })
        };
        assert_eq!(Status::parse(b"7 (sh) S 1 5 5 0 -1"), status(b'S', 1, 5));
        assert_eq!(Status::parse(b"7 (a) R 9 (b)) Z 0 5"), status(b'Z', 0, 5));
        assert_eq!(Status::parse(b"7 (\xff) S 1 5 5"), status(b'S', 1, 5));
        assert_eq!(Status::parse(b"7 (sh) S 1"), None);
        assert_eq!(Status::parse(b""), None);
    }

    #[test]
    fn the_marker_is_found_among_other_variables() {
        assert_eq!(
            find_marker(b"A=1\0TOLLGATE_PROCESS=2.3\0B=\0"),
            Some(&b"2.3"[..])
        );
        assert_eq!(find_marker(b"TOLLGATE_PROCESSOR=2.3\0"), None);
        assert_eq!(find_marker(b"X=TOLLGATE_PROCESS=2.3\0"), None);
        assert_eq!(find_marker(b""), None);
    }

    #[test]
    fn an_owner_is_told_by_mark_then_by_group() {
        let all = [running(10, "1.1"), running(20, "1.2")];
        let own = getpgrp();
        let far = id(i32::MAX);
        assert_eq!(owner(far, Some(b"1.2"), &all), Owner::Command(id(20)));
        assert_eq!(owner(far, Some(b"1.2/8.8"), &all), Owner::Command(id(20)));
        assert_eq!(owner(id(10), None, &all), Owner::Command(id(10)));
        assert_eq!(owner(id(10), Some(b"1.2"), &all), Owner::Command(id(20)));
        assert_eq!(owner(own, Some(b"1.1"), &all), Owner::Command(id(10)));
        assert_eq!(owner(own, None, &all), Owner::Ourselves);
        assert_eq!(owner(far, None, &all), Owner::Nobody);
        assert_eq!(owner(far, Some(b"7.7"), &all), Owner::Nobody);
    }

    #[test]
    fn the_slow_way_finds_a_child_too() {
        let mut child = std::process::Command::new("cat")
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let found = all_children(getpid()).contains(&Pid::from_child(&child));
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(found);
    }
}
