//! The folder of one run.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::kept;
use super::{LogFile, StoreError};
use crate::domain::check::EvidenceFile;
use crate::domain::evidence::redaction::Redactor;
use crate::domain::ids::CheckRef;

/// `runs/<id>/`.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    pub(super) fn make(path: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(path).map_err(StoreError::at(path, "made a directory"))?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps a file as evidence, under `evidence/<of>/`: masked when it is text, hashed as it is
    /// stored. `of` is the check, or what else it belongs to; `name` is its path in the project.
    /// Blocks the thread.
    ///
    /// # Errors
    /// When the file cannot be read or the copy cannot be written.
    pub fn keep(
        &self,
        source: &Path,
        kind: &str,
        name: &str,
        of: &str,
        redactor: &Arc<Redactor>,
    ) -> Result<EvidenceFile, StoreError> {
        let relative = self.free_place(of, name);
        let target = self.path.join(&relative);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).map_err(StoreError::at(folder, "made a directory"))?;
        }
        let copied = kept::copy(source, &target, redactor);
        let (sha256, size) = copied.map_err(StoreError::at(&target, "stored"))?;
        Ok(EvidenceFile {
            kind: kind.to_owned(),
            name: plain(name).rsplit('/').next().unwrap_or(name).to_owned(),
            sha256,
            size,
            path: relative,
        })
    }

    /// The log of an attempt at a check.
    pub fn log_file(&self, check: &CheckRef, attempt: u32) -> LogFile {
        let name = match attempt {
            1 => "output.log".to_owned(),
            more => format!("output-{more}.log"),
        };
        let relative = self.free_place(&check.to_string(), &name);
        LogFile::new(self.path.join(&relative), relative, &name)
    }

    /// Marks a moment by the file system's own clock, so that it can be compared with the times
    /// of files.
    ///
    /// # Errors
    /// When the marker cannot be written.
    pub fn mark(&self) -> Result<SystemTime, StoreError> {
        let path = self.path.join(".moment");
        let marked = File::create(&path).and_then(|mut file| {
            file.write_all(b".")?;
            file.metadata()?.modified()
        });
        marked.map_err(StoreError::at(&path, "written"))
    }

    /// Writes a file of the run whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, StoreError> {
        let path = self.path.join(name);
        let written = tempfile::NamedTempFile::new_in(&self.path).and_then(|mut file| {
            file.write_all(bytes)?;
            file.as_file().sync_data()?;
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
            file.as_file().set_permissions(mode)?;
            file.persist(&path).map_err(|error| error.error)
        });
        written.map_err(StoreError::at(&path, "written"))?;
        Ok(path)
    }

    /// Opens a file of the run to append to.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn append(&self, name: &str) -> Result<File, StoreError> {
        let path = self.path.join(name);
        let opened = OpenOptions::new().create(true).append(true).open(&path);
        opened.map_err(StoreError::at(&path, "opened"))
    }

    /// Takes away what was only needed while the run went on.
    pub fn tidy(&self) {
        // A marker that stays does no harm.
        let _ = fs::remove_file(self.path.join(".moment"));
    }

    /// A path under `evidence/<of>/` that no file has yet, with `/`.
    fn free_place(&self, of: &str, name: &str) -> String {
        let place = format!("evidence/{of}/{}", plain(name));
        let taken = |place: &String| self.path.join(place).exists();
        let numbered = (2..).map(|number: u64| format!("{place}.{number}"));
        std::iter::once(place.clone())
            .chain(numbered)
            .find(|place| !taken(place))
            .unwrap_or(place)
    }
}

/// A project's path as it may stand below another folder, and in an artifact of GitHub: no step
/// up, and none of the characters that file names of artifacts may not have.
fn plain(name: &str) -> String {
    let refused =
        |c: char| matches!(c, '"' | ':' | '<' | '>' | '|' | '*' | '?' | '\\') || c.is_control();
    let parts = Path::new(name)
        .components()
        .filter_map(|component| match component {
            Component::Normal(part) => Some(part.to_string_lossy().replace(refused, "_")),
            _ => None,
        });
    let joined = parts.collect::<Vec<_>>().join("/");
    if joined.is_empty() {
        "file".to_owned()
    } else {
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::evidence::redaction::RedactionRules;
    use crate::store::EvidenceDirectory;

    #[test]
    fn names_stay_below_their_folder() {
        for (name, expected) in [
            ("reports/a b ü.xml", "reports/a b ü.xml"),
            ("../../etc/passwd", "etc/passwd"),
            ("/abs/x", "abs/x"),
            ("a:b*?.txt", "a_b__.txt"),
            ("..", "file"),
        ] {
            assert_eq!(plain(name), expected, "{name}");
        }
    }

    #[test]
    fn nothing_is_overwritten() {
        let root = tempfile::tempdir().unwrap();
        let folder = EvidenceDirectory::open(root.path()).unwrap();
        let folder = folder.run_folder(&"r1".parse().unwrap()).unwrap();
        let source = root.path().join("a.txt");
        std::fs::write(&source, "x").unwrap();
        let redactor = Arc::new(Redactor::new(&RedactionRules::default(), []).unwrap());
        let keep = || {
            folder
                .keep(&source, "file", "a.txt", "test/pytest", &redactor)
                .unwrap()
                .path
        };
        assert_eq!(
            [keep(), keep()],
            ["evidence/test/pytest/a.txt", "evidence/test/pytest/a.txt.2"]
        );
    }

    #[test]
    fn a_silent_check_leaves_no_log() {
        let root = tempfile::tempdir().unwrap();
        let folder = RunFolder::make(root.path()).unwrap();
        let check: CheckRef = "test/pytest".parse().unwrap();
        assert_eq!(folder.log_file(&check, 1).finish().unwrap(), None);
        assert!(!root.path().join("evidence").exists());
        let mut log = folder.log_file(&check, 2);
        log.write(b"hello ");
        log.write(b"world");
        let file = log.finish().unwrap().unwrap();
        assert_eq!((file.name.as_str(), file.size), ("output-2.log", 11));
        assert_eq!(
            std::fs::read(root.path().join(file.path)).unwrap(),
            b"hello world"
        );
    }

    #[test]
    fn a_file_in_its_place_is_an_error_with_its_path() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(".tollgate");
        std::fs::write(&path, "").unwrap();
        let error = EvidenceDirectory::open(&path).unwrap_err();
        assert!(error.to_string().contains(".tollgate"), "{error}");
    }
}
