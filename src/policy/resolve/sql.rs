//! `sql`: what a database must hold.

use super::paths::{INSIDE, inside};
use super::{Scope, part_span, written};
use crate::domain::check::expected::Expected;
use crate::domain::check::{
    MigrationRule, MigrationTarget, QueryExpectation, QueryRule, RowSecurity, SqlRule, TableName,
};
use crate::policy::node::Node;
use crate::policy::raw::{
    OneOrMany, RawQueryExpectation, RawRowCount, RawSql, RawSqlMigrations, TableText,
};

/// Where tables are looked for when the policy does not say.
const SCHEMA: &str = "public";

/// What `rls` says for all tables.
const ALL: &str = "all";

impl Scope<'_, '_, '_> {
    /// The rule with its defaults; what asks for nothing, or contradicts itself, is reported.
    pub(super) fn sql(&mut self, raw: &RawSql, node: &Node) -> SqlRule {
        let parts = ["tables", "rls", "migrations", "query"];
        if parts.iter().all(|part| node.entry(part).is_none()) {
            let hint = "add `tables`, `rls`, `migrations` or `query`";
            self.reports
                .add(node.span, "`sql` does not say what must hold", hint);
        }
        SqlRule {
            url_from: raw.url_from.0.clone(),
            schemas: match &raw.schemas {
                Some(given) => given.0.iter().map(|name| name.0.clone()).collect(),
                None => vec![SCHEMA.to_owned()],
            },
            tables: names(raw.tables.as_ref()),
            rls: self.row_security(raw, node),
            migrations: self.applied_migrations(raw.migrations.as_ref(), node),
            query: self.query(raw, node),
        }
    }

    fn row_security(&mut self, raw: &RawSql, node: &Node) -> Option<RowSecurity> {
        let tables = names(raw.rls.as_ref());
        let is_all = |table: &TableName| table.schema.is_none() && table.name == ALL;
        let place = tables.iter().position(is_all);
        if let (Some(place), Some(at)) = (place, node.get("rls").filter(|_| tables.len() > 1)) {
            let hint = "write `rls: all`, or the tables; a table of that name is `public.all`";
            self.reports.add(
                part_span(at, place),
                "`all` stands alone, not among tables",
                hint,
            );
        }
        if place.is_none()
            && let Some(except) = node.entry("rls-except")
        {
            let message = "`rls-except` has no meaning without `rls: all`";
            let hint = "write `rls: all`, or remove it";
            self.reports.add(except.key_span, message, hint);
        }
        raw.rls.as_ref()?;
        Some(match place {
            Some(_) => RowSecurity::All {
                except: names(raw.rls_except.as_ref()),
            },
            None => RowSecurity::Tables(tables),
        })
    }

    fn applied_migrations(
        &mut self,
        raw: Option<&RawSqlMigrations>,
        node: &Node,
    ) -> Option<MigrationRule> {
        let raw = raw?;
        let at = node.get("migrations")?.get("at")?;
        Some(MigrationRule {
            table: name(&raw.table),
            at: match raw.at.0.strip_suffix('/') {
                Some(path) => MigrationTarget::Directory(self.migration_directory(path, at)),
                None => MigrationTarget::Version(raw.at.0.clone()),
            },
        })
    }

    fn migration_directory(&mut self, path: &str, at: &Node) -> String {
        if self.is_open(path) {
            return path.to_owned();
        }
        let why = match inside(path) {
            Ok(path) if path == "." => "is the repository itself",
            Ok(path) => return path,
            Err(why) => why,
        };
        let message = format!("{} {why}", written(at));
        self.reports.add(at.span, message, INSIDE);
        path.to_owned()
    }

    fn query(&mut self, raw: &RawSql, node: &Node) -> Option<QueryRule> {
        match (node.entry("query"), node.entry("expect")) {
            (Some(query), None) => {
                let message = "`query` without `expect` says nothing";
                let hint = "add `expect` with a value, rows, `{ rows: N }` or `{ empty: true }`";
                self.reports.add(query.key_span, message, hint);
            }
            (None, Some(expect)) => {
                let hint = "add `query`, or remove `expect`";
                self.reports
                    .add(expect.key_span, "`expect` has no `query`", hint);
            }
            _ => {}
        }
        let (sql, expect) = (raw.query.as_ref()?, raw.expect.as_ref()?);
        if sql.trim().is_empty() {
            let at = node.get("query")?.span;
            self.reports
                .add(at, "the query is empty", "write one SELECT");
        }
        Some(QueryRule {
            sql: sql.clone(),
            expect: self.query_expectation(expect, node)?,
        })
    }

    fn query_expectation(
        &mut self,
        raw: &RawQueryExpectation,
        node: &Node,
    ) -> Option<QueryExpectation> {
        let value = |text: &String| Expected::new(text);
        Some(match raw {
            RawQueryExpectation::Value(text) => QueryExpectation::Value(value(text)),
            RawQueryExpectation::Rows(rows) => {
                let rows = rows.iter().map(|row| row.iter().map(value).collect());
                QueryExpectation::Rows(rows.collect())
            }
            RawQueryExpectation::Size(RawRowCount { rows, empty }) => match (rows, empty) {
                (Some(count), None) => QueryExpectation::Count(*count),
                (None, Some(true)) => QueryExpectation::Count(0),
                (None, Some(false)) => QueryExpectation::Something,
                _ => {
                    let at = node.get("expect")?.key_span("empty");
                    let message = "`rows` and `empty` say the same thing twice";
                    self.reports.add(at, message, "remove one of them");
                    return None;
                }
            },
        })
    }
}

fn name(text: &TableText) -> TableName {
    let (schema, name) = match text.0.split_once('.') {
        Some((schema, name)) => (Some(schema.to_owned()), name),
        None => (None, text.0.as_str()),
    };
    let name = name.to_owned();
    TableName { schema, name }
}

fn names(list: Option<&OneOrMany<TableText>>) -> Vec<TableName> {
    let names = list.into_iter().flat_map(|list| &list.0);
    names.map(name).collect()
}
