//! Which check runs of a commit are proof of earlier work, and which are not.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::domain::check_run::ExternalId;
use crate::domain::ids::{CommitSha, Sha256Digest};
use crate::domain::release::ReleaseId;
use crate::github::client::PostedCheckRun;
use crate::render::check_run;

/// The app that owns the check runs of a workflow's own token
/// (<https://docs.github.com/en/actions/concepts/security/github_token>).
const ACTIONS_SLUG: &str = "github-actions";

/// Its id on github.com, for answers that leave out the slug.
const ACTIONS_ID: u64 = 15_368;

/// A check run that binds a manifest to the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// GitHub's id of the check run.
    pub check_run: u64,
    /// Its name.
    pub name: String,
    /// What it stands for.
    pub id: ExternalId,
    /// Whether it is decided.
    pub is_completed: bool,
    /// When it was decided, or began, in whole seconds: what it stands for was recorded in this
    /// second or before.
    pub at: Option<Timestamp>,
}

/// What the check runs of a commit come to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Anchors {
    /// Those that count, the oldest first.
    pub trusted: Vec<Anchor>,
    /// Those that look like ours and do not count, each with the reason.
    pub refused: Vec<String>,
}

/// What check runs must be about to count.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The commit that they stand on.
    pub commit: &'a CommitSha,
    /// The release that was judged.
    pub release: ReleaseId,
    /// The project in their names, where a repository has several.
    pub project: Option<&'a str>,
}

impl Anchors {
    /// Sorts the check runs of a commit.
    pub fn of(posted: &[PostedCheckRun], subject: &Subject<'_>) -> Self {
        let mut anchors = Self::default();
        for run in posted {
            let Some(id) = own_id(run) else { continue };
            match why_not(run, &id, subject) {
                Some(Refusal::Other) => {}
                Some(Refusal::Because(why)) => anchors
                    .refused
                    .push(format!("the check run `{}` ({}) {why}", run.name, run.id)),
                None => anchors.trusted.push(Anchor {
                    check_run: run.id,
                    name: run.name.clone(),
                    is_completed: run.status == "completed",
                    at: run.completed_at.or(run.started_at),
                    id,
                }),
            }
        }
        anchors
            .trusted
            .sort_by_key(|anchor| (anchor.id.run, anchor.id.attempt, anchor.check_run));
        anchors
    }

    /// The manifests that check runs bind, by workflow run, each once.
    pub fn manifests(&self) -> BTreeMap<u64, BTreeSet<Sha256Digest>> {
        let mut by_run: BTreeMap<u64, BTreeSet<Sha256Digest>> = BTreeMap::new();
        for anchor in &self.trusted {
            let manifests = by_run.entry(anchor.id.run).or_default();
            manifests.insert(anchor.id.manifest);
        }
        by_run
    }
}

enum Refusal {
    /// It is about something else.
    Other,
    /// It claims to be ours.
    Because(String),
}

fn own_id(run: &PostedCheckRun) -> Option<ExternalId> {
    let id: ExternalId = run.external_id.as_deref()?.parse().ok()?;
    run.name.starts_with("tollgate / ").then_some(id)
}

fn why_not(run: &PostedCheckRun, id: &ExternalId, subject: &Subject<'_>) -> Option<Refusal> {
    let because = |why: String| Some(Refusal::Because(why));
    if !is_of_actions(run) {
        let app = run.app.as_ref().map_or("nobody".to_owned(), |app| {
            app.slug
                .clone()
                .unwrap_or_else(|| format!("app {}", app.id))
        });
        return because(format!("was made by {app}, not by {ACTIONS_SLUG}"));
    }
    let commit = subject.commit;
    if !run.head_sha.eq_ignore_ascii_case(commit.as_str()) {
        return because(format!("stands on {}, not on {commit}", run.head_sha));
    }
    if !run.name.ends_with(&format!(" / {}", id.gate)) {
        return because(format!("says that it is about the gate {}", id.gate));
    }
    let is_of_another_project = run.name != check_run::name(&id.gate, subject.project);
    (is_of_another_project || id.release != subject.release).then_some(Refusal::Other)
}

