//! The counts, and the findings that are kept to be shown.

use crate::domain::quality::findings::{
    Finding, FindingReport, FindingTally, KEPT_FINDINGS, Level,
};

const LEVELS: [Level; 4] = [Level::Error, Level::Warning, Level::Note, Level::None];

/// The findings of a file: all are counted, of each level the first are kept.
#[derive(Default)]
pub(super) struct Kept {
    tally: FindingTally,
    findings: [Vec<(u64, Finding)>; LEVELS.len()],
    seen: u64,
}

impl Kept {
    /// The place of the next finding in the file's order.
    pub(super) fn next_place(&mut self) -> u64 {
        self.seen += 1;
        self.seen
    }

    /// Counts `more` findings of a level.
    pub(super) fn count(&mut self, level: Level, more: u64) {
        let count = match level {
            Level::Error => &mut self.tally.error,
            Level::Warning => &mut self.tally.warning,
            Level::Note => &mut self.tally.note,
            Level::None => &mut self.tally.none,
        };
        *count = count.saturating_add(more);
    }

    /// Keeps a finding that has its place and its level, if it is among the first.
    pub(super) fn keep(&mut self, place: u64, finding: Finding) {
        let same_level = &mut self.findings[finding.level as usize];
        let index = same_level.partition_point(|(other, _)| *other < place);
        if index < KEPT_FINDINGS {
            same_level.insert(index, (place, finding));
            same_level.truncate(KEPT_FINDINGS);
        }
    }

    /// The gravest first, and within a level in the file's order.
    pub(super) fn into_report(self) -> FindingReport {
        let all = self.findings.into_iter().flatten();
        FindingReport {
            tally: self.tally,
            findings: all
                .map(|(_, finding)| finding)
                .take(KEPT_FINDINGS)
                .collect(),
        }
    }
}
