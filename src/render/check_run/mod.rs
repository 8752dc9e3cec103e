//! A gate's check run, as the Checks API takes it: name, title, summary, annotations
//! (<https://docs.github.com/en/rest/checks/runs#create-a-check-run>). All of it fits GitHub's
//! limits, whatever the checks said.

mod annotations;
mod environment;
mod further;
mod summary;
mod tables;
mod title;

use crate::domain::annotation::Annotation;
use crate::domain::check_run::{CheckRun, CheckRunState, ExternalId, TEXT_BYTES};
use crate::domain::gate::verdict::GateVerdict;
use crate::domain::ids::{CommitSha, GateId, Sha256Digest};
use crate::domain::release::ReleaseId;

use super::clean;
use super::markdown::escape::inline;
use annotations::Remarks;

pub use crate::domain::check_run::Ending;
pub use environment::{environment_name, of_environment};

/// How much of a project's name stands in the name of a check run, in bytes.
const LONGEST_PROJECT: usize = 100;

/// What a check run is made on, besides the verdict that it shows.
#[derive(Debug, Clone)]
pub struct Occasion<'a> {
    /// The project's name, where a repository has several.
    pub project: Option<&'a str>,
    /// The commit on which the check run stands.
    pub head_sha: CommitSha,
    /// The commit that was judged; for a pull request it may be the merge of the head.
    pub judged: &'a CommitSha,
    /// The release that was judged.
    pub release: ReleaseId,
    /// The workflow run.
    pub run: u64,
    /// Its attempt, from 1.
    pub attempt: u32,
    /// SHA-256 of `manifest.json`.
    pub manifest: Sha256Digest,
    /// How many annotations may be shown, from 0.
    pub annotations: usize,
    /// Whether the work was cancelled.
    pub ended: Ending,
    /// How the work tree differed from the commit, if it did.
    pub dirty: Option<&'a str>,
    /// Where the whole record is: `summary.md in the artifact tollgate-test`.
    pub whole_is_in: &'a str,
    /// Where the project's root lies within the repository, such as `services/api`; may be empty.
    pub directory: &'a str,
}

/// The check run of a gate. Of `remarks`, those of the gate are shown.
pub fn check_run(
    verdict: &GateVerdict,
    remarks: &[Annotation],
    occasion: &Occasion<'_>,
) -> CheckRun {
    let remarks = Remarks::of(&verdict.id, remarks, occasion);
    let view = View {
        gate: verdict,
        state: CheckRunState::of(verdict, occasion.ended),
        occasion,
        remarks: &remarks,
    };
    let whole_is_in = inline(occasion.whole_is_in);
    let summary = summary::of(&view).within(TEXT_BYTES, &whole_is_in);
    let further = further::of(&view);
    let text = (!further.is_empty()).then(|| further.within(TEXT_BYTES, &whole_is_in));
    CheckRun {
        name: name(&verdict.id, occasion.project),
        head_sha: occasion.head_sha.clone(),
        external_id: Some(external_id(verdict, occasion).to_string()),
        details_url: None,
        state: view.state,
        title: title::of(&view),
        summary,
        text,
        annotations: remarks.shown,
    }
}

/// `tollgate / test`, or `tollgate / shop / test`.
pub fn name(gate: &GateId, project: Option<&str>) -> String {
    let project = project.map(|project| clean::line(project.trim()));
    match project.filter(|project| !project.is_empty()) {
        Some(project) => {
            let project = clean::cut(&project, LONGEST_PROJECT);
            format!("tollgate / {project} / {gate}")
        }
        None => format!("tollgate / {gate}"),
    }
}

fn external_id(verdict: &GateVerdict, occasion: &Occasion<'_>) -> ExternalId {
    ExternalId {
        release: occasion.release,
        gate: verdict.id.clone(),
        run: occasion.run,
        attempt: occasion.attempt,
        manifest: occasion.manifest,
    }
}

/// What title, summary and text are made from.
struct View<'a> {
    gate: &'a GateVerdict,
    state: CheckRunState,
    occasion: &'a Occasion<'a>,
    remarks: &'a Remarks,
}

#[cfg(test)]
mod tests;
