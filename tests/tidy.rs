//! The house rules that the compiler does not check: which layer may import which, a `//!` at the
//! head of each file, and no file that grew too long.
#![expect(
    clippy::unwrap_used,
    reason = "a test says what it expects by unwrapping"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What each folder of `src/` may import from the crate. An arrow points down only.
const ALLOWED: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("policy", &["domain"]),
    ("formats", &["domain"]),
    ("render", &["domain"]),
    ("exec", &["domain"]),
    ("github", &["domain", "retry", "transport"]),
    ("ledger", &["domain", "retry", "transport"]),
    ("registry", &["domain", "retry", "transport"]),
    ("probe", &["domain", "retry", "transport"]),
    ("store", &["domain"]),
    ("worktree", &["domain"]),
    (
        "checks",
        &[
            "domain", "formats", "exec", "github", "probe", "registry", "worktree",
        ],
    ),
    (
        "app",
        &[
            "checks", "domain", "exec", "formats", "github", "ledger", "policy", "registry",
            "render", "settings", "store", "worktree",
        ],
    ),
    (
        "cli",
        &[
            "app",
            "domain",
            "exec",
            "ledger",
            "policy",
            "render",
            "server",
            "settings",
            "telemetry",
        ],
    ),
    ("server", &["app", "domain", "render"]),
    ("settings.rs", &["domain", "transport"]),
    ("telemetry.rs", &[]),
    ("retry.rs", &[]),
    ("transport.rs", &[]),
    ("transport", &[]),
    ("lib.rs", &[]),
    ("main.rs", &["cli"]),
];

/// A file of `checks/` stands on one adapter at the most.
const ADAPTERS: &[&str] = &[
    "exec", "github", "ledger", "probe", "registry", "store", "worktree",
];

const LONGEST_FILE: usize = 500;

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn source() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = rust_files(&root).into_iter().map(|path| {
        let text = fs::read_to_string(&path).unwrap();
        (
            path.strip_prefix(&root).unwrap().display().to_string(),
            text,
        )
    });
    files.collect()
}

/// The part of a file before its inline tests.
fn without_tests(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod tests {")
        .map_or(text, |end| &text[..end])
}

/// Every `crate::NAME` (and `tollgate::NAME`) of a file, with its line.
fn imports(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for prefix in ["crate::", "tollgate::"] {
            for (start, _) in code.match_indices(prefix) {
                let rest = &code[start + prefix.len()..];
                let name: String = rest
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                found.push((number + 1, name));
            }
        }
    }
    found
}

fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

#[test]
fn layers_point_down_only() {
    let allowed: BTreeMap<_, _> = ALLOWED.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, text) in source() {
        let layer = path.split('/').next().unwrap();
        let Some(allowed) = allowed.get(layer) else {
            wrong.push(format!("src/{path}: {layer} is not in the table of layers"));
            continue;
        };
        for (line, name) in imports(without_tests(&text)) {
            let own = name == layer || is_test_file(&path);
            if !own && !allowed.contains(&name.as_str()) {
                wrong.push(format!(
                    "src/{path}:{line} imports {name}, which {layer} may not"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_check_stands_on_one_adapter() {
    let mut wrong = Vec::new();
    for (path, text) in source() {
        if !path.starts_with("checks/") || path == "checks/mod.rs" || is_test_file(&path) {
            continue;
        }
        let mut used: Vec<String> = imports(without_tests(&text))
            .into_iter()
            .map(|(_, name)| name)
            .collect();
        used.retain(|name| ADAPTERS.contains(&name.as_str()));
        used.sort();
        used.dedup();
        if used.len() > 1 {
            wrong.push(format!("src/{path} stands on {}", used.join(" and ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for() {
    let missing: Vec<_> = source()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(path, _)| path)
        .collect();
    assert!(missing.is_empty(), "files without a //! head: {missing:?}");
}

#[test]
fn no_file_is_too_long() {
    let long: Vec<_> = source()
        .into_iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST_FILE)
        .collect();
    assert!(long.is_empty(), "files over {LONGEST_FILE} lines: {long:?}");
}

#[test]
fn nothing_is_called_utils() {
    let refused = [
        "utils", "util", "helpers", "helper", "common", "imp", "misc",
    ];
    let named: Vec<_> = source()
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| {
            path.trim_end_matches(".rs")
                .split('/')
                .any(|part| refused.contains(&part))
        })
        .collect();
    assert!(
        named.is_empty(),
        "a file is named for what it knows: {named:?}"
    );
}

#[test]
fn the_domain_denies_io_and_clocks() {
    let head = &source()
        .into_iter()
        .find(|(path, _)| path == "domain/mod.rs")
        .unwrap()
        .1;
    assert!(head.contains("#![deny(clippy::disallowed_methods, clippy::disallowed_types)]"));
}
