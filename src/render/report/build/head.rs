//! Which release it is, and how it stands.

use super::{Desk, badges};
use crate::domain::gate::verdict::GateVerdict;
use crate::domain::ids::CheckRef;
use crate::domain::record::event::EventType;
use crate::domain::status::GateStatus;
use crate::render::report::Sources;
use crate::render::report::model::{Head, Image};
use crate::render::totals::Totals;
use crate::render::words;

pub(super) fn head(desk: &Desk<'_>) -> Head {
    let Sources {
        policy,
        links,
        verdict,
        release,
        now,
        ..
    } = *desk.sources;
    let pen = desk.pen;
    let created = links.iter().map(|link| &link.event);
    let created = created.filter(|event| event.event_type == EventType::ReleaseCreated);
    Head {
        project: pen.name(&policy.project),
        repository: pen.name(release.repository.as_str()),
        version: release.version.as_deref().map(|version| pen.name(version)),
        commit: release.sha.to_string(),
        id: release.id().to_string(),
        images: images(desk),
        badge: badges::gate_status(verdict.status),
        outcome: pen.line(&outcome(&verdict.gates)),
        totals: Totals::of_gates(&verdict.gates).to_string(),
        created: created.map(|event| event.occurred_at).min(),
        as_of: now,
        events: links.len(),
        chain: links.last().map(|link| link.hash),
    }
}

/// Every image that a result which counts tells of, each once.
fn images(desk: &Desk<'_>) -> Vec<Image> {
    let mut images: Vec<Image> = Vec::new();
    for (gate, verdict) in desk.gates() {
        for check in &verdict.checks {
            let report = check.fact.as_ref().map(|fact| &fact.report);
            let Some(digest) = report.and_then(|report| report.image_digest.as_ref()) else {
                continue;
            };
            let digest = digest.to_string();
            if !images.iter().any(|known| known.digest == digest) {
                let check = CheckRef::new(gate.id.clone(), check.id.clone());
                let check = desk.pen.name(&check.to_string());
                images.push(Image { digest, check });
            }
        }
    }
    images
}

/// `7 of 9 stages and gates let it through: test is failed; build is blocked.`
fn outcome(gates: &[GateVerdict]) -> String {
    if gates.is_empty() {
        return "The policy has no stage and no gate.".to_owned();
    }
    let open = gates
        .iter()
        .filter(|gate| gate.status.lets_through())
        .count();
    let all = words::count(
        gates.len() as u64,
        "stage or gate lets",
        "stages and gates let",
    );
    let counted = match open == gates.len() {
        true if open == 1 => "The one stage or gate lets it through".to_owned(),
        true => format!("All {all} it through"),
        false => format!("{open} of {all} it through"),
    };
    let others = [
        GateStatus::Failed,
        GateStatus::Running,
        GateStatus::Pending,
        GateStatus::Blocked,
        GateStatus::Waived,
    ];
    let named: Vec<String> = others
        .into_iter()
        .filter_map(|status| named(gates, status))
        .collect();
    match named.is_empty() {
        true => format!("{counted}."),
        false => format!("{counted}: {}.", named.join("; ")),
    }
}

/// `G1 and G2 are waived`.
fn named(gates: &[GateVerdict], status: GateStatus) -> Option<String> {
    let such = gates.iter().filter(|gate| gate.status == status);
    let ids: Vec<&str> = such.map(|gate| gate.id.as_str()).collect();
    let (last, others) = ids.split_last()?;
    Some(match others {
        [] => format!("{last} is {status}"),
        others => format!("{} and {last} are {status}", others.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::script;

    #[test]
    fn the_outcome_is_a_sentence() {
        let failing = script::heard(&script::failing()).end.unwrap();
        let passing = script::heard(&script::passing()).end.unwrap();
        let waived = script::release::delivered().verdict();
        for (gates, expected) in [
            (
                &failing.verdict.gates[..],
                "1 of 4 stages and gates let it through: test is failed; build and push are blocked.",
            ),
            (
                &passing.verdict.gates,
                "All 4 stages and gates let it through.",
            ),
            (
                &passing.verdict.gates[..1],
                "The one stage or gate lets it through.",
            ),
            (
                &waived.gates,
                "All 9 stages and gates let it through: G1 is waived.",
            ),
            (&[], "The policy has no stage and no gate."),
        ] {
            assert_eq!(outcome(gates), expected);
        }
    }
}
