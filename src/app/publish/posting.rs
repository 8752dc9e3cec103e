//! Writing check runs, each once.

use std::path::PathBuf;

use super::select::{Choice, How};
use super::{ArtifactState, Fate, GateReport, PublishRequest, Published};
use crate::app::failure::Failure;
use crate::app::handover::HandedOver;
use crate::app::job::Job;
use crate::app::project::Project;
use crate::app::run_files;
use crate::domain::annotation::{self, Annotation};
use crate::domain::check_run::{ANNOTATIONS_A_REQUEST, CheckRun, CheckRunState, Conclusion};
use crate::domain::gate::verdict::{GateVerdict, Verdict};
use crate::domain::ids::{GateId, RunId, Sha256Digest};
use crate::domain::run::Tree;
use crate::github::GitHubError;
use crate::render::check_run::{self, Occasion};

/// What every check run of a step has in common.
pub(super) struct Posting<'a> {
    project: &'a Project,
    job: &'a Job,
    request: &'a PublishRequest,
    manifest: Sha256Digest,
    /// The run that the check runs tell about.
    told: RunId,
    name: Option<String>,
    whole_is_in: String,
    evidence: PathBuf,
}

impl<'a> Posting<'a> {
    pub(super) fn new(
        project: &'a Project,
        job: &'a Job,
        request: &'a PublishRequest,
        published: &Published,
    ) -> Self {
        let summary = format!("{}/summary.md", published.folder);
        let whole_is_in = match &published.artifact {
            ArtifactState::Uploaded { name, .. } | ArtifactState::Present { name } => {
                format!("{summary} in the artifact {name}")
            }
            _ => format!("{summary} in the evidence directory"),
        };
        Self {
            name: project.name_in_check_runs(),
            evidence: project.evidence_directory(),
            manifest: published.manifest,
            told: published.run.clone(),
            whole_is_in,
            project,
            job,
            request,
        }
    }

    /// Writes the check runs of the chosen gates, one after the other. When the token turns out to
    /// be one that may only read, the rest is not tried.
    pub(super) async fn post_all(&self, choices: &[Choice], published: &mut Published) {
        for choice in choices {
            let Some(gate) = published.verdict.gate(&choice.gate) else {
                continue;
            };
            let how = match self.request.live.get(&choice.gate) {
                Some(id) => How::Update {
                    check_run: *id,
                    told: None,
                },
                None => choice.how.clone(),
            };
            let run = self.check_run(gate, &how);
            let fate = match &published.fallback {
                Some(why) => Fate::Unsent(why.clone()),
                None => settle(self.post(&how, &run).await, published),
            };
            let gate = choice.gate.clone();
            published.gates.push(GateReport::of(gate, run, fate));
        }
    }

    /// Changes the check runs of this step that say something else than is known by now.
    pub(super) async fn correct(
        &self,
        verdict: &Verdict,
        handed: &HandedOver,
        published: &mut Published,
    ) {
        for place in 0..published.gates.len() {
            let report = &published.gates[place];
            let (Some(gate), Fate::Posted(check_run)) = (verdict.gate(&report.gate), &report.fate)
            else {
                continue;
            };
            let how = How::Update {
                check_run: *check_run,
                told: Some(self.told.clone()),
            };
            let mut run = self.check_run(gate, &how);
            if let Some(missing) = handed.unproven.get(&gate.id) {
                run.state = CheckRunState::Completed(Conclusion::ActionRequired);
                run.title = format!("newer results can't be had: {}", missing.message);
            }
            if run.state != report.state {
                let fate = settle(self.post(&how, &run).await, published);
                published.gates[place] = GateReport::of(gate.id.clone(), run, fate);
            }
        }
    }

    fn check_run(&self, gate: &GateVerdict, how: &How) -> CheckRun {
        let remarks = self.remarks(gate, how);
        let mut run = check_run::check_run(gate, &remarks, &self.occasion());
        self.doubt_other_trees(&mut run);
        run
    }

