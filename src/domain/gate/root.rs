//! The root of the evidence behind a verdict: one digest that changes when any of it does.

use super::verdict::GateVerdict;
use crate::domain::ids::Sha256Digest;

/// SHA-256 over the evidence of some gates, in an order of its own: of each result that counts its
/// image digest and files, and what was added to each gate.
pub(in crate::domain) fn evidence_root<'v>(
    gates: impl IntoIterator<Item = &'v GateVerdict>,
) -> Sha256Digest {
    let mut lines: Vec<String> = gates.into_iter().flat_map(lines).collect();
    lines.sort();
    lines.dedup();
    Sha256Digest::of(lines.join("\n").as_bytes())
}

fn lines(gate: &GateVerdict) -> Vec<String> {
    let mut lines = Vec::new();
    for check in &gate.checks {
        let name = format!("{}/{}", gate.id, check.id);
        let image = check
            .fact
            .as_ref()
            .and_then(|fact| fact.report.image_digest.as_ref());
        lines.extend(image.map(|digest| format!("{name} image {digest}")));
        let files = check.evidence.iter();
        lines.extend(files.map(|it| format!("{name} {} {:?} {}", it.kind, it.name, it.sha256)));
    }
    let files = gate.evidence.iter();
    lines.extend(files.map(|it| format!("{} {} {:?} {}", gate.id, it.kind, it.name, it.sha256)));
    lines
}
