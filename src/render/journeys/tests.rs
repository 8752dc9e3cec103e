//! The table in its forms.

use super::*;
use crate::domain::quality::journeys::FaultCell;
use crate::domain::quality::tests::TestTally;
use crate::render::paint::{ColorChoice, Surface};

/// `passed/failed/skipped/flaky` as a cell.
fn tests(text: &str) -> Cell {
    let numbers: Vec<u64> = text.split('/').map(|it| it.parse().unwrap()).collect();
    let [passed, failed, skipped, flaky] = numbers[..] else {
        panic!("{text}");
    };
    let tests = TestTally {
        total: passed + failed + skipped,
        passed,
        failed,
        errors: 0,
        skipped,
        flaky,
    };
    Cell {
        outcome: CellOutcome::of(tests),
        tests,
    }
}

/// Rows such as `order=Chat to order: 3/0/0/0 double-click=1/0/0/0`.
fn table(rows: &[&str]) -> JourneyTable {
    let row = |text: &&str| {
        let (head, cells) = text.split_once(':').unwrap();
        let (id, title) = head.split_once('=').unwrap_or((head, head));
        let mut cells = cells.split_whitespace();
        JourneyRow {
            id: id.parse().unwrap(),
            title: title.to_owned(),
            own: tests(cells.next().unwrap()),
            faults: cells
                .map(|cell| {
                    let (id, numbers) = cell.split_once('=').unwrap();
                    FaultCell {
                        id: id.parse().unwrap(),
                        cell: tests(numbers),
                    }
                })
                .collect(),
        }
    };
    JourneyTable {
        rows: rows.iter().map(row).collect(),
    }
}

fn shop() -> JourneyTable {
    table(&[
        "order=สั่งซื้อ | <b>: 1234/0/0/2 double-click=1/0/0/0 timeout=0/0/0/0",
        "pay: 2/1/0/0 timeout=1/1/1/0 repeated_webhook=0/0/2/0",
        "sign-in=Sign in: 0/0/0/0",
    ])
}

#[test]
fn columns_of_a_terminal() {
    let lines = lines(&shop(), "  ", Paint::plain()).join("\n");
    insta::assert_snapshot!(lines);
}

#[test]
fn colours_change_nothing_but_colours() {
    let plain = lines(&shop(), "", Paint::plain()).join("\n");
    let painted = lines(&shop(), "", ColorChoice::Always.paint(Surface::Plain)).join("\n");
    assert!(painted.contains("\u{1b}[31m"));
    assert_eq!(clean::text(&painted), plain);
}

#[test]
fn a_table_of_markdown() {
    let (head, rows) = markdown(&shop());
    insta::assert_snapshot!(format!("{head}\n{}", rows.join("\n")));
}

#[test]
fn a_fault_has_one_column_whichever_journeys_declare_it() {
    let table = shop();
    let grid = Grid::of(&table);
    let faults: Vec<_> = grid.faults.iter().map(|id| id.as_str()).collect();
    assert_eq!(faults, ["double-click", "timeout", "repeated_webhook"]);
    let declared: Vec<Vec<bool>> = grid
        .rows
        .iter()
        .map(|row| row.faults.iter().map(Option::is_some).collect())
        .collect();
    let expect = [[true, true, false], [false, true, true], [false; 3]];
    assert_eq!(declared, expect);
}
