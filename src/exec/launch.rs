//! Starts a command's main process, or says why it could not be started.

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::io::Errno;
use rustix::process::Pid;

use crate::exec::output::Output;
use crate::exec::process_table::MARKER;
use crate::exec::register::Marker;
use crate::exec::{Command, Environment, NotStarted, NotStartedKind, Program};

/// Where programs are when the environment has no `PATH`, as `execvp` has it.
const DEFAULT_PATH: &str = "/bin:/usr/bin";

/// The shell that runs scripts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shell {
    path: PathBuf,
    name: &'static str,
    options: &'static [&'static str],
}

impl Shell {
    /// Finds `bash`, or else `sh`, in the directories of a `PATH`.
    pub(super) fn find(search_path: Option<&OsStr>) -> Option<Self> {
        let here = Path::new(".");
        let find = |name, options| match look_up(OsStr::new(name), search_path, here) {
            LookUp::Found(path) => Some(Self {
                path,
                name,
                options,
            }),
            LookUp::NotExecutable(_) | LookUp::Missing => None,
        };
        find("bash", &["-eo", "pipefail", "-c"]).or_else(|| find("sh", &["-e", "-c"]))
    }
}

/// Everything that a start needs, resolved.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Launch {
    path: PathBuf,
    arguments: Vec<String>,
    directory: PathBuf,
}

impl Launch {
    /// Finds the program that a command names.
    ///
    /// Looking it up here rather than in the child tells a missing program from a missing
    /// directory, and keeps to `posix_spawn`, which is faster than `fork`.
    pub(super) fn resolve(command: &Command, shell: Option<&Shell>) -> Result<Self, NotStarted> {
        let (path, arguments) = match &command.program {
            Program::Shell(script) => {
                let shell = shell.ok_or_else(no_shell)?;
                let mut arguments = vec![shell.name.to_owned()];
                arguments.extend(shell.options.iter().map(|option| (*option).to_owned()));
                arguments.push(script.clone());
                (shell.path.clone(), arguments)
            }
            Program::Direct(arguments) => (program(arguments, command)?, arguments.clone()),
        };
        Ok(Self {
            path,
            arguments,
            directory: command.directory.clone(),
        })
    }

    /// Starts the process in a group of its own, its output joined to a new pipe.
    pub(super) fn start(
        &self,
        environment: &Environment,
        marker: &Marker,
    ) -> Result<(Pid, Output), NotStarted> {
        let (output, writer) = Output::open().map_err(|error| no_pipe(&error))?;
        let error_writer = writer.try_clone().map_err(|error| no_pipe(&error))?;
        // The command holds our copies of the writing end: they are closed when it is dropped.
        let mut process = std::process::Command::new(&self.path);
        process
            .env_clear()
            .envs(environment.iter())
            .env(MARKER, marker.as_str())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(writer)
            .stderr(error_writer);
        if let [name, arguments @ ..] = self.arguments.as_slice() {
            process.arg0(name).args(arguments);
        }
        if !is_current(&self.directory) {
            process.current_dir(&self.directory);
        }
        let child = process.spawn().map_err(|error| self.explain(&error))?;
        Ok((Pid::from_child(&child), output))
    }

    fn explain(&self, error: &io::Error) -> NotStarted {
        let path = self.path.display();
        if !self.directory.is_dir() {
            return no_directory(&self.directory);
        }
        let (kind, message) = match error.kind() {
            ErrorKind::NotFound => (
                NotStartedKind::ToolMissing,
                format!(
                    "`{path}` could not be run: the interpreter that its first line names is not \
                     there; install it or correct that line"
                ),
            ),
            ErrorKind::ArgumentListTooLong => (
                NotStartedKind::Other,
                format!(
                    "`{path}` could not be run: its arguments and environment are longer than the \
                     system takes (128 KiB for one argument on Linux); put the script into a file"
                ),
            ),
            _ if error.raw_os_error() == Some(Errno::NOEXEC.raw_os_error()) => (
                NotStartedKind::Other,
                format!(
                    "`{path}` is not a program for this machine; a script needs a first line such \
                     as `#!/bin/sh`"
                ),
            ),
            _ => (
                NotStartedKind::Other,
                format!("`{path}` could not be run: {error}"),
            ),
        };
        NotStarted { kind, message }
    }
}

