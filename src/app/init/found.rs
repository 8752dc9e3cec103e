//! What a repository is made of, as far as its file names and manifests say it.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

/// The most that is read of a manifest.
const MANIFEST_BYTES: u64 = 1 << 20;

/// Folders that hold other people's code, what was built, or what is not the product.
const NOT_OURS: [&str; 15] = [
    "node_modules",
    "vendor",
    "target",
    "dist",
    "build",
    "venv",
    "third_party",
    "testdata",
    "doc",
    "docs",
    "fuzz",
    "packaging",
    "example",
    "examples",
    "scripts",
];

/// How many folders deep is looked: `services/shop`, `packages/web`.
const DEPTH: usize = 2;

/// A repository that was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// The folder's name.
    pub(super) name: String,
    /// The root, then the folders in it, by path.
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
    /// The scripts of the packages beneath, where it is the root of a workspace.
    pub(super) scripts_of_members: BTreeSet<String>,
    /// `pom.xml`.
    pub(super) pom: String,
    /// `Cargo.toml`.
    pub(super) cargo: String,
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

    /// Whether it lies somewhere in another one.
    pub(super) fn is_beneath(&self, other: &Self) -> bool {
        match self.path.strip_prefix(&other.path) {
            Some(rest) => rest.starts_with('/') || (other.path.is_empty() && !rest.is_empty()),
            None => false,
        }
    }

    fn scripts(&self) -> impl Iterator<Item = String> {
        let scripts = self
            .package
            .iter()
            .filter_map(|it| it["scripts"].as_object());
        scripts.flat_map(|scripts| scripts.keys().cloned())
    }
}

/// Looks at a root and at the folders in it, [`DEPTH`] deep.
///
/// # Errors
/// When the root can't be read.
pub(super) fn look(root: &Path) -> io::Result<Found> {
    let name = root.file_name().unwrap_or_default().to_string_lossy();
    let mut folders = vec![folder(root, "")?];
    let mut paths = Vec::new();
    beneath(root, "", DEPTH, &mut paths);
    paths.sort();
    for path in paths {
        // A folder that can't be read is not ours to check.
        folders.extend(folder(&root.join(&path), &path));
    }
    for index in 0..folders.len() {
        let members = folders.iter().filter(|it| it.is_beneath(&folders[index]));
        folders[index].scripts_of_members = members.flat_map(Folder::scripts).collect();
    }
    Ok(Found {
        name: name.into_owned(),
        folders,
    })
}

/// Adds the paths of the folders in one of them that may hold code of the product.
fn beneath(root: &Path, path: &str, depth: usize, into: &mut Vec<String>) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    let entries = fs::read_dir(root.join(path)).into_iter().flatten();
    let folders = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    for name in folders.filter(|name| is_plain(name) && is_product(name)) {
        let path = match path {
            "" => name,
            path => format!("{path}/{name}"),
        };
        beneath(root, &path, depth, into);
        into.push(path);
    }
}

fn is_product(name: &str) -> bool {
    !NOT_OURS.contains(&name) && !name.starts_with("bench") && !name.starts_with("test")
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
    // The order in which GNU make looks (its manual, 3.2).
    let mut makefiles = ["GNUmakefile", "makefile", "Makefile"].into_iter();
    let makefile = makefiles.find(|name| files.iter().any(|file| file == name));
    let python = files.iter().filter(|name| is_python_manifest(name));
    let python: Vec<String> = python.map(|name| text(name)).collect();
    Ok(Folder {
        path: relative.to_owned(),
        python: python.join("\n"),
        package: serde_json::from_str(text("package.json").trim_start_matches('\u{feff}')).ok(),
        scripts_of_members: BTreeSet::new(),
        pom: text("pom.xml"),
        cargo: text("Cargo.toml"),
        makefile: makefile.map(text).unwrap_or_default(),
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
