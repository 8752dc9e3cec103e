//! No text makes the reader of workflows panic, and no workflow makes the audit of it panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tollgate::domain::doctor::{Audit, examine};
use tollgate::domain::policy::Policy;
use tollgate::formats::workflow::read;

const POLICY: &str = "{version: 1, project: p, pipeline: {lint: {checks: {a: {run: x}}}, test: {checks: {a: {run: x}}}}}";

fn policy() -> Policy {
    let source = tollgate::policy::Source {
        path: "p".to_owned(),
        text: POLICY.to_owned(),
    };
    tollgate::policy::load(&source, tollgate::policy::Expansion::Keep).expect("a good policy")
}

fuzz_target!(|text: &str| {
    if let Ok(workflow) = read("w.yml", text) {
        let mut audit = Audit::new(policy());
        audit.workflows.push(workflow);
        examine(&audit);
    }
});
