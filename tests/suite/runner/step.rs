//! A step: how the runner starts it, cancels it, and processes what it leaves
//! (`ActionRunner.cs`, `ContainerActionHandler.cs`, `DockerCommandManager.cs`, `ScriptHandler.cs`).

use std::collections::BTreeMap;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::Signal;
use uuid::Uuid;

use super::action::Action;
use super::engine::engine;
use super::file_commands::{CommandFiles, FILES};
use super::log::Log;
use super::outcome::Outcome;
use super::process::{Process, Stream};
use super::{HandedOn, Runner};

/// The label by which a runner knows its containers.
const LABEL: &str = "tollga";

/// A step that has not started yet.
pub(crate) struct Step<'a> {
    runner: &'a Runner,
    kind: Kind,
    environment: BTreeMap<String, String>,
    directory: PathBuf,
    files: CommandFiles,
    warning: Option<String>,
}

enum Kind {
    Container {
        image: String,
        entry_point: Option<String>,
        arguments: Vec<String>,
        inputs: Vec<(String, String)>,
    },
    Script(String),
}

impl<'a> Step<'a> {
    pub(super) fn of_action(
        runner: &'a Runner,
        action: Action,
        image: &str,
        inputs: &[(&str, &str)],
    ) -> Self {
        let (inputs, warning) = action.inputs(inputs, &runner.context.github);
        let kind = Kind::Container {
            image: image.to_owned(),
            entry_point: Some(action.entry_point),
            arguments: action.arguments,
            inputs,
        };
        Self {
            warning,
            ..Self::new(runner, kind)
        }
    }

    pub(super) fn of_image(runner: &'a Runner, arguments: &[&str]) -> Self {
        let arguments: Vec<_> = arguments.iter().map(|one| (*one).to_owned()).collect();
        let kind = Kind::Container {
            image: engine().image().to_owned(),
            entry_point: None,
            inputs: vec![("args".to_owned(), arguments.join(" "))],
            arguments,
        };
        Self::new(runner, kind)
    }

    pub(super) fn of_script(runner: &'a Runner, script: &str) -> Self {
        Self::new(runner, Kind::Script(script.to_owned()))
    }

    fn new(runner: &'a Runner, kind: Kind) -> Self {
        let suffix = Uuid::new_v4().to_string();
        Self {
            runner,
            kind,
            environment: BTreeMap::new(),
            directory: runner.folders.workspace(),
            files: CommandFiles::new(&runner.folders.command_files(), suffix),
            warning: None,
        }
    }

    /// Adds to the step's `env:`. What the runner sets itself cannot be set here, as there.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        let context = &self.runner.context;
        let is_own = context.variables().contains_key(name) || name.starts_with("ACTIONS_");
        assert!(!is_own, "{name}: see Runner::github and Runner::service");
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// `working-directory:`, from the workspace.
    pub(crate) fn working_directory(mut self, directory: &str) -> Self {
        self.directory.push(directory);
        self
    }

    /// Runs the step to its end.
    pub(crate) fn run(self) -> Outcome {
        self.start().wait()
    }

