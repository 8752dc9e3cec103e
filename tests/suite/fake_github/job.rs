//! The environment of a step in a job of GitHub Actions
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/variables>).

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::results::RunningJob;
use super::scene::Scene;
use super::shapes::{SERVER, number_of};
use super::state::WorkflowRun;
use super::tokens::Token;
use crate::project::{Call, Project};

/// The number of the pull request that `pull_request` events are about.
const PULL_REQUEST: u64 = 12;

/// One step of a job, with files of its own.
pub(crate) struct Step {
    /// By name. Paths are those of the host.
    pub(crate) environment: BTreeMap<String, String>,
    folder: TempDir,
}

impl Scene {
    /// A step of the job `gate` in an attempt of a run that was set up. Its commit is the project's
    /// head, its workspace the project's folder, `GITHUB_TOKEN` one that may do everything.
    pub(crate) fn step(&self, project: &Project, run: u64, attempt: u32) -> Step {
        let run = self.look().run(run).expect("the run was set up").clone();
        let folder = tempfile::Builder::new().prefix("runner ").tempdir();
        let mut step = Step {
            environment: BTreeMap::new(),
            folder: folder.unwrap(),
        };
        let workspace = project.root().display().to_string();
        let token = self.shared().state().add_token(Token::workflow());
        for (name, value) in [
            ("CI", "true".to_owned()),
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_JOB", "gate".to_owned()),
            ("GITHUB_WORKFLOW", run.name.clone()),
            ("GITHUB_RUN_ID", run.id.to_string()),
            ("GITHUB_RUN_NUMBER", "1".to_owned()),
            ("GITHUB_RUN_ATTEMPT", attempt.to_string()),
            ("GITHUB_RETENTION_DAYS", "90".to_owned()),
            ("GITHUB_SHA", project.head()),
            ("GITHUB_WORKSPACE", workspace),
            ("GITHUB_TOKEN", token),
            ("RUNNER_OS", "Linux".to_owned()),
            ("RUNNER_ENVIRONMENT", "github-hosted".to_owned()),
        ] {
            step = step.with(name, &value);
        }
        let step = step.at(self).by(&run).files();
        let step = step.referring_to("branch", run.head_branch.as_deref().unwrap_or("main"));
        let step = step.event(&run.event, &payload(self, &run));
        self.with_artifact_service(step, run.id)
    }

    /// `ACTIONS_RUNTIME_TOKEN` is a JWT that nobody signed: clients only look into it.
    fn with_artifact_service(&self, step: Step, run: u64) -> Step {
        let run_backend_id = Uuid::new_v5(&Uuid::NAMESPACE_URL, &run.to_be_bytes()).to_string();
        let job_backend_id = Uuid::new_v4().to_string();
        let scope = format!(
            "Actions.GenericRead:00000000-0000-0000-0000-000000000000 \
             Actions.Results:{run_backend_id}:{job_backend_id}"
        );
        let part = |value: Value| BASE64.encode(value.to_string());
        let claims = json!({"scp": scope, "iss": "https://token.actions.githubusercontent.com"});
        let header = part(json!({"typ": "JWT", "alg": "none"}));
        let token = format!("{header}.{}.", part(claims));
        let job = RunningJob {
            repository: self.name().to_owned(),
            run,
            run_backend_id,
            job_backend_id,
            uploads: Vec::new(),
        };
        let shared = self.shared();
        shared.state().running_jobs.insert(token.clone(), job);
        step.with("ACTIONS_RESULTS_URL", &format!("{}/", shared.api))
            .with("ACTIONS_RUNTIME_TOKEN", &token)
    }
}

