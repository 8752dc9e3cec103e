//! Finds what a command left behind: processes that lost their parent and became ours.
//!
//! Every living descendant of a command hangs, through its parents, under a direct child of this
//! process (`PR_SET_CHILD_SUBREAPER`, prctl(2)). So when no direct child belongs to a command any
//! more, nothing of it is left. Adopted children are listed under the main thread. Processes that
//! this process starts itself without a group of their own are never touched.

use rustix::process::{Pid, WaitOptions, getpid, waitpid};

use crate::exec::process_table::{Mark, Status, adopted, mark_of};
use crate::exec::register::{Family, Register, Running};

/// A process that a command left behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Orphan {
    pub(super) process: Pid,
    /// Its process group; none when that lies outside of our PID namespace.
    pub(super) group: Option<Pid>,
}

/// Whose an orphan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// The running command with this main process.
    Command(Pid),
    /// This process started it for itself.
    Ourselves,
    /// No running command that can be told.
    Nobody,
    /// It does not matter, since it is about to be dead.
    Dying,
}

/// Finds the living orphans of a command, and reaps every dead orphan on the way.
///
/// An orphan without any mark, which took off its environment, cannot be told from another
/// command's: it counts as this one's when no other command is running.
pub(super) fn orphans_of(running: &Running, register: &Register) -> Vec<Orphan> {
    // The quick look comes first: it does not wait for other commands to start.
    if register.between_deaths(|family| strangers(family).is_empty()) {
        return Vec::new();
    }
    register.between_births(|family| {
        loop {
            // What was reaped may have left children of its own after the list was made.
            if let Some(orphans) = survey(running, family) {
                return orphans;
            }
        }
    })
}

/// Looks at all strangers once; none when some were reaped, so that it has to be done again.
fn survey(running: &Running, family: &mut Family) -> Option<Vec<Orphan>> {
    let mut orphans = Vec::new();
    let mut reaped = false;
    for process in strangers(family) {
        let Some(status) = Status::read(process) else {
            continue;
        };
        let owner = owner(process, &status, family);
        if status.is_zombie && owner != Owner::Ourselves && reap(process) {
            family.forget(process);
            reaped = true;
        } else if is_for(running, owner, family) && !family.given_up.contains(&process) {
            let group = status.group;
            orphans.push(Orphan { process, group });
        }
    }
    (!reaped).then_some(orphans)
}

/// The adopted children that are not the main process of a running command.
fn strangers(family: &Family) -> Vec<Pid> {
    let mut adopted = adopted();
    adopted.retain(|process| !family.is_main(*process));
    adopted
}

fn reap(process: Pid) -> bool {
    matches!(waitpid(Some(process), WaitOptions::NOHANG), Ok(Some(_)))
}

/// Whether a command has to see to the end of an orphan.
fn is_for(running: &Running, owner: Owner, family: &Family) -> bool {
    match owner {
        Owner::Command(main) => main == running.main,
        Owner::Dying => true,
        Owner::Nobody => family.running.len() == 1,
        Owner::Ourselves => false,
    }
}

/// Tells whose a stranger is, by its mark first, then by its group. What was told once stays: a
/// dying process has no mark any more.
fn owner(process: Pid, status: &Status, family: &mut Family) -> Owner {
    if let Some(main) = family.orphans.get(&process) {
        return Owner::Command(*main);
    }
    let mark = match status.is_zombie {
        true => Mark::Absent,
        false => mark_of(process),
    };
    if let Some(main) = family.command_of(&mark, status.group) {
        family.orphans.insert(process, main);
        return Owner::Command(main);
    }
    match mark {
        _ if Status::read(getpid()).is_some_and(|own| own.group == status.group) => {
            Owner::Ourselves
        }
        Mark::Dying => Owner::Dying,
        Mark::Found(_) | Mark::Absent => Owner::Nobody,
    }
}
