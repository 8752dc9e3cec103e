//! Finding the parcel that a check run names among the artifacts of its workflow run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use tempfile::TempDir;

use super::parcel::{self, Parcel};
use crate::app::failure::Failure;
use crate::app::job::{self, Job};
use crate::app::project::Project;
use crate::domain::ids::Sha256Digest;
use crate::domain::release::Release;
use crate::github::GitHubError;
use crate::github::client::Artifact;
use crate::store::EvidenceDirectory;

/// The most that one artifact may weigh.
const ARTIFACT_BYTES: u64 = 4 << 30;

/// The events whose workflow runs do not stand on the commit that they report about.
const ABOUT_ANOTHER_COMMIT: [&str; 2] = ["workflow_run", "pull_request_target"];

/// A parcel, or why there is none.
pub(super) type Find = Result<Parcel, Failure>;

/// A search that goes on; lists and downloads are made once.
pub(super) struct Search<'a> {
    job: &'a Job,
    release: &'a Release,
    folder: TempDir,
    listed: BTreeMap<u64, Result<Vec<Artifact>, Failure>>,
    opened: usize,
    /// Why no more is downloaded: one file took too long, and the next would too.
    hangs: Option<Failure>,
}

impl<'a> Search<'a> {
    /// Begins. Downloads go into a folder of the evidence directory: the image has no `/tmp`.
    pub(super) fn new(
        project: &'a Project,
        job: &'a Job,
        directory: &EvidenceDirectory,
    ) -> Result<Self, Failure> {
        let folder = tempfile::Builder::new()
            .prefix("fetched-")
            .tempdir_in(directory.path());
        let folder = folder.map_err(|error| {
            Failure::unreachable(format!("{}: {error}", directory.path().display()))
        })?;
        Ok(Self {
            job,
            release: &project.release,
            folder,
            listed: BTreeMap::new(),
            opened: 0,
            hangs: None,
        })
    }

    /// Finds the parcel with a manifest among the artifacts of a run.
    pub(super) async fn find(&mut self, run: u64, manifest: Sha256Digest) -> Find {
        let artifacts = self.artifacts(run).await?;
        let named: Vec<_> = artifacts
            .iter()
            .filter(|artifact| parcel::is_named_for(&artifact.name, manifest))
            .collect();
        // Where the files were left for actions/upload-artifact, the workflow gave the name.
        let ours = |artifact: &&Artifact| artifact.name.starts_with("tollgate");
        let candidates: Vec<Artifact> = match named.as_slice() {
            [] => artifacts.iter().filter(ours).cloned().collect(),
            named => named.iter().map(|artifact| (*artifact).clone()).collect(),
        };
        let mut why = Failure::blocked(format!(
            "workflow run {run} has no artifact with the manifest {}",
            short(manifest)
        ))
        .hint("re-run the job that made it; its artifact was deleted or never uploaded");
        for artifact in candidates {
            match self.open(run, &artifact, manifest).await {
                Ok(parcel) => return Ok(parcel),
                Err(failure) => why = failure,
            }
        }
        Err(why)
    }

    /// The parcels of this very run. For runs whose token may only read: they have no check runs
    /// to prove anything, and nothing of theirs counts outside of them.
    pub(super) async fn of_own_run(
        &mut self,
        known: &BTreeSet<Sha256Digest>,
    ) -> Vec<(Sha256Digest, Find)> {
        let run = self.job.attempt.run;
        let Ok(artifacts) = self.artifacts(run).await else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for artifact in artifacts {
            let manifest = parcel::manifest_in_name(&artifact.name);
            let Some(manifest) = manifest.filter(|manifest| !known.contains(manifest)) else {
                continue;
            };
            let parcel = self.open(run, &artifact, manifest).await;
            found.push((manifest, parcel));
        }
        found
    }

