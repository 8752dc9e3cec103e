//! What the kernel tells of processes, in `/proc`.

use std::fs;
use std::time::Duration;

use rustix::process::{Pid, getpid};

/// The environment variable that marks all that a command starts, however far it strays.
pub(super) const MARKER: &str = "TOLLGATE_PROCESS";

/// How often, and how far apart, a process is looked at that is just becoming another program.
const EXEC_ROUNDS: usize = 100;
const EXEC_PAUSE: Duration = Duration::from_micros(100);

/// The children of this process's main thread: the adopted ones, and those that it started itself.
pub(super) fn adopted() -> Vec<Pid> {
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
    let is_child =
        |process: &Pid| Status::read(*process).is_some_and(|status| status.parent == Some(parent));
    entries
        .flatten()
        .filter_map(|entry| parse_id(entry.file_name().to_str()?))
        .filter(is_child)
        .collect()
}

fn parse_id(text: &str) -> Option<Pid> {
    text.parse().ok().and_then(Pid::from_raw)
}

/// The parts of `/proc/PID/stat` that matter here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Status {
    /// Whether it is dead and was not waited for.
    pub(super) is_zombie: bool,
    parent: Option<Pid>,
    /// Its process group; none when that lies outside of our PID namespace.
    pub(super) group: Option<Pid>,
    /// The address where its environment ends: 0 while it has none, another one after `execve`.
    environment_end: u64,
}

impl Status {
    /// Reads the status of a process that is still there.
    pub(super) fn read(process: Pid) -> Option<Self> {
        Self::parse(&fs::read(format!("/proc/{process}/stat")).ok()?)
    }

    /// Parses `PID (NAME) STATE PARENT GROUP …`; the name may hold anything, brackets too.
    /// <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>
    fn parse(text: &[u8]) -> Option<Self> {
        let name_end = text.iter().rposition(|byte| *byte == b')')?;
        let rest = std::str::from_utf8(&text[name_end + 1..]).ok()?;
        let mut fields = rest.split_ascii_whitespace();
        Some(Self {
            is_zombie: fields.next()? == "Z",
            parent: parse_id(fields.next()?),
            group: parse_id(fields.next()?),
            // Field 51, `env_end`; the group is field 5.
            environment_end: fields.nth(45).map_or(Some(0), |end| end.parse().ok())?,
        })
    }
}

/// What is known of a process's mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Its environment holds this mark.
    Found(Vec<u8>),
    /// Its environment holds none, or may not be read.
    Absent,
    /// It has no environment any more: it is about to be dead.
    Dying,
}

/// Looks for [`MARKER`] in the environment of a process.
pub(super) fn mark_of(process: Pid) -> Mark {
    for _ in 0..EXEC_ROUNDS {
        let Some(before) = Status::read(process).filter(|status| !status.is_zombie) else {
            return Mark::Dying;
        };
        match fs::read(format!("/proc/{process}/environ")) {
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                return Mark::Absent;
            }
            Err(_) => return Mark::Dying,
            Ok(environment) => {
                if let Some(mark) = find_mark(&environment) {
                    return Mark::Found(mark.to_vec());
                }
            }
        }
        // During `execve` an environment can seem empty or break off: it counts only if it stayed
        // where it was.
        if before.environment_end != 0 && Status::read(process).as_ref() == Some(&before) {
            return Mark::Absent;
        }
        std::thread::sleep(EXEC_PAUSE);
    }
    Mark::Absent
}

fn find_mark(environment: &[u8]) -> Option<&[u8]> {
    environment
        .split(|byte| *byte == 0)
        .find_map(|variable| variable.strip_prefix(MARKER.as_bytes())?.strip_prefix(b"="))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// State, parent, group and the end of the environment, 0 for none.
    fn parsed(text: &[u8]) -> Option<(bool, i32, i32, u64)> {
        let status = Status::parse(text)?;
        let raw = |id: Option<Pid>| id.map_or(0, Pid::as_raw_pid);
        let (parent, group) = (raw(status.parent), raw(status.group));
        Some((status.is_zombie, parent, group, status.environment_end))
    }

    #[test]
    fn a_status_is_parsed_whatever_the_name() {
        assert_eq!(parsed(b"7 (sh) S 1 5 5 0 -1"), Some((false, 1, 5, 0)));
        assert_eq!(parsed(b"7 (a) R 9 (b)) Z 0 5"), Some((true, 0, 5, 0)));
        assert_eq!(parsed(b"7 (\xff) S 1 0"), Some((false, 1, 0, 0)));
        let fields_6_to_50 = " 6".repeat(45);
        let long = format!("7 (sh) S 1 5{fields_6_to_50} 51 52");
        assert_eq!(parsed(long.as_bytes()), Some((false, 1, 5, 51)));
        assert_eq!(parsed(b"7 (sh) S 1"), None);
        assert_eq!(parsed(b""), None);
    }

    #[test]
    fn a_running_process_has_an_environment() {
        assert_ne!(Status::read(getpid()).unwrap().environment_end, 0);
    }

    #[test]
    fn the_mark_is_found_among_other_variables() {
        let found = Some(&b"2.3"[..]);
        assert_eq!(find_mark(b"A=1\0TOLLGATE_PROCESS=2.3\0B=\0"), found);
        assert_eq!(find_mark(b"TOLLGATE_PROCESSOR=2.3\0"), None);
        assert_eq!(find_mark(b"X=TOLLGATE_PROCESS=2.3\0"), None);
        assert_eq!(find_mark(b""), None);
    }

    #[test]
    fn the_mark_of_a_process_is_read() {
        let mark_with = |name: &str, wait: bool| {
            let mut child = std::process::Command::new("cat")
                .env_clear()
                .env(name, "2.3")
                .stdin(std::process::Stdio::piped())
                .spawn()
                .unwrap();
            let process = Pid::from_child(&child);
            let is_listed = all_children(getpid()).contains(&process);
            let stdin = child.stdin.take().filter(|_| !wait);
            if wait {
                let options = rustix::process::WaitIdOptions::EXITED;
                let options = options | rustix::process::WaitIdOptions::NOWAIT;
                rustix::process::waitid(rustix::process::WaitId::Pid(process), options).unwrap();
            }
            let mark = mark_of(process);
            drop(stdin);
            child.wait().unwrap();
            (mark, is_listed)
        };
        let found = Mark::Found(b"2.3".to_vec());
        assert_eq!(mark_with("TOLLGATE_PROCESS", false), (found, true));
        assert_eq!(mark_with("OTHER", false), (Mark::Absent, true));
        assert_eq!(mark_with("TOLLGATE_PROCESS", true), (Mark::Dying, true));
    }
}
