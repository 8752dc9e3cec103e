//! The verdict on journeys: tallies of several checks + what is asked → outcome, reasons, table.

use super::{
    CaseName, Cell, CellOutcome, CellTally, Fault, Journey, JourneyRow, JourneyTable,
    JourneyTallies, Journeys, TestPattern,
};
use crate::domain::ids::CheckRef;
use crate::domain::quality::tests::{CaseOutcome, TestCase};
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::status::CheckStatus;

/// How many failing tests of a journey are named.
const NAMED: usize = 3;

/// What is asked of the journeys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Demand {
    /// Whether every journey must have passed.
    pub all: bool,
    /// How many faults of each journey must have passed.
    pub faults: u64,
}

/// What is known of one check whose tests are judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Which.
    pub check: CheckRef,
    /// What its results say that count together, such as those of several jobs.
    pub tallies: Vec<JourneyTallies>,
    /// Its failing tests, as far as they are known by name.
    pub cases: Vec<TestCase>,
    /// What is not known of it, and what to do, one sentence each.
    pub gaps: Vec<String>,
}

/// The verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Passed, failed, or errored where something is not known.
    pub status: CheckStatus,
    /// Why it is not passed; where it is, what is odd.
    pub reasons: Vec<Reason>,
    /// How everything went.
    pub table: JourneyTable,
}

/// Judges journeys. What is not known outweighs what is bad, and nothing passes beside it.
pub fn judge(journeys: &Journeys, demand: Demand, sources: &[Source]) -> Judgement {
    let counted = merged(journeys, sources);
    let table = JourneyTable::of(journeys, counted.as_ref());
    let gaps = gaps(journeys, demand, sources);
    let inquiry = Inquiry {
        demand,
        sources,
        counted: counted.as_ref(),
    };
    let mut bad = Vec::new();
    let mut odd = Vec::new();
    for (journey, row) in journeys.all().iter().zip(&table.rows) {
        inquiry.journey(journey, row, &mut bad);
        inquiry.faults(journey, row, &mut bad, &mut odd);
        odd.extend(inquiry.unmatched(journey, row));
    }
    let (status, reasons) = match (gaps.is_empty(), bad.is_empty()) {
        (true, true) => (CheckStatus::Passed, odd),
        (true, false) => (CheckStatus::Failed, joined(bad, odd)),
        (false, _) => {
            bad.retain(|reason| is_measured(reason.code)); // what has no test may have one
            (CheckStatus::Errored, joined(gaps, bad))
        }
    };
    Judgement {
        status,
        reasons,
        table,
    }
}

/// The tallies of these journeys, added up; the order makes no difference.
fn merged(journeys: &Journeys, sources: &[Source]) -> Option<JourneyTallies> {
    let all = sources.iter().flat_map(|source| &source.tallies);
    let ours = all.filter(|tallies| tallies.definitions == journeys.digest());
    ours.fold(None, |sum, tallies| match sum {
        None => Some(tallies.clone()),
        Some(sum) => Some(JourneyTallies::plus(sum, tallies)),
    })
}

/// Why not everything is known that is asked for.
fn gaps(journeys: &Journeys, demand: Demand, sources: &[Source]) -> Vec<Reason> {
    let gap = |message: String| Reason::new(ReasonCode::JourneysUnmeasured, message);
    let mut gaps = Vec::new();
    if journeys.is_empty() || sources.is_empty() || demand == Demand::default() {
        gaps.push(gap("nothing is asked of any journey".to_owned()));
    }
    for Source {
        check,
        tallies,
        gaps: told,
        ..
    } in sources
    {
        gaps.extend(told.iter().cloned().map(gap));
        if told.is_empty() && tallies.is_empty() {
            gaps.push(gap(format!("`{check}` told nothing of its tests")));
        }
        if tallies.iter().any(|it| it.definitions != journeys.digest()) {
            gaps.push(gap(format!(
                "`{check}` counted its tests for other journeys than the policy has now: their \
                 patterns were changed since. Run or record `{check}` again"
            )));
        }
    }
    gaps
}

fn joined(mut first: Vec<Reason>, second: Vec<Reason>) -> Vec<Reason> {
    first.extend(second);
    first
}

/// Whether a reason holds whatever else there is to know.
fn is_measured(code: ReasonCode) -> bool {
    matches!(code, ReasonCode::JourneyFailed | ReasonCode::JourneySkipped)
}

/// What the reasons are made from.
struct Inquiry<'a> {
    demand: Demand,
    sources: &'a [Source],
    counted: Option<&'a JourneyTallies>,
}

