//! Tables that are there, and tables that are guarded.

use super::*;

/// `public.orders+rls+policy`, with `view:` or `foreign:` before it, `+extension` after it.
fn relation(text: &str) -> Relation {
    let (kind, rest) = text.split_once(':').unwrap_or(("table", text));
    let (schema, rest) = rest.split_once('.').unwrap();
    let has = |word: &str| rest.contains(word);
    Relation {
        schema: schema.to_owned(),
        name: rest.split('+').next().unwrap().to_owned(),
        kind: match kind {
            "view" => RelationKind::View,
            "foreign" => RelationKind::Foreign,
            _ => RelationKind::Table,
        },
        is_guarded: has("+rls"),
        has_policy: has("+policy"),
        is_of_extension: has("+extension"),
    }
}

fn name(text: &str) -> TableName {
    let (schema, name) = match text.split_once('.') {
        Some((schema, name)) => (Some(schema.to_owned()), name),
        None => (None, text),
    };
    let name = name.to_owned();
    TableName { schema, name }
}

fn names(texts: &[&str]) -> Vec<TableName> {
    texts.iter().map(|text| name(text)).collect()
}

fn rule() -> SqlRule {
    SqlRule {
        schemas: vec!["public".to_owned()],
        ..SqlRule::default()
    }
}

/// Compares the reasons, each as its code and the beginning of its message.
#[track_caller]
fn check(rule: &SqlRule, relations: &[&str], expect: &[(&str, &str)]) {
    let relations = relations.iter().map(|text| relation(text)).collect();
    let reasons = Catalog::new(relations, &rule.schemas).judge(rule);
    let found: Vec<_> = reasons
        .iter()
        .map(|it| (it.code.as_str(), it.message.as_str()))
        .collect();
    let same = found.len() == expect.len()
        && found
            .iter()
            .zip(expect)
            .all(|(found, expect)| found.0 == expect.0 && found.1.starts_with(expect.1));
    assert!(same, "{found:#?}\n{expect:#?}");
}

#[track_caller]
fn check_tables(tables: &[&str], relations: &[&str], expect: &[(&str, &str)]) {
    let tables = names(tables);
    check(&SqlRule { tables, ..rule() }, relations, expect);
}

#[track_caller]
fn check_all(except: &[&str], relations: &[&str], expect: &[(&str, &str)]) {
    let except = names(except);
    let rls = Some(RowSecurity::All { except });
    check(&SqlRule { rls, ..rule() }, relations, expect);
}

#[test]
fn tables_must_exist() {
    let there = [
        "public.orders",
        "shop.items",
        "view:public.totals",
        "foreign:public.far",
    ];
    check_tables(
        &["orders", "shop.items", "public.orders", "far"],
        &there,
        &[],
    );
    check_tables(
        &["Orders"],
        &there,
        &[(
            "table_missing",
            "There is no table `Orders` in the schema `public`. There is `public`.`orders`.",
        )],
    );
    check_tables(
        &["items", "shop.orders", "totals"],
        &there,
        &[
            (
                "table_missing",
                "There is no table `items` in the schema `public`.",
            ),
            (
                "table_missing",
                "There is no table `orders` in the schema `shop`.",
            ),
            ("table_missing", "`totals` is a view, not a table."),
        ],
    );
}

#[test]
fn named_tables_must_be_guarded() {
    let rls = Some(RowSecurity::Tables(names(&["a", "b", "c", "d", "e", "f"])));
    check(
        &SqlRule { rls, ..rule() },
        &[
            "public.a+rls+policy",
            "public.b+rls",
            "public.c+policy",
            "public.d",
            "foreign:public.e",
        ],
        &[
            (
                "rls_without_policy",
                "`public.b` has row-level security, but no policy",
            ),
            ("rls_disabled", "`public.c` has policies, but"),
            ("rls_disabled", "`public.d` has no row-level security"),
            ("rls_disabled", "`public.e` is no ordinary table"),
            ("table_missing", "There is no table `f`"),
        ],
    );
}

#[test]
fn all_means_the_tables_of_the_schemas() {
    let good = [
        "public.a+rls+policy",
        "view:public.v",
        "public.x+extension",
        "other.o",
    ];
    check_all(&[], &good, &[]);
    let bad = ["public.a+rls+policy", "public.b", "public.log"];
    check_all(&["log"], &bad, &[("rls_disabled", "`public.b` has no")]);
    check_all(&["public.log", "b"], &bad, &[]);
    check_all(
        &["other.log", "b"],
        &bad,
        &[("rls_disabled", "`public.log` has no")],
    );
}

#[test]
fn a_schema_with_nothing_to_guard_does_not_pass() {
    let nothing = [("table_missing", "The schema `public` has no table")];
    check_all(&[], &[], &nothing);
    check_all(&[], &["view:public.v", "public.x+extension"], &nothing);
    check_all(&["a"], &["public.a"], &nothing);
}

#[test]
fn schemas_are_those_of_the_rule_and_of_its_tables() {
    let rule = SqlRule {
        tables: names(&["a", "shop.b"]),
        rls: Some(RowSecurity::Tables(names(&["audit.c", "shop.d"]))),
        ..rule()
    };
    assert_eq!(schemas(&rule), ["audit", "public", "shop"]);
}
