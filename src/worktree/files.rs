//! Finds files of the project by globs.
//!
//! Hidden and ignored files are found too, since results usually are ignored; `.git` and the
//! evidence directory never are. A link is read where it leads to a file of the project; a link
//! that leads out of it is refused. Folders that are links are not walked, since what is in them
//! is found at its own place; a glob that names one is followed.

use std::fs::{self, FileType, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ignore::WalkBuilder;

use super::evidence_folder::EvidenceFolder;
use super::globs::Globs;

/// Folders in which other people's pins lie, besides those that the project ignores.
const FOREIGN_FOLDERS: [&str; 4] = [".git", "node_modules", "vendor", ".venv"];

/// The project's root directory, and what lies in it.
#[derive(Debug, Clone)]
pub struct WorkTree {
    root: PathBuf,
    evidence: EvidenceFolder,
}

/// A regular file of the project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FoundFile {
    /// Relative to the project's root, with `/`; bytes that are no UTF-8 are replaced.
    pub path: String,
    /// The path to open.
    pub absolute: PathBuf,
    /// In bytes.
    pub size: u64,
    /// When it was last written, by the file system's clock.
    pub modified: SystemTime,
}

/// A path that a glob chose, and that is not read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refused {
    /// Relative to the project's root, with `/`.
    pub path: String,
    /// Why: "is a link that leads out of the project's directory".
    pub why: String,
}

/// What globs found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Finding {
    /// Sorted by path, each once.
    pub files: Vec<FoundFile>,
    /// Sorted by path, each once.
    pub refused: Vec<Refused>,
}

impl WorkTree {
    /// Opens the project at `root`. `evidence_directory` is written as in the policy.
    ///
    /// # Errors
    /// When `root` is no directory that can be entered.
    pub fn open(root: &Path, evidence_directory: &str) -> io::Result<Self> {
        let root = fs::canonicalize(root)?;
        let evidence = EvidenceFolder::new(&root, evidence_directory);
        Ok(Self { root, evidence })
    }

    /// The root, absolute and without links.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Finds the files that the globs choose. Only the folders with which the globs begin are
    /// walked: `reports/*.xml` never looks into `node_modules`.
    pub fn find(&self, globs: &Globs) -> Finding {
        let mut search = Search {
            tree: self,
            globs,
            found: Finding::default(),
        };
        for base in globs.bases() {
            search.start(base);
        }
        search.found.sorted()
    }

    /// Finds the files of the project itself whose path `is_wanted`: not what `.gitignore` files
    /// leave out, not `node_modules`, `vendor`, `.venv`. Hidden files are found. Rules that lie
    /// outside of the project (a person's own ignore file) play no part.
    pub fn own_files(&self, is_wanted: impl Fn(&str) -> bool) -> Finding {
        let mut found = Finding::default();
        for entry in self.own_walk() {
            match entry {
                Ok(entry) if !entry.file_type().is_some_and(|kind| kind.is_dir()) => {
                    let path = self.relative(entry.path());
                    if is_wanted(&show(&path)) {
                        self.take(&path, &mut found);
                    }
                }
                Ok(_) => {}
                Err(error) => found.refuse(Path::new("."), error.to_string()),
            }
        }
        found.sorted()
    }

    /// Within a repository its own `.gitignore` files count, also those above the project; in a
    /// folder that lies in none, only the project's.
    fn own_walk(&self) -> ignore::Walk {
        let (root, evidence) = (self.root.clone(), self.evidence.clone());
        let is_in_git = self
            .root
            .ancestors()
            .any(|folder| folder.join(".git").exists());
        WalkBuilder::new(&self.root)
            .hidden(false)
            .ignore(false)
            .git_global(false)
            .git_exclude(false)
            .require_git(is_in_git)
            .parents(is_in_git)
            .filter_entry(move |entry| {
                let path = entry.path().strip_prefix(&root).unwrap_or(entry.path());
                let is_foreign = entry.depth() > 0
                    && FOREIGN_FOLDERS
                        .iter()
                        .any(|name| entry.file_name() == *name);
                !is_foreign && !evidence.holds(path)
            })
            .build()
    }