impl Step {
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.environment.remove(name);
        self
    }

    /// Started by a tag.
    pub(crate) fn tag(self, name: &str) -> Self {
        self.referring_to("tag", name)
    }

    /// Started by an event, whose payload it writes.
    pub(crate) fn event(self, name: &str, payload: &Value) -> Self {
        let path = self.folder.path().join("_temp/_github_workflow/event.json");
        fs::write(&path, payload.to_string()).unwrap();
        let step = self
            .with("GITHUB_EVENT_NAME", name)
            .with("GITHUB_EVENT_PATH", &path.display().to_string());
        if !name.starts_with("pull_request") {
            return step;
        }
        step.with("GITHUB_REF_NAME", &format!("{PULL_REQUEST}/merge"))
            .with("GITHUB_REF", &format!("refs/pull/{PULL_REQUEST}/merge"))
            .with("GITHUB_HEAD_REF", "feature")
            .with("GITHUB_BASE_REF", "main")
    }

    /// A call of the binary in the project, as this step.
    pub(crate) fn call(&self, project: &Project, arguments: &str) -> Call {
        let environment = self.environment.iter();
        environment.fold(project.call(arguments), |call, (name, value)| {
            call.env(name, value)
        })
    }

    /// What the step wrote to `GITHUB_OUTPUT`.
    pub(crate) fn output(&self) -> String {
        fs::read_to_string(self.file("GITHUB_OUTPUT")).unwrap()
    }

    /// What the step wrote to `GITHUB_STEP_SUMMARY`.
    pub(crate) fn summary(&self) -> String {
        fs::read_to_string(self.file("GITHUB_STEP_SUMMARY")).unwrap()
    }

    /// The file or folder that a variable names.
    pub(crate) fn file(&self, variable: &str) -> PathBuf {
        PathBuf::from(&self.environment[variable])
    }

    fn at(self, scene: &Scene) -> Self {
        let repository = scene.look();
        self.with("GITHUB_API_URL", &scene.shared().api)
            .with("GITHUB_SERVER_URL", SERVER)
            .with("GITHUB_REPOSITORY", &repository.name)
            .with("GITHUB_REPOSITORY_ID", &repository.id.to_string())
            .with("GITHUB_REPOSITORY_OWNER", repository.owner())
    }

    fn by(self, run: &WorkflowRun) -> Self {
        self.with("GITHUB_ACTOR", &run.actor)
            .with("GITHUB_ACTOR_ID", &number_of(&run.actor).to_string())
            .with("GITHUB_TRIGGERING_ACTOR", &run.triggering_actor)
    }

    /// Laid out as the runner does it.
    fn files(mut self) -> Self {
        let temporary = self.folder.path().join("_temp");
        for folder in ["_github_home", "_github_workflow", "_runner_file_commands"] {
            fs::create_dir_all(temporary.join(folder)).unwrap();
        }
        for (variable, file) in [
            ("GITHUB_ENV", "set_env"),
            ("GITHUB_OUTPUT", "set_output"),
            ("GITHUB_PATH", "add_path"),
            ("GITHUB_STATE", "save_state"),
            ("GITHUB_STEP_SUMMARY", "step_summary"),
        ] {
            let path = temporary.join("_runner_file_commands").join(file);
            fs::write(&path, "").unwrap();
            self = self.with(variable, &path.display().to_string());
        }
        self.with("RUNNER_TEMP", &temporary.display().to_string())
    }

    fn referring_to(self, kind: &str, name: &str) -> Self {
        let folder = if kind == "tag" { "tags" } else { "heads" };
        self.with("GITHUB_REF", &format!("refs/{folder}/{name}"))
            .with("GITHUB_REF_NAME", name)
            .with("GITHUB_REF_TYPE", kind)
    }
}

/// What `event.json` holds, as far as it is looked at.
fn payload(scene: &Scene, run: &WorkflowRun) -> Value {
    let own = scene.look();
    let is_fork = run.head_repository != own.name;
    let head_id = if is_fork {
        number_of(&run.head_repository)
    } else {
        own.id
    };
    let repository = json!({"id": own.id, "full_name": own.name, "default_branch": "main"});
    let mut payload = json!({"repository": repository, "sender": {"login": run.actor}});
    match run.event.as_str() {
        "push" => {
            payload["ref"] = json!(format!(
                "refs/heads/{}",
                run.head_branch.as_deref().unwrap_or("main")
            ));
            payload["after"] = json!(run.head_sha);
        }
        "merge_group" => {
            let head_ref = "refs/heads/gh-readonly-queue/main/pr-12";
            payload["merge_group"] = json!({"head_sha": run.head_sha, "head_ref": head_ref});
        }
        "workflow_run" => {
            payload["workflow_run"] = json!({"id": run.id - 1, "head_sha": run.head_sha});
        }
        event if event.starts_with("pull_request") => {
            let repo = json!({"id": head_id, "full_name": run.head_repository});
            let head = json!({"sha": run.head_sha, "ref": "feature", "repo": repo});
            payload["number"] = json!(PULL_REQUEST);
            payload["pull_request"] = json!({"number": PULL_REQUEST, "head": head});
        }
        _ => {}
    }
    payload
}
