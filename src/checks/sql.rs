//! `sql`: a database holds what it must.

mod migrations;
mod query;
mod tables;

use std::collections::BTreeMap;
use std::time::Duration;

use tokio_util::task::AbortOnDropHandle;

use crate::checks::reasons::{Reasons, unset};
use crate::domain::check::{CheckResult, MigrationRule, QueryRule, SqlRule};
use crate::domain::reason::{Reason, ReasonCode};
use crate::probe::sql::{Database, Relation, SqlError};
use tables::Catalog;

/// Reads what a rule is about, within `time_out`, and judges it. `files` are the names in the
/// directory of migrations, where the rule names one.
pub async fn run(
    rule: &SqlRule,
    environment: &BTreeMap<String, String>,
    time_out: Duration,
    files: Vec<String>,
) -> CheckResult {
    let url = environment.get(&rule.url_from);
    let Some(url) = url.filter(|url| !url.trim().is_empty()) else {
        return unset(&rule.url_from, "the URL of the database");
    };
    // A driver that panics over what a server says must not take the run along.
    let look = look(rule.clone(), url.clone(), time_out, files);
    let looked = AbortOnDropHandle::new(tokio::spawn(look)).await;
    looked.unwrap_or_else(|_| {
        let why = "its answer can't be understood";
        CheckResult::errored(unreachable(rule, why))
    })
}

async fn look(rule: SqlRule, url: String, time_out: Duration, files: Vec<String>) -> CheckResult {
    let database = match Database::open(&url, time_out).await {
        Ok(database) => database,
        Err(error) => return CheckResult::errored(unreachable(&rule, &error.to_string())),
    };
    let mut looking = Looking {
        database,
        reasons: Reasons::default(),
        rule: &rule,
    };
    looking.all(&files).await;
    looking.database.close().await;
    looking.reasons.into_result()
}

fn unreachable(rule: &SqlRule, why: &str) -> Reason {
    let message = format!(
        "The database that `{}` names could not be asked: {why}.",
        rule.url_from
    );
    Reason::new(ReasonCode::DatabaseUnreachable, message)
}

/// A rule that is being looked into.
struct Looking<'r> {
    database: Database,
    reasons: Reasons,
    rule: &'r SqlRule,
}

impl Looking<'_> {
    async fn all(&mut self, files: &[String]) {
        let rule = self.rule;
        let mut catalog = None;
        if rule.tables.is_empty() && rule.rls.is_none() && rule.migrations.is_none() {
            // nothing is asked about tables
        } else if let Some(relations) = self.relations().await {
            let found = Catalog::new(relations, &rule.schemas);
            for reason in found.judge(rule) {
                self.reasons.bad(reason);
            }
            catalog = Some(found);
        }
        if let (Some(rule), Some(catalog)) = (&rule.migrations, &catalog) {
            self.migrations(rule, catalog, files).await;
        }
        if let Some(rule) = &rule.query {
            self.query(rule).await;
        }
    }

    async fn relations(&mut self) -> Option<Vec<Relation>> {
        let schemas = tables::schemas(self.rule);
        let relations = self.database.relations(&schemas).await;
        self.known("its tables", relations).await
    }

    async fn migrations(&mut self, rule: &MigrationRule, catalog: &Catalog, files: &[String]) {
        let Some(table) = catalog.find(&rule.table) else {
            self.reasons.bad(migrations::no_table(&rule.table));
            return;
        };
        let history = self.database.history(&table.schema, &table.name).await;
        let what = format!("its migrations in `{}`", rule.table);
        if let Some(history) = self.known(&what, history).await {
            match migrations::judge(rule, &history, files) {
                Ok(reasons) => reasons.into_iter().for_each(|it| self.reasons.bad(it)),
                Err(reason) => self.reasons.unknown(reason),
            }
        }
    }

    async fn query(&mut self, rule: &QueryRule) {
        let keep = query::needed(&rule.expect);
        let rows = self.database.rows(&rule.sql, keep).await;
        if let Some(rows) = self.known("what the query asks for", rows).await {
            let reasons = query::judge(&rule.expect, &rows);
            reasons.into_iter().for_each(|it| self.reasons.bad(it));
        }
    }

    /// What the database told; what it did not tell is not known, and the next part goes on.
    async fn known<T>(&mut self, what: &str, told: Result<T, SqlError>) -> Option<T> {
        let error = match told {
            Ok(told) => return Some(told),
            Err(error) => error,
        };
        let message = format!(
            "The database that `{}` names did not tell {what}: {error}.",
            self.rule.url_from
        );
        let reason = Reason::new(ReasonCode::QueryFailed, message);
        self.reasons.unknown(reason);
        if let Err(error) = self.database.recover().await {
            tracing::debug!(%error, "the transaction can't go on");
        }
        None
    }
}
