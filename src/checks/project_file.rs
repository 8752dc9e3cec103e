//! One file of the project, read whole.

use std::fs;

use crate::domain::check::CheckResult;
use crate::domain::reason::{Reason, ReasonCode};
use crate::worktree::WorkTree;
use crate::worktree::globs::Globs;

/// Why a file cannot be judged; nothing was measured.
pub(super) fn errored(code: ReasonCode, message: String, file: &str) -> Box<CheckResult> {
    Box::new(CheckResult::errored(
        Reason::new(code, message).at(file, None),
    ))
}

/// A file that must be there. `missing` says what it is for and how to make it.
///
/// # Errors
/// The result of a check that has no such file: `missing` under `code`, or why the file can't be
/// read.
pub(super) fn text(
    path: &str,
    most_bytes: u64,
    tree: &WorkTree,
    missing: (ReasonCode, &str),
) -> Result<String, Box<CheckResult>> {
    let unreadable = |why: String| {
        let message = format!("`{path}` {why}.");
        errored(ReasonCode::FileUnreadable, message, path)
    };
    let globs = Globs::literal(path).map_err(|error| unreadable(error.to_string()))?;
    let found = tree.find(&globs);
    if let Some(refused) = found.refused.first() {
        return Err(unreadable(refused.why.clone()));
    }
    let Some(file) = found.files.first() else {
        let (code, purpose) = missing;
        return Err(errored(
            code,
            format!("`{path}` is not there. {purpose}"),
            path,
        ));
    };
    if file.path != path {
        return Err(unreadable(
            "is a directory, and a file was expected".to_owned(),
        ));
    }
    if file.size > most_bytes {
        let most = most_bytes >> 20;
        return Err(unreadable(format!("is larger than {most} MiB")));
    }
    let bytes = fs::read(&file.absolute);
    let bytes = bytes.map_err(|error| unreadable(format!("can't be read: {error}")))?;
    String::from_utf8(bytes).map_err(|_| unreadable("is not UTF-8".to_owned()))
}
