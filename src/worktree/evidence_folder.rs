//! The folder in which Tollgate itself writes: never a result, never dirt.

use std::path::{Component, Path, PathBuf};

/// Where the evidence directory lies in the project; outside of it, nothing has to be left out.
#[derive(Debug, Clone)]
pub(super) struct EvidenceFolder(Option<PathBuf>);

impl EvidenceFolder {
    /// Takes `directory` as the policy writes it, relative to `root` or absolute.
    pub(super) fn new(root: &Path, directory: &str) -> Self {
        let written = Path::new(directory);
        let relative = written.strip_prefix(root).unwrap_or(written);
        let mut folder = PathBuf::new();
        for component in relative.components() {
            match component {
                Component::Normal(name) => folder.push(name),
                Component::CurDir => {}
                Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                    return Self(None);
                }
            }
        }
        Self((!folder.as_os_str().is_empty()).then_some(folder))
    }

    /// Tells whether a path, relative to the project's root, is this folder or lies in it.
    pub(super) fn holds(&self, path: &Path) -> bool {
        self.0
            .as_deref()
            .is_some_and(|folder| path.starts_with(folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(directory: &str, path: &str) -> bool {
        EvidenceFolder::new(Path::new("/work/shop"), directory).holds(Path::new(path))
    }

    #[test]
    fn what_lies_in_it() {
        assert!(holds(".tollgate", ".tollgate/ledger.db"));
        assert!(holds("./out/gate/", "out/gate"));
        assert!(holds("/work/shop/out", "out/runs/1"));
        assert!(!holds(".tollgate", ".tollgate-old/x"));
        assert!(!holds(".tollgate", "src/.tollgate/x"));
        assert!(!holds("/elsewhere", "elsewhere/x"));
        assert!(!holds("../gate", "gate/x"));
        assert!(!holds(".", "src/x"), "the whole project is no evidence");
    }
}
