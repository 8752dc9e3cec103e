//! `sql`: what a database must hold.

use std::fmt;

use super::expected::Expected;

/// `sql: { url-from, schemas, tables, rls, rls-except, migrations, query, expect }`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SqlRule {
    /// The environment variable that holds the database's URL.
    pub url_from: String,
    /// Where tables without a schema are looked for, and which schemas `rls: all` is about.
    pub schemas: Vec<String>,
    /// Tables that must exist.
    pub tables: Vec<TableName>,
    /// Tables that must have row-level security.
    pub rls: Option<RowSecurity>,
    /// How far the database must be migrated.
    pub migrations: Option<MigrationRule>,
    /// What a query must give.
    pub query: Option<QueryRule>,
}

/// `orders` or `shop.orders`, to the letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableName {
    /// `None` where the rule's schemas are meant.
    pub schema: Option<String>,
    /// The table.
    pub name: String,
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// `rls`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowSecurity {
    /// `all`: every table of the schemas but these, and but those of extensions.
    All {
        /// `rls-except`.
        except: Vec<TableName>,
    },
    /// These.
    Tables(Vec<TableName>),
}

/// `migrations: { table, at }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationRule {
    /// The table in which the tool keeps what it has applied.
    pub table: TableName,
    /// Where the database must be.
    pub at: MigrationTarget,
}

/// `at`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MigrationTarget {
    /// At this version.
    Version(String),
    /// At the newest migration of this directory of the project, with all of it applied.
    Directory(String),
}

/// `query` and `expect`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryRule {
    /// One statement.
    pub sql: String,
    /// What it must give.
    pub expect: QueryExpectation,
}

/// `expect:` of `sql`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueryExpectation {
    /// One row with one value.
    Value(Expected),
    /// These rows in this order.
    Rows(Vec<Vec<Expected>>),
    /// So many rows.
    Count(u64),
    /// At least one row.
    Something,
}
