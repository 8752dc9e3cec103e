//! What becomes of a command's failure: whether the step of a script fails with it.

use super::commands::{Joint, ShellCommand, commands};
use crate::domain::workflow::{Step, Text};

/// How deep `bash -c` is looked into.
const DEEPEST: usize = 3;

/// Commands that end well whatever was before them.
const HARMLESS: [&str; 6] = ["true", ":", "echo", "printf", "logger", "sleep"];

/// A command, and why nobody hears of its failure.
pub(super) struct Judged {
    pub(super) command: ShellCommand,
    pub(super) ignored: Option<&'static str>,
}

/// What a shell does about failures
/// (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shell {
    /// `set -e`.
    exits: bool,
    /// `set -o pipefail`.
    minds_pipes: bool,
}

/// The commands of a step's script.
pub(super) fn of_step(step: &Step) -> Vec<Judged> {
    judge(&step.script, shell_of(step), DEEPEST)
}

/// Whether a command tells its shell that something failed.
pub(super) fn fails(command: &ShellCommand) -> bool {
    let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["exit" | "return", "0", ..] => false,
        ["exit" | "return" | "false" | "test" | "[" | "[[", ..] => true,
        _ => false,
    }
}

/// Whether a script does nothing but talk.
pub(super) fn is_harmless(command: &ShellCommand) -> bool {
    let is_zero = |words: &[String]| matches!(words, [exit, zero, ..] if (exit == "exit" || exit == "return") && zero == "0");
    HARMLESS.contains(&command.words[0].as_str()) || is_zero(&command.words)
}

/// Without `shell` it is `bash -e`, with `shell: bash` pipes are minded as well.
fn shell_of(step: &Step) -> Shell {
    let named = step.shell.as_ref().map(|shell| shell.text.trim());
    match named {
        None | Some("sh") => Shell {
            exits: true,
            minds_pipes: false,
        },
        Some(custom) if custom.contains("{0}") => {
            let words: Vec<String> = custom.split_whitespace().map(str::to_owned).collect();
            with_options(PLAIN, &words)
        }
        Some(_) => Shell {
            exits: true,
            minds_pipes: true,
        },
    }
}

/// A shell that was told nothing.
const PLAIN: Shell = Shell {
    exits: false,
    minds_pipes: false,
};

/// The shell after `set …`.
fn with_options(mut shell: Shell, words: &[String]) -> Shell {
    for word in words {
        let is_short = !word.starts_with("--");
        let letters = word.get(1..).unwrap_or_default();
        let turned = word.starts_with('-') || !word.starts_with('+');
        match word.as_str() {
            "pipefail" => shell.minds_pipes = !words.iter().any(|word| word == "+o"),
            "errexit" => shell.exits = !words.iter().any(|word| word == "+o"),
            _ if word.starts_with(['-', '+']) && is_short && letters.contains('e') => {
                shell.exits = turned;
            }
            _ => {}
        }
    }
    shell
}

fn judge(script: &[Text], mut shell: Shell, depth: usize) -> Vec<Judged> {
    let all = commands(script);
    let mut judged = Vec::new();
    for (at, command) in all.iter().enumerate() {
        if command.words[0] == "set" {
            shell = with_options(shell, &command.words[1..]);
        }
        let ignored = why_ignored(&all, at, shell);
        let words = unwrapped(&command.words);
        if let Some((script, inner)) = nested(words, command.line).filter(|_| depth > 0) {
            let within = judge(&script, inner, depth - 1).into_iter();
            judged.extend(within.map(|inner| Judged {
                ignored: inner.ignored.or(ignored),
                ..inner
            }));
        }
        let command = ShellCommand {
            words: words.to_vec(),
            ..command.clone()
        };
        judged.push(Judged { command, ignored });
    }
    judged
}

