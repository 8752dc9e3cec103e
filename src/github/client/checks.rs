//! Check runs: written once each, and found again by their external id.

use jiff::Timestamp;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::writing::{Write, Written};
use super::{Client, GitHubError, Subject, in_query};
use crate::domain::annotation::Annotation;
use crate::domain::check_run::{ANNOTATIONS_A_REQUEST, CheckRun, CheckRunState};
use crate::domain::ids::CommitSha;

const READING: Subject<'static> = Subject {
    what: "check runs",
    permission: "checks: read",
};

const WRITING: Subject<'static> = Subject {
    what: "check runs",
    permission: "checks: write",
};

/// A check run as GitHub has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PostedCheckRun {
    /// GitHub's id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// The commit it stands on.
    pub head_sha: String,
    /// What its maker wrote there.
    pub external_id: Option<String>,
    /// `queued`, `in_progress`, `completed`.
    pub status: String,
    /// `success`, `failure`, …
    pub conclusion: Option<String>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it was decided.
    pub completed_at: Option<Timestamp>,
    /// The app that made it.
    pub app: Option<App>,
}

/// A GitHub App.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct App {
    /// GitHub's id: 15368 is GitHub Actions on github.com.
    pub id: u64,
    /// `github-actions`.
    pub slug: Option<String>,
}

#[derive(Deserialize)]
struct CheckRuns {
    check_runs: Vec<PostedCheckRun>,
}

/// A check run that stands on its commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posted {
    /// GitHub's id.
    pub id: u64,
    /// Whether it was there when it was looked for.
    pub how: Posting,
}

/// How a check run came to stand where it was to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posting {
    /// GitHub answered that it is written.
    New,
    /// GitHub's answer was lost, and the check run was found afterwards.
    Found,
}

#[derive(Deserialize)]
struct Created {
    id: u64,
}

#[derive(Deserialize)]
struct Detailed {
    output: Counted,
}

#[derive(Deserialize)]
struct Counted {
    annotations_count: usize,
}

impl Client {
    /// Every check run of a commit, superseded ones too; with a name, those of that name.
    /// <https://docs.github.com/en/rest/checks/runs#list-check-runs-for-a-git-reference>
    ///
    /// # Errors
    /// When GitHub can't be asked.
    pub async fn check_runs(
        &self,
        commit: &CommitSha,
        name: Option<&str>,
    ) -> Result<Vec<PostedCheckRun>, GitHubError> {
        let named = name.map_or(String::new(), |name| {
            format!("check_name={}&", in_query(name))
        });
        let route = format!("commits/{commit}/check-runs?{named}filter=all");
        self.pages(&route, READING, |page: CheckRuns| page.check_runs)
            .await
    }

    /// Writes a check run, with as many of its annotations as one request takes.
    /// <https://docs.github.com/en/rest/checks/runs#create-a-check-run>
    ///
    /// When GitHub's answer is lost, the check run is looked for by its external id before it is
    /// sent again.
    ///
    /// # Errors
    /// When GitHub refuses, or is in trouble for longer than the client is patient.
    pub async fn create_check_run(&self, run: &CheckRun) -> Result<Posted, GitHubError> {
        let mut body = body(run);
        body["name"] = json!(run.name);
        body["head_sha"] = json!(run.head_sha.as_str());
        let write = Write {
            method: Method::POST,
            route: "check-runs",
            body: &body,
            subject: WRITING,
        };
        match self
            .write::<Created, _>(write, async || self.find(run).await)
            .await?
        {
            Written::New(created) => Ok(Posted {
                id: created.id,
                how: Posting::New,
            }),
            Written::Found(id) => Ok(Posted {
                id,
                how: Posting::Found,
            }),
        }
    }

    /// Says anew what a check run says. GitHub adds its annotations to those that are there, as
    /// [`Self::add_annotations`] does.
    /// <https://docs.github.com/en/rest/checks/runs#update-a-check-run>
    ///
    /// # Errors
    /// When GitHub refuses, or is in trouble for longer than the client is patient.
    pub async fn update_check_run(&self, id: u64, run: &CheckRun) -> Result<(), GitHubError> {
        self.change(id, &body(run), first_annotations(run).len())
            .await
    }

