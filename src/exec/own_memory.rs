//! Keeps Tollgate's own secrets from the processes that it starts.

use std::io;

/// Keeps other processes of the same user from reading this process's memory and its first
/// environment through `/proc` or a debugger. To be called once, before anything is run.
///
/// It also means that this process leaves no core dump. It does not stop a process that may read
/// everything (`CAP_SYS_PTRACE`, as root has outside most containers), and it does not cover the
/// process that started Tollgate: a shell with a token in its own environment can still be read.
/// Does nothing outside Linux.
///
/// # Errors
/// The system refused. <https://man7.org/linux/man-pages/man2/PR_SET_DUMPABLE.2const.html>
pub fn protect_own_memory() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}
