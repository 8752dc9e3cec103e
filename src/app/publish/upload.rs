//! The evidence of the release as one artifact: the folders of its runs, each with a manifest. The
//! ledger's own file stays; its content travels as a pack that a manifest binds.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::sealed::{self, Sealed};
use super::{ArtifactState, PublishRequest};
use crate::app::handover::parcel;
use crate::app::job::Job;
use crate::app::project::Project;
use crate::github::artifacts::{ArtifactError, Artifacts};
use crate::store::{Archive, Spool};

/// Uploads it, unless there is nowhere to.
pub(super) async fn send(
    project: &Project,
    job: &Job,
    sealed: &Sealed,
    request: &PublishRequest,
) -> ArtifactState {
    let service = match &job.context.artifacts {
        Some(service) if job.context.is_hosted() => service,
        Some(_) => return absent("this server has no artifact service of version 4"),
        None => return absent("this step has no ACTIONS_RESULTS_URL and ACTIONS_RUNTIME_TOKEN"),
    };
    let name = parcel::name(&label(request), job.attempt.attempt, sealed.digest);
    let days = request.retention_days.unwrap_or_else(|| longest(sealed));
    let uploaded = async {
        let folder = tempfile::Builder::new()
            .prefix("parcel-")
            .tempdir_in(project.evidence_directory())
            .map_err(|error| error.to_string())?;
        let file = folder.path().join("artifact.zip");
        pack(project, &file)?;
        let artifacts = Artifacts::new(service).map_err(|error| error.to_string())?;
        let artifacts = artifacts.with_allowance(job.context.allowance);
        let expires = artifacts.expiry(Timestamp::now(), days.clamp(1, 400));
        let expires = Some(expires.map_err(|error| error.to_string())?);
        match artifacts.upload(&name, &file, expires).await {
            Err(ArtifactError::NameTaken { .. }) => Ok(None),
            uploaded => uploaded.map(Some).map_err(|error| error.to_string()),
        }
    };
    match uploaded.await {
        Ok(Some(uploaded)) => ArtifactState::Uploaded {
            id: uploaded.id,
            digest: uploaded.digest,
            size: uploaded.size,
            name,
        },
        // The name has the manifest's digest in it: an earlier try was heard after all.
        Ok(None) => ArtifactState::Present { name },
        Err(why) => ArtifactState::Failed(why),
    }
}

fn absent(why: &str) -> ArtifactState {
    ArtifactState::Absent(why.to_owned())
}

/// The gate that the job is for, in the artifact's name.
fn label(request: &PublishRequest) -> String {
    match request.asked.as_slice() {
        [gate] => gate.to_string(),
        _ => parcel::EVERY_GATE.to_owned(),
    }
}

/// As long as the type of evidence that is kept longest.
fn longest(sealed: &Sealed) -> u32 {
    let days = sealed
        .manifest
        .files
        .iter()
        .map(|entry| entry.retention_days);
    days.max().unwrap_or(90)
}

fn pack(project: &Project, to: &Path) -> Result<(), String> {
    let root = project.evidence_directory();
    let mut files = Vec::new();
    for folder in sealed::folders(project) {
        gather(&root, &folder, &mut files)
            .map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    gather_spool(project, &root, &mut files).map_err(|error| format!("spool: {error}"))?;
    Archive::pack(&files, to).map_err(|error| error.to_string())
}

/// What could not be sent to a server travels along; the job that takes over sends it.
fn gather_spool(
    project: &Project,
    root: &Path,
    files: &mut Vec<(String, PathBuf)>,
) -> std::io::Result<()> {
    let name = Spool::name(project.release.id());
    let file = root.join(&name);
    if file.try_exists()? {
        files.push((name, file));
    }
    Ok(())
}

fn gather(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let kind = entry.file_type()?;
        if kind.is_dir() {
            gather(root, &path, files)?;
        } else if kind.is_file()
            && let Ok(relative) = path.strip_prefix(root)
        {
            files.push((relative.to_string_lossy().into_owned(), path));
        }
    }
    Ok(())
}
