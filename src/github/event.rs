//! The event that started a workflow: which commit it is about, and whose code it runs.

use serde::Deserialize;

use crate::domain::ids::CommitSha;

/// What matters of `event.json` and `GITHUB_EVENT_NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowEvent {
    /// `push`, `pull_request`, …
    pub name: String,
    /// The commit that people look at, where it is not `GITHUB_SHA`.
    pub subject: Option<CommitSha>,
    /// Where the code comes from.
    pub origin: Origin,
    /// The number of the pull request.
    pub pull_request: Option<u64>,
}

/// Where the code of a run comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// From the repository itself.
    Own,
    /// From a fork: the token may only read.
    Fork,
    /// From Dependabot: the token may only read.
    Dependabot,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Payload {
    number: Option<u64>,
    pull_request: Option<PullRequest>,
    merge_group: Option<Headed>,
    workflow_run: Option<Headed>,
    sender: Option<Sender>,
    repository: Option<Repo>,
}

#[derive(Deserialize)]
struct PullRequest {
    head: Head,
}

#[derive(Deserialize)]
struct Head {
    sha: CommitSha,
    repo: Option<Repo>,
}

#[derive(Deserialize)]
struct Headed {
    head_sha: CommitSha,
}

#[derive(Deserialize)]
struct Repo {
    id: u64,
}

#[derive(Deserialize)]
struct Sender {
    login: String,
}

/// An `event.json` that is not what its event's name says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event file of this {event} event can't be read: {message}")]
pub struct UnreadableEvent {
    event: String,
    message: String,
}

impl WorkflowEvent {
    /// Whether its runs stand on another commit than the one that they report about.
    pub fn is_about_another_commit(&self) -> bool {
        matches!(self.name.as_str(), "workflow_run" | "pull_request_target")
    }

    /// Reads the event's file
    /// (<https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows>).
    ///
    /// # Errors
    /// When the file is not JSON, or lacks the commit that its event is about.
    pub fn read(name: &str, file: &str) -> Result<Self, UnreadableEvent> {
        let unreadable = |message: String| UnreadableEvent {
            event: name.to_owned(),
            message,
        };
        let payload: Payload =
            serde_json::from_str(file).map_err(|error| unreadable(error.to_string()))?;
        let (subject, key) = match name {
            "pull_request" | "pull_request_target" | "pull_request_review" => {
                let head = payload.pull_request.as_ref().map(|pull| &pull.head.sha);
                (head.cloned(), Some("pull_request.head.sha"))
            }
            "merge_group" => {
                let head = payload.merge_group.as_ref().map(|group| &group.head_sha);
                (head.cloned(), Some("merge_group.head_sha"))
            }
            "workflow_run" => {
                let head = payload.workflow_run.as_ref().map(|run| &run.head_sha);
                (head.cloned(), Some("workflow_run.head_sha"))
            }
            _ => (None, None),
        };
        if let (None, Some(key)) = (&subject, key) {
            return Err(unreadable(format!("it has no {key}")));
        }
        Ok(Self {
            name: name.to_owned(),
            subject,
            origin: payload.origin(name),
            pull_request: payload.number.filter(|_| payload.pull_request.is_some()),
        })
    }
}

impl Payload {
    /// A pull request whose head repository is gone came from a fork.
    fn origin(&self, name: &str) -> Origin {
        let has_read_only_token = matches!(name, "pull_request" | "pull_request_review");
        let Some(pull) = self.pull_request.as_ref().filter(|_| has_read_only_token) else {
            return Origin::Own;
        };
        let head = pull.head.repo.as_ref().map(|repo| repo.id);
        let own = self.repository.as_ref().map(|repo| repo.id);
        let sender = self.sender.as_ref().map(|sender| sender.login.as_str());
        match sender {
            Some("dependabot[bot]") => Origin::Dependabot,
            _ if head.is_some() && head == own => Origin::Own,
            _ => Origin::Fork,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "1111111111111111111111111111111111111111";

    fn read(name: &str, file: &str) -> WorkflowEvent {
        WorkflowEvent::read(name, &file.replace("HEAD", HEAD)).unwrap()
    }

    fn subject(name: &str, file: &str) -> Option<String> {
        read(name, file).subject.map(String::from)
    }

    #[test]
    fn each_event_is_about_one_commit() {
        let pull = r#"{"pull_request": {"head": {"sha": "HEAD"}}}"#;
        assert_eq!(subject("pull_request", pull).as_deref(), Some(HEAD));
        assert_eq!(subject("pull_request_target", pull).as_deref(), Some(HEAD));
        let group = r#"{"merge_group": {"head_sha": "HEAD"}}"#;
        assert_eq!(subject("merge_group", group).as_deref(), Some(HEAD));
        let run = r#"{"workflow_run": {"head_sha": "HEAD"}}"#;
        assert_eq!(subject("workflow_run", run).as_deref(), Some(HEAD));
        assert_eq!(subject("push", r#"{"after": "HEAD"}"#), None);
        assert_eq!(subject("workflow_dispatch", "{}"), None);
    }

    #[test]
    fn a_fork_is_told_from_the_repository() {
        let origin = |head: &str, sender: &str| {
            let file = format!(
                r#"{{"pull_request": {{"head": {{"sha": "HEAD", "repo": {head}}}}},
                    "repository": {{"id": 1}}, "sender": {{"login": "{sender}"}}}}"#
            );
            read("pull_request", &file).origin
        };
        assert_eq!(origin(r#"{"id": 1}"#, "alice"), Origin::Own);
        assert_eq!(origin(r#"{"id": 2}"#, "alice"), Origin::Fork);
        assert_eq!(origin("null", "alice"), Origin::Fork);
        assert_eq!(
            origin(r#"{"id": 1}"#, "dependabot[bot]"),
            Origin::Dependabot
        );
    }

    #[test]
    fn an_event_without_its_commit_is_refused() {
        for (name, file) in [
            ("pull_request", "{}"),
            ("merge_group", "{}"),
            ("workflow_run", r#"{"workflow_run": {"head_sha": "main"}}"#),
            ("push", "no JSON"),
        ] {
            assert!(WorkflowEvent::read(name, file).is_err(), "{name} {file}");
        }
    }
}
