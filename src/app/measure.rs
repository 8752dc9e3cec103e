//! What a check's result files say, held to what the policy asks for.

use std::io::BufReader;
use std::sync::Arc;
use std::time::SystemTime;

use super::places::Places;
use crate::domain::check::{Check, CheckResult, EvidenceFile, FileKind};
use crate::domain::evidence::redaction::Redactor;
use crate::domain::ids::{CheckRef, ImageDigest};
use crate::domain::quality::coverage::{Coverage, CoverageReport, KEPT_UNCOVERED, UncoveredLines};
use crate::domain::quality::findings::{Finding, FindingTally, KEPT_FINDINGS};
use crate::domain::quality::journeys::{JourneyTallies, Journeys};
use crate::domain::quality::latency::Latency;
use crate::domain::quality::requirement::Measurements;
use crate::domain::quality::tests::{TestCase, TestReport};
use crate::domain::reason::{Location, Reason, ReasonCode};
use crate::domain::status::CheckStatus;
use crate::formats::junit::{FailedCases, Reading};
use crate::formats::{self, ReadError};
use crate::store::RunFolder;
use crate::worktree::files::FoundFile;
use crate::worktree::globs::anchored;
use crate::worktree::{Globs, WorkTree};

/// Where results are looked for and evidence is kept.
#[derive(Debug, Clone)]
pub struct Place {
    /// The project's files.
    pub tree: WorkTree,
    /// The run's folder.
    pub folder: RunFolder,
    /// What masks.
    pub redactor: Arc<Redactor>,
    /// What test cases are counted for.
    pub journeys: Arc<Journeys>,
}

/// Everything that the files of one attempt say.
#[derive(Debug, Default)]
pub struct Readings {
    measured: Measurements,
    cases: Vec<TestCase>,
    findings: Vec<Finding>,
    uncovered: Vec<UncoveredLines>,
    journeys: Option<JourneyTallies>,
    image_digest: Option<ImageDigest>,
    /// What could not be measured.
    errors: Vec<Reason>,
    /// What was measured, and is bad whatever the policy asks for.
    faults: Vec<Reason>,
    /// What is odd.
    pub warnings: Vec<String>,
    /// The files, as they were kept.
    pub evidence: Vec<EvidenceFile>,
    /// The cases that failed, so that a later attempt can call them flaky.
    pub failed: FailedCases,
}

/// Reads all result files of a check that are not older than `since`, and keeps them and the
/// declared evidence. Blocks the thread.
pub fn read(
    place: &Place,
    name: &CheckRef,
    check: &Check,
    since: Option<SystemTime>,
    failed_before: &FailedCases,
) -> Readings {
    let mut reader = Reader {
        place,
        name,
        since,
        files: Places::new(place.tree.root(), &check.working_directory),
        readings: Readings::default(),
    };
    let tests = reader.junit(&check.results.junit, failed_before);
    reader.take_tests(tests);
    reader.coverage(&check.results.coverage);
    reader.sarif(&check.results.sarif);
    reader.latency(&check.results.latency);
    reader.image_digest(&check.results.image_digest);
    for rule in &check.evidence {
        reader.keep_evidence(&rule.kind, &rule.glob);
    }
    reader.readings
}

impl Readings {
    /// Puts what was read into the result of the command. An error never turns into a pass, and
    /// what went wrong before the files could be written is not said again of each file.
    pub fn settle(self, check: &Check, result: &mut CheckResult) {
        let ran = result
            .reasons
            .iter()
            .all(|reason| reason.code == ReasonCode::CommandFailed);
        let mut errors = self.errors;
        errors.retain(|reason| ran || !is_absence(reason.code));
        let mut faults = self.faults;
        if errors.is_empty() && ran {
            faults.extend(check.require.shortfalls(&self.measured));
        }
        result.status = worst(result.status, &errors, &faults);
        result
            .reasons
            .splice(0..0, errors.into_iter().chain(faults));
        result.measured = self.measured;
        result.cases = self.cases;
        result.findings = self.findings;
        result.uncovered = self.uncovered;
        result.journeys = self.journeys;
        result.image_digest = result.image_digest.take().or(self.image_digest);
    }
}

fn is_absence(code: ReasonCode) -> bool {
    matches!(
        code,
        ReasonCode::ResultMissing | ReasonCode::ResultStale | ReasonCode::EvidenceMissing
    )
}

