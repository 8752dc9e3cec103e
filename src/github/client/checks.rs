//! Check runs: written once each, and found again by their external id.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Client, GitHubError, Subject};
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

#[derive(Deserialize)]
struct Created {
    id: u64,
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
            format!("check_name={}&", super::in_query(name))
        });
        let route = format!("commits/{commit}/check-runs?{named}filter=all");
        self.pages(&route, READING, |page: CheckRuns| page.check_runs)
            .await
    }

    /// Writes a check run, with as many of its annotations as one request takes.
    /// <https://docs.github.com/en/rest/checks/runs#create-a-check-run>
    ///
    /// # Errors
    /// When GitHub refuses.
    pub async fn create_check_run(&self, run: &CheckRun) -> Result<u64, GitHubError> {
        let mut body = body(run);
        body["name"] = json!(run.name);
        body["head_sha"] = json!(run.head_sha.as_str());
        let created: Created = self.post("check-runs", &body, WRITING).await?;
        Ok(created.id)
    }

    /// Says anew what a check run says.
    /// <https://docs.github.com/en/rest/checks/runs#update-a-check-run>
    ///
    /// # Errors
    /// When GitHub refuses.
    pub async fn update_check_run(&self, id: u64, run: &CheckRun) -> Result<(), GitHubError> {
        let _: Created = self
            .patch(&format!("check-runs/{id}"), &body(run), WRITING)
            .await?;
        Ok(())
    }

    /// Adds annotations to a check run, [`ANNOTATIONS_A_REQUEST`] at the most.
    ///
    /// # Errors
    /// When GitHub refuses.
    pub async fn add_annotations(
        &self,
        id: u64,
        run: &CheckRun,
        annotations: &[Annotation],
    ) -> Result<(), GitHubError> {
        let body = json!({ "output": output(run, annotations) });
        let _: Created = self
            .patch(&format!("check-runs/{id}"), &body, WRITING)
            .await?;
        Ok(())
    }
}

fn body(run: &CheckRun) -> Value {
    let first = run.annotations.len().min(ANNOTATIONS_A_REQUEST);
    let mut body = json!({
        "external_id": run.external_id.to_string(),
        "output": output(run, &run.annotations[..first]),
    });
    match run.state {
        CheckRunState::InProgress => body["status"] = json!("in_progress"),
        CheckRunState::Completed(conclusion) => {
            body["status"] = json!("completed");
            body["conclusion"] = json!(conclusion.as_str());
            body["completed_at"] = json!(format!("{:.0}", Timestamp::now()));
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