    /// Adds annotations to a check run, [`ANNOTATIONS_A_REQUEST`] at the most.
    ///
    /// When GitHub's answer is lost, they are counted before they are sent again.
    ///
    /// # Errors
    /// When GitHub refuses, or is in trouble for longer than the client is patient.
    pub async fn add_annotations(
        &self,
        id: u64,
        run: &CheckRun,
        annotations: &[Annotation],
    ) -> Result<(), GitHubError> {
        let body = json!({ "output": output(run, annotations) });
        self.change(id, &body, annotations.len()).await
    }

    /// The id of a check run that says what `run` says, if there is one.
    async fn find(&self, run: &CheckRun) -> Result<Option<u64>, GitHubError> {
        let Some(external_id) = &run.external_id else {
            return Err(GitHubError::Unreachable {
                message: "what it made of the check run can't be looked up".to_owned(),
            });
        };
        let conclusion = run.state.conclusion();
        let found = self.check_runs(&run.head_sha, Some(&run.name)).await?;
        let same = found.into_iter().filter(|found| {
            found.external_id.as_ref() == Some(external_id)
                && found.conclusion.as_deref() == conclusion
        });
        Ok(same.map(|found| found.id).max())
    }

    /// Changes a check run. Without annotations a repeat changes nothing more.
    async fn change(&self, id: u64, body: &Value, adds: usize) -> Result<(), GitHubError> {
        let route = format!("check-runs/{id}");
        let before = match adds {
            0 => None,
            _ => self.annotations_count(id).await.ok(),
        };
        let look = async || match adds {
            0 => Ok(None),
            _ => self.are_added(id, before, adds).await,
        };
        let write = Write {
            method: Method::PATCH,
            route: &route,
            body,
            subject: WRITING,
        };
        self.write::<Created, _>(write, look).await.map(|_| ())
    }

    /// Whether so many annotations were added.
    async fn are_added(
        &self,
        id: u64,
        before: Option<usize>,
        adds: usize,
    ) -> Result<Option<()>, GitHubError> {
        let now = self.annotations_count(id).await?;
        match before {
            Some(before) if now >= before + adds => Ok(Some(())),
            Some(before) if now == before => Ok(None),
            _ => Err(GitHubError::Unreachable {
                message: format!("check run {id} has {now} annotations, which tells nothing"),
            }),
        }
    }

    /// How many annotations a check run has.
    /// <https://docs.github.com/en/rest/checks/runs#get-a-check-run>
    async fn annotations_count(&self, id: u64) -> Result<usize, GitHubError> {
        let found: Detailed = self.get(&format!("check-runs/{id}"), READING).await?;
        Ok(found.output.annotations_count)
    }
}

fn first_annotations(run: &CheckRun) -> &[Annotation] {
    &run.annotations[..run.annotations.len().min(ANNOTATIONS_A_REQUEST)]
}

/// Now, in whole seconds that have passed: GitHub keeps no parts of them.
fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn body(run: &CheckRun) -> Value {
    let mut body = json!({
        "output": output(run, first_annotations(run)),
    });
    if let Some(address) = &run.details_url {
        body["details_url"] = json!(address);
    }
    if let Some(external_id) = &run.external_id {
        body["external_id"] = json!(external_id);
    }
    match run.state {
        CheckRunState::InProgress => body["status"] = json!("in_progress"),
        CheckRunState::Completed(conclusion) => {
            body["status"] = json!("completed");
            body["conclusion"] = json!(conclusion.as_str());
            body["completed_at"] = json!(now());
        }
    }
    body
}

fn output(run: &CheckRun, annotations: &[Annotation]) -> Value {
    let mut output = json!({
        "title": run.title,
        "summary": run.summary,
        "annotations": annotations.iter().map(annotation).collect::<Vec<_>>(),
    });
    if let Some(text) = &run.text {
        output["text"] = json!(text);
    }
    output
}

fn annotation(annotation: &Annotation) -> Value {
    let line = annotation.location.line.unwrap_or(1);
    json!({
        "path": annotation.location.file,
        "start_line": line,
        "end_line": annotation.end_line.unwrap_or(line),
        "annotation_level": annotation.level.as_str(),
        "title": annotation.title,
        "message": annotation.message,
    })
}
