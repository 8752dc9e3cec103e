//! `run`: a command ends with 0.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::domain::check::CheckResult;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::status::CheckStatus;
use crate::exec::{Command, Ending, Exec, NotStartedKind, OutputSink, Program};

/// A shell's code for a program that it did not find (POSIX, "Exit Status for Commands").
const NOT_FOUND: i32 = 127;

/// A shell's code for a file that it found and could not execute.
const NOT_EXECUTABLE: i32 = 126;

/// Runs the command once. The result has no duration yet: the caller times the whole check.
pub async fn run(
    exec: &dyn Exec,
    command: &Command,
    sink: &mut dyn OutputSink,
    cancellation: &CancellationToken,
) -> CheckResult {
    let finished = exec.run(command, sink, cancellation).await;
    judge(&finished.ending, &command.program, command.time_out)
}

fn judge(ending: &Ending, program: &Program, time_out: Duration) -> CheckResult {
    let failed = |code, message: String| CheckResult::judged(vec![Reason::new(code, message)]);
    let errored = |code, message: String| CheckResult::errored(Reason::new(code, message));
    match ending {
        Ending::Exited(0) => CheckResult::of(CheckStatus::Passed, Vec::new()),
        Ending::Exited(NOT_FOUND) if is_shell(program) => errored(
            ReasonCode::ToolMissing,
            "a command of the script was not found (exit code 127); the last lines of the output \
             name it: install it, or put it on the PATH"
                .to_owned(),
        ),
        Ending::Exited(NOT_EXECUTABLE) if is_shell(program) => errored(
            ReasonCode::NotStarted,
            "a command of the script could not be executed (exit code 126); see chmod +x"
                .to_owned(),
        ),
        Ending::Exited(code) => failed(
            ReasonCode::CommandFailed,
            format!("the command ended with exit code {code}"),
        ),
        Ending::Signalled(signal) => failed(
            ReasonCode::CommandKilled,
            format!("the command was ended by signal {signal}"),
        ),
        Ending::TimedOut => errored(
            ReasonCode::TimedOut,
            format!("the command took longer than {}", spoken(time_out)),
        ),
        Ending::Cancelled => errored(
            ReasonCode::Cancelled,
            "the run was ended while the command ran".to_owned(),
        ),
        Ending::NotStarted(not_started) => {
            errored(code_of(not_started.kind), not_started.message.clone())
        }
        Ending::Lost => errored(
            ReasonCode::NotStarted,
            "the command's exit code was lost; run it again".to_owned(),
        ),
    }
}

fn is_shell(program: &Program) -> bool {
    matches!(program, Program::Shell(_))
}

fn code_of(kind: NotStartedKind) -> ReasonCode {
    match kind {
        NotStartedKind::ToolMissing => ReasonCode::ToolMissing,
        NotStartedKind::NoDirectory | NotStartedKind::Other => ReasonCode::NotStarted,
    }
}

/// `90 s`, `10 min`.
fn spoken(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if duration.as_secs() >= 120 && duration.as_secs().is_multiple_of(60) {
        format!("{} min", duration.as_secs() / 60)
    } else {
        format!("{seconds} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::NotStarted;

    #[track_caller]
    fn check(ending: Ending, program: &Program, expect: &str) {
        let result = judge(&ending, program, Duration::from_secs(90));
        let code = result
            .reasons
            .first()
            .map_or("-", |reason| reason.code.as_str());
        assert_eq!(format!("{} {code}", result.status), expect);
    }

    #[test]
    fn an_ending_is_judged() {
        let shell = Program::shell("ruff check .");
        let direct = Program::direct(["ruff"]);
        let missing = |kind| {
            Ending::NotStarted(NotStarted {
                kind,
                message: String::new(),
            })
        };
        check(Ending::Exited(0), &shell, "passed -");
        check(Ending::Exited(1), &shell, "failed command_failed");
        check(Ending::Exited(127), &shell, "errored tool_missing");
        check(Ending::Exited(127), &direct, "failed command_failed");
        check(Ending::Exited(126), &shell, "errored not_started");
        check(Ending::Signalled(9), &direct, "failed command_killed");
        check(Ending::TimedOut, &direct, "errored timed_out");
        check(Ending::Cancelled, &direct, "errored cancelled");
        check(
            missing(NotStartedKind::ToolMissing),
            &direct,
            "errored tool_missing",
        );
        check(
            missing(NotStartedKind::NoDirectory),
            &direct,
            "errored not_started",
        );
        check(Ending::Lost, &direct, "errored not_started");
    }

    #[test]
    fn durations_are_spoken_shortly() {
        assert_eq!(spoken(Duration::from_secs(90)), "90 s");
        assert_eq!(spoken(Duration::from_secs(600)), "10 min");
        assert_eq!(spoken(Duration::from_millis(1500)), "1.5 s");
    }
}
