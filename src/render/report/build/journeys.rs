//! Journeys and the faults that they stood.

use super::{Desk, badges, words};
use crate::domain::ids::CheckRef;
use crate::domain::quality::journeys::JourneyTable;
use crate::render::journeys::{self, Grid, GridRow};
use crate::render::report::model::{JourneyPart, JourneyRowPart};
use crate::render::report::text::Pen;

/// The tables of all gates, each with the check that judged it.
pub(super) fn journeys(desk: &Desk<'_>) -> Vec<JourneyPart> {
    let tables = desk.gates().flat_map(|(_, gate)| journeys::of_gate(gate));
    tables
        .map(|(check, table)| part(desk.pen, &check, table))
        .collect()
}

fn part(pen: Pen<'_>, check: &CheckRef, table: &JourneyTable) -> JourneyPart {
    let grid = Grid::of(table);
    JourneyPart {
        check: pen.name(&check.to_string()),
        faults: grid.faults.iter().map(|id| pen.name(id.as_str())).collect(),
        rows: grid.rows.iter().map(|it| row(pen, it)).collect(),
    }
}

fn row(pen: Pen<'_>, row: &GridRow<'_>) -> JourneyRowPart {
    let journey = row.journey;
    JourneyRowPart {
        name: pen.name(journey.id.as_str()),
        title: words::title(pen, &journey.title, journey.id.as_str()),
        own: badges::journey(&journey.own),
        faults: row
            .faults
            .iter()
            .map(|cell| cell.as_ref().map(badges::journey))
            .collect(),
    }
}
