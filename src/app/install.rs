//! `command: install`: puts this binary where later steps of the job find it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::failure::Failure;

/// The name under which the binary lies in `$RUNNER_TEMP`.
const NAME: &str = "tollgate";

/// Copies the running binary into a folder, for everybody to run, and answers with its path.
///
/// # Errors
/// When there is no such folder, or it can't be written.
pub fn install(temporary: Option<&Path>) -> Result<PathBuf, Failure> {
    let folder = temporary.ok_or_else(|| {
        Failure::usage("RUNNER_TEMP is not set, so there is no place for the binary")
            .hint("`command: install` is for jobs of GitHub Actions")
    })?;
    let place = folder.join(NAME);
    let copy = || {
        let own = std::env::current_exe()?;
        let part = folder.join(format!(".{NAME}.part"));
        fs::copy(own, &part)?;
        fs::set_permissions(&part, fs::Permissions::from_mode(0o755))?;
        fs::rename(&part, &place) // a copy that is being run can't be written
    };
    copy().map_err(|error: std::io::Error| {
        Failure::unreachable(format!("{} can't be written: {error}", place.display()))
    })?;
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_is_copied_for_everybody() {
        let folder = tempfile::tempdir().unwrap();
        let place = install(Some(folder.path())).unwrap();
        assert_eq!(place, folder.path().join("tollgate"));
        let mode = fs::metadata(&place).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
        let own = fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(fs::read(&place).unwrap() == own);
        assert_eq!(install(Some(folder.path())).unwrap(), place);
    }

    #[test]
    fn without_a_place_nothing_is_installed() {
        assert!(install(None).unwrap_err().message.contains("RUNNER_TEMP"));
        let missing = Path::new("/nowhere/at/all");
        assert!(
            install(Some(missing))
                .unwrap_err()
                .message
                .contains("/nowhere/at/all")
        );
    }
}
