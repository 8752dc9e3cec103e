//! Signs, durations and counts as people read them. A sign never stands without its word.

use std::time::Duration;

use crate::domain::gate::verdict::{CheckVerdict, GateVerdict};
use crate::domain::gate::waiver::WaiverVerdict;
use crate::domain::quality::tests::CaseOutcome;
use crate::domain::reason::Reason;
use crate::domain::status::{CheckStatus, GateStatus};

use super::clean;

/// The sign of a check's status.
pub(super) fn check_sign(status: CheckStatus) -> &'static str {
    match status {
        CheckStatus::Passed => "✓",
        CheckStatus::Failed => "✗",
        CheckStatus::Errored => "!",
        CheckStatus::Skipped => "–",
        CheckStatus::Pending => "○",
    }
}

/// The sign of a gate's status.
pub(super) fn gate_sign(status: GateStatus) -> &'static str {
    match status {
        GateStatus::Passed => "✓",
        GateStatus::Failed => "✗",
        GateStatus::Waived => "~",
        GateStatus::Blocked => "⏸",
        GateStatus::Running => "▸",
        GateStatus::Pending => "○",
    }
}

/// The sign of a test case's outcome.
pub(super) fn case_sign(outcome: CaseOutcome) -> &'static str {
    match outcome {
        CaseOutcome::Failed => "✗",
        CaseOutcome::Error => "!",
        CaseOutcome::Skipped => "–",
        CaseOutcome::Flaky => "≈",
    }
}

/// What lets a check be that did not pass: `, waived` where a waiver is heard for it or for its
/// gate, `, tolerated` in another gate that is open.
pub(super) fn excuse(gate: &GateVerdict, check: &CheckVerdict) -> &'static str {
    let is_of_gate = |waiver: &WaiverVerdict| waiver.check.is_none();
    match check.status {
        CheckStatus::Passed => "",
        _ if check.waiver.is_some() || gate.waiver.as_ref().is_some_and(is_of_gate) => ", waived",
        _ if gate.status.lets_through() => ", tolerated",
        _ => "",
    }
}

/// `✗ failed, waived`: a check's status with its sign and what lets it be.
pub(super) fn check_standing(gate: &GateVerdict, check: &CheckVerdict) -> String {
    let (sign, status) = (check_sign(check.status), check.status);
    format!("{sign} {status}{}", excuse(gate, check))
}

/// `812 ms`, `12.3 s`, `2 min 05 s`, `1 h 02 min`; rounded down.
pub(super) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{} ms", duration.as_millis()),
        1..=59 => format!("{seconds}.{} s", duration.subsec_millis() / 100),
        60..=3599 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// `1 test`, `2 tests`, `1,234 tests`.
pub(super) fn count(number: u64, one: &str, many: &str) -> String {
    let word = if number == 1 { one } else { many };
    format!("{} {word}", grouped(number))
}

/// `1234567` → `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `813 B`, `1.2 KiB`, `34.5 MiB`.
pub(super) fn size(bytes: u64) -> String {
    let tenths = |unit: u64| {
        let tenths = u128::from(bytes) * 10 / u128::from(unit);
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{} KiB", tenths(1024)),
        _ => format!("{} MiB", tenths(1_048_576)),
    }
}

/// A reason on one line, clean: its message, its place where the message does not name it, its
/// code.
pub(super) fn reason(reason: &Reason) -> String {
    let message = clean::line(&reason.message);
    let place = reason
        .location
        .as_ref()
        .map(|place| clean::line(&place.to_string()));
    let place = match place {
        Some(place) if !message.contains(&place) => format!(" at {place}"),
        _ => String::new(),
    };
    format!("{message}{place} ({})", reason.code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::reason::ReasonCode;

    #[test]
    fn durations() {
        let read = |ms| duration(Duration::from_millis(ms));
        assert_eq!(read(0), "0 ms");
        assert_eq!(read(999), "999 ms");
        assert_eq!(read(12_390), "12.3 s");
        assert_eq!(read(125_000), "2 min 05 s");
        assert_eq!(read(3_720_000), "1 h 02 min");
    }

    #[test]
    fn numbers() {
        assert_eq!(count(1, "test", "tests"), "1 test");
        assert_eq!(count(1_234_567, "test", "tests"), "1,234,567 tests");
        assert_eq!(
            (size(813), size(1229), size(36_175_872)),
            (
                "813 B".to_owned(),
                "1.2 KiB".to_owned(),
                "34.5 MiB".to_owned()
            )
        );
    }

    #[test]
    fn a_reason_names_its_place_once() {
        let drift = |message: &str| {
            reason(&Reason::new(ReasonCode::VersionDrift, message).at("Dockerfile", Some(1)))
        };
        assert_eq!(
            drift("python is 3.11"),
            "python is 3.11 at Dockerfile:1 (version_drift)"
        );
        assert_eq!(
            drift("Dockerfile:1 pins 3.11"),
            "Dockerfile:1 pins 3.11 (version_drift)"
        );
    }
}
