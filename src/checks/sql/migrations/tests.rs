//! Where a database is, and where it must be.

use proptest::prelude::*;

use super::*;

/// Versions that are applied; one with a `!` before it was not successful.
fn log(versions: &[&str]) -> History {
    let applied = versions.iter().map(|text| match text.strip_prefix('!') {
        Some(version) => (version, MigrationState::Unsuccessful),
        None => (*text, MigrationState::Applied),
    });
    let applied = applied.map(|(version, state)| AppliedMigration {
        version: version.to_owned(),
        state,
    });
    History::Log(applied.collect())
}

fn heads(versions: &[&str]) -> History {
    History::Heads(versions.iter().map(|it| (*it).to_owned()).collect())
}

fn judged(at: MigrationTarget, history: &History, files: &[&str]) -> Vec<String> {
    let table = TableName {
        schema: None,
        name: "schema_migrations".to_owned(),
    };
    let files: Vec<String> = files.iter().map(|it| (*it).to_owned()).collect();
    let reasons = match judge(&MigrationRule { table, at }, history, &files) {
        Ok(reasons) => reasons,
        Err(reason) => vec![Reason {
            message: format!("unknown: {}", reason.message),
            ..reason
        }],
    };
    reasons.into_iter().map(|it| it.message).collect()
}

#[track_caller]
fn check(at: &str, history: &History, expect: &[&str]) {
    let found = judged(MigrationTarget::Version(at.to_owned()), history, &[]);
    assert_eq!(found, expect);
}

#[track_caller]
fn check_files(files: &[&str], history: &History, expect: &[&str]) {
    let at = MigrationTarget::Directory("db".to_owned());
    let found = judged(at, history, files);
    let same = found.len() == expect.len()
        && found
            .iter()
            .zip(expect)
            .all(|(found, it)| found.starts_with(it));
    assert!(same, "{found:#?}\n{expect:#?}");
}

#[test]
fn the_newest_version_is_the_one() {
    check("20260101", &log(&["20250101", "20260101"]), &[]);
    check("1", &log(&["0001"]), &[]);
    check("1.10", &log(&["1.2", "1.10", "1.9"]), &[]);
    check("20260101_init", &log(&["20260101_init"]), &[]);
}

#[test]
fn another_version_is_not() {
    check("2", &log(&[]), &["No migration is applied; `2` must be."]);
    check(
        "2",
        &log(&["1"]),
        &["The migration `2` is not applied; the newest is `1`."],
    );
    check(
        "2",
        &log(&["1", "3"]),
        &["The migration `2` is not applied; the newest is `3`."],
    );
    check(
        "2",
        &log(&["2", "10"]),
        &["The database is at `10`, which is newer than `2`."],
    );
}

#[test]
fn one_that_was_not_successful_never_counts() {
    let failed = "The migration `2` failed or was not finished.";
    check(
        "2",
        &log(&["1", "!2"]),
        &[
            failed,
            "The migration `2` is not applied; the newest is `1`.",
        ],
    );
    check("1", &log(&["1", "!2"]), &[failed]);
}

#[test]
fn a_head_is_where_the_database_is() {
    check("a1", &heads(&["a1"]), &[]);
    check(
        "a1",
        &heads(&[]),
        &["No migration is applied; `a1` must be."],
    );
    check(
        "a1",
        &heads(&["b2"]),
        &["The database is at `b2`, not at `a1`."],
    );
    check(
        "a1",
        &heads(&["a1", "b2"]),
        &["The database is at `a1`, `b2`, not at `a1`."],
    );
    check_files(
        &["a1_x.py"],
        &heads(&["a1"]),
        &["unknown: The names of the files in `db/`"],
    );
}

#[test]
fn all_files_are_applied_whatever_tool_wrote_them() {
    check_files(
        &["0001_a.up.sql", "0001_a.down.sql", "README.md"],
        &log(&["1"]),
        &[],
    );
    check_files(
        &["20260101_a.rb", "20260102_b.rb"],
        &log(&["20260101", "20260102"]),
        &[],
    );
    check_files(
        &["V1__a.sql", "V1_1__b.sql", "R__view.sql"],
        &log(&["1", "1.1"]),
        &[],
    );
    check_files(
        &["20260101_init", "migration_lock.toml"],
        &log(&["20260101_init"]),
        &[],
    );
    check_files(&["2026-01-01-120000_a"], &log(&["20260101120000"]), &[]);
}

#[test]
fn a_file_that_is_not_applied_is_named() {
    let missing = "The migration `2_b.sql` is not applied.";
    check_files(&["1_a.sql", "2_b.sql"], &log(&["1"]), &[missing]);
    let failed = "The migration `2` failed";
    check_files(
        &["1_a.sql", "2_b.sql"],
        &log(&["1", "!2"]),
        &[failed, missing],
    );
    let ahead = "The database is at `3`, which is newer than `db/`.";
    check_files(&["1_a.sql"], &log(&["1", "3"]), &[ahead]);
    check_files(
        &["README.md"],
        &log(&["1"]),
        &["unknown: There is no migration in `db/`"],
    );
}

proptest! {
    #[test]
    fn versions_have_one_order(one in "[0-9a.]{0,6}", two in "[0-9a.]{0,6}", three in "[0-9a.]{0,6}") {
        prop_assert_eq!(compare(&one, &two), compare(&two, &one).reverse());
        prop_assert_eq!(compare(&one, &one), Ordering::Equal);
        if compare(&one, &two).is_le() && compare(&two, &three).is_le() {
            prop_assert!(compare(&one, &three).is_le(), "{one:?} {two:?} {three:?}");
        }
    }

    #[test]
    fn numbers_are_ordered_by_value(one: u64, two: u64) {
        prop_assert_eq!(compare(&one.to_string(), &format!("000{two}")), one.cmp(&two));
    }
}
