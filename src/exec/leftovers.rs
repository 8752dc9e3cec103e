//! Processes that a run which was killed outright (`kill -9`, out of memory) left behind.

use std::collections::HashSet;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

use super::process_table::MARKER;

/// Ends every process that was started for a check and whose environment holds `name=value`, and
/// gives their number. This process and those that it was started by are left alone. To be called
/// by a run that alone may start such processes (it holds the run lock of its evidence directory).
///
/// Does nothing outside Linux, nor to processes whose environment may not be read.
pub fn end_leftovers(name: &str, value: &Path) -> usize {
    let mut wanted = name.as_bytes().to_vec();
    wanted.push(b'=');
    wanted.extend_from_slice(value.as_os_str().as_bytes());
    let own = own_line();
    let is_left = |process: &Pid| !own.contains(process) && was_started_for(*process, &wanted);
    let left = processes().into_iter().filter(is_left);
    // One that is gone by now needs no ending.
    left.filter(|process| kill_process(*process, Signal::KILL).is_ok())
        .count()
}

fn processes() -> Vec<Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| pid(entry.file_name().to_str()?))
        .collect()
}

fn pid(text: &str) -> Option<Pid> {
    Pid::from_raw(text.parse().ok()?)
}

/// This process and all above it.
fn own_line() -> HashSet<Pid> {
    let mut line = HashSet::new();
    let mut next = Some(rustix::process::getpid());
    while let Some(process) = next.filter(|process| line.insert(*process)) {
        next = parent(process);
    }
    line
}

/// The fourth field of `/proc/PID/stat`; the second may hold anything, brackets too.
/// <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>
fn parent(process: Pid) -> Option<Pid> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    pid(stat.rsplit_once(')')?.1.split_whitespace().nth(1)?)
}

fn was_started_for(process: Pid, wanted: &[u8]) -> bool {
    let environment = fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
    let variables = || environment.split(|byte| *byte == 0);
    let is_mark = |variable: &[u8]| {
        variable
            .strip_prefix(MARKER.as_bytes())
            .is_some_and(|rest| rest.starts_with(b"="))
    };
    variables().any(is_mark) && variables().any(|variable| variable == wanted)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{Child, Command};

    use super::*;

    fn sleeper(directory: &str) -> std::io::Result<Child> {
        let mut command = Command::new("sleep");
        command
            .arg("1000")
            .env(MARKER, "1.1")
            .env("DIRECTORY", directory)
            .spawn()
    }

    #[test]
    fn only_what_was_started_for_the_same_directory_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().to_str().unwrap();
        let mut left = sleeper(here).unwrap();
        let mut other = sleeper("/somewhere/else").unwrap();
        // A child of this test shows its environment as soon as it has become `sleep`.
        while end_leftovers("DIRECTORY", folder.path()) == 0 {
            std::thread::yield_now();
        }
        assert_eq!(left.wait().unwrap().signal(), Some(9));
        assert!(other.try_wait().unwrap().is_none());
        other.kill().unwrap();
        other.wait().unwrap();
    }
}
