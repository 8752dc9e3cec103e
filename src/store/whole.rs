//! Writing a file whole or not at all.

use std::fs::File;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::NamedTempFile;

use super::StoreError;

/// Writes a file beside `to` and moves it there when it is complete and on disk. What was at `to`
/// is replaced, or stays when something goes wrong.
pub(super) fn write<T>(
    to: &Path,
    fill: impl FnOnce(&mut File) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let folder = match to.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut file = NamedTempFile::new_in(folder).map_err(StoreError::at(to, "written"))?;
    let filled = fill(file.as_file_mut())?;
    let mode = std::fs::Permissions::from_mode(0o644);
    file.as_file()
        .sync_data()
        .and_then(|()| file.as_file().set_permissions(mode))
        .map_err(StoreError::at(to, "written"))?;
    let moved = file.persist(to).map_err(|error| error.error);
    moved.map_err(StoreError::at(to, "written"))?;
    Ok(filled)
}