fn worst(status: CheckStatus, errors: &[Reason], faults: &[Reason]) -> CheckStatus {
    match status {
        CheckStatus::Passed | CheckStatus::Failed if !errors.is_empty() => CheckStatus::Errored,
        CheckStatus::Passed if !faults.is_empty() => CheckStatus::Failed,
        status => status,
    }
}

struct Reader<'a> {
    place: &'a Place,
    name: &'a CheckRef,
    since: Option<SystemTime>,
    files: Places,
    readings: Readings,
}

impl Reader<'_> {
    fn junit(&mut self, globs: &[String], failed_before: &FailedCases) -> Option<Reading> {
        let files = self.files(FileKind::Junit.as_str(), globs, ReasonCode::ResultMissing)?;
        if files.is_empty() {
            return None; // no tests were counted, which is not the same as none
        }
        let mut reading = Reading::after(failed_before).counting_for(&self.place.journeys);
        self.each(&files, FileKind::Junit, |path, input| {
            reading.read(path, input)
        });
        Some(reading)
    }

    fn take_tests(&mut self, reading: Option<Reading>) {
        let Some(reading) = reading else { return };
        self.readings.failed = reading.failed_cases();
        let TestReport {
            tally,
            cases,
            journeys,
            contradictions,
            warnings,
        } = reading.finish();
        self.readings.measured.tests = Some(tally);
        self.readings.journeys = journeys;
        for case in cases {
            let case = self.shown_case(case);
            self.readings.cases.push(case);
        }
        let warnings: Vec<_> = warnings.iter().map(|text| self.masked(text)).collect();
        self.readings.warnings.extend(warnings);
        let contradicts =
            |text: &String| Reason::new(ReasonCode::CountersContradict, self.masked(text));
        let faults: Vec<_> = contradictions.iter().map(contradicts).collect();
        self.readings.faults.extend(faults);
    }

    fn coverage(&mut self, globs: &[String]) {
        let kind = FileKind::Coverage;
        let found = self.files(kind.as_str(), globs, ReasonCode::ResultMissing);
        let mut reports = Vec::new();
        self.each(&found.unwrap_or_default(), kind, |path, input| {
            reports.push(formats::coverage::read(path, input)?);
            Ok(())
        });
        for report in reports {
            self.take_coverage(report);
        }
    }

    fn take_coverage(&mut self, report: CoverageReport) {
        let Readings {
            measured,
            uncovered,
            ..
        } = &mut self.readings;
        let so_far = measured.coverage;
        let plus = |so_far: Coverage| so_far.plus(report.coverage);
        measured.coverage = Some(so_far.map_or(report.coverage, plus));
        self.files.forget();
        uncovered.extend(report.uncovered.into_iter().map(|lines| UncoveredLines {
            file: self.files.find_covered(&lines.file, &report.sources),
            ..lines
        }));
        self.files.forget();
        uncovered.sort_by_key(|lines| std::cmp::Reverse(lines.lines));
        uncovered.truncate(KEPT_UNCOVERED);
    }

    fn sarif(&mut self, globs: &[String]) {
        let kind = FileKind::Sarif;
        let found = self.files(kind.as_str(), globs, ReasonCode::ResultMissing);
        let mut total: Option<FindingTally> = None;
        let mut findings = Vec::new();
        self.each(&found.unwrap_or_default(), kind, |path, input| {
            let report = formats::sarif::read(path, input)?;
            total = Some(total.unwrap_or_default().plus(report.tally));
            findings.extend(report.findings);
            findings.sort_by_key(|finding: &Finding| finding.level);
            findings.truncate(KEPT_FINDINGS);
            Ok(())
        });
        self.readings.measured.findings = total;
        for finding in findings {
            let finding = self.shown_finding(finding);
            self.readings.findings.push(finding);
        }
    }

    fn latency(&mut self, globs: &[String]) {
        let kind = FileKind::Latency;
        let found = self.files(kind.as_str(), globs, ReasonCode::ResultMissing);
        let mut slowest: Option<Latency> = None;
        self.each(&found.unwrap_or_default(), kind, |path, input| {
            let latency = formats::k6::read(path, input)?;
            // Of several summaries the slowest counts; a NaN is slower than everything.
            let faster = slowest.is_some_and(|slowest| latency.p95_ms <= slowest.p95_ms);
            if !faster {
                slowest = Some(latency);
            }
            Ok(())
        });
        self.readings.measured.latency = slowest;
    }

    fn image_digest(&mut self, globs: &[String]) {
        let kind = FileKind::ImageDigest;
        let found = self.files(kind.as_str(), globs, ReasonCode::ResultMissing);
        let mut digests = Vec::new();
        self.each(&found.unwrap_or_default(), kind, |_, input| {
            digests.push(formats::image_digest::read(input)?);
            Ok(())
        });
        digests.dedup();
        if let [one, other, ..] = digests.as_slice() {
            let message = format!("the files of image-digest disagree: {one} and {other}");
            self.error(ReasonCode::ResultUnreadable, message, None);
            return;
        }
        self.readings.image_digest = digests.pop();
    }

    fn keep_evidence(&mut self, kind: &str, glob: &str) {
        let globs = [glob.to_owned()];
        let found = self.files(kind, &globs, ReasonCode::EvidenceMissing);
        for file in found.unwrap_or_default() {
            self.keep(&file, kind);
        }
    }

    /// The files that globs choose; each glob must choose at least one, and none may be stale.
    fn files(
        &mut self,
        kind: &str,
        globs: &[String],
        absent: ReasonCode,
    ) -> Option<Vec<FoundFile>> {
        if globs.is_empty() {
            return None;
        }
        let anchored: Vec<String> = globs.iter().map(|glob| anchored(glob)).collect();
        let found = match Globs::new(&anchored) {
            Ok(globs) => self.place.tree.find(&globs),
            Err(error) => {
                self.error(absent, error.to_string(), None);
                return None;
            }
        };
        for refused in found.refused {
            let message = format!("{} {}", refused.path, refused.why);
            self.error(
                ReasonCode::ResultUnreadable,
                message,
                Some((&refused.path, None)),
            );
        }
        if found.files.is_empty() {
            let message = format!(
                "no file of {kind} is there: {} finds none",
                globs.join(", ")
            );
            self.error(absent, message, None);
        }
        for file in &found.files {
            if !self.is_stale(file) {
                continue;
            }
            let message = format!(
                "{} is older than the start of the check, so it is not its result; remove it first",
                file.path
            );
            self.error(ReasonCode::ResultStale, message, Some((&file.path, None)));
        }
        Some(found.files)
    }

    fn is_stale(&self, file: &FoundFile) -> bool {
        self.since.is_some_and(|since| file.modified < since)
    }

    /// Reads each file that is not stale, and keeps it as evidence whatever it holds.
    fn each(
        &mut self,
        files: &[FoundFile],
        kind: FileKind,
        mut read: impl FnMut(&str, BufReader<std::fs::File>) -> Result<(), ReadError>,
    ) {
        for file in files
            .iter()
            .filter(|file| !self.is_stale(file))
            .cloned()
            .collect::<Vec<_>>()
        {
            let opened = std::fs::File::open(&file.absolute).map_err(ReadError::from);
            let done =
                opened.and_then(|input| read(&file.path, BufReader::with_capacity(1 << 16, input)));
            if let Err(error) = done {
                let message =
                    self.masked(&format!("{} cannot be read as {kind}: {error}", file.path));
                let place = (file.path.as_str(), error.line());
                self.error(ReasonCode::ResultUnreadable, message, Some(place));
            }
            self.keep(&file, kind.as_str());
        }
    }

    fn keep(&mut self, file: &FoundFile, kind: &str) {
        let place = self.place;
        match place.folder.keep(
            &file.absolute,
            kind,
            &self.masked(&file.path),
            &self.name.to_string(),
            &place.redactor,
        ) {
            Ok(kept) => self.readings.evidence.push(kept),
            Err(error) => self.error(ReasonCode::EvidenceUnwritable, error.to_string(), None),
        }
    }

    fn error(&mut self, code: ReasonCode, message: String, place: Option<(&str, Option<u32>)>) {
        let reason = Reason::new(code, message);
        self.readings.errors.push(match place {
            Some((file, line)) => reason.at(file, line),
            None => reason,
        });
    }

    fn masked(&self, text: &str) -> String {
        self.place.redactor.mask(text).into_inner().into_owned()
    }

    /// The place in the project that a tool means.
    fn placed(&mut self, place: Option<Location>) -> Option<Location> {
        place.map(|place| Location {
            file: self.files.find(&place.file),
            ..place
        })
    }

    fn shown_finding(&mut self, finding: Finding) -> Finding {
        Finding {
            message: self.masked(&finding.message),
            location: self.placed(finding.location),
            ..finding
        }
    }

    fn shown_case(&mut self, case: TestCase) -> TestCase {
        TestCase {
            location: self.placed(case.location),
            suite: self.masked(&case.suite),
            class: self.masked(&case.class),
            name: self.masked(&case.name),
            message: self.masked(&case.message),
            ..case
        }
    }
}
