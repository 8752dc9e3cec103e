//! The places in which a project pins the versions of its tools, and what they pin.
//!
//! | file | pins |
//! |---|---|
//! | `.python-version` `.nvmrc` `.node-version` `.ruby-version` `.java-version` `runtime.txt` | its tool |
//! | `.tool-versions` `mise.toml` `rust-toolchain` `rust-toolchain.toml` `go.mod` | the tools in it |
//! | `pyproject.toml` `requirements*.txt` `constraints*.txt` | `python`, `pypi:NAME` |
//! | `package.json` `package-lock.json` | `node`, package managers, `npm:NAME` |
//! | `Dockerfile*` `*.dockerfile` `Containerfile*` | the images of `FROM` and `COPY --from` |
//! | `.github/workflows/*.yml` and composite actions | inputs of setup steps, images |
//! | `.pre-commit-config.yaml` | `default_language_version` |
//!
//! A tool is named as in the policy: `python`, `node`, `pypi:fastapi`, `npm:next`. A dependency
//! that is named without any version pins nothing.

mod agreement;
mod docker;
mod node;
mod python;
mod running;
mod spec;
mod tools;
mod version;
mod workflow;

pub use agreement::{Agreement, agrees, fits, has_room, is_manifest};
pub use running::{Asking, running_version, told_version};
pub use spec::Spec;
pub use tools::canonical;

use crate::formats::ReadError;

/// One place that pins a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    /// The tool, in its [`canonical`] name.
    pub tool: String,
    /// The version or range as it is written there.
    pub version: String,
    /// What that admits.
    pub spec: Spec,
    /// The line, from 1, where the version is written.
    pub line: u32,
}

/// The reader for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A file with the version of this tool.
    Single(&'static str),
    ToolVersions,
    Mise,
    RustToolchain,
    GoMod,
    Pyproject,
    Requirements,
    PackageJson,
    PackageLock,
    Dockerfile,
    Workflow,
    PreCommit,
}

/// Tells whether [`find`] reads files of this path, which is relative to the project's root and
/// written with `/`. What others installed (`node_modules`, `site-packages`) is not read.
pub fn is_pin_file(path: &str) -> bool {
    kind(path).is_some()
}

/// The pins of a file, in the file's order. `path` decides how `text` is read; a path that is no
/// [pin file](is_pin_file) gives no pins. Memory is in proportion to the text.
///
/// # Errors
/// [`ReadError::Malformed`] with the line for a file that is not of its format.
pub fn find(path: &str, text: &str) -> Result<Vec<Pin>, ReadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match kind(path) {
        None => Ok(Vec::new()),
        Some(Kind::Single(tool)) => Ok(tools::single(tool, text)),
        Some(Kind::ToolVersions) => Ok(tools::tool_versions(text)),
        Some(Kind::Mise) => tools::mise(text),
        Some(Kind::RustToolchain) => tools::rust_toolchain(text),
        Some(Kind::GoMod) => Ok(tools::go_mod(text)),
        Some(Kind::Pyproject) => python::pyproject(text),
        Some(Kind::Requirements) => Ok(python::requirements(text)),
        Some(Kind::PackageJson) => node::package(text),
        Some(Kind::PackageLock) => node::lock(text),
        Some(Kind::Dockerfile) => Ok(docker::dockerfile(text)),
        Some(Kind::Workflow) => workflow::workflow(text),
        Some(Kind::PreCommit) => workflow::pre_commit(text),
    }
}

fn kind(path: &str) -> Option<Kind> {
    let mut folders: Vec<_> = path.split('/').collect();
    let name = folders.pop()?;
    if folders
        .iter()
        .any(|it| matches!(*it, "node_modules" | "site-packages"))
    {
        return None;
    }
    by_name(name, &folders).or_else(|| by_pattern(name, &folders))
}

fn by_name(name: &str, folders: &[&str]) -> Option<Kind> {
    Some(match name {
        ".python-version" => Kind::Single("python"),
        ".nvmrc" | ".node-version" => Kind::Single("node"),
        ".ruby-version" => Kind::Single("ruby"),
        ".java-version" => Kind::Single("java"),
        "runtime.txt" => Kind::Single("python"),
        ".tool-versions" => Kind::ToolVersions,
        "mise.toml" | ".mise.toml" => Kind::Mise,
        "config.toml" if matches!(folders.last(), Some(&("mise" | ".mise"))) => Kind::Mise,
        "rust-toolchain" | "rust-toolchain.toml" => Kind::RustToolchain,
        "go.mod" => Kind::GoMod,
        "pyproject.toml" => Kind::Pyproject,
        "package.json" => Kind::PackageJson,
        "package-lock.json" | "npm-shrinkwrap.json" => Kind::PackageLock,
        "action.yml" | "action.yaml" => Kind::Workflow,
        ".pre-commit-config.yaml" | ".pre-commit-config.yml" => Kind::PreCommit,
        _ => return None,
    })
}

fn by_pattern(name: &str, folders: &[&str]) -> Option<Kind> {
    let lower = name.to_ascii_lowercase();
    let extension = lower
        .rsplit_once('.')
        .map_or("", |(_, extension)| extension);
    let is_docker = lower.starts_with("dockerfile") || lower.starts_with("containerfile");
    if extension == "dockerfile" || (is_docker && !matches!(extension, "dockerignore" | "md")) {
        return Some(Kind::Dockerfile);
    }
    let is_required = ["requirements", "constraints"]
        .iter()
        .any(|start| lower.starts_with(start) || folders.last() == Some(start));
    if extension == "txt" && is_required {
        return Some(Kind::Requirements);
    }
    let is_workflow = folders.ends_with(&[".github", "workflows"]);
    (is_workflow && matches!(extension, "yml" | "yaml")).then_some(Kind::Workflow)
}

impl Pin {
    fn new(tool: &str, version: &str, spec: Spec, line: usize) -> Self {
        Self {
            tool: canonical(tool),
            version: version.trim().chars().take(200).collect(),
            spec,
            line: u32::try_from(line).unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests;