/// Setting no directory when it is ours already spares a static binary the slow `fork`.
fn is_current(directory: &Path) -> bool {
    directory.is_absolute() && std::env::current_dir().is_ok_and(|current| current == directory)
}

fn program(arguments: &[String], command: &Command) -> Result<PathBuf, NotStarted> {
    let Some(name) = arguments.first().filter(|name| !name.is_empty()) else {
        return Err(NotStarted {
            kind: NotStartedKind::Other,
            message: "the command is empty; name a program to run".into(),
        });
    };
    let search_path = command.environment.get("PATH");
    let name = OsStr::new(name);
    match look_up(name, search_path, &command.directory) {
        LookUp::Found(path) => Ok(path),
        _ if !command.directory.is_dir() => Err(no_directory(&command.directory)),
        LookUp::NotExecutable(path) => Err(not_executable(&path)),
        LookUp::Missing => Err(missing(name, search_path)),
    }
}

enum LookUp {
    /// The path to run, relative to the working directory where it is relative.
    Found(PathBuf),
    NotExecutable(PathBuf),
    Missing,
}

/// Looks a program up as `execvp` does, in a child that works in `directory`.
fn look_up(name: &OsStr, search_path: Option<&OsStr>, directory: &Path) -> LookUp {
    let mut not_executable = None;
    for candidate in candidates(name, search_path) {
        match std::fs::metadata(directory.join(&candidate)) {
            Ok(file) if !file.is_file() => {}
            Ok(file) if file.permissions().mode() & 0o111 != 0 => return LookUp::Found(candidate),
            Ok(_) => not_executable = not_executable.or(Some(candidate)),
            Err(_) => {}
        }
    }
    not_executable.map_or(LookUp::Missing, LookUp::NotExecutable)
}

fn candidates(name: &OsStr, search_path: Option<&OsStr>) -> Vec<PathBuf> {
    if name.as_bytes().contains(&b'/') {
        return vec![PathBuf::from(name)];
    }
    let search_path = search_path.unwrap_or(OsStr::new(DEFAULT_PATH));
    // An empty part of PATH is the working directory. A path needs a slash, or it is looked up.
    std::env::split_paths(search_path)
        .map(|part| match part.as_os_str().is_empty() {
            true => Path::new(".").join(name),
            false => part.join(name),
        })
        .collect()
}

fn no_shell() -> NotStarted {
    NotStarted {
        kind: NotStartedKind::ToolMissing,
        message: "neither `bash` nor `sh` is in PATH; install one, or write the command as a list \
                  to run it without a shell"
            .into(),
    }
}

fn no_directory(directory: &Path) -> NotStarted {
    NotStarted {
        kind: NotStartedKind::NoDirectory,
        message: format!(
            "the working directory `{}` is not there; correct `working-directory` or make it first",
            directory.display()
        ),
    }
}

fn not_executable(path: &Path) -> NotStarted {
    NotStarted {
        kind: NotStartedKind::Other,
        message: format!(
            "`{0}` may not be executed; run `chmod +x {0}`",
            path.display()
        ),
    }
}

fn missing(name: &OsStr, search_path: Option<&OsStr>) -> NotStarted {
    let name_shown = name.display();
    let message = if name.as_bytes().contains(&b'/') {
        format!("`{name_shown}` is not there; correct the path or make the file first")
    } else {
        let searched = search_path.unwrap_or(OsStr::new(DEFAULT_PATH)).display();
        format!("`{name_shown}` is not in PATH ({searched}); install it or add its directory")
    };
    NotStarted {
        kind: NotStartedKind::ToolMissing,
        message,
    }
}

fn no_pipe(error: &io::Error) -> NotStarted {
    NotStarted {
        kind: NotStartedKind::Other,
        message: format!("no pipe could be opened for the output: {error}"),
    }
}
