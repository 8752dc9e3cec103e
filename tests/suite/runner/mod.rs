//! GitHub's runner, emulated: jobs whose steps run the action in its container as the runner does,
//! or the binary in a `run:` step.
//!
//! Written after actions/runner 2.336.0; each file names the one it follows. It differs from it
//! in two ways: containers share the host's network, so that they reach a fake on loopback, and of
//! expressions only `${{ github.NAME }}` is known.
//!
//! ```ignore
//! let mut runner = Runner::checked_out(&project);
//! runner.github("api_url", &fake.url()).service("RESULTS_URL", &fake.url());
//! let outcome = runner.step(&[("command", "record"), ("gate", "test")], &[("APP", "shop")]);
//! outcome.expect(0);
//! assert_eq!(outcome.outputs["status"], "passed");
//! ```

mod action;
mod annotation;
mod command;
mod context;
pub(crate) mod engine;
mod file_commands;
mod folders;
mod log;
mod mask;
mod outcome;
mod process;
mod step;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

pub(crate) use self::action::Action;
pub(crate) use self::outcome::Outcome;
pub(crate) use self::step::Step;

use self::context::Context;
use self::folders::Folders;
use crate::fake_github;
use crate::project::Project;

/// Variables of paths that are a runner's own, and the token, which is no variable of a step.
const OWN_PLACES: [&str; 9] = [
    "ACTIONS",
    "ENV",
    "EVENT_PATH",
    "OUTPUT",
    "PATH",
    "STATE",
    "STEP_SUMMARY",
    "TOKEN",
    "WORKSPACE",
];

/// The runner of one job: a fresh workspace, and what steps hand on to later steps.
pub(crate) struct Runner {
    folders: Folders,
    context: Context,
    handed_on: Mutex<HandedOn>,
    /// Folders of programs that the machine has, before those of `PATH`.
    tools: Vec<String>,
    /// Who the steps on the host run as, if not as the tests.
    user: Option<u32>,
}

/// What steps wrote into `GITHUB_ENV` and `GITHUB_PATH`.
#[derive(Debug, Default)]
struct HandedOn {
    environment: BTreeMap<String, String>,
    path: Vec<String>,
}

impl Runner {
    /// A job that has checked nothing out yet: a push of the commit `sha`.
    pub(crate) fn new(sha: &str) -> Self {
        let folders = Folders::new();
        Self {
            context: Context::of_push(&folders, sha),
            folders,
            handed_on: Mutex::default(),
            tools: Vec::new(),
            user: None,
        }
    }

    /// A job whose first step was `actions/checkout`: the project's last commit, and no other.
    pub(crate) fn checked_out(project: &Project) -> Self {
        let runner = Self::new(&project.head());
        runner.check_out(project);
        runner
    }

    /// `uses: actions/checkout`: the project's last commit, and no other.
    pub(crate) fn check_out(&self, project: &Project) {
        let source = format!("file://{}", project.root().display());
        let git = |arguments: &[&str]| {
            let output = Command::new("git")
                .args(arguments)
                .current_dir(self.workspace())
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                .env("GIT_CONFIG_SYSTEM", "/dev/null")
                .output()
                .unwrap();
            assert!(output.status.success(), "git {arguments:?}: {output:?}");
        };
        git(&["clone", "--quiet", "--depth=1", &source, "."]);
        let address = "https://github.com/acme/shop";
        git(&["remote", "set-url", "origin", address]);
    }

    /// A job of a run on a fake GitHub: the step's event, services and variables, with paths of
    /// this runner, and the step's token.
    pub(crate) fn belongs_to(&mut self, step: &fake_github::Step) -> &mut Self {
        for (name, value) in &step.environment {
            match (name.strip_prefix("GITHUB_"), name.strip_prefix("ACTIONS_")) {
                (Some(name), _) if !OWN_PLACES.contains(&name) => {
                    self.github(&name.to_lowercase(), value)
                }
                (_, Some(name)) => self.service(name, value),
                _ => self,
            };
        }
        self.github("token", &step.environment["GITHUB_TOKEN"]);
        let event = fs::read_to_string(step.file("GITHUB_EVENT_PATH")).unwrap();
        let name = &step.environment["GITHUB_EVENT_NAME"];
        self.event(name, &serde_json::from_str(&event).unwrap())
    }

