//! The reference pages are generated, and stale ones are found.

use std::path::Path;

/// Compares a page with what would be generated; `UPDATE_DOCS=1` writes it instead.
#[track_caller]
fn page(name: &str, generated: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs/reference")
        .join(name);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, generated).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == generated,
        "docs/reference/{name} is stale; run `UPDATE_DOCS=1 cargo test reference`"
    );
}

#[test]
fn the_command_line_reference_is_current() {
    page("cli.md", &tollgate::cli::reference::reference());
}

#[test]
fn docs_policy_reference_is_what_the_schema_says() {
    page("policy.md", &tollgate::policy::reference());
}

#[test]
fn docs_policy_schema_is_what_the_structs_say() {
    let schema = serde_json::to_string_pretty(&tollgate::policy::schema()).unwrap();
    page("policy.schema.json", &format!("{schema}\n"));
}

#[test]
fn docs_doctor_rules_are_what_the_table_says() {
    page("doctor.md", &tollgate::render::doctor::reference());
}

#[test]
fn docs_reason_codes_are_what_the_codes_say() {
    page("reason-codes.md", &tollgate::render::reasons::reference());
}
