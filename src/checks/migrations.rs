//! `migrations`: each database migration has a way down, or says what stands for it.

use std::fs;

use super::reasons::Reasons;
use crate::domain::check::{CheckResult, MigrationsRule};
use crate::domain::delivery::migration::Migration;
use crate::domain::reason::{Reason, ReasonCode};
use crate::formats::migrations::{
    Arranged, Effect, Found, MOST_BYTES, Role, Script, arrange, role, script,
};
use crate::worktree::WorkTree;
use crate::worktree::files::FoundFile;
use crate::worktree::globs::Globs;

/// The most migrations that are recorded: with each in a hundred bytes, an event stays small.
const MOST: usize = 10_000;

/// The longest text that stands for a way down and is recorded, in characters.
const LONGEST: usize = 500;

/// Judges the rule and gives the migrations with their hashes. Reads files, so it blocks the
/// thread.
pub fn run(rule: &MigrationsRule, tree: &WorkTree) -> CheckResult {
    let mut reasons = Reasons::default();
    let arranged = read(rule, tree, &mut reasons);
    if arranged.migrations.len() > MOST {
        let message = format!("`{}` holds more than {MOST} migrations.", rule.directory);
        reasons.unknown(Reason::new(ReasonCode::FileUnreadable, message));
        return reasons.into_result();
    }
    if reasons.all_known() {
        // Of a directory that can't be read whole nobody knows what it lacks.
        lacks(rule, &arranged, &mut reasons);
    }
    for (path, first) in &arranged.twice {
        reasons.bad(duplicate(&placed(rule, path), &placed(rule, first)));
    }
    for found in &arranged.migrations {
        reasons.extend(one_way(found, rule));
    }
    CheckResult {
        migrations: arranged.migrations.iter().map(recorded).collect(),
        ..reasons.into_result()
    }
}

/// A path within the directory as one within the project.
fn placed(rule: &MigrationsRule, path: &str) -> String {
    match rule.directory.as_str() {
        "." => path.to_owned(),
        directory => format!("{directory}/{path}"),
    }
}

fn lacks(rule: &MigrationsRule, arranged: &Arranged, reasons: &mut Reasons) {
    if arranged.migrations.is_empty() {
        reasons.unknown(nothing(&rule.directory));
    }
    for path in &arranged.orphans {
        let path = placed(rule, path);
        let message = format!("`{path}` goes down from no migration. Add its way up.");
        reasons.bad(Reason::new(ReasonCode::MigrationOrphaned, message).at(path, None));
    }
}

fn duplicate(path: &str, first: &str) -> Reason {
    let message =
        format!("`{path}` has the version number of `{first}`. Give it the next one that is free.");
    Reason::new(ReasonCode::MigrationDuplicate, message).at(path, None)
}

fn nothing(directory: &str) -> Reason {
    let message = format!(
        "`{directory}` holds no SQL migration. Known are `NAME.up.sql`, `NAME.sql`, \
         `V1__NAME.sql`, `NAME/migration.sql` and `NAME/up.sql`."
    );
    Reason::new(ReasonCode::FileMissing, message).at(directory, None)
}

fn read(rule: &MigrationsRule, tree: &WorkTree, reasons: &mut Reasons) -> Arranged {
    let globs = match rule.directory.as_str() {
        "." => Globs::new(&["**"]),
        directory => Globs::literal(directory),
    };
    let found = match globs {
        Ok(globs) => tree.find(&globs),
        Err(error) => {
            reasons.unreadable(&rule.directory, &error.to_string());
            return Arranged::default();
        }
    };
    for refused in &found.refused {
        reasons.unreadable(&refused.path, &refused.why);
    }
    let mut scripts = Vec::new();
    for file in &found.files {
        let inside = file.path.strip_prefix(&rule.directory);
        let inside = inside.and_then(|path| path.strip_prefix('/'));
        let inside = inside.unwrap_or(&file.path);
        if file.path == rule.directory {
            reasons.unreadable(&file.path, "is a file, and a directory was expected");
            continue;
        }
        match role(inside) {
            Role::Up(_) | Role::Down(_) => match read_script(file) {
                Ok(script) => scripts.push((inside.to_owned(), script)),
                Err(why) => reasons.unreadable(&file.path, &why),
            },
            Role::Code => reasons.unknown(code(&file.path)),
            Role::Other => {}
        }
    }
    arrange(scripts)
}

fn read_script(file: &FoundFile) -> Result<Script, String> {
    if file.size > MOST_BYTES {
        return Err(format!("is larger than {} MiB", MOST_BYTES >> 20));
    }
    let bytes = fs::read(&file.absolute).map_err(|error| format!("can't be read: {error}"))?;
    match bytes.contains(&0) {
        true => Err("is no UTF-8 text".to_owned()),
        false => Ok(script(&bytes)),
    }
}

fn code(path: &str) -> Reason {
    let message = format!(
        "`{path}` looks like a migration that is code, so nobody knows whether it has a way down. \
         Keep it out of the directory, and check it with `run`."
    );
    Reason::new(ReasonCode::MigrationUnknown, message).at(path, None)
}