/// A slug belongs to one app of a server.
fn is_of_actions(run: &PostedCheckRun) -> bool {
    run.app.as_ref().is_some_and(|app| match &app.slug {
        Some(slug) => slug == ACTIONS_SLUG,
        None => app.id == ACTIONS_ID,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::client::App;

    const COMMIT: &str = "1111111111111111111111111111111111111111";

    fn release() -> ReleaseId {
        ReleaseId::of(&"acme/shop".parse().unwrap(), &COMMIT.parse().unwrap())
    }

    fn id(gate: &str, run: u64, attempt: u32, manifest: u8) -> ExternalId {
        ExternalId {
            release: release(),
            gate: gate.parse().unwrap(),
            run,
            attempt,
            manifest: Sha256Digest::from_bytes([manifest; 32]),
        }
    }

    fn posted(id: &ExternalId) -> PostedCheckRun {
        PostedCheckRun {
            id: 1,
            name: format!("tollgate / {}", id.gate),
            head_sha: COMMIT.to_owned(),
            external_id: Some(id.to_string()),
            status: "completed".to_owned(),
            conclusion: Some("success".to_owned()),
            started_at: None,
            completed_at: None,
            app: Some(App {
                id: ACTIONS_ID,
                slug: Some(ACTIONS_SLUG.to_owned()),
            }),
        }
    }

    fn of(posted: &[PostedCheckRun]) -> Anchors {
        in_project(posted, None)
    }

    fn in_project(posted: &[PostedCheckRun], project: Option<&str>) -> Anchors {
        let subject = Subject {
            commit: &COMMIT.parse().unwrap(),
            release: release(),
            project,
        };
        Anchors::of(posted, &subject)
    }

    fn changed(change: impl FnOnce(&mut PostedCheckRun)) -> Anchors {
        let mut run = posted(&id("lint", 7, 1, 1));
        change(&mut run);
        of(&[run])
    }

    fn refusal(change: impl FnOnce(&mut PostedCheckRun)) -> String {
        let anchors = changed(change);
        assert_eq!(anchors.trusted, []);
        anchors.refused.join("\n")
    }

    #[test]
    fn a_check_run_of_the_workflows_own_token_counts() {
        let anchors = changed(|_| {});
        assert_eq!(anchors.trusted[0].id, id("lint", 7, 1, 1));
        assert_eq!(anchors.refused, [""; 0]);
        let without_slug = changed(|run| run.app.as_mut().unwrap().slug = None);
        assert_eq!(without_slug.trusted.len(), 1);
    }

    #[test]
    fn what_somebody_else_made_is_refused_by_name() {
        let other_app = refusal(|run| run.app.as_mut().unwrap().slug = Some("evil".to_owned()));
        assert!(other_app.contains("was made by evil"), "{other_app}");
        assert!(refusal(|run| run.app = None).contains("was made by nobody"));
        assert!(refusal(|run| run.head_sha = "2".repeat(40)).contains("stands on 222"));
        assert!(refusal(|run| run.name = "tollgate / tag".to_owned()).contains("gate lint"));
    }

    #[test]
    fn what_is_about_something_else_is_left_alone() {
        let silent = |change: fn(&mut PostedCheckRun)| changed(change) == Anchors::default();
        assert!(silent(|run| run.external_id = None));
        assert!(silent(|run| run.external_id = Some("my-job".to_owned())));
        assert!(silent(|run| run.name = "build".to_owned()));
        let mut other = id("lint", 7, 1, 1);
        other.release = ReleaseId::of(&"acme/other".parse().unwrap(), &COMMIT.parse().unwrap());
        assert_eq!(of(&[posted(&other)]), Anchors::default());
    }

    #[test]
    fn one_project_of_a_repository_proves_nothing_for_another() {
        let mut run = posted(&id("lint", 7, 1, 1));
        run.name = "tollgate / api / lint".to_owned();
        let trusted = |project| {
            in_project(std::slice::from_ref(&run), project)
                .trusted
                .len()
        };
        assert_eq!(trusted(Some("api")), 1);
        assert_eq!(trusted(Some("web")), 0);
        assert_eq!(trusted(None), 0);
    }
}