/// The command behind `timeout 10m`, `nice -n 5`, `nohup`.
fn unwrapped(words: &[String]) -> &[String] {
    let (mut rest, with_value, has_operand): (&[String], &[&str], bool) =
        match words.first().map(String::as_str) {
            Some("timeout" | "gtimeout") => (
                &words[1..],
                ["-k", "-s", "--kill-after", "--signal"].as_slice(),
                true,
            ),
            Some("nice") => (&words[1..], ["-n", "--adjustment"].as_slice(), false),
            Some("nohup" | "setsid") => (&words[1..], [].as_slice(), false),
            _ => return words,
        };
    while let Some(option) = rest.first().filter(|word| word.starts_with('-')) {
        let taken = if with_value.contains(&option.as_str()) {
            2
        } else {
            1
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    let rest = rest.get(usize::from(has_operand)..).unwrap_or_default();
    if rest.is_empty() { words } else { rest }
}

/// The script of `bash -c '…'`, and what its shell does about failures.
fn nested(words: &[String], line: u32) -> Option<(Vec<Text>, Shell)> {
    let program = words.first()?.rsplit('/').next()?;
    let is_script =
        |word: &&String| word.starts_with('-') && !word.starts_with("--") && word.ends_with('c');
    let at = words.iter().position(|word| is_script(&word))?;
    if !matches!(program, "bash" | "sh" | "dash" | "zsh") {
        return None;
    }
    let lines = words.get(at + 1)?.lines();
    let lines = lines
        .filter(|text| !text.trim().is_empty())
        .map(|text| Text {
            text: text.trim().to_owned(),
            line,
        });
    Some((lines.collect(), with_options(PLAIN, &words[1..=at])))
}

fn why_ignored(all: &[ShellCommand], at: usize, shell: Shell) -> Option<&'static str> {
    let command = &all[at];
    let behind = &all[at + 1..];
    let is_lost = match fallback(command, behind) {
        Some(Fallback::Nothing) => true,
        Some(Fallback::Kept) => !behind.iter().any(fails_by_itself),
        _ => false,
    };
    if is_lost {
        return Some("is followed by `||` and what never fails, as `|| true` is");
    }
    if behind.iter().any(fails_by_itself) {
        return None; // the script looks at what came of it
    }
    let is_last = behind.iter().all(|next| next.words[0] == "fi");
    match command.after {
        _ if command.is_condition || in_condition(all, at) => Some("is only what an `if` asks"),
        Joint::Pipe if !shell.minds_pipes => Some(
            "is piped on without `set -o pipefail` (or `shell: bash`), so that only the last command counts",
        ),
        Joint::End | Joint::Pipe if !shell.exits && !is_last => {
            Some("runs after `set +e`, and the script goes on")
        }
        _ => None,
    }
}

/// `exit 1`, `exit $code`, `false`, `test …`; one that asks in an `if` does not count.
fn fails_by_itself(command: &ShellCommand) -> bool {
    let tells = |word: &String| word.contains("GITHUB_OUTPUT") || word.contains("GITHUB_ENV");
    fails(command) && !command.is_condition || command.words.iter().any(tells)
}

/// `if a && b; then`: the `if` asks for both.
fn in_condition(all: &[ShellCommand], at: usize) -> bool {
    let mut place = at;
    while place > 0 && matches!(all[place].before, Joint::And | Joint::Or | Joint::Pipe) {
        place -= 1;
    }
    place != at && all[place].is_condition
}

/// What stands behind `||`.
enum Fallback {
    /// Commands that never fail.
    Nothing,
    /// The same, and an assignment for later.
    Kept,
    /// Something that may fail.
    Other,
}

fn fallback(command: &ShellCommand, behind: &[ShellCommand]) -> Option<Fallback> {
    let first = behind.first().filter(|next| next.before == Joint::Or)?;
    let is_group = first.depth > command.depth;
    let rest = behind[1..].iter().take_while(|next| match is_group {
        true => next.depth > command.depth,
        false => next.before != Joint::End,
    });
    let all: Vec<&ShellCommand> = std::iter::once(first).chain(rest).collect();
    let is_set = |next: &&ShellCommand| next.words[0].contains('=');
    let found = match all.iter().all(|next| is_harmless(next) || is_set(next)) {
        true if all.iter().any(is_set) => Fallback::Kept,
        true => Fallback::Nothing,
        false => Fallback::Other,
    };
    Some(found)
}
