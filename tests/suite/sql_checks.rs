//! `sql` against a real PostgreSQL, and against servers that are none.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use crate::postgres::{self, Database};
use crate::project::{Outcome, Project, check, codes};

fn project(rule: &str) -> Project {
    Project::new(&format!(
        "pipeline:\n  lint: {{ checks: {{ it: {{ sql: {{ url-from: DATABASE_URL, {rule} }}, timeout: 30s }} }} }}\n"
    ))
}

/// Runs the check, and gives its status with the codes of its reasons, and what was printed.
fn judged(project: &Project, url: &str) -> (String, Outcome) {
    let outcome = project.call("run").env("DATABASE_URL", url).run();
    let status = project.status();
    let it = check(&status, "lint/it");
    let judged = [it["status"].as_str().unwrap()]
        .into_iter()
        .chain(codes(it));
    (judged.collect::<Vec<_>>().join(" "), outcome)
}

#[track_caller]
fn expect(rule: &str, database: &Database, expect: &str) -> Outcome {
    let (found, outcome) = judged(&project(rule), &database.url());
    assert_eq!(found, expect, "{rule}\n{}", outcome.all());
    outcome
}

const SHOP: &str = r#"
CREATE TABLE orders (id int PRIMARY KEY, total numeric, paid bool, note text);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON orders USING (true);
INSERT INTO orders VALUES (1, 10.50, true, 'tea'), (2, 3, false, NULL);
CREATE TABLE parts (id int) PARTITION BY RANGE (id);
CREATE VIEW totals AS SELECT sum(total) FROM orders;
CREATE SCHEMA audit;
CREATE TABLE audit.entries (id int);
CREATE TABLE audit."Odd Name" (id int);
ALTER TABLE audit."Odd Name" ENABLE ROW LEVEL SECURITY;
"#;

#[test]
fn tables_are_there_or_not() {
    let shop = Database::with(SHOP);
    expect(
        "tables: [orders, parts, audit.entries, \"audit.Odd Name\"]",
        &shop,
        "passed",
    );
    expect(
        "schemas: [public, audit], tables: [entries]",
        &shop,
        "passed",
    );
    expect(
        "tables: [entries, totals]",
        &shop,
        "failed table_missing table_missing",
    )
    .says("There is no table `entries` in the schema `public`.")
    .says("`totals` is a view, not a table.");
}

#[test]
fn row_level_security_guards_every_table() {
    let shop = Database::with(SHOP);
    expect("rls: [orders]", &shop, "passed");
    expect("rls: all, rls-except: [parts]", &shop, "passed");
    expect("rls: all", &shop, "failed rls_disabled").says("`public.parts` has no row-level");
    expect(
        "rls: all, schemas: audit",
        &shop,
        "failed rls_without_policy rls_disabled",
    )
    .says("`audit.Odd Name` has row-level security, but no policy");
    expect("rls: all, schemas: nowhere", &shop, "failed table_missing");
}

#[test]
fn the_newest_migration_is_the_one_that_is_asked_for() {
    let sqlx = Database::with(
        "CREATE TABLE _sqlx_migrations (version bigint, description text, success bool);
         INSERT INTO _sqlx_migrations VALUES (1, 'a', true), (2, 'b', true);",
    );
    let at = |at: &str| format!("migrations: {{ table: _sqlx_migrations, at: {at} }}");
    expect(&at("2"), &sqlx, "passed");
    expect(&at("1"), &sqlx, "failed migration_ahead");
    expect(&at("3"), &sqlx, "failed migration_missing").says("the newest is `2`");
    sqlx.run("UPDATE _sqlx_migrations SET success = false WHERE version = 2");
    expect(
        &at("2"),
        &sqlx,
        "failed migration_unsuccessful migration_missing",
    );
    expect(
        "migrations: { table: nothing, at: 1 }",
        &sqlx,
        "failed migration_missing",
    );
}

#[test]
fn every_known_tool_is_read() {
    for (table, sql, good, bad) in [
        (
            "flyway_schema_history",
            "(installed_rank int, version text, success bool);
             INSERT INTO it VALUES (1, '1.9', true), (2, NULL, true), (3, '1.10', true)",
            "\"1.10\"",
            "\"1.9\"",
        ),
        ("alembic_version", "(version_num text); INSERT INTO it VALUES ('ae10')", "ae10", "1234"),
        (
            "schema_migrations",
            "(version text); INSERT INTO it VALUES ('20250101'), ('20260101')",
            "20260101",
            "20250101",
        ),
        ("schema_migrations", "(version bigint, dirty bool); INSERT INTO it VALUES (7, false)", "7", "6"),
        (
            "_prisma_migrations",
            "(migration_name text, finished_at timestamptz, rolled_back_at timestamptz);
             INSERT INTO it VALUES ('1_a', now(), NULL), ('2_b', NULL, now()), ('2_b', now(), NULL)",
            "2_b",
            "1_a",
        ),
    ] {
        let sql = sql.replace("INTO it", &format!("INTO {table}"));
        let database = Database::with(&format!("CREATE TABLE {table} {sql};"));
        let rule = |at: &str| format!("migrations: {{ table: {table}, at: {at} }}");
        expect(&rule(good), &database, "passed");
        let (found, _) = judged(&project(&rule(bad)), &database.url());
        assert!(found.starts_with("failed migration_"), "{table}: {found}");
    }
    let odd = Database::with("CREATE TABLE done (id int)");
    expect(
        "migrations: { table: done, at: 1 }",
        &odd,
        "errored query_failed",
    )
    .says("has no column `version`, `version_num` or `migration_name`");
}

