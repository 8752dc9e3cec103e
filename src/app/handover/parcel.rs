//! What travels between jobs: the evidence directory as a ZIP file, in which a manifest binds the
//! ledger.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::{Path, PathBuf};

use crate::domain::evidence::manifest::{LEDGER_KIND, MANIFEST_SCHEMA, Manifest};
use crate::domain::ids::{GateId, Sha256Digest};
use crate::domain::release::{Release, ReleaseId};
use crate::ledger::pack::{Entry, PackReader};
use crate::store::{Archive, Spool};

/// The most that is read of a manifest.
const MANIFEST_BYTES: u64 = 64 << 20;

/// The most that is read of a spool.
const SPOOL_BYTES: u64 = 256 << 20;

/// The most that is read of a ledger.
const LEDGER_BYTES: u64 = 1 << 30;

/// A parcel whose contents were checked against the manifest that a check run names.
#[derive(Debug)]
pub struct Parcel {
    /// The manifest.
    pub manifest: Manifest,
    /// Its bytes.
    pub manifest_text: Vec<u8>,
    /// The ledger in it, as a pack: a file in the folder that was given.
    pub ledger: PathBuf,
    /// The manifests of all runs in it: what they bind is in its ledger.
    pub included: BTreeSet<Sha256Digest>,
    /// The remarks of the run, where it made some.
    pub annotations: Option<Vec<u8>>,
    /// What its job could not send to a server, where there was something. Nothing binds it: it
    /// names events, and what they say stands in the ledger.
    pub spool: Option<Vec<u8>>,
}

/// Why a parcel is not what its check run says.
#[derive(Debug, thiserror::Error)]
pub enum BadParcel {
    /// It holds no manifest with the digest.
    #[error("it holds no manifest.json with the SHA-256 {0}")]
    NoManifest(Sha256Digest),
    /// It is about something else.
    #[error("its manifest is about {what}")]
    AboutElse {
        /// What it is about.
        what: String,
    },
    /// Something in it is not what it should be.
    #[error("{0}")]
    Unsound(String),
}

/// Opens a parcel and believes nothing: manifest against `digest`, ledger against the manifest,
/// every event against the release. The ledger is left in `folder`.
///
/// # Errors
/// [`BadParcel`] with the first thing that does not fit.
pub fn open(
    file: &Path,
    digest: Sha256Digest,
    release: &Release,
    folder: &Path,
) -> Result<Parcel, BadParcel> {
    let mut archive = Archive::open(file).map_err(unsound)?;
    let manifests = manifests(&mut archive)?;
    let included = manifests
        .iter()
        .map(|(_, text)| Sha256Digest::of(text))
        .collect();
    let wanted = |(_, text): &&(String, Vec<u8>)| Sha256Digest::of(text) == digest;
    let found = manifests.iter().find(wanted).cloned();
    let (place, manifest_text) = found.ok_or(BadParcel::NoManifest(digest))?;
    let manifest: Manifest = serde_json::from_slice(&manifest_text).map_err(unsound)?;
    about_this(&manifest, release)?;
    let run_folder = place.trim_end_matches("manifest.json");
    let entry = manifest
        .files
        .iter()
        .find(|entry| entry.file.kind == LEDGER_KIND);
    let entry = entry.ok_or_else(|| unsound("its manifest lists no ledger"))?;
    let ledger = folder.join("ledger.pack");
    let inside = format!("{run_folder}{}", entry.file.path);
    archive
        .extract(&inside, &ledger, LEDGER_BYTES)
        .map_err(unsound)?;
    if sha256_of(&ledger).map_err(unsound)? != entry.file.sha256 {
        return Err(unsound("its ledger is not the one that its manifest lists"));
    }
    only_about(&ledger, release.id())?;
    let annotations = archive.read(&format!("{run_folder}annotations.json"), MANIFEST_BYTES);
    let spool = archive.read(&Spool::name(release.id()), SPOOL_BYTES);
    Ok(Parcel {
        spool: spool.map_err(unsound)?,
        annotations: annotations.map_err(unsound)?,
        included,
        manifest,
        manifest_text,
        ledger,
    })
}

