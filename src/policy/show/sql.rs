//! `sql` as YAML.

use super::{Fields, field, list};
use crate::domain::check::expected::Expected;
use crate::domain::check::{
    MigrationTarget, QueryExpectation, QueryRule, RowSecurity, SqlRule, TableName,
};
use crate::policy::emit::Yaml;

/// The rule with every default.
pub(super) fn rule(rule: &SqlRule) -> Yaml {
    let mut fields = vec![field("url-from", Yaml::text(&rule.url_from))];
    list("schemas", &rule.schemas, &mut fields);
    list("tables", &names(&rule.tables), &mut fields);
    match &rule.rls {
        Some(RowSecurity::All { except }) => {
            fields.push(field("rls", Yaml::text("all")));
            list("rls-except", &names(except), &mut fields);
        }
        Some(RowSecurity::Tables(tables)) => list("rls", &names(tables), &mut fields),
        None => {}
    }
    if let Some(rule) = &rule.migrations {
        let at = match &rule.at {
            MigrationTarget::Version(version) => version.clone(),
            MigrationTarget::Directory(path) => format!("{path}/"),
        };
        let table = field("table", Yaml::text(rule.table.to_string()));
        let inner = vec![table, field("at", Yaml::text(at))];
        fields.push(field("migrations", Yaml::Map(inner)));
    }
    if let Some(rule) = &rule.query {
        query(rule, &mut fields);
    }
    Yaml::Map(fields)
}

fn query(rule: &QueryRule, fields: &mut Fields) {
    fields.push(field("query", Yaml::text(&rule.sql)));
    let only = |key, value| Yaml::Map(vec![field(key, value)]);
    let text = |value: &Expected| value.as_str().to_owned();
    let expect = match &rule.expect {
        QueryExpectation::Value(value) => Yaml::text(text(value)),
        QueryExpectation::Rows(rows) => {
            let rows = rows.iter().map(|row| row.iter().map(text).collect());
            Yaml::Lists(rows.collect())
        }
        QueryExpectation::Count(count) => only("rows", Yaml::plain(count)),
        QueryExpectation::Something => only("empty", Yaml::plain(false)),
    };
    fields.push(field("expect", expect));
}

fn names(tables: &[TableName]) -> Vec<String> {
    tables.iter().map(TableName::to_string).collect()
}