#[test]
fn the_migrations_of_the_project_are_applied() {
    let database = Database::with(
        "CREATE TABLE schema_migrations (version text); INSERT INTO schema_migrations VALUES ('1')",
    );
    let project = project("migrations: { table: schema_migrations, at: db/ }");
    project.write("db/1_first.sql", "");
    project.write("db/2_second.sql", "");
    project.write("db/README.md", "");
    project.commit("migrations");
    let (found, outcome) = judged(&project, &database.url());
    assert_eq!(found, "failed migration_missing");
    outcome.says("The migration `2_second.sql` is not applied.");
    database.run("INSERT INTO schema_migrations VALUES ('2')");
    let (found, _) = judged(&project, &database.url());
    assert_eq!(found, "passed");
}

#[test]
fn a_query_gives_what_is_expected_of_it() {
    let shop = Database::with(SHOP);
    for rule in [
        "query: SELECT count(*) FROM orders, expect: 2",
        "query: \"SELECT total FROM orders WHERE id = 1;\", expect: 10.5",
        "query: SELECT paid FROM orders WHERE id = 1, expect: true",
        "query: \"SELECT id, paid FROM orders ORDER BY id -- all\", expect: [[1, true], [2, false]]",
        "query: VALUES (1) ORDER BY 1, expect: [1]",
        "query: \"WITH x AS (SELECT 1) SELECT * FROM x\", expect: { rows: 1 }",
        "query: SELECT FROM orders WHERE id > 2, expect: { empty: true }",
        "query: SELECT * FROM orders, expect: { empty: false }",
        "query: \"SELECT '{1,2}'::int[], 1.0::float8, 'x'::varchar, '{\\\"a\\\": 1}'::json\", expect: [[\"{1,2}\", 1, x, '{\"a\": 1}']]",
    ] {
        expect(rule, &shop, "passed");
    }
    for (rule, says) in [
        (
            "query: SELECT count(*) FROM orders, expect: 3",
            "gives `2`, not `3`",
        ),
        (
            "query: SELECT note FROM orders WHERE id = 2, expect: \"\"",
            "gives null, not ``",
        ),
        (
            "query: SELECT note FROM orders WHERE id = 1, expect: coffee",
            "gives `tea`, not `coffee`",
        ),
        (
            "query: SELECT id FROM orders, expect: { rows: 1 }",
            "gives 2 rows, not 1",
        ),
        (
            "query: SELECT id FROM orders, expect: { empty: true }",
            "gives 2 rows, not 0",
        ),
    ] {
        expect(rule, &shop, "failed query_mismatch").says(says);
    }
}

#[test]
fn nothing_can_be_written() {
    let shop = Database::with(SHOP);
    shop.run("CREATE FUNCTION sneak() RETURNS int LANGUAGE sql AS 'DELETE FROM orders; SELECT 1'");
    for (query, says) in [
        (
            "DELETE FROM orders",
            "cannot execute DELETE in a read-only transaction",
        ),
        (
            "DELETE FROM orders RETURNING 1",
            "cannot execute DELETE in a read-only transaction",
        ),
        (
            "SELECT sneak()",
            "cannot execute DELETE in a read-only transaction",
        ),
        (
            "WITH x AS (DELETE FROM orders RETURNING 1) SELECT 1 FROM x",
            "read-only transaction",
        ),
        (
            "SELECT 1; DELETE FROM orders",
            "cannot insert multiple commands",
        ),
        ("COMMIT", "syntax error"),
        (
            "SELECT set_config('transaction_read_only', 'off', false)",
            "cannot set transaction read-write",
        ),
        ("SELECT nothing", "column \"nothing\" does not exist"),
        ("SELECT $1::int", "SQLSTATE"),
    ] {
        expect(
            &format!("query: \"{query}\", expect: 1"),
            &shop,
            "errored query_failed",
        )
        .says(says);
    }
    expect(
        "query: SELECT count(*) FROM orders, expect: 2",
        &shop,
        "passed",
    );
}

