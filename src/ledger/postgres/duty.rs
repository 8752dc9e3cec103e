//! The duty of one process among those that share a database: an advisory lock of a session. It is
//! free again when the session ends, however it ends.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{Executor as _, PgConnection};

use super::{Place, Postgres};
use crate::ledger::{Answer, Duty, LedgerError};
use crate::transport::postgres;

/// The advisory lock (`TLGD`).
const LOCK: i64 = 0x544c_4744;

/// A machine that is gone is noticed by the server within half a minute.
const SESSION: &str = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; \
                       SET tcp_keepalives_count = 4";

/// How long the server may take to say that the session lives.
const PATIENCE: Duration = Duration::from_secs(5);

/// A session that has the duty, or is to get it.
struct Session {
    options: PgConnectOptions,
    place: Place,
    connection: Option<PgConnection>,
    has_it: bool,
}

impl Postgres {
    pub(super) fn new_duty(&self) -> Box<dyn Duty> {
        Box::new(Session {
            options: self.options.clone(),
            place: self.place.clone(),
            connection: None,
            has_it: false,
        })
    }
}

impl Duty for Session {
    fn hold(&mut self) -> Answer<'_, bool> {
        Box::pin(async {
            let held = match tokio::time::timeout(PATIENCE, self.take()).await {
                Ok(held) => held.map_err(|fault| self.place.fault(&fault)),
                Err(_) => Err(LedgerError::Unreachable {
                    place: self.place.shown.clone(),
                    message: "it did not answer in time".to_owned(),
                }),
            };
            if held.is_err() {
                (self.connection, self.has_it) = (None, false);
            }
            held
        })
    }
}

impl Session {
    /// Takes the lock where nobody has it; a session that has it is only asked whether it lives.
    async fn take(&mut self) -> Result<bool, sqlx::Error> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            None => {
                let mut connection = postgres::connect(&self.options).await?;
                connection.execute(SESSION).await?;
                self.connection.insert(connection)
            }
        };
        if self.has_it {
            connection.execute("SELECT 1").await?;
            return Ok(true);
        }
        let taken = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)");
        self.has_it = taken.bind(LOCK).fetch_one(connection).await?;
        Ok(self.has_it)
    }
}