/// Why a migration can't be taken back; `None` when it can, or says what is done instead.
fn one_way(found: &Found, rule: &MigrationsRule) -> Option<Reason> {
    let path = placed(rule, &found.path);
    let lacks = match (found.alternative(), found.way_down()) {
        (Some(""), _) => "says that it is irreversible, and not what is done instead".to_owned(),
        (Some(_), _) | (None, Some(Effect::Something)) => return None,
        (None, Some(Effect::Nothing)) => match &found.down {
            Some((down, _)) => {
                format!("has a way down that does nothing, `{}`", placed(rule, down))
            }
            None => "has a way down that does nothing".to_owned(),
        },
        (None, None) => "has no way down".to_owned(),
    };
    let message = format!(
        "`{path}` {lacks}. Write the way down, or in a comment what stands for it: \
         `-- irreversible: restore the backup`."
    );
    Some(Reason::new(ReasonCode::MigrationIrreversible, message).at(path, None))
}

fn recorded(found: &Found) -> Migration {
    let alternative = found.alternative().filter(|text| !text.is_empty());
    Migration {
        name: found.name.clone(),
        sha256: found.up.sha256,
        reversible: alternative.is_none() && found.way_down() == Some(Effect::Something),
        alternative: alternative.map(|text| text.chars().take(LONGEST).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::Sha256Digest;
    use tempfile::TempDir;

    fn project(files: &[(&str, &str)]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let path = folder.path().join("db").join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn judged(files: &[(&str, &str)]) -> CheckResult {
        let folder = project(files);
        let directory = "db".to_owned();
        let tree = WorkTree::open(folder.path(), ".tollgate").unwrap();
        run(&MigrationsRule { directory }, &tree)
    }

    /// `status code place, code place`.
    #[track_caller]
    fn check(files: &[(&str, &str)], expect: &str) {
        let result = judged(files);
        let told = |reason: &Reason| match &reason.location {
            Some(location) => format!("{} {location}", reason.code),
            None => reason.code.to_string(),
        };
        let reasons: Vec<_> = result.reasons.iter().map(told).collect();
        let found = format!("{} {}", result.status, reasons.join(", "));
        assert_eq!(found.trim_end(), expect, "{files:?} {:?}", result.reasons);
    }

    #[test]
    fn each_has_a_way_down_or_says_what_stands_for_it() {
        check(&[("1.up.sql", "A"), ("1.down.sql", "B")], "passed");
        check(
            &[("1.sql", "-- irreversible: restore the backup")],
            "passed",
        );
        check(&[("1.sql", "A")], "failed migration_irreversible db/1.sql");
        check(
            &[("1.sql", "A"), ("1.down.sql", "-- nothing")],
            "failed migration_irreversible db/1.sql",
        );
        check(
            &[("1.sql", "-- irreversible: ")],
            "failed migration_irreversible db/1.sql",
        );
        check(
            &[("1.sql", "A"), ("1.down.sql", "B"), ("2.down.sql", "B")],
            "failed migration_orphaned db/2.down.sql",
        );
        check(
            &[
                ("1_a.sql", "-- irreversible: x"),
                ("1_b.sql", "-- irreversible: x"),
            ],
            "failed migration_duplicate db/1_b.sql",
        );
    }

    #[test]
    fn what_cannot_be_judged_is_errored() {
        check(&[], "errored file_missing db");
        check(&[("README.md", "x")], "errored file_missing db");
        check(
            &[("1.up.sql", "A"), ("1.down.sql", "B"), ("2_x.go", "x")],
            "errored migration_unknown db/2_x.go",
        );
        check(
            &[("1.up.sql", "A\0"), ("1.down.sql", "B")],
            "errored file_unreadable db/1.up.sql",
        );
    }

    #[test]
    fn hashes_are_given_whatever_the_verdict() {
        let result = judged(&[
            ("1.up.sql", "A;\r\n"),
            ("1.down.sql", "B;"),
            ("2.sql", "-- irreversible: restore"),
            ("3.sql", "C;"),
        ]);
        let told = |it: &Migration| (it.name.clone(), it.reversible, it.alternative.clone());
        let found: Vec<_> = result.migrations.iter().map(told).collect();
        let expect = [
            ("1".to_owned(), true, None),
            ("2".to_owned(), false, Some("restore".to_owned())),
            ("3".to_owned(), false, None),
        ];
        assert_eq!(found, expect);
        assert_eq!(result.migrations[0].sha256, Sha256Digest::of(b"A;\n"));
    }

    #[test]
    fn messages_say_what_to_do() {
        let result = judged(&[("1.up.sql", "A"), ("1.down.sql", "-- B")]);
        assert_eq!(
            result.reasons[0].message,
            "`db/1.up.sql` has a way down that does nothing, `db/1.down.sql`. Write the way down, \
             or in a comment what stands for it: `-- irreversible: restore the backup`."
        );
    }
}
