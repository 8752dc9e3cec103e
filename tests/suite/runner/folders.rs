//! The folders of a runner's job, and where a container sees them.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

/// The runner's work folder, made for one job and removed with it.
pub(super) struct Folders {
    work: TempDir,
}

impl Folders {
    pub(super) fn new() -> Self {
        let work = tempfile::Builder::new()
            .prefix("tollgate-runner-")
            .tempdir()
            .unwrap();
        let folders = Self { work };
        for (host, _) in folders.mounts() {
            fs::create_dir_all(host).unwrap();
        }
        fs::create_dir_all(folders.path("home")).unwrap();
        fs::write(folders.path("_temp/_github_workflow/event.json"), "{}").unwrap();
        folders
    }

    pub(super) fn path(&self, relative: &str) -> PathBuf {
        self.work.path().join(relative)
    }

    pub(super) fn text(&self, relative: &str) -> String {
        self.path(relative).display().to_string()
    }

    pub(super) fn workspace(&self) -> PathBuf {
        self.path("shop/shop")
    }

    pub(super) fn command_files(&self) -> PathBuf {
        self.path("_temp/_runner_file_commands")
    }

    /// Host and container, in the order in which the runner gives them to Docker.
    pub(super) fn mounts(&self) -> [(PathBuf, &'static str); 5] {
        [
            (self.path("_temp"), "/github/runner_temp"),
            (self.path("_temp/_github_home"), "/github/home"),
            (self.path("_temp/_github_workflow"), "/github/workflow"),
            (self.command_files(), "/github/file_commands"),
            (self.workspace(), "/github/workspace"),
        ]
    }

    /// A value that is a mounted path, or begins with one, as the container sees it; any other
    /// value as it is. The mount given last is tried first.
    pub(super) fn in_container(&self, value: &str) -> String {
        let mut mounts = self.mounts();
        mounts.reverse();
        let translated = mounts.iter().find_map(|(host, container)| {
            let rest = value.strip_prefix(&host.display().to_string())?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("{container}{rest}"))
        });
        translated.unwrap_or_else(|| value.to_owned())
    }
}