    /// What passed in a tree that is not the commit satisfies nobody who asks about the commit. Runs
    /// that report about another commit by design are judged as they are.
    fn doubt_other_trees(&self, run: &mut CheckRun) {
        let is_by_design = self.job.event.is_about_another_commit();
        let passed = CheckRunState::Completed(Conclusion::Success);
        if self.project.tree.is_dirty() && !is_by_design && run.state == passed {
            run.state = CheckRunState::Completed(Conclusion::ActionRequired);
            run.title = format!("passed in a tree that is not the commit · {}", run.title);
        }
    }

    fn occasion(&self) -> Occasion<'_> {
        Occasion {
            project: self.name.as_deref(),
            head_sha: self.job.head_sha().clone(),
            judged: &self.project.release.sha,
            release: self.project.release.id(),
            run: self.job.attempt.run,
            attempt: self.job.attempt.attempt,
            manifest: self.manifest,
            annotations: self.request.annotations,
            ended: self.request.ending,
            dirty: match &self.project.tree {
                Tree::Clean => None,
                Tree::Dirty(why) => Some(why),
            },
            whole_is_in: &self.whole_is_in,
            directory: &self.project.directory,
        }
    }

    async fn post(&self, how: &How, run: &CheckRun) -> Result<Fate, GitHubError> {
        let id = match how {
            How::New => self.create(run).await?,
            How::Update { check_run, .. } => match self.update(*check_run, run).await {
                Ok(()) => *check_run,
                // A workflow's token can't always change what it wrote.
                Err(error) if error.is_certain_refusal() => self.create(run).await?,
                Err(error) => return Err(error),
            },
        };
        let rest = run.annotations.chunks(ANNOTATIONS_A_REQUEST).skip(1);
        for annotations in rest {
            let client = &self.job.client;
            client.add_annotations(id, run, annotations).await?;
        }
        Ok(Fate::Posted(id))
    }

    async fn update(&self, check_run: u64, run: &CheckRun) -> Result<(), GitHubError> {
        self.job.client.update_check_run(check_run, run).await
    }

    async fn create(&self, run: &CheckRun) -> Result<u64, GitHubError> {
        let posted = self.job.client.create_check_run(run).await?;
        Ok(posted.id)
    }

    /// The remarks of a gate's counting results: from the files of this workspace's runs, else
    /// what the ledger has. GitHub adds them to those that a check run has.
    fn remarks(&self, gate: &GateVerdict, how: &How) -> Vec<Annotation> {
        let facts = gate.checks.iter().filter_map(|check| check.fact.as_ref());
        let facts = facts.filter(|fact| match how {
            How::Update { told, .. } => fact.report.run > *told,
            How::New => true,
        });
        let of_fact = |report: &crate::domain::record::payload::CheckReported| {
            let run = report.run.as_ref();
            let kept = run.and_then(|run| run_files::read_annotations(&self.evidence, run));
            let Some(kept) = kept else {
                return annotation::of_report(report);
            };
            let of_check =
                |remark: &Annotation| remark.gate == report.gate && remark.check == report.check;
            kept.into_iter().filter(of_check).collect()
        };
        facts.flat_map(|fact| of_fact(&fact.report)).collect()
    }
}

impl GateReport {
    fn of(gate: GateId, run: CheckRun, fate: Fate) -> Self {
        Self {
            gate,
            state: run.state,
            annotations: run.annotations.len(),
            name: run.name,
            title: run.title,
            summary: run.summary,
            head_sha: run.head_sha,
            fate,
        }
    }
}

/// What becomes of a check run, and of those after it.
fn settle(posted: Result<Fate, GitHubError>, published: &mut Published) -> Fate {
    let error = match posted {
        Ok(fate) => return fate,
        Err(error) => error,
    };
    let why = error.to_string();
    match error {
        GitHubError::Forbidden { .. } => published.fallback = Some(why.clone()),
        _ => published.faults.push(Failure::unreachable(format!(
            "a check run could not be written: {why}"
        ))),
    }
    Fate::Unsent(why)
}
