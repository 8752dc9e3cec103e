//! What a repository is made of, as far as its file names and manifests say it.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

/// The most that is read of a manifest.
const MANIFEST_BYTES: u64 = 1 << 20;

/// Folders that hold other people's code, or what was built.
const NOT_OURS: [&str; 8] = [
    "node_modules",
    "vendor",
    "target",
    "dist",
    "build",
    "venv",
    "third_party",
    "testdata",
];

/// A repository that was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// The folder's name.
    pub(super) name: String,
    /// The root, then the folders in it, by name.
    pub(super) folders: Vec<Folder>,
}

/// One folder of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Folder {
    /// Its path relative to the root; empty for the root.
    pub(super) path: String,
    /// The names of its files, sorted.
    pub(super) files: Vec<String>,
    /// `pyproject.toml`, `requirements*.txt`, `setup.cfg`, … one after the other.
    pub(super) python: String,
    /// `package.json`.
    pub(super) package: Option<serde_json::Value>,
    /// `Makefile`.
    pub(super) makefile: String,
}

impl Folder {
    /// Whether it has a file of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.files.iter().any(|file| file == name)
    }

    /// The first of these names that it has.
    pub(super) fn first_of(&self, names: &[&'static str]) -> Option<&'static str> {
        names.iter().copied().find(|name| self.has(name))
    }
}

/// Looks at a root and at the folders in it.
///
/// # Errors
/// When the root can't be read.
pub(super) fn look(root: &Path) -> io::Result<Found> {
    let name = root.file_name().unwrap_or_default().to_string_lossy();
    let mut folders = vec![folder(root, "")?];
    let mut names: Vec<String> = fs::read_dir(root)?
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| is_plain(name) && !NOT_OURS.contains(&name.as_str()))
        .collect();
    names.sort();
    for name in names {
        // A folder that can't be read is not ours to check.
        folders.extend(folder(&root.join(&name), &name));
    }
    Ok(Found {
        name: name.into_owned(),
        folders,
    })
}

/// Names that stand in YAML and in a shell as they are.
fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    name.chars().all(plain) && !name.starts_with(['.', '-'])
}

fn folder(path: &Path, relative: &str) -> io::Result<Folder> {
    let mut files: Vec<String> = fs::read_dir(path)?
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    let text = |name: &str| text(&path.join(name)).unwrap_or_default();
    let python = files.iter().filter(|name| is_python_manifest(name));
    let python: Vec<String> = python.map(|name| text(name)).collect();
    Ok(Folder {
        path: relative.to_owned(),
        python: python.join("\n"),
        package: serde_json::from_str(&text("package.json")).ok(),
        makefile: text("Makefile"),
        files,
    })
}

pub(super) fn is_python_manifest(name: &str) -> bool {
    matches!(
        name,
        "pyproject.toml" | "setup.cfg" | "setup.py" | "Pipfile" | "tox.ini"
    ) || (name.starts_with("requirements") && name.ends_with(".txt"))
}

fn text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    fs::File::open(path)?
        .take(MANIFEST_BYTES)
        .read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
