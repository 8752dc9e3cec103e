//! What the runner makes of a step's output, line by line (`OutputManager.cs`,
//! `ActionCommandManager.cs`).

use std::collections::{BTreeMap, BTreeSet};

use super::annotation::{Annotation, Level};
use super::command::Command;
use super::mask::Masks;

/// What may be named in a command, beside the token that ends `stop-commands`.
const REGISTERED: [&str; 15] = [
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "notice",
    "remove-matcher",
    "save-state",
    "set-env",
    "set-output",
    "stop-commands",
    "warning",
];

/// The most annotations of one level that a step may have; further ones are in the log alone.
const MOST_ANNOTATIONS: usize = 10;

/// What a step's output has come to so far.
#[derive(Debug)]
pub(crate) struct Log {
    /// The lines as the page of the job shows them, masked; groups as `##[group]title`.
    pub(crate) lines: Vec<String>,
    /// The annotations, at most ten of a level.
    pub(crate) annotations: Vec<Annotation>,
    /// How many annotations more there were.
    pub(crate) annotations_left_out: usize,
    /// The titles of the groups.
    pub(crate) groups: Vec<String>,
    /// The names of the commands that were carried out, in their order.
    pub(crate) commands: Vec<String>,
    /// What `::add-mask::` was given.
    pub(crate) masked: Vec<String>,
    /// Outputs set by the deprecated `::set-output`.
    pub(super) outputs: BTreeMap<String, String>,
    /// Whether a command could not be carried out, which fails the step.
    pub(super) has_failed: bool,
    masks: Masks,
    registered: BTreeSet<String>,
    /// The token that commands wait for.
    stopped: Option<String>,
    workspace: String,
}

impl Log {
    /// A log that masks `secrets`; `workspace` is where the step sees the workspace.
    pub(super) fn new(secrets: &[String], workspace: &str) -> Self {
        Self {
            lines: Vec::new(),
            annotations: Vec::new(),
            annotations_left_out: 0,
            groups: Vec::new(),
            commands: Vec::new(),
            masked: Vec::new(),
            outputs: BTreeMap::new(),
            has_failed: false,
            masks: Masks::new(secrets),
            registered: REGISTERED.map(str::to_owned).into(),
            stopped: None,
            workspace: workspace.to_owned(),
        }
    }

    /// Whether all commands are stopped, which the next step would suffer from.
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// Takes the next line of standard output or standard error.
    pub(super) fn take(&mut self, line: &str) {
        let Some(command) = Command::find(line, &self.registered) else {
            return self.show(line);
        };
        match &self.stopped {
            Some(token) if *token == command.name => {
                self.registered.remove(&command.name);
                self.stopped = None;
                self.show(line);
            }
            Some(_) => self.show(line),
            None => self.perform(line, &command),
        }
    }

    /// Adds an error of the runner's own.
    pub(super) fn error(&mut self, message: &str) {
        self.annotate(Annotation::new(Level::Error, message));
    }

    /// Adds a warning of the runner's own.
    pub(super) fn warning(&mut self, message: &str) {
        self.annotate(Annotation::new(Level::Warning, message));
    }

    pub(super) fn show(&mut self, line: &str) {
        let line = line
            .replace("##[start-action", r"##[\start-action")
            .replace("##[end-action", r"##[\end-action");
        let masked = self.masks.hide(&line);
        self.lines.push(masked);
    }

    pub(super) fn hide(&self, text: &str) -> String {
        self.masks.hide(text)
    }

    fn perform(&mut self, line: &str, command: &Command) {
        self.commands.push(command.name.clone());
        let problem = match command.name.as_str() {
            "stop-commands" => self.stop(line, &command.data),
            "add-mask" => {
                self.mask(&command.data);
                Ok(())
            }
            "error" | "warning" | "notice" => {
                self.annotate(Annotation::of(command, &self.workspace));
                Ok(())
            }
            "group" => {
                self.groups.push(self.masks.hide(&command.data));
                self.show(&format!("##[group]{}", command.data));
                Ok(())
            }
            "endgroup" => {
                self.show("##[endgroup]");
                Ok(())
            }
            "debug" => Ok(()), // shown only where the step's debug log is on
            "set-output" => self.set_output(command),
            "echo" => check_echo(&command.data),
            "set-env" | "add-path" => Err(format!("The `{}` command is disabled.", command.name)),
            // Matchers and states are more than Tollgate has a use for: that they were asked for
            // stands in `commands`.
            _ => Ok(()),
        };
        if let Err(problem) = problem {
            self.error(&format!("Unable to process command '{line}' successfully."));
            self.error(&problem);
            self.has_failed = true;
        }
    }

