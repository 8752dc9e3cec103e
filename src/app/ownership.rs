//! Files that a container made as root, given to whom the workspace belongs to, so that later
//! steps on the host can read, change and remove them.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Gid, Uid, chownat};

/// Gives a folder and all that is in it to the owner of another one. Does nothing unless this
/// process is root and the other folder is not root's.
///
/// # Errors
/// When the owner can't be told, or an entry can't be given away.
pub fn give_to_owner_of(folder: &Path, like: &Path) -> io::Result<()> {
    let owner = fs::metadata(like)?;
    if !rustix::process::geteuid().is_root() || owner.uid() == 0 || !folder.exists() {
        return Ok(());
    }
    let ids = (Uid::from_raw(owner.uid()), Gid::from_raw(owner.gid()));
    give(folder, ids)
}

fn give(path: &Path, ids: (Uid, Gid)) -> io::Result<()> {
    chownat(
        CWD,
        path,
        Some(ids.0),
        Some(ids.1),
        AtFlags::SYMLINK_NOFOLLOW,
    )?;
    if fs::symlink_metadata(path)?.is_dir() {
        for entry in fs::read_dir(path)? {
            give(&entry?.path(), ids)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_in_the_folder_belongs_to_the_workspaces_owner() {
        let workspace = tempfile::tempdir().unwrap();
        let inner = workspace.path().join(".tollgate/runs/r1");
        fs::create_dir_all(&inner).unwrap();
        fs::write(inner.join("log.jsonl"), "").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", inner.join("link")).unwrap();
        let is_root = rustix::process::geteuid().is_root();
        if is_root {
            let ids = (Some(Uid::from_raw(1001)), Some(Gid::from_raw(127)));
            chownat(CWD, workspace.path(), ids.0, ids.1, AtFlags::empty()).unwrap();
        }
        let expect = fs::metadata(workspace.path()).unwrap().uid();
        give_to_owner_of(&workspace.path().join(".tollgate"), workspace.path()).unwrap();
        for path in [&inner, &inner.join("log.jsonl"), &inner.join("link")] {
            assert_eq!(
                fs::symlink_metadata(path).unwrap().uid(),
                expect,
                "{path:?}"
            );
        }
        assert_eq!(fs::metadata("/etc/passwd").unwrap().uid(), 0);
    }
}
