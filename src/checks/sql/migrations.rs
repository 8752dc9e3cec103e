//! A database is at the migration at which it must be.

use std::cmp::Ordering;

use crate::domain::check::{MigrationRule, MigrationTarget, TableName};
use crate::domain::reason::{Reason, ReasonCode};
use crate::probe::sql::{AppliedMigration, History, MigrationState};

/// There is no table of migrations.
pub(super) fn no_table(table: &TableName) -> Reason {
    let message = format!("There is no table `{table}`, so nothing was migrated.");
    Reason::new(ReasonCode::MigrationMissing, message)
}

/// What is wrong with how far a database is migrated. `files` are the names in the directory that
/// the rule names.
///
/// # Errors
/// When that can't be told.
pub(super) fn judge(
    rule: &MigrationRule,
    history: &History,
    files: &[String],
) -> Result<Vec<Reason>, Reason> {
    match (&rule.at, history) {
        (MigrationTarget::Version(at), History::Log(log)) => Ok(at_version(at, log)),
        (MigrationTarget::Version(at), History::Heads(heads)) => Ok(at_head(at, heads)),
        (MigrationTarget::Directory(path), History::Log(log)) => at_files(path, files, log),
        (MigrationTarget::Directory(path), History::Heads(_)) => {
            let message = format!(
                "The names of the files in `{path}/` don't tell which revision of Alembic is the \
                 newest. Write the revision under `at`."
            );
            Err(Reason::new(ReasonCode::NotStarted, message))
        }
    }
}

fn missing(message: String) -> Reason {
    Reason::new(ReasonCode::MigrationMissing, message)
}

fn ahead(newest: &str, wanted: &str) -> Reason {
    let message = format!("The database is at `{newest}`, which is newer than `{wanted}`.");
    Reason::new(ReasonCode::MigrationAhead, message)
}

fn at_version(at: &str, log: &[AppliedMigration]) -> Vec<Reason> {
    let mut reasons = unsuccessful(log);
    let Some(newest) = newest(log) else {
        reasons.push(missing(format!("No migration is applied; `{at}` must be.")));
        return reasons;
    };
    let is_applied = applied(log).any(|version| is_same(version, at));
    match (is_applied, compare(newest, at)) {
        (true, Ordering::Greater) => reasons.push(ahead(newest, at)),
        (true, _) => {}
        (false, _) => reasons.push(missing(format!(
            "The migration `{at}` is not applied; the newest is `{newest}`."
        ))),
    }
    reasons
}

fn at_head(at: &str, heads: &[String]) -> Vec<Reason> {
    match heads {
        [head] if head == at => Vec::new(),
        [] => vec![missing(format!("No migration is applied; `{at}` must be."))],
        heads => {
            let heads = heads.join("`, `");
            vec![missing(format!(
                "The database is at `{heads}`, not at `{at}`."
            ))]
        }
    }
}

fn at_files(path: &str, files: &[String], log: &[AppliedMigration]) -> Result<Vec<Reason>, Reason> {
    let files: Vec<File<'_>> = files.iter().filter_map(|name| File::of(name)).collect();
    if files.is_empty() {
        let message =
            format!("There is no migration in `{path}/`, so there is nothing to compare.");
        return Err(Reason::new(ReasonCode::FileMissing, message));
    }
    let mut reasons = unsuccessful(log);
    for file in &files {
        if !applied(log).any(|version| file.is(version)) {
            let name = file.name;
            let reason = missing(format!("The migration `{name}` is not applied."));
            reasons.push(reason.at(format!("{path}/{name}"), None));
        }
    }
    let newest = newest(log);
    if let Some(newest) = newest.filter(|newest| !files.iter().any(|file| file.is(newest))) {
        let wanted = format!("{path}/");
        reasons.push(ahead(newest, &wanted));
    }
    Ok(reasons)
}

fn applied(log: &[AppliedMigration]) -> impl Iterator<Item = &str> {
    let applied = log.iter().filter(|it| it.state == MigrationState::Applied);
    applied.map(|it| it.version.as_str())
}

fn newest(log: &[AppliedMigration]) -> Option<&str> {
    applied(log).max_by(|one, other| compare(one, other))
}

fn unsuccessful(log: &[AppliedMigration]) -> Vec<Reason> {
    let bad = log
        .iter()
        .filter(|it| it.state == MigrationState::Unsuccessful);
    let reason = |it: &AppliedMigration| {
        let message = format!("The migration `{}` failed or was not finished.", it.version);
        Reason::new(ReasonCode::MigrationUnsuccessful, message)
    };
    bad.map(reason).collect()
}

/// A file or folder of a migration.
#[derive(Debug, PartialEq, Eq)]
struct File<'n> {
    name: &'n str,
    version: String,
}

impl<'n> File<'n> {
    /// `None` for what is no migration to go up.
    fn of(name: &'n str) -> Option<Self> {
        let of_flyway = name.strip_prefix('V').and_then(|it| it.split_once("__"));
        let version = match of_flyway {
            Some((version, _)) => version.replace('_', "."),
            None => {
                let is_part = |c: char| c.is_ascii_digit() || c == '-';
                let end = name.find(|c| !is_part(c)).unwrap_or(name.len());
                name[..end].replace('-', "")
            }
        };
        let is_one = version.starts_with(|c: char| c.is_ascii_digit());
        let goes_down = name.contains(".down.");
        (is_one && !goes_down).then_some(Self { name, version })
    }

    fn is(&self, version: &str) -> bool {
        is_same(&self.version, version) || self.name == version
    }
}

fn is_same(one: &str, other: &str) -> bool {
    compare(one, other) == Ordering::Equal
}

/// Compares versions: numbers in them by value, everything between by letter.
fn compare(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one, other);
    loop {
        let ((a, one_rest), (b, other_rest)) = (run(one), run(other));
        let order = match (number(a), number(b)) {
            (Some(a), Some(b)) => a.len().cmp(&b.len()).then(a.cmp(b)),
            _ => a.cmp(b),
        };
        if order.is_ne() || (a.is_empty() && b.is_empty()) {
            return order;
        }
        (one, other) = (one_rest, other_rest);
    }
}

/// The first run of digits or of other characters, and what follows it.
fn run(text: &str) -> (&str, &str) {
    let is_digit = |c: char| c.is_ascii_digit();
    let first = text.starts_with(is_digit);
    text.split_at(text.find(|c| is_digit(c) != first).unwrap_or(text.len()))
}

/// Digits without leading zeros.
fn number(run: &str) -> Option<&str> {
    let is_number = run.starts_with(|c: char| c.is_ascii_digit());
    is_number.then(|| run.trim_start_matches('0'))
}

#[cfg(test)]
mod tests;