    /// Puts a folder of programs before those of the machine.
    pub(crate) fn tools(&mut self, folder: &str) -> &mut Self {
        self.tools.push(folder.to_owned());
        self
    }

    /// Gives everything that is there to a user without rights, as whom steps on the host run from
    /// now on. Only root can.
    pub(crate) fn give_to(&mut self, user: u32) -> &mut Self {
        let given = Command::new("chown")
            .args(["--recursive", &format!("{user}:{user}")])
            .arg(self.folders.path(""))
            .status();
        assert!(given.unwrap().success());
        self.user = Some(user);
        self
    }

    /// `github.…`.
    pub(crate) fn github_context(&self) -> &BTreeMap<String, String> {
        &self.context.github
    }

    /// Sets `github.KEY`, and so `GITHUB_KEY` where there is such a variable.
    pub(crate) fn github(&mut self, key: &str, value: &str) -> &mut Self {
        self.context.github.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Sets `ACTIONS_NAME`: where the services of the job are.
    pub(crate) fn service(&mut self, name: &str, value: &str) -> &mut Self {
        self.context
            .service
            .insert(name.to_owned(), value.to_owned());
        self
    }

    /// Takes `ACTIONS_NAME` away: a server that does not have the service.
    pub(crate) fn without_service(&mut self, name: &str) -> &mut Self {
        self.context.service.remove(name);
        self
    }

    /// Sets the event: its name, and what `event.json` holds.
    pub(crate) fn event(&mut self, name: &str, payload: &serde_json::Value) -> &mut Self {
        let path = self.folders.path("_temp/_github_workflow/event.json");
        fs::write(path, payload.to_string()).unwrap();
        self.github("event_name", name)
    }

    /// `GITHUB_WORKSPACE` on the host.
    pub(crate) fn workspace(&self) -> PathBuf {
        self.folders.workspace()
    }

    /// `RUNNER_TEMP` on the host.
    pub(crate) fn temp(&self) -> PathBuf {
        self.folders.path("_temp")
    }

    /// Runs `uses: acme/tollgate@v1` with these inputs and this `env:`, in a container.
    pub(crate) fn step(&self, inputs: &[(&str, &str)], environment: &[(&str, &str)]) -> Outcome {
        let mut step = self.uses(inputs);
        for (name, value) in environment {
            step = step.env(name, value);
        }
        step.run()
    }

    /// The same, not yet started.
    pub(crate) fn uses(&self, inputs: &[(&str, &str)]) -> Step<'_> {
        Step::of_action(
            self,
            Action::of_this_repository(),
            engine::engine().image(),
            inputs,
        )
    }

    /// `uses: ./FOLDER`, not yet started: an action of the workspace, in its image.
    pub(crate) fn uses_local(
        &self,
        folder: &str,
        image: &str,
        inputs: &[(&str, &str)],
    ) -> Step<'_> {
        let file = self.workspace().join(folder).join("action.yml");
        let action = Action::read(&fs::read_to_string(file).unwrap());
        assert_eq!(
            action.image, "Dockerfile",
            "an image that the runner builds"
        );
        Step::of_action(self, action, image, inputs)
    }

    /// `uses: docker://IMAGE` with `with: args`, not yet started: the image as such.
    pub(crate) fn uses_image(&self, arguments: &[&str]) -> Step<'_> {
        Step::of_image(self, arguments)
    }

    /// `run: SCRIPT`, not yet started, with `tollgate` on the `PATH`.
    pub(crate) fn runs(&self, script: &str) -> Step<'_> {
        Step::of_script(self, script)
    }
}