/// Every manifest of an archive, with its place.
fn manifests(archive: &mut Archive<File>) -> Result<Vec<(String, Vec<u8>)>, BadParcel> {
    let names = archive.names().map(str::to_owned);
    let names: Vec<String> = names
        .filter(|name| name.ends_with("/manifest.json"))
        .collect();
    let mut manifests = Vec::new();
    for name in names {
        if let Some(text) = archive.read(&name, MANIFEST_BYTES).map_err(unsound)? {
            manifests.push((name, text));
        }
    }
    Ok(manifests)
}

fn about_this(manifest: &Manifest, release: &Release) -> Result<(), BadParcel> {
    let what = if manifest.schema != MANIFEST_SCHEMA {
        format!("the schema {:?}, not {MANIFEST_SCHEMA:?}", manifest.schema)
    } else if manifest.release != release.id() || manifest.sha != release.sha {
        format!(
            "{} at {}, not {}",
            manifest.repository, manifest.sha, release.sha
        )
    } else {
        return Ok(());
    };
    Err(BadParcel::AboutElse { what })
}

/// Reads the whole pack: its chain, its digest, and that it has events of this release alone.
fn only_about(ledger: &Path, release: ReleaseId) -> Result<(), BadParcel> {
    let file = File::open(ledger).map_err(unsound)?;
    let mut reader = PackReader::start(BufReader::new(file)).map_err(unsound)?;
    while let Some(entry) = reader.next_entry().map_err(unsound)? {
        match entry {
            Entry::Link(link) if link.event.release_id != release => {
                let what = format!("another release, {}", link.event.release_id);
                return Err(unsound(format!("its ledger has events of {what}")));
            }
            Entry::Link(_) | Entry::Other(..) => {}
        }
    }
    reader.summary().map_err(unsound)?;
    Ok(())
}

fn sha256_of(path: &Path) -> io::Result<Sha256Digest> {
    use sha2::Digest as _;
    let mut hasher = sha2::Sha256::new();
    let mut file = File::open(path)?;
    let mut block = vec![0; 1 << 16];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(Sha256Digest::from_bytes(hasher.finalize().into())),
            length => hasher.update(&block[..length]),
        }
    }
}

fn unsound(error: impl std::fmt::Display) -> BadParcel {
    BadParcel::Unsound(error.to_string())
}

/// The label of a parcel that is about several gates.
pub const EVERY_GATE: &str = "evidence";

/// The name of a parcel's artifact: `tollgate-<label>-<attempt>-<manifest sha256>`. Names are
/// unique in a run, over all its attempts and jobs.
pub fn name(label: &str, attempt: u32, manifest: Sha256Digest) -> String {
    format!("tollgate-{label}-{attempt}-{manifest}")
}

/// Whether an artifact's name says that it holds a manifest.
pub fn is_named_for(name: &str, manifest: Sha256Digest) -> bool {
    manifest_in_name(name) == Some(manifest)
}

/// The gate that an artifact's name speaks of; `None` when it is about several.
pub fn gate_in_name(name: &str) -> Option<GateId> {
    let (head, _) = name.strip_prefix("tollgate-")?.rsplit_once('-')?;
    let (label, _attempt) = head.rsplit_once('-')?;
    label.parse().ok().filter(|_| label != EVERY_GATE)
}

/// The attempt that an artifact's name speaks of.
pub fn attempt_in_name(name: &str) -> Option<u32> {
    let (head, _) = name.strip_prefix("tollgate-")?.rsplit_once('-')?;
    head.rsplit_once('-')?.1.parse().ok()
}

/// The manifest that an artifact's name speaks of.
pub fn manifest_in_name(name: &str) -> Option<Sha256Digest> {
    let (_, digest) = name.strip_prefix("tollgate-")?.rsplit_once('-')?;
    digest.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_which_manifest_is_inside() {
        let manifest = Sha256Digest::of(b"manifest");
        let other = Sha256Digest::of(b"other");
        let name = name("lint", 2, manifest);
        assert!(is_named_for(&name, manifest) && !is_named_for(&name, other));
        assert_eq!(gate_in_name(&name), "lint".parse().ok());
        assert_eq!(attempt_in_name(&name), Some(2));
        assert_eq!(gate_in_name(&super::name(EVERY_GATE, 1, manifest)), None);
        assert_eq!(manifest_in_name("tollgate-evidence"), None);
        assert_eq!(manifest_in_name("reports"), None);
    }
}
