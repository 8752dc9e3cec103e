//! What became of the reporting: which check runs were written where, where the artifact is, what
//! was left undone and why. It ends the step's summary.

use crate::domain::check_run::CheckRunState;
use crate::domain::ids::CommitSha;
use crate::render::{clean, words};

use super::document::Document;
use super::escape::{inline, opening};

/// How many check runs are listed.
const LISTED: usize = 200;

/// The longest message that is quoted, in bytes.
const LONGEST_QUOTE: usize = 1000;

/// What became of the reporting of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reporting {
    /// The check runs, in the order of their gates.
    pub check_runs: Vec<ReportedGate>,
    /// The evidence directory as an artifact.
    pub artifact: ArtifactState,
    /// Why something else was done than writing check runs, such as a token that may only read.
    pub fallback: Option<String>,
    /// The calls that were made, and those that are left: `7 calls to GitHub, 993 left until 05:00`.
    pub calls: String,
}

/// The check run of a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedGate {
    /// `tollgate / test`.
    pub name: String,
    /// How the gate stands.
    pub state: CheckRunState,
    /// The commit on which it stands.
    pub head_sha: CommitSha,
    /// How many annotations it has.
    pub annotations: usize,
    /// What became of it.
    pub posted: Posted,
}

/// What became of a check run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posted {
    /// It was written, under that id.
    Written(u64),
    /// It stood there before.
    Before,
    /// It was not tried: see the fallback.
    Withheld,
    /// GitHub refused it, and said why.
    Refused(String),
}

/// What became of the artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArtifactState {
    /// It was not asked for.
    Off,
    /// It was uploaded under that name.
    Uploaded(String),
    /// The service is not there (GHES, an old runner): the files are in that directory.
    ServiceAbsent(String),
    /// It could not be uploaded, and why.
    Failed(String),
}

/// The section about the reporting.
pub fn reporting(told: &Reporting) -> Document {
    let mut document = Document::default();
    let mut blocks = Vec::new();
    blocks.extend(told.fallback.as_deref().map(fallback));
    blocks.extend(check_runs(&told.check_runs));
    blocks.extend(artifact(&told.artifact));
    blocks.extend(Some(inline(&told.calls)).filter(|calls| !calls.is_empty()));
    document.section("Reporting", blocks);
    document
}

fn fallback(why: &str) -> String {
    format!(
        "> **No check run was written**: {}. This summary, the annotations of the log and the exit \
         code stand for them.",
        quoted(why).trim_end_matches('.')
    )
}

fn check_runs(runs: &[ReportedGate]) -> Option<String> {
    let mut items: Vec<_> = runs.iter().take(LISTED).map(check_run).collect();
    let more = runs.len().saturating_sub(LISTED);
    if more > 0 {
        items.push(format!("- … and {} more", words::grouped(more as u64)));
    }
    (!items.is_empty()).then(|| items.join("\n"))
}

fn check_run(run: &ReportedGate) -> String {
    let name = opening(&run.name);
    let state = match run.state {
        CheckRunState::InProgress => "in_progress",
        CheckRunState::Completed(conclusion) => conclusion.as_str(),
    };
    let state = inline(state);
    let on = format!("on `{}`", run.head_sha.short());
    match &run.posted {
        Posted::Written(id) => {
            let annotations = words::count(run.annotations as u64, "annotation", "annotations");
            format!("- {name}: {state} {on}, {annotations} (check run {id})")
        }
        Posted::Before => format!("- {name}: {state} {on}, written before"),
        Posted::Withheld => format!("- {name}: {state}, not written"),
        Posted::Refused(why) => format!("- {name}: {state}, **not written**: {}", quoted(why)),
    }
}

fn artifact(state: &ArtifactState) -> Option<String> {
    match state {
        ArtifactState::Off => None,
        ArtifactState::Uploaded(name) => Some(format!(
            "The evidence, the ledger and the whole summary are in the artifact **{}**.",
            inline(name)
        )),
        ArtifactState::ServiceAbsent(directory) => Some(format!(
            "> **The artifact service is absent here**, so nothing was uploaded. The files are in \
             {}: upload them with `actions/upload-artifact`.",
            quoted(directory)
        )),
        ArtifactState::Failed(why) => Some(format!(
            "> **The artifact could not be uploaded**: {}",
            quoted(why)
        )),
    }
}

fn quoted(text: &str) -> String {
    inline(&clean::cut(text, LONGEST_QUOTE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::check_run::Conclusion;

    fn run(name: &str, state: CheckRunState, posted: Posted) -> ReportedGate {
        ReportedGate {
            name: name.to_owned(),
            state,
            head_sha: "0123456789abcdef0123456789abcdef01234567".parse().unwrap(),
            annotations: 2,
            posted,
        }
    }

    fn reported() -> Reporting {
        let completed = CheckRunState::Completed;
        Reporting {
            check_runs: vec![
                run(
                    "tollgate / lint",
                    completed(Conclusion::Success),
                    Posted::Before,
                ),
                run(
                    "tollgate / test",
                    completed(Conclusion::Failure),
                    Posted::Written(42),
                ),
                run(
                    "tollgate / build",
                    completed(Conclusion::ActionRequired),
                    Posted::Refused("422 <b>@all</b>".to_owned()),
                ),
                run(
                    "tollgate / push",
                    CheckRunState::InProgress,
                    Posted::Withheld,
                ),
            ],
            artifact: ArtifactState::Uploaded("tollgate-test-1".to_owned()),
            fallback: None,
            calls: "7 calls to GitHub, 993 left until 05:00".to_owned(),
        }
    }

    #[test]
    fn what_was_reported_is_told() {
        insta::assert_snapshot!(reporting(&reported()).whole());
    }

    #[test]
    fn what_could_not_be_reported_is_told_first() {
        let told = Reporting {
            check_runs: Vec::new(),
            artifact: ArtifactState::ServiceAbsent(".tollgate".to_owned()),
            fallback: Some("the token may only read (a pull request of a fork).".to_owned()),
            calls: String::new(),
        };
        insta::assert_snapshot!(reporting(&told).whole());
    }

    #[test]
    fn an_upload_that_failed_is_told_and_one_not_asked_for_is_not() {
        let with = |artifact| Reporting {
            check_runs: Vec::new(),
            artifact,
            fallback: None,
            calls: String::new(),
        };
        let failed = ArtifactState::Failed("403 `x`".to_owned());
        let text = reporting(&with(failed)).whole();
        assert!(
            text.contains("could not be uploaded**: 403 \\`x\\`"),
            "{text}"
        );
        assert!(reporting(&with(ArtifactState::Off)).is_empty());
    }
}
