//! Manifests against events: each names the evidence of a run, and neither may have what the other
//! has not.

use crate::domain::evidence::manifest::{LEDGER_KIND, MANIFEST_SCHEMA, Manifest, ManifestEntry};
use crate::domain::gate::facts::Facts;
use crate::domain::ids::Sha256Digest;
use crate::domain::record::payload::EvidenceRecorded;
use crate::domain::release::ReleaseId;
use crate::ledger::pack::parts::ManifestPart;

/// Reads a manifest.
///
/// # Errors
/// What is wrong with it.
pub(super) fn manifest(part: &ManifestPart, release: ReleaseId) -> Result<Manifest, String> {
    let sha256 = Sha256Digest::of(part.text.as_bytes());
    if sha256 != part.sha256 {
        return Err(format!(
            "it was altered: it has the SHA-256 {sha256}, and the pack says {}",
            part.sha256
        ));
    }
    let manifest: Manifest =
        serde_json::from_str(&part.text).map_err(|error| format!("it cannot be read: {error}"))?;
    if manifest.schema != MANIFEST_SCHEMA {
        return Err(format!("its schema is {:?}", manifest.schema));
    }
    if manifest.run != part.run {
        return Err(format!("it is that of the run {}", manifest.run));
    }
    if manifest.release != release {
        return Err(format!("it is about another release, {}", manifest.release));
    }
    Ok(manifest)
}

/// What a manifest has that no event tells, or the other way round.
pub(super) fn difference(manifest: &Manifest, facts: &Facts) -> Option<String> {
    let recorded = facts
        .evidence
        .iter()
        .filter(|piece| piece.run.as_ref() == Some(&manifest.run));
    let recorded: Vec<&EvidenceRecorded> = recorded.collect();
    let mut files = manifest.files.iter();
    let unheard = files.find(|entry| {
        entry.file.kind != LEDGER_KIND && !recorded.iter().any(|piece| is_same(entry, piece))
    });
    if let Some(ManifestEntry { file, .. }) = unheard {
        return Some(format!(
            "it lists {} with the SHA-256 {}, and no event recorded that",
            file.path, file.sha256
        ));
    }
    let is_listed = |piece: &&&EvidenceRecorded| {
        let mut files = manifest.files.iter();
        files.any(|entry| is_same(entry, piece))
    };
    let unlisted = recorded.iter().find(|piece| !is_listed(piece));
    unlisted.map(|piece| {
        format!(
            "it does not list {} {} with the SHA-256 {}, which an event recorded",
            piece.kind, piece.name, piece.sha256
        )
    })
}

fn is_same(entry: &ManifestEntry, piece: &EvidenceRecorded) -> bool {
    let file = &entry.file;
    (&entry.gate, &entry.check) == (&piece.gate, &piece.check)
        && (&file.kind, &file.name) == (&piece.kind, &piece.name)
        && (file.sha256, file.size) == (piece.sha256, piece.size)
}
