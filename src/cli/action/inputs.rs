//! The inputs of the action: `INPUT_*`, as the runner sets them
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#inputs>).

use std::collections::BTreeMap;

use crate::app::failure::Failure;
use crate::app::publish::Sending;
use crate::domain::ids::GateId;

/// The most annotations that a gate may be given.
const MOST_ANNOTATIONS: usize = 1000;

/// What a step asks for. An input that is empty is one that was not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Inputs {
    pub(super) command: ActionCommand,
    pub(super) gates: Vec<GateId>,
    pub(super) check: Option<String>,
    pub(super) outcome: Option<String>,
    pub(super) environment: Option<String>,
    pub(super) checks: Checks,
    pub(super) annotations: usize,
    pub(super) artifact: Sending,
    pub(super) retention_days: Option<u32>,
    /// Flags of the command line, from the inputs that stand for one, and from `args`.
    pub(super) flags: Vec<String>,
}

/// The commands of the action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ActionCommand {
    Run,
    Record,
    Publish,
    Install,
    Promote,
    Validate,
}

/// When check runs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checks {
    /// When the command is done.
    Final,
    /// When a gate begins, and again when it is done.
    Live,
    /// Never.
    Off,
}

/// Inputs that are a flag of the command line.
const FLAGS: [(&str, &str); 4] = [
    ("policy", "--policy"),
    ("version", "--release-version"),
    ("ledger", "--ledger"),
    ("working-directory", "--directory"),
];

/// Inputs that say where results lie, and the flags for it.
const RESULTS: [(&str, &str); 3] = [
    ("junit", "--junit"),
    ("coverage", "--coverage"),
    ("sarif", "--sarif"),
];

