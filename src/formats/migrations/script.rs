//! What one SQL file of a migration says: its way up, its way down, and what stands for that.

use crate::domain::ids::Sha256Digest;

/// The longest file that is read, in bytes.
pub const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// What one SQL file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Of all that is no way down, with line ends as LF and without a byte order mark.
    pub sha256: Sha256Digest,
    /// What the whole file does.
    pub whole: Effect,
    /// What the part behind `-- migrate:down` or `-- +goose Down` does, where there is one.
    pub way_down: Option<Effect>,
    /// What stands for the way down; empty where `-- irreversible:` names nothing.
    pub alternative: Option<String>,
}

/// What SQL does, as far as can be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Something.
    Something,
    /// Nothing: there are comments, empty statements and transactions around them.
    Nothing,
}

/// Reads one file. Bytes that are no UTF-8 are taken as they are.
pub fn script(bytes: &[u8]) -> Script {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let (mut up, mut down) = (Vec::new(), None::<Vec<u8>>);
    let mut goes_down = false;
    let mut alternative = None;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let line = with_plain_end(line);
        match comment(&line).and_then(|text| marker(&text)) {
            Some(Marker::Up) => goes_down = false,
            Some(Marker::Down) => {
                goes_down = true;
                down.get_or_insert_default();
            }
            Some(Marker::Irreversible(text)) if alternative.as_deref().unwrap_or("").is_empty() => {
                alternative = Some(text);
            }
            _ => {}
        }
        let part = match &mut down {
            Some(down) if goes_down => down,
            _ => &mut up,
        };
        part.extend_from_slice(&line);
    }
    Script {
        sha256: Sha256Digest::of(&up),
        whole: effect(bytes),
        way_down: down.map(|down| effect(&down)),
        alternative,
    }
}

/// The line with LF at its end where it has CR LF.
fn with_plain_end(line: &[u8]) -> Vec<u8> {
    match line.strip_suffix(b"\r\n") {
        Some(text) => [text, b"\n"].concat(),
        None => line.to_vec(),
    }
}

enum Marker {
    Up,
    Down,
    Irreversible(String),
}

/// The text of a line that is a comment.
fn comment(line: &[u8]) -> Option<String> {
    let text = line.trim_ascii().strip_prefix(b"--")?;
    Some(String::from_utf8_lossy(text).trim().to_owned())
}

fn marker(comment: &str) -> Option<Marker> {
    const IRREVERSIBLE: &str = "irreversible:";
    let head = comment.get(..IRREVERSIBLE.len());
    if head.is_some_and(|head| head.eq_ignore_ascii_case(IRREVERSIBLE)) {
        let text = comment[IRREVERSIBLE.len()..].trim();
        return Some(Marker::Irreversible(text.to_owned()));
    }
    let mut words = comment.split_whitespace();
    let first = words.next()?.to_ascii_lowercase();
    let way = match first.as_str() {
        "+goose" | "+migrate" | "+micrate" => words.next()?.to_ascii_lowercase(),
        first => first.strip_prefix("migrate:")?.to_owned(),
    };
    match way.as_str() {
        "up" => Some(Marker::Up),
        "down" => Some(Marker::Down),
        _ => None,
    }
}

/// Statements that alone do nothing.
const IDLE: [&str; 9] = [
    "",
    "begin",
    "begin transaction",
    "begin work",
    "start transaction",
    "commit",
    "end",
    "rollback",
    "select 1",
];

fn effect(sql: &[u8]) -> Effect {
    let text = String::from_utf8_lossy(sql);
    let plain = without_comments(&text);
    let does_nothing = |statement: &str| {
        let words: Vec<_> = statement.split_whitespace().collect();
        IDLE.contains(&words.join(" ").to_ascii_lowercase().as_str())
    };
    match plain.split(';').all(does_nothing) {
        true => Effect::Nothing,
        false => Effect::Something,
    }
}

/// The text up to the first quote without its comments: what is in quotes does something anyway.
fn without_comments(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    // Whether a statement or line begins: only there `#` begins a comment (MySQL).
    let mut begins = true;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("--") || (begins && c == '#') {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
            plain.push('\n');
            begins = true;
        } else if rest.starts_with("/*") && !rest.starts_with("/*!") {
            rest = behind_block(rest);
            plain.push(' ');
        } else {
            plain.push(c);
            rest = &rest[c.len_utf8()..];
            begins = matches!(c, '\n' | ';') || (begins && c.is_whitespace());
            if matches!(c, '\'' | '"' | '`' | '$') {
                break;
            }
        }
    }
    plain
}

