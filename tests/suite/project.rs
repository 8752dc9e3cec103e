//! A builder for a project in a temporary folder, and for calls of the binary in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A Git repository in a temporary folder, with a policy.
pub(crate) struct Project {
    folder: TempDir,
}

/// What a call of the binary came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Project {
    /// A repository with the policy committed. The policy needs neither `version` nor `project`.
    pub(crate) fn new(policy: &str) -> Self {
        let project = Self::empty();
        project.write(
            ".github/tollgate.yml",
            &format!("version: 1\nproject: shop\n{policy}"),
        );
        project.commit("start");
        project
    }

    /// A repository with no commit and no file.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("tollgate ü ")
            .tempdir()
            .unwrap();
        let project = Self { folder };
        project.git(&["init", "--quiet", "--initial-branch=main"]);
        project.git(&["config", "user.name", "Alice"]);
        project.git(&["config", "user.email", "alice@example.com"]);
        project.git(&["config", "commit.gpgsign", "false"]);
        project
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root().join(relative)
    }

    pub(crate) fn write(&self, relative: &str, text: &str) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, relative: &str) -> String {
        fs::read_to_string(self.path(relative)).unwrap()
    }

    pub(crate) fn exists(&self, relative: &str) -> bool {
        self.path(relative).exists()
    }

    /// How often `mark NAME` was run: checks call `echo >> NAME.mark`.
    pub(crate) fn marks(&self, name: &str) -> usize {
        fs::read_to_string(self.root().join(format!(".marks/{name}")))
            .map_or(0, |text| text.lines().count())
    }

    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(self.root())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {arguments:?}: {error}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// A checkout of its head as actions/checkout makes it: a folder of its own, with nothing in it
    /// that is not committed.
    pub(crate) fn fresh_checkout(&self) -> Self {
        let checkout = Self::empty();
        let from = self.root().display().to_string();
        checkout.git(&["fetch", "--quiet", "--tags", &from, "HEAD"]);
        checkout.git(&["checkout", "--quiet", "--detach", "FETCH_HEAD"]);
        checkout
    }

    /// A call of the binary, not yet started.
    pub(crate) fn call(&self, arguments: &str) -> Call {
        Call::new(self.root(), arguments.split_whitespace())
    }

    /// Calls the binary with words separated by spaces.
    pub(crate) fn tollgate(&self, arguments: &str) -> Outcome {
        self.call(arguments).run()
    }

    /// `status --format json`.
    pub(crate) fn status(&self) -> Value {
        let outcome = self.tollgate("status --format json");
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        outcome.json()
    }

    /// `lint=passed test=blocked`.
    pub(crate) fn statuses(&self) -> String {
        statuses(&self.status())
    }

    /// The folder of the newest run.
    pub(crate) fn newest_run(&self) -> PathBuf {
        let runs = fs::read_dir(self.path(".tollgate/runs")).unwrap();
        let mut runs: Vec<_> = runs.map(|entry| entry.unwrap().path()).collect();
        runs.sort();
        runs.pop().expect("there is a run")
    }
}

/// `lint=passed test=blocked` of a status document.
pub(crate) fn statuses(status: &Value) -> String {
    let gates = status["gates"].as_array().unwrap().iter();
    let gates = gates.map(|gate| {
        format!(
            "{}={}",
            gate["id"].as_str().unwrap(),
            gate["status"].as_str().unwrap()
        )
    });
    gates.collect::<Vec<_>>().join(" ")
}

/// The check of a status document, by `gate/check`.
pub(crate) fn check<'a>(status: &'a Value, name: &str) -> &'a Value {
    let (gate, check) = name.split_once('/').unwrap();
    let named = |list: &'a Value, id: &str| {
        list.as_array()
            .unwrap()
            .iter()
            .find(|item| item["id"] == id)
            .unwrap()
    };
    named(&named(&status["gates"], gate)["checks"], check)
}

/// The reason codes of a gate or check.
pub(crate) fn codes(item: &Value) -> Vec<&str> {
    let reasons = item["reasons"].as_array().unwrap().iter();
    reasons
        .map(|reason| reason["code"].as_str().unwrap())
        .collect()
}

/// A call of the binary with an environment of its own.
pub(crate) struct Call {
    command: Command,
}

impl Call {
    fn new<'a>(folder: &Path, arguments: impl Iterator<Item = &'a str>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
        command
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .envs(kept_environment())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .stdin(Stdio::null());
        Self { command }
    }

    pub(crate) fn arg(mut self, argument: &str) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn run(mut self) -> Outcome {
        let output = self.command.output().unwrap();
        Outcome {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Starts the call and leaves it running, its output piped.
    pub(crate) fn start(mut self) -> Child {
        self.command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }
}

fn kept_environment() -> BTreeMap<String, String> {
    let kept = ["PATH", "HOME", "TMPDIR", "LLVM_PROFILE_FILE"];
    std::env::vars()
        .filter(|(name, _)| kept.contains(&name.as_str()))
        .collect()
}

impl Outcome {
    #[track_caller]
    pub(crate) fn expect(&self, code: i32) -> &Self {
        assert_eq!(
            self.code,
            Some(code),
            "stdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Both streams, for messages whose stream does not matter.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    #[track_caller]
    pub(crate) fn says(&self, text: &str) -> &Self {
        let all = self.all();
        assert!(all.contains(text), "{text:?} is not in:\n{all}");
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}\n{}", self.stdout, self.stderr))
    }
}
