//! Tables exist, and row-level security guards them.

use crate::domain::check::{RowSecurity, SqlRule, TableName};
use crate::domain::reason::{Reason, ReasonCode};
use crate::probe::sql::{Relation, RelationKind};

/// The relations of a database, as a rule sees them.
#[derive(Debug)]
pub(super) struct Catalog {
    relations: Vec<Relation>,
    /// Where a name without a schema is looked for.
    schemas: Vec<String>,
}

/// The schemas that a rule is about.
pub(super) fn schemas(rule: &SqlRule) -> Vec<String> {
    let guarded = match &rule.rls {
        Some(RowSecurity::Tables(tables)) => &tables[..],
        _ => &[],
    };
    let migrations = rule.migrations.as_ref().map(|it| &it.table);
    let named = rule.tables.iter().chain(guarded).chain(migrations);
    let named = named.filter_map(|table| table.schema.clone());
    let mut schemas: Vec<String> = rule.schemas.iter().cloned().chain(named).collect();
    schemas.sort();
    schemas.dedup();
    schemas
}

impl Catalog {
    /// Takes what a database told.
    pub(super) fn new(relations: Vec<Relation>, schemas: &[String]) -> Self {
        let schemas = schemas.to_vec();
        Self { relations, schemas }
    }

    /// What a rule asks for and is not there or not guarded.
    pub(super) fn judge(&self, rule: &SqlRule) -> Vec<Reason> {
        let mut reasons: Vec<Reason> = rule
            .tables
            .iter()
            .filter_map(|name| self.table(name).err())
            .collect();
        match &rule.rls {
            Some(RowSecurity::Tables(names)) => {
                let guarded = names.iter().map(|name| guarded(self.table(name)?));
                reasons.extend(guarded.filter_map(Result::err));
            }
            Some(RowSecurity::All { except }) => reasons.extend(self.all_guarded(except)),
            None => {}
        }
        reasons
    }

    /// The relation of that name; the first of the schemas that has one.
    pub(super) fn find(&self, name: &TableName) -> Option<&Relation> {
        let mut schemas = self.schemas_of(name).iter();
        schemas.find_map(|schema| self.relation(schema, &name.name))
    }

    fn schemas_of<'a>(&'a self, name: &'a TableName) -> &'a [String] {
        match &name.schema {
            Some(schema) => std::slice::from_ref(schema),
            None => &self.schemas,
        }
    }

    fn relation(&self, schema: &str, name: &str) -> Option<&Relation> {
        let is_it = |it: &&Relation| it.schema == schema && it.name == name;
        self.relations.iter().find(is_it)
    }

    /// The table of that name, else why there is none.
    fn table(&self, name: &TableName) -> Result<&Relation, Reason> {
        let missing = |what: String| Reason::new(ReasonCode::TableMissing, what);
        match self.find(name) {
            Some(relation) if relation.kind != RelationKind::View => Ok(relation),
            Some(_) => Err(missing(format!("`{name}` is a view, not a table."))),
            None => {
                let schemas = self.schemas_of(name).join("` or `");
                let like = self.spelled_alike(name);
                let like = like.map(|it| format!(" There is `{}`.`{}`.", it.schema, it.name));
                Err(missing(format!(
                    "There is no table `{}` in the schema `{schemas}`.{}",
                    name.name,
                    like.unwrap_or_default()
                )))
            }
        }
    }

    fn spelled_alike(&self, name: &TableName) -> Option<&Relation> {
        let mut relations = self.relations.iter();
        relations.find(|it| it.name.eq_ignore_ascii_case(&name.name))
    }

    fn all_guarded(&self, except: &[TableName]) -> Vec<Reason> {
        let mut reasons = Vec::new();
        for schema in &self.schemas {
            let is_excepted = |table: &Relation| {
                except.iter().any(|name| {
                    name.name == table.name && self.schemas_of(name).contains(&table.schema)
                })
            };
            let tables = self.relations.iter().filter(|it| {
                it.schema == *schema
                    && it.kind == RelationKind::Table
                    && !it.is_of_extension
                    && !is_excepted(it)
            });
            let tables: Vec<_> = tables.collect();
            if tables.is_empty() {
                let message = format!(
                    "The schema `{schema}` has no table that could be guarded, so nothing was \
                     measured."
                );
                reasons.push(Reason::new(ReasonCode::TableMissing, message));
            }
            reasons.extend(tables.into_iter().filter_map(|it| guarded(it).err()));
        }
        reasons
    }
}

/// An error says what row-level security lacks.
fn guarded(table: &Relation) -> Result<(), Reason> {
    let Relation { schema, name, .. } = table;
    let (code, lack) = match (table.kind, table.is_guarded, table.has_policy) {
        (RelationKind::Table, true, true) => return Ok(()),
        (RelationKind::Table, true, false) => (
            ReasonCode::RlsWithoutPolicy,
            "has row-level security, but no policy, so only its owner sees its rows. Add a policy \
             with CREATE POLICY.",
        ),
        (RelationKind::Table, false, true) => (
            ReasonCode::RlsDisabled,
            "has policies, but its row-level security is switched off. Switch it on with ALTER \
             TABLE … ENABLE ROW LEVEL SECURITY.",
        ),
        (RelationKind::Table, false, false) => (
            ReasonCode::RlsDisabled,
            "has no row-level security. Switch it on with ALTER TABLE … ENABLE ROW LEVEL SECURITY, \
             and add policies.",
        ),
        (RelationKind::Foreign | RelationKind::View, _, _) => (
            ReasonCode::RlsDisabled,
            "is no ordinary table, and can't have row-level security.",
        ),
    };
    Err(Reason::new(code, format!("`{schema}.{name}` {lack}")))
}

#[cfg(test)]
mod tests;
