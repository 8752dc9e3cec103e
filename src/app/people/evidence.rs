//! `tollgate evidence add`: evidence that no check makes, such as a rollback plan.

use std::path::{Path, PathBuf};

use super::{Before, record};
use crate::app::failure::Failure;
use crate::app::names::unknown_gate;
use crate::app::project::Project;
use crate::app::recording::{Recording, unwritable};
use crate::app::run::stop::Stop;
use crate::domain::check::EvidenceFile;
use crate::domain::gate::verdict::Verdict;
use crate::domain::ids::GateId;

/// Evidence as somebody brings it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRequest {
    /// Its type.
    pub kind: String,
    /// The file.
    pub file: PathBuf,
    /// The gate that it is for; `None` is every gate that asks for the type.
    pub gate: Option<GateId>,
}

/// What an addition came to.
#[derive(Debug)]
pub struct Added {
    /// The file as it is kept.
    pub file: EvidenceFile,
    /// That no gate asks for the type, where none does.
    pub warning: Option<String>,
    /// The release as it stands now.
    pub verdict: Verdict,
}

/// A file that somebody brings.
pub(super) struct Piece {
    path: PathBuf,
    name: String,
}

impl Piece {
    /// Looks for the file.
    pub(super) fn find(path: &Path) -> Result<Self, Failure> {
        let unusable = |why: String| Failure::usage(format!("{}: {why}", path.display()));
        let found = std::fs::metadata(path).map_err(|error| unusable(error.to_string()))?;
        if !found.is_file() {
            return Err(unusable("this is no file".to_owned()));
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self {
            path: path.to_owned(),
            name: name.into_owned(),
        })
    }
}

/// Keeps a file in the folder of the call, masked, under `evidence/<folder>/`.
pub(super) fn keep(
    recording: &Recording,
    piece: &Piece,
    kind: &str,
    folder: &str,
) -> Result<EvidenceFile, Failure> {
    let place = &recording.place;
    let name = super::masked(recording, &piece.name);
    let kept = place
        .folder
        .keep(&piece.path, kind, &name, folder, &place.redactor);
    kept.map_err(unwritable)
}

/// Adds evidence.
///
/// # Errors
/// Usage: a gate that the policy does not have, a file that is not there. A ledger or an evidence
/// directory that cannot be written.
pub async fn add(
    project: &Project,
    request: &EvidenceRequest,
    stop: Stop,
) -> Result<Added, Failure> {
    let before = Before::of(project).await?;
    if let Some(gate) = &request.gate {
        before
            .policy
            .gate(gate)
            .ok_or_else(|| unknown_gate(&before.policy, gate))?;
    }
    let piece = Piece::find(&request.file)?;
    let mut kept = None;
    let folder = request.gate.as_ref().map_or("added", GateId::as_str);
    let verdict = record(project, stop, |recording| {
        let file = keep(recording, &piece, &request.kind, folder)?;
        let event = recording
            .writer()
            .evidence_added(request.gate.as_ref(), &file, before.now);
        recording.list(request.gate.as_ref(), None, &file);
        kept = Some(file);
        Ok(vec![event])
    })
    .await?;
    let file = kept.ok_or_else(|| Failure::unreachable("the evidence was not kept"))?;
    Ok(Added {
        warning: unasked(&before, request),
        file,
        verdict,
    })
}

fn unasked(before: &Before, request: &EvidenceRequest) -> Option<String> {
    let asks = |id: &GateId| request.gate.as_ref().is_none_or(|gate| gate == id);
    let mut gates = before.policy.gates.iter().filter(|gate| asks(&gate.id));
    let is_asked = gates.any(|gate| gate.evidence.contains(&request.kind));
    let kind = &request.kind;
    (!is_asked).then(|| match &request.gate {
        Some(gate) => format!("{gate} does not ask for evidence of the type {kind}"),
        None => format!("no gate asks for evidence of the type {kind}"),
    })
}
