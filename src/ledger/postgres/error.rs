//! SQLSTATEs (<https://www.postgresql.org/docs/current/errcodes-appendix.html>) as [`LedgerError`]s.

use sqlx::postgres::PgDatabaseError;

use super::Place;
use crate::ledger::LedgerError;
use crate::transport::postgres::in_words;

/// What `ops.append` says of an event whose key is taken by another one.
const KEY_IS_TAKEN: &str = "TG409";

/// A unique value that was taken meanwhile, a serialisation that failed, a deadlock.
const OVERTAKEN: [&str; 3] = ["23505", "40001", "40P01"];

impl Place {
    /// Reads a failure of the driver or of the server.
    pub(super) fn fault(&self, error: &sqlx::Error) -> LedgerError {
        let place = self.shown.clone();
        let message = in_words(error, &self.scrubber);
        match error {
            sqlx::Error::PoolClosed => LedgerError::Closed { place },
            sqlx::Error::PoolTimedOut => LedgerError::Busy {
                place,
                message: "no connection became free".to_owned(),
            },
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                let message = format!("a value is not what it should be ({message})");
                LedgerError::Damaged { place, message }
            }
            sqlx::Error::Database(_) => by_code(state(error).unwrap_or_default(), place, message),
            _ => LedgerError::Unreachable { place, message },
        }
    }

    /// A failure of an append, which may be that a key is taken.
    pub(super) fn append_fault(&self, error: &sqlx::Error) -> LedgerError {
        let detail = error.as_database_error().and_then(|error| {
            error
                .try_downcast_ref::<PgDatabaseError>()
                .and_then(PgDatabaseError::detail)
        });
        match detail {
            Some(key) if state(error).as_deref() == Some(KEY_IS_TAKEN) => LedgerError::Conflict {
                key: key.to_owned(),
            },
            _ => self.fault(error),
        }
    }
}

fn by_code(code: impl AsRef<str>, place: String, message: String) -> LedgerError {
    match code.as_ref() {
        "25006" | "42501" => LedgerError::ReadOnly { place, message },
        "53100" | "54000" => LedgerError::Full { place, message },
        "40001" | "40P01" | "53300" | "55P03" | "57014" => LedgerError::Busy { place, message },
        "XX001" | "XX002" => LedgerError::Damaged { place, message },
        "3F000" | "42P01" | "42703" | "42883" => LedgerError::NotALedger { place, message },
        _ => LedgerError::Unreachable { place, message },
    }
}

/// Tells whether the same append may do better at once: another was faster, or the connection was
/// one that the server had ended.
pub(super) fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        _ => state(error).is_some_and(|code| {
            OVERTAKEN.contains(&code.as_str()) || code.starts_with("57P") || code.starts_with("08")
        }),
    }
}

/// Tells whether the connection was lost.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    is_passing(error) && state(error).is_none_or(|code| !OVERTAKEN.contains(&code.as_str()))
}

fn state(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}
