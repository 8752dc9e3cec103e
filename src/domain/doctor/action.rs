//! What the action takes, as its `action.yml` says it.

/// Its inputs.
pub const INPUTS: [&str; 18] = [
    "command",
    "gate",
    "check",
    "outcome",
    "environment",
    "junit",
    "coverage",
    "sarif",
    "policy",
    "version",
    "ledger",
    "token",
    "working-directory",
    "checks",
    "annotations",
    "artifact",
    "retention-days",
    "args",
];

/// The commands that its input `command` may name.
pub const COMMANDS: [&str; 6] = ["run", "record", "publish", "install", "promote", "validate"];
