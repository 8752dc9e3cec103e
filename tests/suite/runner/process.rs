//! A step's process: its output as it comes, its end, and how the runner cancels it
//! (`ProcessInvoker.cs`).

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long the runner waits after SIGINT, and then after SIGTERM.
const AFTER_INTERRUPT: Duration = Duration::from_millis(7500);
const AFTER_TERMINATE: Duration = Duration::from_millis(2500);
/// When a test gives up on a step that says nothing more.
const GIVEN_UP: Duration = Duration::from_mins(5);

/// Which of its streams a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Out,
    Error,
}

/// A process that was started for a step.
pub(super) struct Process {
    child: Child,
    lines: Receiver<(Stream, String)>,
}

impl Process {
    pub(super) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (sender, lines) = channel();
        read(child.stdout.take().unwrap(), Stream::Out, sender.clone());
        read(child.stderr.take().unwrap(), Stream::Error, sender);
        Self { child, lines }
    }

    /// The next line; `None` when both streams have ended.
    pub(super) fn next_line(&self) -> Option<(Stream, String)> {
        match self.lines.recv_timeout(GIVEN_UP) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("the step has said nothing for {GIVEN_UP:?}"),
        }
    }

    /// The exit code, once the streams have ended; `None` after a signal.
    pub(super) fn exit_code(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// SIGINT, SIGTERM after 7.5 s, SIGKILL after 2.5 s more. Gives the last signal sent.
    pub(super) fn cancel(&mut self, mut take: impl FnMut((Stream, String))) -> Signal {
        for (signal, patience) in [
            (Signal::INT, AFTER_INTERRUPT),
            (Signal::TERM, AFTER_TERMINATE),
        ] {
            self.send(signal);
            if self.ends_within(patience, &mut take) {
                return signal;
            }
        }
        self.send(Signal::KILL);
        while let Some(line) = self.next_line() {
            take(line);
        }
        Signal::KILL
    }

    pub(super) fn send(&self, signal: Signal) {
        // It may have ended by itself meanwhile; being a child it keeps its id until it is waited for.
        let _ = kill_process(Pid::from_child(&self.child), signal);
    }

    fn ends_within(&self, patience: Duration, take: &mut impl FnMut((Stream, String))) -> bool {
        let end = Instant::now() + patience;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => take(line),
                Err(RecvTimeoutError::Disconnected) => return true,
                Err(RecvTimeoutError::Timeout) => return false,
            }
        }
    }
}

fn read(stream: impl Read + Send + 'static, name: Stream, sender: Sender<(Stream, String)>) {
    std::thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut bytes = Vec::new();
        while stream
            .read_until(b'\n', &mut bytes)
            .is_ok_and(|read| read > 0)
        {
            for line in lines(&String::from_utf8_lossy(&bytes)) {
                // Nobody listens any more when a test has given up.
                let _ = sender.send((name, line.to_owned()));
            }
            bytes.clear();
        }
    });
}

/// LF, CR LF and CR alone end a line for the runner.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text).split('\r')
}
