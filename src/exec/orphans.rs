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
        let is_alone = family.running.len() == 1;
        let strangers = strangers(family).into_iter();
        strangers
            .filter_map(|process| look_at(process, family))
            .filter(|(_, owner)| match owner {
                Owner::Command(main) => *main == running.main,
                Owner::Dying => true,
                Owner::Nobody => is_alone,
                Owner::Ourselves => false,
            })
            .map(|(orphan, _)| orphan)
            .collect()
    })
}

/// The adopted children that are not the main process of a running command.
fn strangers(family: &Family) -> Vec<Pid> {
    let mut adopted = adopted();
    adopted.retain(|process| !family.is_main(*process));
    adopted
}

/// Looks at a stranger, and reaps it when it is dead.
fn look_at(process: Pid, family: &mut Family) -> Option<(Orphan, Owner)> {
    let status = Status::read(process)?;
    let group = status.group;
    let owner = owner(process, &status, family);
    if status.is_zombie
        && owner != Owner::Ourselves
        && matches!(waitpid(Some(process), WaitOptions::NOHANG), Ok(Some(_)))
    {
        family.forget(process);
        return None;
    }
    let is_given_up = family.given_up.contains(&process);
    (!is_given_up).then_some((Orphan { process, group }, owner))
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
