//! The table of journeys and faults as people read it: a row a journey, a column a fault. One grid
//! stands behind every form.

use crate::domain::gate::verdict::{CheckVerdict, GateVerdict};
use crate::domain::ids::{CheckRef, FaultId};
use crate::domain::quality::journeys::{Cell, CellOutcome, JourneyRow, JourneyTable};

use super::markdown::escape::inline;
use super::markdown::sections::row;
use super::paint::Paint;
use super::{clean, words};

/// What stands in a cell of a fault that the journey does not declare.
const UNDECLARED: &str = "·";

/// How many journeys a terminal shows.
const SHOWN_ROWS: usize = 100;

/// The table, laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid<'t> {
    /// The faults of all journeys, each once, in the order in which they first appear.
    pub faults: Vec<&'t FaultId>,
    /// The journeys, as in the policy.
    pub rows: Vec<GridRow<'t>>,
}

/// One journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridRow<'t> {
    /// The journey with its name, its title, and how its own tests went.
    pub journey: &'t JourneyRow,
    /// A cell for each fault of the grid; `None` where the journey does not declare it.
    pub faults: Vec<Option<Cell>>,
}

impl<'t> Grid<'t> {
    /// Lays out a table.
    pub fn of(table: &'t JourneyTable) -> Self {
        let mut faults: Vec<&FaultId> = Vec::new();
        for fault in table.rows.iter().flat_map(|row| &row.faults) {
            if !faults.contains(&&fault.id) {
                faults.push(&fault.id);
            }
        }
        let rows = table.rows.iter().map(|journey| GridRow {
            faults: faults.iter().map(|id| declared(journey, id)).collect(),
            journey,
        });
        Self {
            rows: rows.collect(),
            faults,
        }
    }
}

fn declared(journey: &JourneyRow, id: &FaultId) -> Option<Cell> {
    let fault = journey.faults.iter().find(|fault| fault.id == *id);
    fault.map(|fault| fault.cell)
}

/// The tables of a gate, each with the check that judged it.
pub fn of_gate(gate: &GateVerdict) -> Vec<(CheckRef, &JourneyTable)> {
    let named = |check: &CheckVerdict| CheckRef::new(gate.id.clone(), check.id.clone());
    let tables = gate.checks.iter();
    tables
        .filter_map(|check| Some((named(check), of_check(check)?)))
        .collect()
}

/// The table that a check judged; `None` where there is none, or nothing in it.
pub fn of_check(check: &CheckVerdict) -> Option<&JourneyTable> {
    let table = check.fact.as_ref()?.report.journey_table.as_ref()?;
    (!table.rows.is_empty()).then_some(table)
}

/// The sign of an outcome. It never stands without its word or number.
pub(super) fn sign(outcome: CellOutcome) -> &'static str {
    match outcome {
        CellOutcome::Passed => "✓",
        CellOutcome::Failed => "✗",
        CellOutcome::Skipped => "–",
        CellOutcome::Missing => "○",
    }
}

/// `✓ 3 passed`, `✓ 3 passed, 1 flaky`, `✗ 1 of 3 failed`, `– 1 of 3 skipped`, `○ no test`.
pub fn cell(cell: Option<&Cell>) -> String {
    let Some(Cell { outcome, tests }) = cell else {
        return UNDECLARED.to_owned();
    };
    let number = |number: u64| words::grouped(number);
    let of = |part: u64| format!("{} of {}", number(part), number(tests.total));
    let told = match outcome {
        CellOutcome::Missing => "no test".to_owned(),
        CellOutcome::Failed => format!("{} failed", of(tests.not_passed())),
        CellOutcome::Skipped => format!("{} skipped", of(tests.skipped)),
        CellOutcome::Passed if tests.flaky > 0 => {
            format!(
                "{} passed, {} flaky",
                number(tests.passed),
                number(tests.flaky)
            )
        }
        CellOutcome::Passed => format!("{} passed", number(tests.passed)),
    };
    format!("{} {told}", sign(*outcome))
}

