//! Opening: making the schema on first use when writing, making nothing when reading.

use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, Executor as _, PgConnection, PgPool};

use super::schema::{self, Identity};
use super::{Place, Postgres, error};
use crate::ledger::LedgerError;
use crate::transport::postgres;
use crate::transport::scrub::Scrubber;

/// How many connections a handle opens at the most. Appends to one release wait for each other, so
/// more would not be faster.
const CONNECTIONS: u32 = 10;

/// How long a task waits for one of them.
const PATIENCE: Duration = Duration::from_secs(10);

/// What holds in every session: a lock is not waited for without end, and each statement sees what
/// was committed before it.
const SESSION: &str =
    "SET lock_timeout = '30s'; SET default_transaction_isolation = 'read committed'";

impl Postgres {
    /// Opens a ledger to append to it. The schema `ops` is made on first use, and brought up to
    /// date; processes that do it at once wait for each other.
    ///
    /// # Errors
    /// [`LedgerError::FromTheFuture`], [`LedgerError::NotALedger`], [`LedgerError::Damaged`] where a
    /// migration was changed after it was applied, [`LedgerError::ReadOnly`] or
    /// [`LedgerError::Unreachable`].
    pub async fn open(url: &str) -> Result<Self, LedgerError> {
        let (place, options, mut connection) = reach(url).await?;
        schema::migrate(&mut connection, &place).await?;
        leave(connection).await;
        Ok(Self::new(place, options))
    }

    /// Opens a ledger to read it; `None` when there is none yet. An older one is brought up to date.
    ///
    /// # Errors
    /// As [`Postgres::open`].
    pub async fn open_existing(url: &str) -> Result<Option<Self>, LedgerError> {
        let (place, options, mut connection) = reach(url).await?;
        let identity = schema::identity(&mut connection, &place).await?;
        if identity == Identity::Empty {
            leave(connection).await;
            return Ok(None);
        }
        if identity != Identity::Ledger(schema::KNOWN) {
            schema::migrate(&mut connection, &place).await?;
        }
        leave(connection).await;
        Ok(Some(Self::new(place, options)))
    }

    fn new(place: Place, options: PgConnectOptions) -> Self {
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            // A connection that was lost is found by its first statement, which is then repeated.
            .test_before_acquire(false)
            .after_connect(|connection, _| {
                Box::pin(async move { connection.execute(SESSION).await.map(drop) })
            });
        let pool = pool.connect_lazy_with(options.clone());
        Self {
            options,
            pool,
            place,
        }
    }

    /// What a failure means. A pool that has no connection to give does not say why, so that is
    /// looked for.
    pub(super) async fn fault(&self, fault: sqlx::Error) -> LedgerError {
        if matches!(fault, sqlx::Error::PoolTimedOut)
            && let Err(cause) = self.look().await
        {
            return cause;
        }
        self.place.append_fault(&fault)
    }

    /// Looks whether the server is there.
    pub(super) async fn look(&self) -> Result<(), LedgerError> {
        match postgres::connect(&self.options).await {
            Ok(connection) => leave(connection).await,
            Err(fault) => return Err(self.place.fault(&fault)),
        }
        Ok(())
    }

    /// Asks over a connection, and once more over another where the first turns out to be lost.
    pub(super) async fn ask<T>(
        &self,
        question: impl Fn(PgPool) -> Asked<T> + Send,
    ) -> Result<T, LedgerError> {
        let mut answer = question(self.pool.clone()).await;
        if answer.as_ref().is_err_and(error::is_lost) {
            self.look().await?;
            answer = question(self.pool.clone()).await;
        }
        match answer {
            Ok(answer) => Ok(answer),
            Err(fault) => Err(self.fault(fault).await),
        }
    }
}

/// A question under way.
type Asked<T> = BoxFuture<'static, Result<T, sqlx::Error>>;

async fn reach(url: &str) -> Result<(Place, PgConnectOptions, PgConnection), LedgerError> {
    let scrubber = Scrubber::of_url(url);
    let options = postgres::options(url).map_err(|why| LedgerError::Unreachable {
        place: "postgres:".to_owned(),
        message: scrubber.clean(&why),
    })?;
    let place = Place {
        shown: format!(
            "postgres://{}:{}/{}",
            options.get_host(),
            options.get_port(),
            options.get_database().unwrap_or_default()
        ),
        scrubber,
    };
    let connection = postgres::connect(&options).await;
    let connection = connection.map_err(|fault| place.fault(&fault))?;
    Ok((place, options, connection))
}

/// Says goodbye; whether that is heard makes no difference.
async fn leave(connection: PgConnection) {
    let _ = connection.close().await;
}