impl Inputs {
    /// Reads the environment.
    ///
    /// # Errors
    /// Every input that makes no sense is named with what it may be.
    pub(super) fn read(environment: &BTreeMap<String, String>) -> Result<Self, Failure> {
        let input = |name: &str| {
            let value = environment.get(&format!("INPUT_{}", name.to_uppercase()))?;
            Some(value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let command = command(input("command").as_deref().unwrap_or("run"))?;
        let mut flags = Vec::new();
        for (name, flag) in FLAGS {
            flags.extend(input(name).map(|value| format!("{flag}={value}")));
        }
        for (name, flag) in RESULTS {
            flags.extend(input(name).map(|value| format!("{flag}={value}")));
        }
        flags.extend(words(input("args").as_deref().unwrap_or_default())?);
        Ok(Self {
            command,
            gates: gates(input("gate").as_deref().unwrap_or_default())?,
            check: input("check"),
            outcome: input("outcome"),
            environment: input("environment"),
            checks: one_of("checks", input("checks"), CHECKS)?.unwrap_or(Checks::Final),
            annotations: annotations(input("annotations"))?,
            artifact: one_of("artifact", input("artifact"), SWITCH)?.unwrap_or(Sending::On),
            retention_days: retention_days(input("retention-days"))?,
            flags,
        })
    }

    /// The command line that the step stands for, without the name of the program.
    ///
    /// # Errors
    /// When the command lacks an input, or has one that it can't use.
    pub(super) fn command_line(&self) -> Result<Vec<String>, Failure> {
        let mut line = match self.command {
            ActionCommand::Run => self.run(),
            ActionCommand::Record => {
                let mut line = vec!["record".to_owned(), self.recorded()?, self.outcome()?];
                line.extend(self.target());
                line
            }
            ActionCommand::Publish | ActionCommand::Install => vec!["publish".to_owned()],
            ActionCommand::Promote => vec!["promote".to_owned(), self.asked_about()?],
            ActionCommand::Validate => vec!["validate".to_owned(), self.asked_about()?],
        };
        line.extend(self.flags.iter().cloned());
        Ok(line)
    }

    fn run(&self) -> Vec<String> {
        let mut line = vec!["run".to_owned()];
        if let [gate] = self.gates.as_slice() {
            line.push(format!("--only={gate}"));
        }
        line.extend(self.target());
        line
    }

    /// The environment that checks with `only` are performed for.
    fn target(&self) -> Option<String> {
        let environment = self.environment.as_ref();
        environment.map(|environment| format!("--environment={environment}"))
    }

    /// `check: pytest` with `gate: test`, or `check: test/pytest` alone.
    fn recorded(&self) -> Result<String, Failure> {
        match (self.check.as_deref(), self.gates.as_slice()) {
            (Some(check), []) if check.contains('/') => Ok(check.to_owned()),
            (Some(check), [gate]) if check.contains('/') => {
                let said_twice = check
                    .split_once('/')
                    .is_some_and(|(of, _)| of == gate.as_str());
                said_twice.then(|| check.to_owned()).ok_or_else(|| {
                    Failure::usage(format!("`check: {check}` is not of `gate: {gate}`"))
                })
            }
            (Some(check), [gate]) => Ok(format!("{gate}/{check}")),
            (Some(_), _) => Err(missing("gate", "the gate of the check")),
            (None, _) => Err(missing("check", "the check that the step stands for")),
        }
    }

    fn outcome(&self) -> Result<String, Failure> {
        let outcome = self.outcome.as_ref();
        let outcome = outcome.ok_or_else(|| missing("outcome", "`${{ steps.ID.outcome }}`"))?;
        Ok(format!("--outcome={outcome}"))
    }

    fn asked_about(&self) -> Result<String, Failure> {
        let environment = self.environment.clone();
        environment.ok_or_else(|| missing("environment", "the environment of the job"))
    }
}

fn missing(input: &str, what: &str) -> Failure {
    Failure::usage(format!("this command needs the input `{input}`: {what}"))
}

const COMMANDS: [(&str, ActionCommand); 6] = [
    ("run", ActionCommand::Run),
    ("record", ActionCommand::Record),
    ("publish", ActionCommand::Publish),
    ("install", ActionCommand::Install),
    ("promote", ActionCommand::Promote),
    ("validate", ActionCommand::Validate),
];

const CHECKS: &[(&str, Checks)] = &[
    ("final", Checks::Final),
    ("live", Checks::Live),
    ("off", Checks::Off),
];

const SWITCH: &[(&str, Sending)] = &[("on", Sending::On), ("off", Sending::Off)];

fn command(text: &str) -> Result<ActionCommand, Failure> {
    match text {
        "deploy" | "rollback" | "report" => Err(Failure::usage(format!(
            "`command: {text}` is not in this version; it knows {}",
            COMMANDS.map(|(name, _)| name).join(", ")
        ))),
        _ => one_of("command", Some(text.to_owned()), &COMMANDS)
            .map(|found| found.unwrap_or(ActionCommand::Run)),
    }
}

fn one_of<T: Copy>(
    input: &str,
    value: Option<String>,
    known: &[(&str, T)],
) -> Result<Option<T>, Failure> {
    let Some(value) = value else { return Ok(None) };
    let found = known.iter().find(|(name, _)| *name == value);
    found.map(|(_, meaning)| Some(*meaning)).ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|(name, _)| *name).collect();
        Failure::usage(format!(
            "`{input}: {value}` is none of {}",
            names.join(", ")
        ))
    })
}

/// `lint`, or several with commas or spaces between them.
fn gates(text: &str) -> Result<Vec<GateId>, Failure> {
    text.split([',', ' ', '\n'])
        .filter(|name| !name.is_empty())
        .map(|name| name.parse())
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::usage(format!("`gate`: {error}")))
}

fn annotations(value: Option<String>) -> Result<usize, Failure> {
    let Some(value) = value else { return Ok(50) };
    let number = value
        .parse()
        .ok()
        .filter(|number| *number <= MOST_ANNOTATIONS);
    number.ok_or_else(|| {
        Failure::usage(format!(
            "`annotations: {value}` is no number from 0 to {MOST_ANNOTATIONS}"
        ))
    })
}

fn retention_days(value: Option<String>) -> Result<Option<u32>, Failure> {
    let Some(value) = value else { return Ok(None) };
    let days = value.parse().ok().filter(|days| (1..=400).contains(days));
    days.map(Some).ok_or_else(|| {
        Failure::usage(format!(
            "`retention-days: {value}` is no number from 1 to 400"
        ))
    })
}