    /// Parcels of the runs looked at that no check run binds, each with its run: their jobs could not
    /// tell of them, or were not to.
    pub(super) fn unbound(&self, bound: &BTreeSet<Sha256Digest>) -> Vec<(u64, Artifact)> {
        let listed = self.listed.iter();
        let listed = listed.filter_map(|(run, listed)| Some((*run, listed.as_ref().ok()?)));
        let artifacts = listed.flat_map(|(run, listed)| listed.iter().map(move |it| (run, it)));
        let unbound = artifacts.filter(|(run, artifact)| {
            let manifest = parcel::manifest_in_name(&artifact.name);
            let is_unbound = manifest.is_some_and(|manifest| !bound.contains(&manifest));
            is_unbound && !self.is_beside(*run, &artifact.name)
        });
        unbound
            .map(|(run, artifact)| (run, artifact.clone()))
            .collect()
    }

    /// A job of the same attempt may be about to tell of what it has uploaded.
    fn is_beside(&self, run: u64, artifact: &str) -> bool {
        let own = self.job.attempt;
        run == own.run && parcel::attempt_in_name(artifact) == Some(own.attempt)
    }

    async fn artifacts(&mut self, run: u64) -> Result<Vec<Artifact>, Failure> {
        if let Some(listed) = self.listed.get(&run) {
            return listed.clone();
        }
        let listed = self.job.client.run_artifacts(run).await;
        let listed = listed.map_err(|error| job::failure(&error));
        self.listed.insert(run, listed.clone());
        listed
    }

    async fn open(&mut self, run: u64, artifact: &Artifact, manifest: Sha256Digest) -> Find {
        let bad = |why: String| {
            Failure::blocked(format!(
                "the artifact `{}` of run {run}: {why}",
                artifact.name
            ))
            .hint("re-run the job that made it")
        };
        self.came_from(run, artifact)
            .await
            .map_err(|failure| match failure {
                Doubt::Unasked(failure) => failure,
                Doubt::Wrong(why) => bad(why),
            })?;
        if let Some(hangs) = &self.hangs {
            return Err(hangs.clone());
        }
        self.opened += 1;
        let folder = self.folder.path().join(self.opened.to_string());
        std::fs::create_dir(&folder).map_err(|error| bad(error.to_string()))?;
        let file: PathBuf = folder.join("artifact.zip");
        let downloaded = self
            .job
            .client
            .download_artifact(artifact, &file, ARTIFACT_BYTES);
        if let Err(error) = downloaded.await {
            let failure = job::failure(&error);
            if matches!(error, GitHubError::TooSlow { .. }) {
                self.hangs = Some(failure.clone());
            }
            return Err(failure);
        }
        let opened = parcel::open(&file, manifest, self.release, &folder);
        // Its ledger is beside it; the rest is not needed any more.
        let _ = std::fs::remove_file(&file);
        opened.map_err(|error| bad(error.to_string()))
    }

    /// Whether an artifact comes from the run that its check run names, from this repository and
    /// not from a fork, for this commit.
    async fn came_from(&self, run: u64, artifact: &Artifact) -> Result<(), Doubt> {
        let wrong = |why: &str| Err(Doubt::Wrong(why.to_owned()));
        if artifact.expired {
            return wrong("it has expired");
        }
        let Some(origin) = &artifact.workflow_run else {
            return wrong("GitHub does not say which run it comes from");
        };
        if origin.id.is_some_and(|id| id != run) {
            return wrong("it comes from another run");
        }
        if origin.head_repository_id != origin.repository_id && !self.job.is_read_only() {
            return wrong("it comes from a fork");
        }
        let same = |sha: &str| sha.eq_ignore_ascii_case(self.job.head_sha().as_str());
        if origin.head_sha.as_deref().is_some_and(same) {
            return Ok(());
        }
        let found = self.job.client.workflow_run(run).await;
        let found = found.map_err(|error| Doubt::Unasked(job::failure(&error)))?;
        match ABOUT_ANOTHER_COMMIT.contains(&found.event.as_str()) {
            true => Ok(()),
            false => wrong("its run is about another commit"),
        }
    }
}

enum Doubt {
    /// GitHub could not be asked.
    Unasked(Failure),
    /// It is not what it should be.
    Wrong(String),
}

fn short(digest: Sha256Digest) -> String {
    digest.to_string()[..12].to_owned()
}
