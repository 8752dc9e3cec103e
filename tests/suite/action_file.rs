//! `action.yml`: what users write under `with:` and read from `steps.ID.outputs`.

use crate::runner::Action;

/// The inputs with their defaults, as docs and workflows have them.
const INPUTS: [(&str, &str); 18] = [
    ("command", "run"),
    ("gate", ""),
    ("check", ""),
    ("outcome", ""),
    ("environment", ""),
    ("junit", ""),
    ("coverage", ""),
    ("sarif", ""),
    ("policy", ""),
    ("version", ""),
    ("ledger", ""),
    ("token", "${{ github.token }}"),
    ("working-directory", ""),
    ("checks", "final"),
    ("annotations", "50"),
    ("artifact", "on"),
    ("retention-days", ""),
    ("args", ""),
];

const OUTPUTS: [&str; 9] = [
    "status",
    "eligible",
    "release-id",
    "failed-gate",
    "report",
    "manifest-sha256",
    "artifact-id",
    "tests",
    "tests-failed",
];

fn sorted<T: Ord, const N: usize>(mut list: [T; N]) -> [T; N] {
    list.sort();
    list
}

#[test]
fn inputs_outputs_and_defaults_are_the_ones_promised() {
    let action = Action::of_this_repository();
    let inputs = action.inputs.iter();
    let inputs: Vec<_> = inputs
        .map(|(name, default)| (name.as_str(), default.as_str()))
        .collect();
    assert_eq!(inputs, sorted(INPUTS));
    assert_eq!(action.outputs, sorted(OUTPUTS));
}

#[test]
fn a_step_cannot_put_another_program_in_the_place_of_ours() {
    let action = Action::of_this_repository();
    assert_eq!(action.entry_point, "/tollgate");
    assert_eq!(action.arguments, ["action"]);
}
