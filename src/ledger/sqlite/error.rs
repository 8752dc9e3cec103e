//! SQLite's result codes (<https://www.sqlite.org/rescode.html>) as [`LedgerError`]s.

use std::io;
use std::path::Path;

use crate::ledger::LedgerError;

const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READ_ONLY: i32 = 8;
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const CANNOT_OPEN: i32 = 14;
const NOT_A_DATABASE: i32 = 26;

/// Reads a failure of the driver.
pub(super) fn from_sqlx(path: &Path, error: &sqlx::Error) -> LedgerError {
    let place = path.display().to_string();
    let (code, message) = match error {
        sqlx::Error::Database(inner) => (extended_code(error), inner.message().to_owned()),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => (
            Some(CORRUPT),
            format!("a value is not what it should be ({error})"),
        ),
        sqlx::Error::Io(inner) => return from_io(path, inner),
        _ => (None, error.to_string()),
    };
    match code.map(|code| code & 0xff) {
        Some(BUSY | LOCKED) => LedgerError::Busy { place, message },
        Some(READ_ONLY) => LedgerError::ReadOnly { place, message },
        Some(CORRUPT) => LedgerError::Damaged { place, message },
        Some(FULL) => LedgerError::Full { place, message },
        Some(NOT_A_DATABASE) => LedgerError::NotALedger { place, message },
        _ => LedgerError::Unreachable { place, message },
    }
}

/// Reads a failure of the file system.
pub(super) fn from_io(path: &Path, error: &io::Error) -> LedgerError {
    let place = path.display().to_string();
    let message = error.to_string();
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            LedgerError::ReadOnly { place, message }
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            LedgerError::Full { place, message }
        }
        _ => LedgerError::Unreachable { place, message },
    }
}

/// Tells whether a file that cannot be opened read-only might be opened by one who may write: a
/// log or journal that a crash left behind has to be folded in first.
pub(super) fn needs_recovery(error: &sqlx::Error) -> bool {
    matches!(
        extended_code(error).map(|code| code & 0xff),
        Some(READ_ONLY | CANNOT_OPEN)
    )
}

/// Tells whether another connection is at work.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    extended_code(error).map(|code| code & 0xff) == Some(BUSY)
}

/// Tells whether a row was refused because its key or its place is taken.
pub(super) fn is_taken(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

fn extended_code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}