    /// Adds a path that was chosen, when it is a regular file or a link to one of the project.
    fn take(&self, path: &Path, found: &mut Finding) {
        let absolute = self.root.join(path);
        match self.resolve(&absolute) {
            Ok(Some(file)) if file.is_file() => found.files.push(FoundFile {
                path: show(path),
                absolute,
                size: file.len(),
                modified: file.modified().unwrap_or(SystemTime::UNIX_EPOCH),
            }),
            Ok(Some(_)) => {}
            Ok(None) => found.refuse(path, "leads out of the project's directory".to_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let is_link = fs::symlink_metadata(&absolute).is_ok();
                if is_link {
                    found.refuse(path, "is a link to something that is not there".to_owned());
                }
            }
            Err(error) => found.refuse(path, format!("can't be read: {error}")),
        }
    }

    /// What a path stands for in the end; `None` when that is not in the project, or is what
    /// nobody may choose.
    fn resolve(&self, absolute: &Path) -> io::Result<Option<Metadata>> {
        let plain = fs::symlink_metadata(absolute)?;
        let behind_links = fs::canonicalize(absolute)?;
        match behind_links.strip_prefix(&self.root) {
            Ok(inside) if !self.is_closed(inside) => {}
            _ => return Ok(None),
        }
        if plain.is_symlink() {
            return fs::metadata(absolute).map(Some);
        }
        Ok(Some(plain))
    }

    /// Tells whether a path lies in `.git` or in the evidence directory.
    fn is_closed(&self, path: &Path) -> bool {
        self.evidence.holds(path) || path.components().any(|part| part.as_os_str() == ".git")
    }

    fn relative(&self, absolute: &Path) -> PathBuf {
        let inside = absolute.strip_prefix(&self.root).unwrap_or(absolute);
        inside.to_owned()
    }
}

impl Finding {
    fn refuse(&mut self, path: &Path, why: String) {
        let path = show(path);
        self.refused.push(Refused { path, why });
    }

    fn sorted(mut self) -> Self {
        self.files.sort();
        self.files.dedup();
        self.refused.sort();
        self.refused.dedup();
        self
    }
}

/// One walk through the project for one list of globs.
struct Search<'a> {
    tree: &'a WorkTree,
    globs: &'a Globs,
    found: Finding,
}

impl Search<'_> {
    /// Begins at the literal part of a glob: a file, a folder, a link to either, or nothing.
    fn start(&mut self, base: &Path) {
        if self.tree.is_closed(base) {
            return;
        }
        match self.tree.resolve(&self.tree.root.join(base)) {
            Ok(Some(target)) if target.is_dir() => self.walk(base.to_owned()),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {}
            _ if self.globs.choose(base) => self.tree.take(base, &mut self.found),
            Ok(None) => {
                let why = "leads out of the project's directory".to_owned();
                self.found.refuse(base, why);
            }
            _ => {}
        }
    }

    fn walk(&mut self, base: PathBuf) {
        let mut folders = vec![base];
        while let Some(folder) = folders.pop() {
            match fs::read_dir(self.tree.root.join(&folder)) {
                Ok(entries) => {
                    for entry in entries.flatten() {
                        let path = folder.join(entry.file_name());
                        if let Ok(kind) = entry.file_type() {
                            folders.extend(self.visit(path, kind));
                        }
                    }
                }
                Err(error) => self
                    .found
                    .refuse(&folder, format!("can't be read: {error}")),
            }
        }
    }

    /// Looks at one entry, and gives it back when it is a folder to walk.
    fn visit(&mut self, path: PathBuf, kind: FileType) -> Option<PathBuf> {
        if self.tree.is_closed(&path) {
            return None;
        }
        if kind.is_dir() {
            return Some(path);
        }
        if self.globs.choose(&path) {
            self.tree.take(&path, &mut self.found);
        }
        None
    }
}

/// A path as people read it.
fn show(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests;
