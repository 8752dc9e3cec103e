//! Opening: first use, again, from the future, and where nobody answers.

use super::*;

async fn refused(database: &Database) -> LedgerError {
    Postgres::open(&database.url()).await.unwrap_err()
}

#[tokio::test]
async fn reading_makes_nothing() {
    let database = Database::new();
    let none = Postgres::open_existing(&database.url()).await.unwrap();
    assert!(none.is_none());
    database.run("CREATE SCHEMA ops"); // it would be there already, had it been made
}

#[tokio::test]
async fn migrations_are_applied_once_whoever_opens() {
    let database = Database::with("CREATE SCHEMA ops");
    let url = database.url();
    let all = futures_util::future::join_all((0..6).map(|_| Postgres::open(&url))).await;
    let ledgers: Vec<Postgres> = all.into_iter().map(Result::unwrap).collect();
    let again = Postgres::open_existing(&url).await.unwrap().unwrap();
    for ledger in ledgers.iter().chain([&again]) {
        let report = ledger.verify().await.unwrap();
        assert_eq!(report.damages, [], "no drift");
    }
}

#[tokio::test]
async fn a_newer_ledger_is_left_as_it_is() {
    let database = Database::new();
    ledger(&database).await;
    database.run("INSERT INTO ops.migrations VALUES (999, '0999_later', '\\x00')");
    let fault = refused(&database).await;
    assert!(
        matches!(fault, LedgerError::FromTheFuture { found: 999, .. }),
        "{fault}"
    );
}

#[tokio::test]
async fn a_migration_that_was_changed_is_named() {
    let database = Database::new();
    ledger(&database).await;
    database.run("UPDATE ops.migrations SET sha256 = '\\x00' WHERE number = 1");
    let fault = refused(&database).await;
    assert!(matches!(fault, LedgerError::Damaged { .. }), "{fault}");
    assert!(fault.to_string().contains("0001_events_and_chains"));
}

#[tokio::test]
async fn a_schema_of_another_program_is_not_touched() {
    let database = Database::with("CREATE SCHEMA ops; CREATE TABLE ops.orders (id int)");
    let fault = refused(&database).await;
    assert!(matches!(fault, LedgerError::NotALedger { .. }), "{fault}");
}

#[tokio::test]
async fn who_may_not_make_the_schema_is_told_so_and_may_be_given_one() {
    let database = Database::new();
    let password = server::PASSWORD;
    database.run(&format!("CREATE ROLE guest LOGIN PASSWORD '{password}'"));
    let url = database.url_of("guest", password);
    let fault = Postgres::open(&url).await.unwrap_err();
    assert!(matches!(fault, LedgerError::ReadOnly { .. }), "{fault}");
    database.run("CREATE SCHEMA ops AUTHORIZATION guest");
    let ledger = Postgres::open(&url).await.unwrap();
    let release = samples::release(1);
    ledger.append(samples::events(release, 2)).await.unwrap();
    let report = ledger.verify().await.unwrap();
    assert_eq!((report.events, report.damages), (2, Vec::new()));
}

#[tokio::test]
async fn a_wrong_password_is_not_shown() {
    let database = Database::new();
    let fault = Postgres::open(&database.url_of(server::USER, "gu3ss-w0rk")).await;
    let fault = fault.unwrap_err();
    assert!(matches!(fault, LedgerError::Unreachable { .. }), "{fault}");
    let told = format!("{fault} {fault:?}");
    assert!(
        told.contains("28P01") && !told.contains("gu3ss-w0rk"),
        "{told}"
    );
}

#[tokio::test]
async fn what_is_no_url_is_not_shown_either() {
    let fault = Postgres::open("postgres://u:gu3ss-w0rk@h:99999/d").await;
    let told = fault.unwrap_err().to_string();
    assert!(told.contains("its URL is none"), "{told}");
    assert!(!told.contains("gu3ss-w0rk"), "{told}");
}

#[tokio::test]
async fn a_server_that_is_gone_is_out_of_reach() {
    let database = Database::new();
    let gate = Relay::to(&database).await;
    let ledger = Postgres::open(&gate.url).await.unwrap();
    let release = samples::release(1);
    ledger.append(samples::events(release, 1)).await.unwrap();
    gate.shut();
    for fault in [
        ledger
            .append(samples::events(release, 2))
            .await
            .unwrap_err(),
        ledger.events(release).await.unwrap_err(),
        Postgres::open(&gate.url).await.unwrap_err(),
    ] {
        assert!(matches!(fault, LedgerError::Unreachable { .. }), "{fault}");
    }
}

#[tokio::test]
async fn a_connection_that_was_ended_is_made_again() {
    let database = Database::new();
    let ledger = ledger(&database).await;
    let release = samples::release(1);
    for count in 1..=3 {
        ledger
            .append(samples::events(release, count))
            .await
            .unwrap();
        database.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        let links = ledger.events(release).await.unwrap();
        assert_eq!(links.len() as u64, count);
    }
}

/// A way to the server that can be shut.
struct Relay {
    url: String,
    way: tokio::task::JoinHandle<()>,
}

impl Relay {
    async fn to(database: &Database) -> Self {
        let server = url::Url::parse(&database.url()).unwrap();
        let address = ("127.0.0.1", server.port().unwrap());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut url = server;
        url.set_port(Some(listener.local_addr().unwrap().port()))
            .unwrap();
        let way = tokio::spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                open.spawn(async move {
                    let mut far = tokio::net::TcpStream::connect(address).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        Self {
            url: url.into(),
            way,
        }
    }

    /// Ends every connection, and lets no other begin.
    fn shut(&self) {
        self.way.abort();
    }
}
