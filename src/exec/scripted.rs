//! Runs commands as a test has written them down, without processes.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::exec::{
    Command, Ending, Exec, Finished, NotStarted, NotStartedKind, OutputSink, Program,
};

/// What a scripted command does.
#[derive(Clone, Debug)]
pub struct Script {
    output: Vec<Vec<u8>>,
    files: Vec<(PathBuf, Vec<u8>)>,
    ending: Option<Ending>,
    duration: Duration,
}

impl Script {
    /// Exits with this code after no time, and prints nothing.
    pub fn exits(code: i32) -> Self {
        Self::ends(Ending::Exited(code))
    }

    /// Ends like this after no time, and prints nothing.
    pub fn ends(ending: Ending) -> Self {
        Self {
            output: Vec::new(),
            files: Vec::new(),
            ending: Some(ending),
            duration: Duration::ZERO,
        }
    }

    /// Goes on until it is cancelled.
    pub fn waits() -> Self {
        Self {
            ending: None,
            ..Self::exits(0)
        }
    }

    /// Prints this, as one chunk.
    #[must_use]
    pub fn prints(mut self, output: impl Into<Vec<u8>>) -> Self {
        self.output.push(output.into());
        self
    }

    /// Writes a file, with a path relative to the command's directory.
    #[must_use]
    pub fn writes(mut self, path: impl Into<PathBuf>, content: impl Into<Vec<u8>>) -> Self {
        self.files.push((path.into(), content.into()));
        self
    }

    /// Claims to have taken this long.
    #[must_use]
    pub fn takes(mut self, duration: Duration) -> Self {
        self.duration = duration;
        self
    }
}

/// Plays scripts instead of running commands, and remembers the commands.
///
/// A command without a script was not started: its tool is missing.
#[derive(Debug, Default)]
pub struct ScriptedExec {
    scripts: Mutex<BTreeMap<String, VecDeque<Script>>>,
    commands: Mutex<Vec<Command>>,
}

impl ScriptedExec {
    /// Makes a runner that knows no command yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds what a command does: the first call is its first run, and the last one stays for good.
    ///
    /// `text` is the script of a shell command, or the arguments of a direct one joined by spaces.
    #[must_use]
    pub fn on(self, text: impl Into<String>, script: Script) -> Self {
        let text = text.into();
        lock(&self.scripts)
            .entry(text)
            .or_default()
            .push_back(script);
        self
    }

    /// The commands that were run so far, in the order of their starts.
    pub fn commands(&self) -> Vec<Command> {
        lock(&self.commands).clone()
    }

    fn next(&self, program: &Program) -> Option<Script> {
        let mut scripts = lock(&self.scripts);
        let queue = scripts.get_mut(&text(program))?;
        match queue.len() {
            0 | 1 => queue.front().cloned(),
            _ => queue.pop_front(),
        }
    }

    async fn play(
        &self,
        command: &Command,
        sink: &mut dyn OutputSink,
        cancellation: &CancellationToken,
    ) -> Finished {
        lock(&self.commands).push(command.clone());
        let script = match self.next(&command.program) {
            _ if cancellation.is_cancelled() => Script::ends(Ending::Cancelled),
            Some(script) => script,
            None => Script::ends(Ending::NotStarted(unknown(&command.program))),
        };
        for chunk in &script.output {
            sink.chunk(chunk);
        }
        let written = script.files.iter().try_for_each(|(path, content)| {
            let path = command.directory.join(path);
            path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            std::fs::write(path, content)
        });
        let ending = match (written, script.ending) {
            (Err(error), _) => Ending::NotStarted(NotStarted {
                kind: NotStartedKind::Other,
                message: format!("the script could not write its files: {error}"),
            }),
            (Ok(()), Some(ending)) => ending,
            (Ok(()), None) => {
                cancellation.cancelled().await;
                Ending::Cancelled
            }
        };
        Finished {
            ending,
            duration: script.duration,
        }
    }
}

impl Exec for ScriptedExec {
    fn run<'a>(
        &'a self,
        command: &'a Command,
        sink: &'a mut dyn OutputSink,
        cancellation: &'a CancellationToken,
    ) -> BoxFuture<'a, Finished> {
        Box::pin(self.play(command, sink, cancellation))
    }
}

fn text(program: &Program) -> String {
    match program {
        Program::Shell(script) => script.clone(),
        Program::Direct(arguments) => arguments.join(" "),
    }
}

fn unknown(program: &Program) -> NotStarted {
    NotStarted {
        kind: NotStartedKind::ToolMissing,
        message: format!("no script for `{}`", text(program)),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::{Environment, Tail};

    fn command(program: Program) -> Command {
        Command {
            program,
            directory: PathBuf::new(),
            environment: Environment::default(),
            time_out: Duration::MAX,
        }
    }

    async fn run(exec: &ScriptedExec, program: Program) -> (Ending, String) {
        let mut tail = Tail::new(100);
        let token = CancellationToken::new();
        let finished = exec.run(&command(program), &mut tail, &token).await;
        let output = String::from_utf8(tail.finish().bytes).unwrap();
        (finished.ending, output)
    }

    #[tokio::test]
    async fn scripts_are_played_in_order_and_the_last_one_stays() {
        let exec = ScriptedExec::new()
            .on("a b", Script::exits(1).prints("first"))
            .on("a b", Script::exits(0).prints("second"));
        let second = (Ending::Exited(0), "second".to_owned());
        let first = run(&exec, Program::shell("a b")).await;
        assert_eq!(first, (Ending::Exited(1), "first".to_owned()));
        assert_eq!(run(&exec, Program::direct(["a", "b"])).await, second);
        assert_eq!(run(&exec, Program::shell("a b")).await, second);
        assert_eq!(exec.commands().len(), 3);
    }

    #[tokio::test]
    async fn a_command_without_a_script_is_a_missing_tool() {
        let (ending, _) = run(&ScriptedExec::new(), Program::shell("a")).await;
        let Ending::NotStarted(reason) = ending else {
            panic!("started: {ending:?}");
        };
        assert_eq!(reason.kind, NotStartedKind::ToolMissing);
    }

    #[tokio::test]
    async fn files_are_written_below_the_directory() {
        let directory = tempfile::tempdir().unwrap();
        let exec = ScriptedExec::new().on("a", Script::exits(0).writes("b/c", "d"));
        let mut command = command(Program::shell("a"));
        command.directory = directory.path().to_owned();
        let token = CancellationToken::new();
        exec.run(&command, &mut Tail::new(0), &token).await;
        assert_eq!(std::fs::read(directory.path().join("b/c")).unwrap(), b"d");
    }

    #[tokio::test]
    async fn a_waiting_script_ends_when_it_is_cancelled() {
        struct Cancel(CancellationToken);
        impl OutputSink for Cancel {
            fn chunk(&mut self, _bytes: &[u8]) {
                self.0.cancel();
            }
        }
        let exec = ScriptedExec::new().on("a", Script::waits().prints("ready"));
        let token = CancellationToken::new();
        let mut sink = Cancel(token.clone());
        let command = command(Program::shell("a"));
        let finished = exec.run(&command, &mut sink, &token).await;
        assert_eq!(finished.ending, Ending::Cancelled);
    }
}
