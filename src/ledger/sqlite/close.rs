//! Closing: seal the file and leave it as one file that stands by itself.

use sqlx::{Connection as _, SqliteConnection};

use super::{Session, Sqlite, error, seal};
use crate::ledger::LedgerError;

impl Sqlite {
    pub(super) async fn settle(&self) -> Result<(), LedgerError> {
        let mut session = self.session().await?;
        let sealed = if session.written {
            self.seal(&mut session).await
        } else {
            Ok(())
        };
        let Some(mut connection) = session.connection.take() else {
            return Ok(());
        };
        if session.written {
            leave_wal(&mut connection).await;
        }
        let closed = connection.close().await;
        sealed?;
        closed.map_err(|fault| self.fault(&fault))
    }

    async fn seal(&self, session: &mut Session) -> Result<(), LedgerError> {
        session.in_transaction = true;
        let connection = session.connection(&self.path)?;
        let sealed = write_seal(connection).await;
        match sealed {
            Ok(()) => session.in_transaction = false,
            Err(_) => self.roll_back(session).await,
        }
        sealed.map_err(|fault| error::from_sqlx(&self.path, &fault))
    }
}

async fn write_seal(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("BEGIN IMMEDIATE")
        .execute(&mut *connection)
        .await?;
    seal::write(connection).await?;
    sqlx::raw_sql("COMMIT").execute(connection).await?;
    Ok(())
}

/// Folds the log back into the file and removes it. Where another process has the file open this
/// is refused; that process does it when it closes, or the next one that appends.
async fn leave_wal(connection: &mut SqliteConnection) {
    const SQL: &str = "PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE";
    let _ = sqlx::raw_sql(SQL).execute(connection).await;
}