    /// Starts the step and leaves it running.
    pub(crate) fn start(self) -> Running<'a> {
        let folders = &self.runner.folders;
        let (mut command, container, workspace) = match &self.kind {
            Kind::Container { .. } => {
                let name = format!("tollgate_{}", Uuid::new_v4().simple());
                let command = self.docker_run(&name);
                (command, Some(name), "/github/workspace".to_owned())
            }
            Kind::Script(script) => (self.script(script), None, folders.text("shop/shop")),
        };
        let mut log = Log::new(&self.runner.context.secrets(), &workspace);
        if let Some(warning) = &self.warning {
            log.warning(warning);
        }
        command.current_dir(&self.directory);
        Running {
            runner: self.runner,
            files: self.files,
            process: Process::start(&mut command),
            container,
            log,
            stdout: String::new(),
            stderr: String::new(),
        }
    }

    /// What both kinds of steps get, with host paths: `env:`, what earlier steps handed on, the
    /// contexts, the files of commands.
    fn variables(&self) -> BTreeMap<String, String> {
        let mut all = self.runner.handed_on.lock().unwrap().environment.clone();
        all.extend(self.environment.clone());
        all.extend(self.runner.context.variables());
        for (name, _) in FILES {
            let path = self.files.path(name).display().to_string();
            all.insert(format!("GITHUB_{}", name.to_uppercase()), path);
        }
        all
    }

    fn docker_run(&self, name: &str) -> Command {
        let Kind::Container {
            image,
            entry_point,
            arguments,
            inputs,
        } = &self.kind
        else {
            unreachable!("only containers are started so")
        };
        let variables = self.container_variables(inputs);
        let mut command = engine().docker();
        command.args(["run", "--name", name, "--label", LABEL]);
        command.args(["--workdir", "/github/workspace", "--rm"]);
        for (name, value) in &variables {
            command.args(["-e", name]).env(name, value);
        }
        command.args(["-e", "GITHUB_ACTIONS=true"]);
        if !variables.contains_key("CI") {
            command.args(["-e", "CI=true"]);
        }
        if let Some(entry_point) = entry_point {
            command.args(["--entrypoint", entry_point]);
        }
        command.arg("--network=host"); // not the runner's: see the head of `mod.rs`
        for mount in self.mounts() {
            command.args(["-v", &mount]);
        }
        command.arg(image).args(arguments);
        command
    }

    fn mounts(&self) -> Vec<String> {
        let socket = engine().socket().display();
        let mut mounts = vec![format!("{socket}:/var/run/docker.sock")];
        for (host, container) in self.runner.folders.mounts() {
            mounts.push(format!("{}:{container}", host.display()));
        }
        mounts
    }

    /// Inputs and the job's services beside the rest, with the container's paths.
    fn container_variables(&self, inputs: &[(String, String)]) -> BTreeMap<String, String> {
        let folders = &self.runner.folders;
        let mut all = BTreeMap::new();
        for (name, value) in inputs {
            let name = name.replace(' ', "_").to_uppercase();
            all.insert(format!("INPUT_{name}"), value.clone());
        }
        all.extend(self.variables());
        all.insert("HOME".to_owned(), folders.text("_temp/_github_home"));
        all.extend(self.runner.context.service_variables());
        for value in all.values_mut() {
            *value = folders.in_container(value);
        }
        all
    }

    /// `bash -e FILE`, in the runner's own environment.
    fn script(&self, script: &str) -> Command {
        let folders = &self.runner.folders;
        let path = folders.path(&format!("_temp/{}.sh", Uuid::new_v4()));
        std::fs::write(&path, script).unwrap();
        let binary = Path::new(env!("CARGO_BIN_EXE_tollgate")).parent().unwrap();
        let handed_on = self.runner.handed_on.lock().unwrap().path.clone();
        let search: Vec<_> = handed_on
            .into_iter()
            .rev()
            .chain(self.runner.tools.clone())
            .chain([binary.display().to_string()])
            .chain(std::env::var("PATH"))
            .collect();
        let mut command = Command::new("bash");
        command
            .arg("-e")
            .arg(path)
            .env_clear()
            .env("HOME", folders.path("home"))
            .env("CI", "true")
            .env("GITHUB_ACTIONS", "true")
            .envs(self.variables())
            .envs(self.runner.context.script_variables())
            .env("PATH", search.join(":"));
        if let Some(user) = self.runner.user {
            command.uid(user).gid(user);
        }
        command
    }
}

/// A step that runs.
pub(crate) struct Running<'a> {
    runner: &'a Runner,
    files: CommandFiles,
    process: Process,
    container: Option<String>,
    log: Log,
    stdout: String,
    stderr: String,
}

