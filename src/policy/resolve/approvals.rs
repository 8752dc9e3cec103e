//! Who must approve, and who may grant waivers: lists that somebody can fulfil.

use super::{Top, lists};
use crate::domain::delivery::environment::{ApprovalRule, Approver, SelfApproval};
use crate::domain::gate::waiver::WaiverRule;
use crate::policy::diagnostics::Reports;
use crate::policy::node::Node;
use crate::policy::raw::{ApproverName, OneOrMany, RawApprovals, RawWaivers};

/// The rule under `approvals`, which is `node`. One that nobody can fulfil is reported.
pub(super) fn rule(raw: &RawApprovals, node: &Node, reports: &mut Reports<'_>) -> ApprovalRule {
    let from = approvers(&raw.from, node, reports);
    let minimum = raw.minimum.unwrap_or(1);
    let are_people = from.iter().all(|entry| matches!(entry, Approver::User(_)));
    if are_people && (from.len() as u64) < u64::from(minimum) {
        let message = format!(
            "{minimum} people must approve, but `from` names {}",
            from.len()
        );
        let hint = "name more people, a team or a role, or lower `minimum`";
        reports.add(node.key_span("minimum"), message, hint);
    }
    ApprovalRule {
        minimum,
        from,
        self_approval: match raw.prevent_self_approval {
            Some(true) => SelfApproval::Refused,
            _ => SelfApproval::Allowed,
        },
        max_age: raw.max_age.and_then(|most| most.0),
    }
}

fn approvers(
    raw: &OneOrMany<ApproverName>,
    node: &Node,
    reports: &mut Reports<'_>,
) -> Vec<Approver> {
    if let Some(list) = node.get("from") {
        lists::refuse_repeated(list, str::to_lowercase, reports);
    }
    raw.0.iter().filter_map(|it| it.0.parse().ok()).collect()
}

impl Top<'_, '_> {
    /// The rule under `waivers`.
    pub(super) fn waivers(&mut self, raw: &RawWaivers, root: &Node) -> WaiverRule {
        let node = root.get("waivers").unwrap_or(root);
        WaiverRule {
            longest: raw.longest.and_then(|most| most.0),
            from: approvers(&raw.from, node, self.reports),
        }
    }
}
