//! Plan → `.github/workflows/tollgate.yml`: one job a stage. Tools and commands run as ordinary
//! steps without any token; the last step holds the token and executes nothing of the project.

use std::fmt::Write as _;
use std::str::FromStr;

use super::plan::{Plan, Setup, Stage};
use super::policy::quoted;

/// Actions that the workflow uses, pinned: name, commit, version.
const PINS: [(&str, &str, &str); 5] = [
    (
        "actions/checkout",
        "3d3c42e5aac5ba805825da76410c181273ba90b1",
        "v7.0.1",
    ),
    (
        "actions/setup-python",
        "5fda3b95a4ea91299a34e894583c3862153e4b97",
        "v7.0.0",
    ),
    (
        "actions/setup-node",
        "820762786026740c76f36085b0efc47a31fe5020",
        "v7.0.0",
    ),
    (
        "actions/setup-go",
        "b7ad1dad31e06c5925ef5d2fc7ad053ef454303e",
        "v7.0.0",
    ),
    (
        "actions/setup-java",
        "03ad4de0992f5dab5e18fcb136590ce7c4a0ac95",
        "v5.6.0",
    ),
];

const HEAD: &str = "\
# One job a stage of .github/tollgate.yml. Commands of the project run without any token;
# the step that reports to GitHub executes nothing of the project.
name: tollgate

on:
  push:
    branches: [\"**\"]
  pull_request:
  merge_group:

permissions: {}

concurrency:
  group: tollgate-${{ github.event_name == 'pull_request' && github.ref || github.run_id }}
  cancel-in-progress: ${{ github.event_name == 'pull_request' }}

jobs:
";

/// Tollgate's own action, as a workflow names it: `OWNER/tollgate@SHA # VERSION`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionReference(String);

impl Default for ActionReference {
    /// A place to fill in: no binary knows the commit of its own release, since that commit holds
    /// the digest of the image with the binary.
    fn default() -> Self {
        let place = concat!(
            "OWNER/tollgate@0000000000000000000000000000000000000000 # v",
            env!("CARGO_PKG_VERSION")
        );
        Self(place.to_owned())
    }
}

impl ActionReference {
    /// Whether it is a place that has to be filled in.
    pub fn is_placeholder(&self) -> bool {
        self.0.starts_with("OWNER/")
    }
}

impl FromStr for ActionReference {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (action, comment) = match text.split_once(" # ") {
            Some((action, comment)) => (action, Some(comment)),
            None => (text, None),
        };
        let is_comment = |text: &str| is_made_of(text, "-_./ ");
        let is_good = match action.split_once('@') {
            Some((path, reference)) => {
                path.contains('/')
                    && path.split('/').all(is_segment)
                    && reference.split('/').all(is_segment)
            }
            None => false,
        };
        match is_good && comment.is_none_or(is_comment) {
            true => Ok(Self(text.to_owned())),
            false => Err(format!(
                "{text:?} is no action; write OWNER/NAME@SHA, and ` # VERSION` after it if you like"
            )),
        }
    }
}

fn is_segment(text: &str) -> bool {
    is_made_of(text, "-_.") && text != "." && text != ".."
}

fn is_made_of(text: &str, others: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || others.contains(c);
    !text.is_empty() && text.chars().all(plain)
}

/// The text of the workflow.
pub(super) fn text(plan: &Plan, action: &ActionReference) -> String {
    let mut text = HEAD.to_owned();
    let mut before: Option<Stage> = None;
    for stage in plan.stages() {
        if before.is_some() {
            text.push('\n');
        }
        job(&mut text, stage, before, plan, action);
        before = Some(stage);
    }
    text
}

fn job(
    text: &mut String,
    stage: Stage,
    before: Option<Stage>,
    plan: &Plan,
    action: &ActionReference,
) {
    let name = stage.name();
    let needs = before.map_or(String::new(), |before| {
        format!("    needs: {}\n", before.name())
    });
    let _ = write!(
        text,
        "  {name}:\n    name: {name}\n{needs}    runs-on: ubuntu-latest\n    timeout-minutes: 30\n    \
         permissions:\n      contents: read # to check out\n      actions: read # to read what earlier \
         jobs recorded\n      checks: write # to report on the commit\n    steps:\n"
    );
    uses(
        text,
        "actions/checkout",
        &[("persist-credentials", "false".to_owned())],
    );
    for setup in &plan.setup {
        self::setup(text, setup);
    }
    tollgate(text, action, "Tollgate", "install", None);
    let _ = write!(
        text,
        "      - name: {name}\n        run: '\"$RUNNER_TEMP/tollgate\" run --only {name}'\n"
    );
    tollgate(
        text,
        action,
        "Report",
        "publish",
        Some("${{ !cancelled() }}"),
    );
}

fn uses(text: &mut String, action: &str, with: &[(&str, String)]) {
    let pin = PINS.iter().find(|(name, ..)| *name == action);
    let (_, commit, version) = pin.unwrap_or(&PINS[0]);
    let _ = writeln!(
        text,
        "      - uses: {action}@{commit} # {version}\n        with:"
    );
    for (key, value) in with {
        let value = if *value == "false" {
            value.clone()
        } else {
            quoted(value)
        };
        let _ = writeln!(text, "          {key}: {value}");
    }
}

fn setup(text: &mut String, setup: &Setup) {
    match setup {
        Setup::Uses { action, with } => uses(text, action, with),
        Setup::Run { name, run, folder } => {
            let _ = writeln!(text, "      - name: {name}");
            if !folder.is_empty() {
                let _ = writeln!(text, "        working-directory: {}", quoted(folder));
            }
            let _ = writeln!(text, "        run: {}", quoted(run));
        }
    }
}

fn tollgate(
    text: &mut String,
    action: &ActionReference,
    name: &str,
    command: &str,
    condition: Option<&str>,
) {
    let _ = writeln!(text, "      - name: {name}");
    if let Some(condition) = condition {
        let _ = writeln!(text, "        if: {condition}");
    }
    let _ = writeln!(
        text,
        "        uses: {}\n        with:\n          command: {command}",
        action.0
    );
}