/// What follows a comment that begins here; comments may hold others.
fn behind_block(text: &str) -> &str {
    let mut depth = 0_usize;
    let mut rest = text;
    loop {
        let Some(at) = rest.find(['/', '*']) else {
            return "";
        };
        rest = &rest[at..];
        if let Some(inner) = rest.strip_prefix("/*") {
            depth += 1;
            rest = inner;
        } else if let Some(outer) = rest.strip_prefix("*/") {
            depth = depth.saturating_sub(1);
            rest = outer;
            if depth == 0 {
                return rest;
            }
        } else {
            rest = &rest[1..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_something_and_what_does_not() {
        for (sql, expect) in [
            ("", Effect::Nothing),
            (" \n;;\n", Effect::Nothing),
            ("-- DROP TABLE a;\n", Effect::Nothing),
            ("/* a /* b */ DROP TABLE a; */", Effect::Nothing),
            ("/* never closed", Effect::Nothing),
            ("# MySQL\n; # again", Effect::Nothing),
            ("BEGIN;\n-- nothing\nCOMMIT;", Effect::Nothing),
            ("select  1;", Effect::Nothing),
            ("DROP TABLE a", Effect::Something),
            ("/*!40101 SET NAMES utf8 */", Effect::Something),
            ("BEGIN; DROP TABLE a; COMMIT;", Effect::Something),
            ("-- a\nDROP TABLE a; -- b", Effect::Something),
            ("SELECT '/*'", Effect::Something),
            ("\u{e9}", Effect::Something),
        ] {
            assert_eq!(effect(sql.as_bytes()), expect, "{sql:?}");
        }
    }

    #[test]
    fn a_file_may_have_both_ways() {
        let of = |text: &str| script(text.as_bytes()).way_down;
        assert_eq!(
            of("-- migrate:up\nA;\n-- migrate:down\nB;\n"),
            Some(Effect::Something)
        );
        assert_eq!(
            of("-- migrate:up\nA;\n-- migrate:down\n-- B\n"),
            Some(Effect::Nothing)
        );
        assert_eq!(
            of("-- +goose Up\nA;\n-- +goose Down\nB;"),
            Some(Effect::Something)
        );
        assert_eq!(of("--+goose DOWN\n"), Some(Effect::Nothing));
        assert_eq!(
            of("-- +migrate Up\nA;\n-- +migrate Down notransaction\nB"),
            Some(Effect::Something)
        );
        assert_eq!(of("-- +goose Up\nA;\n"), None);
        assert_eq!(of("A; -- migrate:down\n"), None, "it is no line of its own");
    }

    #[test]
    fn what_stands_for_the_way_down_is_read_from_a_comment() {
        let of = |text: &str| script(text.as_bytes()).alternative;
        let backup = Some("restore the backup".to_owned());
        assert_eq!(of("A;\n-- irreversible: restore the backup\r\n"), backup);
        assert_eq!(of("  --IRREVERSIBLE:restore the backup"), backup);
        assert_eq!(
            of("-- irreversible:\n-- irreversible: restore the backup"),
            backup
        );
        assert_eq!(of("-- irreversible:  \n"), Some(String::new()));
        assert_eq!(of("-- it is irreversible: yes"), None);
    }

    #[test]
    fn the_hash_is_that_of_the_way_up_whatever_its_line_ends() {
        let of = |text: &str| script(text.as_bytes()).sha256;
        assert_eq!(of("A;\nB;\n"), Sha256Digest::of(b"A;\nB;\n"));
        assert_eq!(of("\u{feff}A;\r\nB;\r\n"), of("A;\nB;\n"));
        assert_ne!(of("A;\nB;"), of("A;\nB;\n"));
        let both = |down: &str| of(&format!("-- migrate:up\nA;\n-- migrate:down\n{down}\n"));
        assert_eq!(both("B;"), both("C;"));
        assert_ne!(both("B;"), of("-- migrate:up\nA2;\n-- migrate:down\nB;\n"));
    }
}