    fn stop(&mut self, line: &str, token: &str) -> Result<(), String> {
        let given = token;
        let token = given.to_lowercase();
        if token.is_empty() || token == "pause-logging" || self.registered.contains(&token) {
            return Err(
                "You cannot use a endToken that is an empty string, the string \
                        'pause-logging', or another workflow command."
                    .to_owned(),
            );
        }
        if token.chars().count() > 6 {
            self.masks.add(given);
        }
        self.registered.insert(token.clone());
        self.stopped = Some(token);
        self.show(line);
        Ok(())
    }

    fn mask(&mut self, secret: &str) {
        if secret.trim().is_empty() {
            let message = "Can't add secret mask for empty string in ##[add-mask] command.";
            return self.warning(message);
        }
        self.masked.push(secret.to_owned());
        self.masks.add(secret);
        for line in secret.split(['\r', '\n']).map(str::trim) {
            self.masks.add(line);
        }
    }

    fn set_output(&mut self, command: &Command) -> Result<(), String> {
        self.warning("The `set-output` command is deprecated and will be disabled soon.");
        let name = command.properties.get("name");
        let name = name.ok_or("Required field 'name' is missing in ##[set-output] command.")?;
        self.outputs.insert(name.clone(), command.data.clone());
        Ok(())
    }

    fn annotate(&mut self, mut annotation: Annotation) {
        annotation.message = self.masks.hide(&annotation.message);
        annotation.cut();
        self.show(&format!(
            "##[{}]{}",
            annotation.level.word(),
            annotation.message
        ));
        let same = |other: &&Annotation| other.level == annotation.level;
        match self.annotations.iter().filter(same).count() < MOST_ANNOTATIONS {
            true => self.annotations.push(annotation),
            false => self.annotations_left_out += 1,
        }
    }
}

fn check_echo(value: &str) -> Result<(), String> {
    match value.trim().to_lowercase().as_str() {
        "on" | "off" => Ok(()),
        _ => Err(format!(
            "Invalid echo command value. Possible values can be: 'on', 'off'. Current value is: \
             '{value}'."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{Level, Log};

    fn log_of(lines: &[&str]) -> Log {
        let mut log = Log::new(&["ghs_secret".to_owned()], "/github/workspace");
        lines.iter().for_each(|line| log.take(line));
        log
    }

    #[test]
    fn commands_are_found_where_the_runner_finds_them() {
        let cases = [
            ("::error::x", "error"),
            (" \t::ERROR file=a::x", "error"),
            ("text ::error::x", ""),
            ("text ##[error]x", "error"),
            ("##[none] ##[error]x", ""),
            ("::none::x", ""),
            ("::error", ""),
            ("::error x", ""),
            ("::none:: ##[error]x", "error"),
        ];
        for (line, found) in cases {
            assert_eq!(log_of(&[line]).commands.join(" "), found, "{line}");
        }
    }

    #[test]
    fn stopped_commands_are_text_until_the_token() {
        let log = log_of(&[
            "::stop-commands::aToken42",
            "::error::no",
            "##[error]no",
            "::atoken42::",
            "::error::yes",
        ]);
        let messages: Vec<_> = log.annotations.iter().map(|one| &one.message).collect();
        assert_eq!(messages, ["yes"]);
        assert_eq!(log.lines[1..3], ["::error::no", "##[error]no"]);
        assert!(!log.is_stopped());
        assert!(log_of(&["::stop-commands::error"]).has_failed);
        assert!(log_of(&["::stop-commands::"]).has_failed);
    }

    #[test]
    fn annotations_are_placed_limited_and_masked() {
        let log = log_of(&[
            "::error file=/github/workspace/src/a.py,line=3,endLine=4,col=2,title=a%2C b::x%0Aghs_secret",
        ]);
        let one = &log.annotations[0];
        assert_eq!(one.level, Level::Error);
        assert_eq!(one.file.as_deref(), Some("src/a.py"));
        assert_eq!(
            (one.line, one.end_line, one.column),
            (Some(3), Some(4), None)
        );
        assert_eq!(one.title.as_deref(), Some("a, b"));
        assert_eq!(one.message, "x\n***");

        let many = log_of(&["::warning::w"; 12]);
        assert_eq!((many.annotations.len(), many.annotations_left_out), (10, 2));
        let long = log_of(&[&format!("::notice::{}", "n".repeat(5000))]);
        assert_eq!(long.annotations[0].message.len(), 4096);
    }

    #[test]
    fn masks_hide_later_lines_whole_and_in_part() {
        let log = log_of(&["one", "::add-mask::one%0Atwo", "one and two"]);
        assert_eq!(log.lines, ["one", "*** and ***"]);
        assert_eq!(log.masked, ["one\ntwo"]);
    }

    #[test]
    fn disabled_commands_fail_the_step() {
        for line in ["::set-env name=a::b", "::add-path::/x", "::echo::maybe"] {
            assert!(log_of(&[line]).has_failed, "{line}");
        }
        assert_eq!(log_of(&["::set-output name=a::b"]).outputs["a"], "b");
    }
}