#[test]
fn all_parts_are_judged_though_one_is_refused() {
    let shop = Database::with(SHOP);
    shop.run("CREATE TABLE schema_migrations (version text)");
    let rule = "tables: [lost], rls: [parts], migrations: { table: schema_migrations, at: 1 }, \
                query: SELECT wrong, expect: 1";
    expect(
        rule,
        &shop,
        "errored query_failed table_missing rls_disabled migration_missing",
    );
    shop.run("CREATE ROLE reader LOGIN PASSWORD 'reader-pw'");
    let rule = "tables: [orders], migrations: { table: schema_migrations, at: 1 }, \
                query: SELECT 1, expect: 2";
    let (found, outcome) = judged(&project(rule), &shop.url_of("reader", "reader-pw"));
    assert_eq!(found, "errored query_failed query_mismatch");
    outcome.says("permission denied for table schema_migrations");
}

#[test]
fn a_statement_ends_with_the_time_of_its_check() {
    let shop = Database::new();
    let project = Project::new(
        "pipeline:\n  lint: { checks: { it: { sql: { url-from: DATABASE_URL, query: SELECT pg_sleep(600), expect: 1 }, timeout: 2s } } }\n",
    );
    let (found, _) = judged(&project, &shop.url());
    let ended = ["errored timed_out", "errored query_failed"].contains(&found.as_str());
    assert!(ended, "{found}");
}

#[test]
fn a_login_that_is_refused_is_told_without_the_password() {
    let shop = Database::new();
    let rule = project("tables: [orders]");
    let (found, outcome) = judged(&rule, &shop.url_of("tester", "wr0ng-s3cret"));
    assert_eq!(found, "errored database_unreachable");
    outcome.says("password authentication failed for user \"tester\"");
    assert!(!outcome.all().contains("wr0ng-s3cret"));
    let nowhere = shop.url().replace("test_", "none_");
    let (found, outcome) = judged(&rule, &nowhere);
    assert_eq!(found, "errored database_unreachable");
    outcome.says("does not exist");
}

#[test]
fn a_url_that_is_missing_or_none_is_told_without_showing_it() {
    let rule = project("tables: [orders]");
    for (url, expect) in [
        ("", "errored variable_missing"),
        ("s3cret-of-mine", "errored database_unreachable"),
        (
            "mysql://u:s3cret-of-mine@127.0.0.1/x",
            "errored database_unreachable",
        ),
        (
            "postgres://u:s3cret-of-mine@127.0.0.1:1/x",
            "errored database_unreachable",
        ),
        (
            "postgres://u:s3cret-of-mine@nowhere.invalid/x",
            "errored database_unreachable",
        ),
    ] {
        let (found, outcome) = judged(&rule, url);
        assert_eq!(found, expect, "{url}");
        assert!(
            !outcome.all().contains("s3cret-of-mine"),
            "{}",
            outcome.all()
        );
    }
}

#[test]
fn tls_is_spoken_and_checked_where_the_url_says_so() {
    let shop = Database::with(SHOP);
    let query = "query: SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid(), expect: true";
    expect(query, &shop, "passed");
    let rule = project(query);
    let strict = format!("{}?sslmode=verify-full", shop.url());
    let (found, outcome) = judged(&rule, &strict);
    assert_eq!(found, "errored database_unreachable");
    outcome.says("UnknownIssuer");
    let named = format!("{strict}&sslrootcert={}", postgres::authority());
    assert_eq!(judged(&rule, &named).0, "passed");
    let trusting = rule
        .call("run --force")
        .env("DATABASE_URL", &strict)
        .env("SSL_CERT_FILE", &postgres::authority());
    trusting.run().expect(0);
}

/// A server that takes whoever comes, and answers what they first say with these bytes.
fn liar(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let mut said = [0; 1024];
                let _ = stream.read(&mut said);
                let _ = stream.write_all(answer);
                let _ = stream.read(&mut said);
                let _ = stream.read(&mut said);
            });
        }
    });
    format!("postgres://u:s3cret-pw@{address}/x?sslmode=disable")
}

#[test]
fn a_server_that_is_no_postgresql_is_errored() {
    for answer in [
        &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
        b"R\x00\x00\x00\x00",             // shorter than its own length
        b"R\xff\xff\xff\xff\x00\x00\x00", // longer than anything
        b"\x00\x00\x00\x00\x00",
    ] {
        let rule = project("tables: [orders]");
        let (found, outcome) = judged(&rule, &liar(answer));
        assert_eq!(found, "errored database_unreachable", "{}", outcome.all());
        assert!(!outcome.all().contains("s3cret-pw"));
    }
}

#[test]
fn a_server_that_never_answers_ends_with_the_check() {
    let project = Project::new(
        "pipeline:\n  lint: { checks: { it: { sql: { url-from: DATABASE_URL, tables: [a] }, timeout: 1s } } }\n",
    );
    let (found, _) = judged(&project, &liar(b""));
    assert_eq!(found, "errored timed_out");
}
