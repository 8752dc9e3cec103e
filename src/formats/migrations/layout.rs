//! What the names of files say: which migration a file belongs to, and whether it goes up or down.

use std::sync::OnceLock;

use regex::Regex;

/// What a file of a directory of migrations is, by its path within that directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// The way up of a migration, and perhaps its way down too.
    Up(Name),
    /// The way down of a migration.
    Down(Name),
    /// Code that has a version number, so it is most probably a migration that is no SQL.
    Code,
    /// No migration.
    Other,
}

/// The name of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// What people read: the path without what tells up from down.
    pub shown: String,
    /// What its way up and its way down have in common.
    pub key: String,
    /// Its version number, the parts without leading zeros; `None` where it has none.
    pub version: Option<Vec<String>>,
}

/// Extensions of languages in which migrations are written.
const CODE: [&str; 16] = [
    "cjs", "cs", "ex", "exs", "go", "groovy", "java", "js", "kt", "mjs", "php", "pl", "py", "rb",
    "rs", "ts",
];

/// Tells what a file is.
pub fn role(path: &str) -> Role {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let Some((stem, extension)) = file.rsplit_once('.') else {
        return Role::Other;
    };
    let extension = extension.to_ascii_lowercase();
    if CODE.contains(&extension.as_str()) && (version(stem).is_some() || flyway(stem).is_some()) {
        return Role::Code;
    }
    match extension.as_str() {
        "sql" => sql_role(folder, stem),
        _ => Role::Other,
    }
}

fn sql_role(folder: &str, stem: &str) -> Role {
    if let Some((kind, version)) = flyway(stem) {
        let key = format!("{folder}/V{}", version.join("."));
        let name = Name {
            shown: below(folder, stem),
            key,
            version: Some(version),
        };
        return if kind == "U" {
            Role::Down(name)
        } else {
            Role::Up(name)
        };
    }
    match stem.to_ascii_lowercase().as_str() {
        "up" | "migration" if !folder.is_empty() => Role::Up(plain("", folder)),
        "down" if !folder.is_empty() => Role::Down(plain("", folder)),
        lower if lower.ends_with(".down") => Role::Down(plain(folder, &stem[..stem.len() - 5])),
        lower if lower.ends_with(".up") => Role::Up(plain(folder, &stem[..stem.len() - 3])),
        _ => Role::Up(plain(folder, stem)),
    }
}

fn plain(folder: &str, stem: &str) -> Name {
    let shown = below(folder, stem);
    let last = shown.rsplit('/').next().unwrap_or_default();
    Name {
        version: version(last),
        key: shown.clone(),
        shown,
    }
}

fn below(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    }
}

/// `V1.2__name`, `U1_2__name`: the letter and the version's parts.
fn flyway(stem: &str) -> Option<(&str, Vec<String>)> {
    static PATTERN: OnceLock<Option<Regex>> = OnceLock::new();
    let pattern = PATTERN.get_or_init(|| Regex::new(r"^([VU])([0-9]+(?:[._][0-9]+)*)__").ok());
    let found = pattern.as_ref()?.captures(stem)?;
    Some((found.get(1)?.as_str(), parts(found.get(2)?.as_str())))
}

/// The number with which a name begins: `0001`, `20240131120000`, or a date with a time whose
/// parts are held apart, such as `2024_01_31_120000` and `2024-01-31-120000`.
fn version(name: &str) -> Option<Vec<String>> {
    static PATTERN: OnceLock<Option<Regex>> = OnceLock::new();
    let pattern = PATTERN.get_or_init(|| {
        let dates = r"(?:19|20)\d\d[-_]\d\d[-_]\d\d(?:[-_T]\d+)?|(?:19|20)\d{6}[-_T]\d{4,6}";
        Regex::new(&format!(r"^(?-u:{dates}|\d+(?:[.-]\d+)*)")).ok()
    });
    let found = pattern.as_ref()?.find(name)?;
    Some(parts(found.as_str()))
}

fn parts(version: &str) -> Vec<String> {
    let digits = version.split(|c: char| !c.is_ascii_digit());
    let plain = |part: &str| part.trim_start_matches('0').to_owned();
    digits.map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `up NAME VERSION`.
    fn told(path: &str) -> String {
        let name = |name: Name| {
            let version = name.version.map(|parts| parts.join("."));
            format!("{} {}", name.shown, version.unwrap_or_default())
        };
        match role(path) {
            Role::Up(it) => format!("up {}", name(it)),
            Role::Down(it) => format!("down {}", name(it)),
            Role::Code => "code".to_owned(),
            Role::Other => "other".to_owned(),
        }
    }

    #[test]
    fn files_of_known_tools() {
        for (path, expect) in [
            ("0001_init.up.sql", "up 0001_init 1"),
            ("0001_init.down.sql", "down 0001_init 1"),
            (
                "20240131120000_init.sql",
                "up 20240131120000_init 20240131120000",
            ),
            ("V1__init.sql", "up V1__init 1"),
            ("V01.2__init.sql", "up V01.2__init 1.2"),
            ("U1_2__init.sql", "down U1_2__init 1.2"),
            ("R__views.sql", "up R__views "),
            ("20240131_init/migration.sql", "up 20240131_init 20240131"),
            ("20240131_init/down.sql", "down 20240131_init 20240131"),
            (
                "2024-01-31-120000_init/up.sql",
                "up 2024-01-31-120000_init 2024.1.31.120000",
            ),
            ("pg/0001.up.sql", "up pg/0001 1"),
            (
                "2024_01_31_120000_a.sql",
                "up 2024_01_31_120000_a 2024.1.31.120000",
            ),
            ("20240131_1200_a.sql", "up 20240131_1200_a 20240131.1200"),
            ("0001_2fa.sql", "up 0001_2fa 1"),
            ("users.sql", "up users "),
            ("A.UP.SQL", "up A "),
            ("down.sql", "up down "),
            ("00002_fill.go", "code"),
            ("V2__Fill.java", "code"),
            ("__init__.py", "other"),
            ("meta/0000_snapshot.json", "other"),
            ("README", "other"),
        ] {
            assert_eq!(told(path), expect, "{path}");
        }
    }

    #[test]
    fn an_undo_script_belongs_to_the_version_whatever_else_it_is_called() {
        let key = |path: &str| match role(path) {
            Role::Up(name) | Role::Down(name) => name.key,
            _ => String::new(),
        };
        assert_eq!(key("V1.02__a.sql"), key("U1_2__b.sql"));
        assert_ne!(key("V1__a.sql"), key("x/U1__a.sql"));
    }
}