/// The table as lines of a terminal, in columns, each line with this indent.
pub(super) fn lines(table: &JourneyTable, indent: &str, paint: Paint) -> Vec<String> {
    let grid = Grid::of(table);
    let mut columns = vec![Column::of("journey", ids(&grid)), own_tests(&grid)];
    for (place, fault) in grid.faults.iter().enumerate() {
        let cells = grid.rows.iter().map(|row| row.faults[place]);
        columns.push(Column::of(fault.as_str(), cells.map(painted).collect()));
    }
    let head = line(&columns, |column| (paint.faint(&column.head), &column.head));
    let mut lines = vec![format!("{indent}{}", head.trim_end())];
    for (number, row) in table.rows.iter().enumerate().take(SHOWN_ROWS) {
        let cells = line(&columns, |column| {
            let (text, outcome) = &column.cells[number];
            (colour(paint, *outcome, text), text)
        });
        let row = format!("{indent}{cells}{}", title(row));
        lines.push(row.trim_end().to_owned());
    }
    let more = table.rows.len().saturating_sub(SHOWN_ROWS);
    lines.extend((more > 0).then(|| format!("{indent}… {more} more")));
    lines
}

/// A column of a terminal: texts, and the outcomes that give them their colour.
struct Column {
    head: String,
    cells: Vec<(String, Option<CellOutcome>)>,
    width: usize,
}

impl Column {
    fn of(head: &str, cells: Vec<(String, Option<CellOutcome>)>) -> Self {
        let widths = cells.iter().map(|(text, _)| text.chars().count());
        Self {
            width: widths.chain([head.chars().count()]).max().unwrap_or(0),
            head: head.to_owned(),
            cells,
        }
    }
}

fn ids(grid: &Grid<'_>) -> Vec<(String, Option<CellOutcome>)> {
    let ids = grid.rows.iter().map(|row| row.journey.id.to_string());
    ids.map(|id| (id, None)).collect()
}

fn own_tests(grid: &Grid<'_>) -> Column {
    let cells = grid.rows.iter().map(|row| painted(Some(row.journey.own)));
    Column::of("tests", cells.collect())
}

fn painted(shown: Option<Cell>) -> (String, Option<CellOutcome>) {
    (cell(shown.as_ref()), shown.map(|cell| cell.outcome))
}

fn colour(paint: Paint, outcome: Option<CellOutcome>, text: &str) -> String {
    match outcome {
        Some(CellOutcome::Passed) => paint.good(text),
        Some(CellOutcome::Failed) => paint.bad(text),
        Some(CellOutcome::Skipped | CellOutcome::Missing) => paint.odd(text),
        None => text.to_owned(),
    }
}

/// One line of columns, two spaces behind each; `shown` gives the painted text of a column, and the
/// text that it paints.
fn line<'c>(columns: &'c [Column], shown: impl Fn(&'c Column) -> (String, &'c String)) -> String {
    let cell = |column: &'c Column| {
        let (painted, text) = shown(column);
        let blank = column.width - text.chars().count() + 2;
        format!("{painted}{:blank$}", "")
    };
    columns.iter().map(cell).collect()
}

/// The title where it says more than the name; clean, on one line.
fn title(row: &JourneyRow) -> String {
    match row.title == row.id.as_str() {
        true => String::new(),
        false => clean::line(&row.title),
    }
}

/// The table as Markdown: its head, and a row a journey.
pub(super) fn markdown(table: &JourneyTable) -> (String, Vec<String>) {
    let grid = Grid::of(table);
    let faults = grid.faults.iter().map(|fault| inline(fault.as_str()));
    let heads = ["Journey".to_owned(), "Tests".to_owned()].into_iter();
    let heads: Vec<String> = heads.chain(faults).collect();
    let head = format!("{}\n|{}", row(&heads), "---|".repeat(heads.len()));
    let rows = grid.rows.iter().map(|it| {
        let title = match title(it.journey) {
            none if none.is_empty() => none,
            title => format!("<br>{}", inline(&title)),
        };
        let name = format!("**{}**{title}", inline(it.journey.id.as_str()));
        let own = cell(Some(&it.journey.own));
        let faults = it.faults.iter().map(|fault| cell(fault.as_ref()));
        let cells: Vec<String> = [name, own].into_iter().chain(faults).collect();
        row(&cells)
    });
    (head, rows.collect())
}

#[cfg(test)]
mod tests;