impl Inquiry<'_> {
    fn journey(&self, journey: &Journey, row: &JourneyRow, bad: &mut Vec<Reason>) {
        if !self.demand.all || row.own.is_passed() {
            return;
        }
        let id = &journey.id;
        let (code, message) = match row.own.outcome {
            CellOutcome::Missing => (
                ReasonCode::JourneyUntested,
                format!(
                    "the journey {id} was never tested: no test of {} fits {}; write one, or mend the \
                     patterns",
                    self.judged(),
                    quoted(&journey.tests)
                ),
            ),
            CellOutcome::Skipped => (
                ReasonCode::JourneySkipped,
                format!("the journey {id} did not pass: {}", numbers(&row.own)),
            ),
            CellOutcome::Failed | CellOutcome::Passed => (
                ReasonCode::JourneyFailed,
                format!(
                    "the journey {id} failed: {}{}",
                    numbers(&row.own),
                    self.failing(&journey.tests)
                ),
            ),
        };
        bad.push(Reason::new(code, message));
    }

    /// One reason a journey of which too few faults passed; faults that are bad beyond that are odd.
    fn faults(
        &self,
        journey: &Journey,
        row: &JourneyRow,
        bad: &mut Vec<Reason>,
        odd: &mut Vec<Reason>,
    ) {
        let pairs = || journey.faults.iter().zip(&row.faults);
        let is_bad =
            |cell: &Cell| matches!(cell.outcome, CellOutcome::Failed | CellOutcome::Skipped);
        if !self.is_short(row) {
            let broken = pairs().filter(|(_, it)| is_bad(&it.cell));
            odd.extend(broken.map(|(fault, it)| {
                let told = self.fault(fault, &it.cell);
                let message = format!("a fault of the journey {} did not pass: {told}", journey.id);
                Reason::new(ReasonCode::FaultFailed, message)
            }));
            return;
        }
        let code = match row.faults.iter().any(|it| is_bad(&it.cell)) {
            true => ReasonCode::FaultFailed,
            false => ReasonCode::FaultUntested,
        };
        let others = pairs().filter(|(_, it)| !it.cell.is_passed());
        let others: Vec<_> = others
            .map(|(fault, it)| self.fault(fault, &it.cell))
            .collect();
        let message = format!(
            "{} of the faults of the journey {} passed, at least {} must: {}",
            row.passed_faults(),
            journey.id,
            self.demand.faults,
            others.join("; ")
        );
        bad.push(Reason::new(code, message));
    }

    fn fault(&self, fault: &Fault, cell: &Cell) -> String {
        let id = &fault.id;
        match cell.outcome {
            CellOutcome::Missing => {
                format!(
                    "{id} was never tested (no test fits {})",
                    quoted(&fault.tests)
                )
            }
            _ => format!("{id}: {}{}", numbers(cell), self.failing(&fault.tests)),
        }
    }

    fn is_short(&self, row: &JourneyRow) -> bool {
        row.passed_faults() < self.demand.faults
    }

    /// The patterns that find no test and that no other reason names.
    fn unmatched(&self, journey: &Journey, row: &JourneyRow) -> Vec<Reason> {
        let Some(tally) = self.counted.and_then(|it| it.tallies.get(&journey.id)) else {
            return Vec::new();
        };
        let mut reasons = Vec::new();
        let mut tell = |cell: &CellTally, is_told: bool, what: &str| {
            let unmatched = cell.unmatched.iter();
            let unmatched = unmatched.filter(|_| cell.tests.total > 0 || !is_told);
            reasons.extend(unmatched.map(|pattern| {
                let message = format!("no test fits `{pattern}` of {what}");
                Reason::new(ReasonCode::PatternUnmatched, message)
            }));
        };
        let name = format!("the journey {}", journey.id);
        tell(&tally.own, self.demand.all, &name);
        for (id, cell) in &tally.faults {
            tell(
                cell,
                self.is_short(row),
                &format!("the fault {id} of {name}"),
            );
        }
        reasons
    }

    /// `: test_order › test_pay (G1/e2e)`; nothing where no failing test is known by name.
    fn failing(&self, patterns: &[TestPattern]) -> String {
        let fits = |case: &TestCase| {
            let name = CaseName::new(&case.suite, &case.class, &case.name);
            let failed = matches!(case.outcome, CaseOutcome::Failed | CaseOutcome::Error);
            failed && patterns.iter().any(|pattern| pattern.fits(&name))
        };
        let mut names: Vec<String> = Vec::new();
        for Source { check, cases, .. } in self.sources {
            let failing = cases.iter().filter(|case| fits(case));
            names.extend(failing.map(|case| format!("{} ({check})", case.title())));
        }
        names.sort();
        let more = names.len().saturating_sub(NAMED);
        names.truncate(NAMED);
        if more > 0 {
            names.push(format!("{more} more"));
        }
        match names.is_empty() {
            true => String::new(),
            false => format!(": {}", names.join(", ")),
        }
    }

    fn judged(&self) -> String {
        let names = self.sources.iter().map(|source| source.check.to_string());
        names.collect::<Vec<_>>().join(", ")
    }
}

/// `1 of 3 tests failed`, `1 of 3 tests failed and 1 was skipped`.
fn numbers(cell: &Cell) -> String {
    let tests = cell.tests;
    let total = match tests.total {
        1 => "1 test".to_owned(),
        total => format!("{total} tests"),
    };
    let were = if tests.skipped == 1 { "was" } else { "were" };
    match (tests.not_passed(), tests.skipped) {
        (0, skipped) => format!("{skipped} of {total} {were} skipped, which is no pass"),
        (failed, 0) => format!("{failed} of {total} failed"),
        (failed, skipped) => format!("{failed} of {total} failed and {skipped} {were} skipped"),
    }
}

fn quoted(patterns: &[TestPattern]) -> String {
    let quoted = patterns.iter().map(|it| format!("`{}`", it.as_str()));
    quoted.collect::<Vec<_>>().join(" or ")
}
