//! Opening: creating on first use when writing, creating nothing when reading.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqliteConnection};

use super::schema::{self, Identity};
use super::{Sqlite, error};
use crate::ledger::LedgerError;

/// How long one process waits for another to finish its append.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many rows may be under way from the database's thread.
const ROWS_UNDER_WAY: usize = 1024;

impl Sqlite {
    /// Opens a ledger to append to it. The file is made on first use, for its owner alone
    /// (mode 0600); its folder must be there.
    ///
    /// # Errors
    /// [`LedgerError::FromTheFuture`], [`LedgerError::NotALedger`], [`LedgerError::Damaged`],
    /// [`LedgerError::ReadOnly`], [`LedgerError::Full`] or [`LedgerError::Unreachable`].
    pub async fn open(path: &Path) -> Result<Self, LedgerError> {
        let path = absolute(path)?;
        reserve(&path).map_err(|fault| error::from_io(&path, &fault))?;
        let connection = connect(&path, Access::Write).await;
        let mut connection = connection.map_err(|fault| error::from_sqlx(&path, &fault))?;
        let format = examine(&path, &mut connection).await?;
        if format < schema::KNOWN {
            let migrated = schema::migrate(&mut connection).await;
            migrated.map_err(|fault| error::from_sqlx(&path, &fault))?;
            examine(&path, &mut connection).await?;
        }
        Ok(Self::new(path, connection))
    }

    /// Opens a ledger to read it; `None` when there is none yet. Nothing is created or changed,
    /// but what a crash left behind is folded in where the file may be written.
    ///
    /// # Errors
    /// As [`Sqlite::open`].
    pub async fn open_existing(path: &Path) -> Result<Option<Self>, LedgerError> {
        let path = absolute(path)?;
        match fs::metadata(&path) {
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(fault) => return Err(error::from_io(&path, &fault)),
            Ok(found) if found.is_dir() => return Err(is_a_folder(&path)),
            Ok(_) => {}
        }
        let (mut connection, identity) = connect_to_read(&path)
            .await
            .map_err(|fault| error::from_sqlx(&path, &fault))?;
        if identity == Identity::Empty {
            return Ok(None);
        }
        if examine(&path, &mut connection).await? < schema::KNOWN {
            drop(connection);
            return Self::open(&path).await.map(Some);
        }
        Ok(Some(Self::new(path, connection)))
    }
}

/// What a connection may do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Write,
    Read,
    /// Reading a file that no one changes, without looking at anything beside it.
    ReadAlone,
}

async fn connect(path: &Path, access: Access) -> Result<SqliteConnection, sqlx::Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .read_only(access != Access::Write)
        .immutable(access == Access::ReadAlone)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(PATIENCE)
        .row_buffer_size(ROWS_UNDER_WAY)
        .disable_statement_logging();
    options.connect().await
}

/// Connects with as little access as the state of the file allows, and reads what it is.
async fn connect_to_read(path: &Path) -> Result<(SqliteConnection, Identity), sqlx::Error> {
    let first = try_to_read(path, Access::Read).await;
    let Err(fault) = first else { return first };
    if !error::needs_recovery(&fault) {
        return Err(fault);
    }
    let second = try_to_read(path, Access::Write).await;
    if second.is_ok() || has_company(path) {
        return second;
    }
    try_to_read(path, Access::ReadAlone).await
}

async fn try_to_read(
    path: &Path,
    access: Access,
) -> Result<(SqliteConnection, Identity), sqlx::Error> {
    let mut connection = connect(path, access).await?;
    let identity = schema::identity(&mut connection).await?;
    Ok((connection, identity))
}

/// Tells whether a log or a journal with something in it lies beside the file.
fn has_company(path: &Path) -> bool {
    ["-wal", "-journal"].iter().any(|suffix| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        fs::metadata(name).is_ok_and(|found| found.len() > 0)
    })
}

/// The format of a ledger, 0 for an empty file.
async fn examine(path: &Path, connection: &mut SqliteConnection) -> Result<i64, LedgerError> {
    let identity = schema::identity(connection).await;
    match identity.map_err(|fault| error::from_sqlx(path, &fault))? {
        Identity::Empty => Ok(0),
        Identity::Ledger(found) if found > schema::KNOWN => Err(LedgerError::FromTheFuture {
            place: path.display().to_string(),
            found,
            known: schema::KNOWN,
        }),
        Identity::Ledger(found) => Ok(found),
        Identity::Foreign => Err(LedgerError::NotALedger {
            place: path.display().to_string(),
            message: "it is a database of another program".to_owned(),
        }),
    }
}

/// Makes the file, for its owner alone, unless it is there.
fn reserve(path: &Path) -> io::Result<()> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Err(fault) if fault.kind() != io::ErrorKind::AlreadyExists => Err(fault),
        _ => Ok(()),
    }
}

/// SQLite takes a name that begins with `file:` for a URI, so it is always given a whole path.
fn absolute(path: &Path) -> Result<PathBuf, LedgerError> {
    let whole = std::path::absolute(path).map_err(|fault| error::from_io(path, &fault))?;
    if whole.to_str().is_none() {
        return Err(LedgerError::Unreachable {
            place: whole.display().to_string(),
            message: "its path is not UTF-8".to_owned(),
        });
    }
    if whole.is_dir() {
        return Err(is_a_folder(&whole));
    }
    Ok(whole)
}

fn is_a_folder(path: &Path) -> LedgerError {
    LedgerError::NotALedger {
        place: path.display().to_string(),
        message: "it is a folder".to_owned(),
    }
}
