//! A query gives what it must.

use crate::domain::check::QueryExpectation;
use crate::domain::check::expected::Expected;
use crate::domain::reason::{Reason, ReasonCode};
use crate::probe::sql::{Cell, CellKind, Rows};

/// How much of a value is shown, in characters.
const SHOWN: usize = 100;

/// How many rows that differ are shown.
const DIFFERENT: usize = 5;

/// How many rows are needed to judge.
pub(super) fn needed(expect: &QueryExpectation) -> usize {
    match expect {
        QueryExpectation::Value(_) => 1,
        QueryExpectation::Rows(rows) => rows.len(),
        QueryExpectation::Count(_) | QueryExpectation::Something => 0,
    }
}

/// How what a query gave differs from what it must give.
pub(super) fn judge(expect: &QueryExpectation, rows: &Rows) -> Vec<Reason> {
    let count = rows.count;
    let differences = match expect {
        QueryExpectation::Value(expected) => value(expected, rows).into_iter().collect(),
        QueryExpectation::Rows(expected) => all_rows(expected, rows),
        QueryExpectation::Count(expected) if *expected != count => {
            vec![format!("{}, not {expected}", counted(count))]
        }
        QueryExpectation::Something if count == 0 => vec!["no row".to_owned()],
        QueryExpectation::Count(_) | QueryExpectation::Something => Vec::new(),
    };
    let reason = |it| Reason::new(ReasonCode::QueryMismatch, format!("The query gives {it}."));
    differences.into_iter().map(reason).collect()
}

fn value(expected: &Expected, rows: &Rows) -> Option<String> {
    match rows.kept.first().map(Vec::as_slice) {
        Some([cell]) if rows.count == 1 => {
            (!is_it(expected, cell)).then(|| format!("{}, not `{expected}`", shown(cell)))
        }
        Some(cells) if rows.count == 1 => Some(format!(
            "a row of {} values, not the one value `{expected}`",
            cells.len()
        )),
        _ => Some(format!(
            "{}, not the one value `{expected}`",
            counted(rows.count)
        )),
    }
}

fn all_rows(expected: &[Vec<Expected>], rows: &Rows) -> Vec<String> {
    if rows.count != expected.len() as u64 {
        return vec![format!("{}, not {}", counted(rows.count), expected.len())];
    }
    let pairs = (1..).zip(expected.iter().zip(&rows.kept));
    let different = pairs.filter_map(|(number, (expected, found))| {
        let is_same = expected.len() == found.len()
            && expected
                .iter()
                .zip(found)
                .all(|(one, cell)| is_it(one, cell));
        let found: Vec<String> = found.iter().map(shown).collect();
        let expected: Vec<String> = expected.iter().map(|it| format!("`{it}`")).collect();
        (!is_same).then(|| {
            format!(
                "row {number} as {}, not {}",
                found.join(", "),
                expected.join(", ")
            )
        })
    });
    different.take(DIFFERENT).collect()
}

fn is_it(expected: &Expected, cell: &Cell) -> bool {
    match (&cell.text, cell.kind) {
        (None, _) => false,
        (Some(text), CellKind::Number) => expected.is_number(text),
        (Some(text), CellKind::Other) => expected.is_text(text),
    }
}

fn shown(cell: &Cell) -> String {
    let Some(text) = &cell.text else {
        return "null".to_owned();
    };
    let mut cut: String = text.chars().take(SHOWN).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    format!("`{cut}`")
}

fn counted(rows: u64) -> String {
    match rows {
        0 => "no row".to_owned(),
        1 => "1 row".to_owned(),
        many => format!("{many} rows"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str, kind: CellKind) -> Cell {
        let text = Some(text.to_owned());
        Cell { text, kind }
    }

    /// Texts as they are, numbers with a `#` before them; `null` is null.
    fn rows(rows: &[&[&str]]) -> Rows {
        let read = |text: &&str| match text.strip_prefix('#') {
            Some(number) => cell(number, CellKind::Number),
            None if *text == "null" => Cell {
                text: None,
                kind: CellKind::Other,
            },
            None => cell(text, CellKind::Other),
        };
        let kept = rows.iter().map(|row| row.iter().map(read).collect());
        Rows {
            count: rows.len() as u64,
            kept: kept.collect(),
        }
    }

    #[track_caller]
    fn check(expect: &QueryExpectation, found: &[&[&str]], says: &[&str]) {
        let reasons = judge(expect, &rows(found));
        let messages: Vec<_> = reasons.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(messages, says);
    }

    fn one(text: &str) -> QueryExpectation {
        QueryExpectation::Value(Expected::new(text))
    }

    #[test]
    fn one_value() {
        check(&one("3"), &[&["#3"]], &[]);
        check(&one("1.5"), &[&["#1.50"]], &[]);
        check(&one("ok"), &[&["ok"]], &[]);
        check(
            &one("1.5"),
            &[&["1.50"]],
            &["The query gives `1.50`, not `1.5`."],
        );
        check(&one("0"), &[&["#2"]], &["The query gives `2`, not `0`."]);
        check(&one("x"), &[&["null"]], &["The query gives null, not `x`."]);
        check(
            &one("null"),
            &[&["null"]],
            &["The query gives null, not `null`."],
        );
        check(
            &one("x"),
            &[],
            &["The query gives no row, not the one value `x`."],
        );
        let two = ["The query gives 2 rows, not the one value `x`."];
        check(&one("x"), &[&["x"], &["x"]], &two);
        let wide = ["The query gives a row of 2 values, not the one value `x`."];
        check(&one("x"), &[&["x", "y"]], &wide);
    }

    #[test]
    fn several_rows() {
        let row = |texts: &[&str]| texts.iter().map(|it| Expected::new(*it)).collect();
        let expect = QueryExpectation::Rows(vec![row(&["1", "a"]), row(&["2", "b"])]);
        check(&expect, &[&["#1", "a"], &["#2", "b"]], &[]);
        let swapped = [
            "The query gives row 1 as `2`, `b`, not `1`, `a`.",
            "The query gives row 2 as `1`, `a`, not `2`, `b`.",
        ];
        check(&expect, &[&["#2", "b"], &["#1", "a"]], &swapped);
        let narrow = ["The query gives row 2 as `2`, not `2`, `b`."];
        check(&expect, &[&["#1", "a"], &["#2"]], &narrow);
        check(&expect, &[&["#1", "a"]], &["The query gives 1 row, not 2."]);
    }

    #[test]
    fn how_many_rows() {
        let count = QueryExpectation::Count;
        check(&count(0), &[], &[]);
        check(&count(1), &[&["x"]], &[]);
        check(&count(0), &[&["x"]], &["The query gives 1 row, not 0."]);
        check(&count(2), &[], &["The query gives no row, not 2."]);
        check(&QueryExpectation::Something, &[&["x"]], &[]);
        check(
            &QueryExpectation::Something,
            &[],
            &["The query gives no row."],
        );
    }

    #[test]
    fn a_long_value_is_cut() {
        let long = "ü".repeat(500);
        let reasons = judge(&one("x"), &rows(&[&[&long]]));
        assert!(reasons[0].message.chars().count() < 200);
    }
}