/// Splits `args` as a shell splits words, and does nothing else that a shell does.
fn words(text: &str) -> Result<Vec<String>, Failure> {
    shlex::split(text)
        .ok_or_else(|| Failure::usage(format!("`args: {text}` has a quote that is not closed")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(inputs: &[(&str, &str)]) -> Result<Inputs, Failure> {
        let pairs = inputs.iter();
        let pairs = pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Inputs::read(&pairs.collect())
    }

    fn line(inputs: &[(&str, &str)]) -> String {
        let line = read(inputs).and_then(|inputs| inputs.command_line());
        line.map_or_else(|failure| failure.message, |line| line.join(" "))
    }

    #[test]
    fn a_step_stands_for_a_command_line() {
        for (inputs, expect) in [
            (vec![], "run"),
            (vec![("INPUT_GATE", "lint")], "run --only=lint"),
            (vec![("INPUT_GATE", "lint, test")], "run"),
            (
                vec![("INPUT_WORKING-DIRECTORY", "api"), ("INPUT_VERSION", "1.2")],
                "run --release-version=1.2 --directory=api",
            ),
            (
                vec![("INPUT_ARGS", "--jobs 2 --fail-fast")],
                "run --jobs 2 --fail-fast",
            ),
            (
                vec![
                    ("INPUT_COMMAND", "record"),
                    ("INPUT_GATE", "test"),
                    ("INPUT_CHECK", "unit"),
                    ("INPUT_OUTCOME", "success"),
                    ("INPUT_JUNIT", "out/*.xml"),
                ],
                "record test/unit --outcome=success --junit=out/*.xml",
            ),
            (
                vec![
                    ("INPUT_COMMAND", "record"),
                    ("INPUT_CHECK", "test/unit"),
                    ("INPUT_OUTCOME", "failure"),
                ],
                "record test/unit --outcome=failure",
            ),
            (
                vec![
                    ("INPUT_COMMAND", "promote"),
                    ("INPUT_ENVIRONMENT", "production"),
                ],
                "promote production",
            ),
            (vec![("INPUT_COMMAND", "publish")], "publish"),
        ] {
            assert_eq!(line(&inputs), expect);
        }
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (inputs, expect) in [
            (
                vec![("INPUT_COMMAND", "runn")],
                "`command: runn` is none of run, record",
            ),
            (vec![("INPUT_COMMAND", "deploy")], "is not in this version"),
            (
                vec![("INPUT_CHECKS", "yes")],
                "`checks: yes` is none of final, live, off",
            ),
            (vec![("INPUT_ARTIFACT", "true")], "is none of on, off"),
            (vec![("INPUT_ANNOTATIONS", "1001")], "from 0 to 1000"),
            (vec![("INPUT_ANNOTATIONS", "-1")], "from 0 to 1000"),
            (vec![("INPUT_RETENTION-DAYS", "0")], "from 1 to 400"),
            (vec![("INPUT_ARGS", "'open")], "quote that is not closed"),
            (vec![("INPUT_COMMAND", "record")], "needs the input `check`"),
            (
                vec![("INPUT_COMMAND", "record"), ("INPUT_CHECK", "unit")],
                "needs the input `gate`",
            ),
            (
                vec![("INPUT_COMMAND", "record"), ("INPUT_CHECK", "test/unit")],
                "needs the input `outcome`",
            ),
            (
                vec![
                    ("INPUT_COMMAND", "record"),
                    ("INPUT_GATE", "lint"),
                    ("INPUT_CHECK", "test/unit"),
                ],
                "is not of `gate: lint`",
            ),
            (
                vec![("INPUT_COMMAND", "promote")],
                "needs the input `environment`",
            ),
        ] {
            let said = line(&inputs);
            assert!(said.contains(expect), "{said}");
        }
    }

    #[test]
    fn doctor_knows_the_same_commands() {
        let names = COMMANDS.map(|(name, _)| name);
        assert_eq!(names, crate::domain::doctor::action::COMMANDS);
    }

    #[test]
    fn what_is_empty_was_not_given() {
        let inputs = read(&[
            ("INPUT_GATE", " "),
            ("INPUT_CHECKS", ""),
            ("INPUT_POLICY", ""),
        ])
        .unwrap();
        assert_eq!((inputs.gates, inputs.checks), (Vec::new(), Checks::Final));
        assert_eq!((inputs.annotations, inputs.artifact), (50, Sending::On));
        assert_eq!(inputs.flags, [""; 0]);
    }
}
