//! Statuses as badges: a sign, a word, a colour.

use crate::domain::delivery::promotion::EnvironmentVerdict;
use crate::domain::delivery::standing::Standing;
use crate::domain::gate::verdict::{CheckVerdict, GateVerdict};
use crate::domain::gate::waiver::WaiverState;
use crate::domain::quality::journeys::{Cell, CellOutcome};
use crate::domain::quality::tests::CaseOutcome;
use crate::domain::record::payload::{Decision, DeploymentStatus, SignoffResult};
use crate::domain::status::{CheckStatus, GateStatus};
use crate::render::report::model::{Badge, Tone};
use crate::render::{environments, journeys, words};

fn badge(tone: Tone, sign: &'static str, word: impl Into<String>) -> Badge {
    Badge {
        tone,
        sign,
        word: word.into(),
    }
}

pub(in crate::render) fn gate_status(status: GateStatus) -> Badge {
    let tone = match status {
        GateStatus::Passed => Tone::Good,
        GateStatus::Failed => Tone::Bad,
        GateStatus::Waived => Tone::Waived,
        GateStatus::Running => Tone::Running,
        GateStatus::Blocked | GateStatus::Pending => Tone::Idle,
    };
    badge(tone, words::gate_sign(status), status.as_str())
}

pub(super) fn check_status(status: CheckStatus) -> Badge {
    let tone = match status {
        CheckStatus::Passed => Tone::Good,
        CheckStatus::Failed | CheckStatus::Errored => Tone::Bad,
        CheckStatus::Skipped => Tone::Tolerated,
        CheckStatus::Pending => Tone::Idle,
    };
    badge(tone, words::check_sign(status), status.as_str())
}

/// `failed, waived` in the colour of what lets it be.
pub(super) fn check(gate: &GateVerdict, check: &CheckVerdict) -> Badge {
    let plain = check_status(check.status);
    let excuse = words::excuse(gate, check);
    let tone = match excuse {
        "" if plain.tone == Tone::Tolerated => Tone::Bad, // a skip that nothing lets be
        "" => plain.tone,
        ", waived" => Tone::Waived,
        _ => Tone::Tolerated,
    };
    Badge {
        tone,
        word: format!("{}{excuse}", plain.word),
        ..plain
    }
}

pub(super) fn environment(verdict: &EnvironmentVerdict) -> Badge {
    let likeness = gate_status(environments::likeness(verdict));
    Badge {
        word: environments::word(verdict).to_owned(),
        ..likeness
    }
}

/// How a release stands before an environment.
pub(in crate::render) fn standing(standing: Standing) -> Badge {
    let (tone, sign) = match standing {
        Standing::Eligible => (Tone::Good, "✓"),
        Standing::Blocked => (Tone::Bad, "✗"),
        Standing::Waiting => (Tone::Running, "○"),
    };
    badge(tone, sign, standing.as_str())
}

pub(super) fn case(outcome: CaseOutcome) -> Badge {
    let (tone, word) = match outcome {
        CaseOutcome::Failed => (Tone::Bad, "failed"),
        CaseOutcome::Error => (Tone::Bad, "error"),
        CaseOutcome::Skipped => (Tone::Idle, "skipped"),
        CaseOutcome::Flaky => (Tone::Tolerated, "flaky"),
    };
    badge(tone, words::case_sign(outcome), word)
}

/// How the tests of a journey, or of a fault of it, went.
pub(super) fn journey(cell: &Cell) -> Badge {
    let tone = match cell.outcome {
        CellOutcome::Passed => Tone::Good,
        CellOutcome::Failed => Tone::Bad,
        CellOutcome::Skipped => Tone::Tolerated,
        CellOutcome::Missing => Tone::Idle,
    };
    let (sign, told) = (journeys::sign(cell.outcome), journeys::cell(Some(cell)));
    badge(tone, sign, told.trim_start_matches(sign).trim())
}

pub(super) fn waiver(state: WaiverState) -> Badge {
    let (tone, sign) = match state {
        WaiverState::Active => (Tone::Waived, "~"),
        WaiverState::Requested => (Tone::Running, "?"),
        WaiverState::Expired | WaiverState::Revoked | WaiverState::Void => (Tone::Idle, "–"),
    };
    badge(tone, sign, state.as_str())
}

/// A decision; one that does not count is idle, and says so.
pub(super) fn decision(decision: Decision, counts: bool) -> Badge {
    match (decision, counts) {
        (Decision::Rejected, _) => badge(Tone::Bad, "✗", decision.as_str()),
        (Decision::Approved, true) => badge(Tone::Good, "✓", decision.as_str()),
        (Decision::Approved, false) => {
            badge(Tone::Idle, "–", format!("{decision}, does not count"))
        }
    }
}

pub(super) fn signoff(result: SignoffResult, counts: bool) -> Badge {
    match (result, counts) {
        (_, false) => badge(Tone::Idle, "–", format!("{result}, does not count")),
        (SignoffResult::Passed, true) => badge(Tone::Good, "✓", result.as_str()),
        (SignoffResult::Failed, true) => badge(Tone::Bad, "✗", result.as_str()),
    }
}

pub(super) fn deployment(status: Option<DeploymentStatus>) -> Badge {
    match status {
        Some(status @ DeploymentStatus::Passed) => badge(Tone::Good, "✓", status.as_str()),
        Some(status @ DeploymentStatus::Failed) => badge(Tone::Bad, "✗", status.as_str()),
        None => badge(Tone::Running, "▸", "started"),
    }
}

/// Whether the release was deployed somewhere.
pub(super) fn deployed(status: Option<DeploymentStatus>) -> Badge {
    match status {
        Some(DeploymentStatus::Passed) => badge(Tone::Good, "✓", "deployed"),
        Some(DeploymentStatus::Failed) => badge(Tone::Bad, "✗", "deployment failed"),
        None => badge(Tone::Idle, "○", "not deployed"),
    }
}

/// Whether something that is asked for is there.
pub(super) fn there(is_there: bool) -> Badge {
    match is_there {
        true => badge(Tone::Good, "✓", "there"),
        false => badge(Tone::Idle, "○", "missing"),
    }
}

/// An incident, as long as nobody closed it or after.
pub(in crate::render) fn incident(is_open: bool) -> Badge {
    match is_open {
        true => badge(Tone::Bad, "!", "open"),
        false => badge(Tone::Good, "✓", "closed"),
    }
}

/// Something that ended, in the words of whoever told of it.
pub(in crate::render) fn ended(status: &str) -> Badge {
    match status {
        "passed" => badge(Tone::Good, "✓", status),
        "failed" => badge(Tone::Bad, "✗", status),
        "" => badge(Tone::Idle, "·", "not told"),
        other => badge(Tone::Idle, "·", other),
    }
}

/// Something that just happened.
pub(in crate::render) fn happened() -> Badge {
    badge(Tone::Idle, "·", "")
}
