//! The way into an environment, for programs: `tollgate.why/v1`.

use serde_json::{Value, json};

use super::{WayView, sentence};
use crate::domain::delivery::way::{Approvable, Blocker, Step, Waive, Way};
use crate::domain::gate::GateKind;
use crate::domain::ids::CheckRef;
use crate::render::json::{ReasonV1, release};

/// The document. Fields may be added; none is ever renamed.
pub fn document(view: &WayView<'_>) -> Value {
    let way = view.way;
    json!({
        "schema": "tollgate.why/v1",
        "release": release(view.release, view.dirty),
        "environment": way.environment,
        "eligible": way.eligible,
        "blockers": way.blockers.iter().map(|it| blocker(it, way)).collect::<Vec<_>>(),
        "steps": way.steps.iter().map(step).collect::<Vec<_>>(),
        "alternatives": way.alternatives.iter().map(waive).collect::<Vec<_>>(),
        "dead_end": way.dead_end,
    })
}

fn blocker(blocker: &Blocker, way: &Way) -> Value {
    let reasons: Vec<_> = blocker.reasons.iter().map(ReasonV1::of).collect();
    match &blocker.gate {
        Some((id, kind, status)) => json!({
            "gate": id,
            "kind": match kind { GateKind::Stage => "stage", GateKind::Gate => "gate" },
            "status": status,
            "reasons": reasons,
        }),
        None => json!({ "environment": way.environment, "reasons": reasons }),
    }
}

/// A step: what it is, what to do, the command, and what the command is about.
fn step(step: &Step) -> Value {
    let (kind, about) = match step {
        Step::Run(run) => (
            "run",
            json!({
                "gates": run.gates, "environment": run.place,
                "mend": run.mend.iter().map(CheckRef::to_string).collect::<Vec<_>>(),
            }),
        ),
        Step::SignOff(it) => (
            "sign-off",
            json!({
                "gate": it.check.gate, "check": it.check.check, "environment": it.place,
                "instruction": it.instruction,
            }),
        ),
        Step::AddEvidence(it) => ("evidence", json!({ "type": it.kind, "gate": it.gate })),
        Step::Approve(it) => {
            let from: Vec<String> = it.rule.from.iter().map(ToString::to_string).collect();
            let mut about = json!({ "from": from, "by": it.by, "role": it.role });
            match &it.subject {
                Approvable::Gate(id) => about["gate"] = json!(id),
                Approvable::Environment(id) => about["environment"] = json!(id),
            }
            ("approve", about)
        }
        Step::Deploy(id) => ("deploy", json!({ "environment": id })),
        Step::Promote(id) => ("promote", json!({ "environment": id })),
    };
    let mut document = json!({
        "kind": kind,
        "text": sentence(step),
        "command": step.command(),
    });
    if let (Value::Object(document), Value::Object(about)) = (&mut document, about) {
        document.extend(about.into_iter().filter(|(_, value)| !value.is_null()));
    }
    document
}

fn waive(waive: &Waive) -> Value {
    let from: Vec<String> = waive.from.iter().map(ToString::to_string).collect();
    json!({
        "kind": "waive",
        "gate": waive.gate,
        "check": waive.check,
        "from": from,
        "longest_seconds": waive.longest.map(|longest| longest.as_secs()),
        "command": waive.command(),
    })
}