impl Running<'_> {
    /// Waits until a line of the output holds `text`.
    #[track_caller]
    pub(crate) fn await_line(&mut self, text: &str) {
        while let Some(line) = self.process.next_line() {
            let found = line.1.contains(text);
            self.take(line);
            if found {
                return;
            }
        }
        panic!("{text:?} never came:\n{}{}", self.stdout, self.stderr);
    }

    /// Waits for the end.
    pub(crate) fn wait(mut self) -> Outcome {
        while let Some(line) = self.process.next_line() {
            self.take(line);
        }
        self.finish()
    }

    /// Cancels the step as the runner does. Gives what it came to, and the last signal it took.
    pub(crate) fn cancel(mut self) -> (Outcome, Signal) {
        let mut lines = Vec::new();
        let signal = self.process.cancel(|line| lines.push(line));
        lines.into_iter().for_each(|line| self.take(line));
        (self.finish(), signal)
    }

    /// Sends one signal to the Docker command line, or to the script.
    pub(crate) fn send(&self, signal: Signal) {
        self.process.send(signal);
    }

    fn take(&mut self, (stream, line): (Stream, String)) {
        let kept = match stream {
            Stream::Out => &mut self.stdout,
            Stream::Error => &mut self.stderr,
        };
        kept.push_str(&line);
        kept.push('\n');
        self.log.take(&line);
    }

    fn finish(mut self) -> Outcome {
        let code = self.process.exit_code();
        if code != Some(0) && self.container.is_none() {
            let code = code.unwrap_or(-1);
            let message = format!("Process completed with exit code {code}.");
            self.log.error(&message);
        }
        if code.is_some() {
            self.container = None; // it went with the command line that started it
        }
        let mut outputs = std::mem::take(&mut self.log.outputs);
        outputs.extend(self.read("output"));
        let environment = self.environment();
        let state = self.read("state");
        let path = self.files.path_lines();
        let summary = self.summary();
        self.hand_on(&environment, &path);
        Outcome {
            code,
            has_succeeded: code == Some(0) && !self.log.has_failed,
            stdout: std::mem::take(&mut self.stdout),
            stderr: std::mem::take(&mut self.stderr),
            log: std::mem::replace(&mut self.log, Log::new(&[], "")),
            outputs,
            environment,
            state,
            path,
            summary,
        }
    }

    /// The pairs of a file; one that is no pair fails the step.
    fn read(&mut self, name: &str) -> BTreeMap<String, String> {
        let (pairs, problem) = self.files.pairs(name);
        if let Some(problem) = problem {
            let message = format!("Unable to process file command '{name}' successfully.");
            self.log.error(&message);
            self.log.error(&problem);
            self.log.has_failed = true;
        }
        pairs.into_iter().collect()
    }

    fn environment(&mut self) -> BTreeMap<String, String> {
        let mut environment = self.read("env");
        let refused = |name: &str| name.eq_ignore_ascii_case("NODE_OPTIONS");
        if environment.keys().any(|name| refused(name)) {
            let message = "Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.";
            self.log.error(message);
        }
        environment.retain(|name, _| !refused(name));
        environment
    }

    fn summary(&mut self) -> Option<String> {
        match self.files.summary() {
            Ok(summary) => summary.map(|text| self.log.hide(&text)),
            Err(problem) => {
                self.log.error(&problem);
                None
            }
        }
    }

    fn hand_on(&self, environment: &BTreeMap<String, String>, path: &[String]) {
        let mut handed_on = self.runner.handed_on.lock().unwrap();
        let HandedOn {
            environment: known,
            path: search,
        } = &mut *handed_on;
        known.extend(environment.clone());
        search.retain(|folder| !path.contains(folder));
        search.extend(path.to_vec());
    }
}

impl Drop for Running<'_> {
    /// A container outlives the Docker command line that was killed; a test leaves none.
    fn drop(&mut self) {
        if let Some(container) = &self.container {
            let mut command = engine().docker();
            command.args(["rm", "--force", container]);
            let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        }
    }
}

#[test]
fn a_container_sees_inputs_and_paths_as_its_own() {
    let mut runner = Runner::new("8a48fc5f8a48fc5f8a48fc5f8a48fc5f8a48fc5f");
    runner.github("token", "ghs_x");
    let path = runner.workspace().join("reports");
    let path = path.display().to_string();
    let beside = format!("see {path}");
    let inputs = [
        ("gate", "test"),
        ("Working-Directory", "api"),
        ("colour", "red"),
    ];
    let step = runner
        .uses(&inputs)
        .env("REPORTS", &path)
        .env("NOTE", &beside);
    let Kind::Container { inputs, .. } = &step.kind else {
        panic!("an action runs in a container")
    };
    let seen = step.container_variables(inputs);
    let expected = [
        ("INPUT_GATE", "test"),
        ("INPUT_COMMAND", "run"),
        ("INPUT_TOKEN", "ghs_x"),
        ("INPUT_WORKING-DIRECTORY", "api"),
        ("INPUT_COLOUR", "red"),
        ("INPUT_JUNIT", ""),
        ("HOME", "/github/home"),
        ("REPORTS", "/github/workspace/reports"),
        ("NOTE", &beside),
        ("RUNNER_TEMP", "/github/runner_temp"),
        ("GITHUB_EVENT_PATH", "/github/workflow/event.json"),
        ("ACTIONS_RUNTIME_TOKEN", "theRuntimeTokenOfThisJob"),
    ];
    for (name, value) in expected {
        assert_eq!(seen[name], value, "{name}");
    }
    assert!(seen["GITHUB_OUTPUT"].starts_with("/github/file_commands/set_output_"));
    assert!(!seen.contains_key("GITHUB_TOKEN"));
    let warning = step.warning.as_deref().unwrap();
    assert!(warning.starts_with("Unexpected input(s) 'colour', valid inputs are ['entryPoint', "));
}
