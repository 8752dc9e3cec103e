//! `journeys` of a check in `tollgate.status/v1`.

use serde::Serialize;

use super::TestsV1;
use crate::domain::quality::journeys::{Cell, FaultCell, JourneyRow};

#[derive(Serialize)]
pub(super) struct JourneyV1<'a> {
    id: &'a str,
    title: &'a str,
    #[serde(flatten)]
    own: CellV1,
    faults: Vec<FaultV1<'a>>,
}

#[derive(Serialize)]
struct FaultV1<'a> {
    id: &'a str,
    #[serde(flatten)]
    cell: CellV1,
}

/// `passed`, `failed`, `skipped` or `missing`, and the counts.
#[derive(Serialize)]
struct CellV1 {
    status: &'static str,
    tests: TestsV1,
}

impl<'a> JourneyV1<'a> {
    pub(super) fn of(row: &'a JourneyRow) -> Self {
        Self {
            id: row.id.as_str(),
            title: &row.title,
            own: CellV1::of(row.own),
            faults: row.faults.iter().map(FaultV1::of).collect(),
        }
    }
}

impl<'a> FaultV1<'a> {
    fn of(fault: &'a FaultCell) -> Self {
        Self {
            id: fault.id.as_str(),
            cell: CellV1::of(fault.cell),
        }
    }
}

impl CellV1 {
    fn of(cell: Cell) -> Self {
        Self {
            status: cell.outcome.as_str(),
            tests: TestsV1::of(cell.tests),
        }
    }
}
