//! What users type.

mod moment;
mod people;
mod serve;
mod validate;
mod what_if;

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::app::init::ActionReference;
use crate::app::project::ResultsFrom;
use crate::domain::check::FileKind;
use crate::domain::ids::{CheckId, CheckRef, CommitSha, EnvironmentId, GateId, ImageDigest};
use crate::domain::release::Repository;

pub use people::{
    ApproveArguments, EvidenceCommand, Expiry, SignOffArguments, SignoffOutcome, WaiveArguments,
    WaiverScope,
};
pub use serve::{KeysCommand, ServeArguments};
pub use validate::ValidateArguments;
pub use what_if::WhatIfArguments;

/// Release gates as code: policy + facts + now → verdict.
///
/// Exit codes: 0 passed or eligible · 1 a check or gate failed · 2 usage or policy error ·
/// 3 blocked: order, eligibility or approval is missing · 4 something outside could not be
/// reached · 130 interrupted.
#[derive(Debug, Parser)]
#[command(
    name = "tollgate",
    version,
    max_term_width = 100,
    propagate_version = true
)]
pub struct Arguments {
    /// The options of every command.
    #[command(flatten)]
    pub global: GlobalArguments,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command takes.
#[derive(Debug, Args)]
pub struct GlobalArguments {
    /// The policy [default: .github/tollgate.yml, else .github/tollgate.yaml]
    #[arg(long, global = true, value_name = "PATH", value_parser = non_empty_path())]
    pub policy: Option<PathBuf>,
    /// Where the ledger lies: sqlite:PATH or postgres://… [default: ledger.db in the evidence
    /// directory]; with https://… it lies there too, and that server is told everything that is
    /// recorded
    // Read later: what is said of a value that can't be read shows it, and it may hold a password.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "TOLLGATE_LEDGER",
        hide_env_values = true
    )]
    pub ledger: Option<String>,
    /// The release's commit, in full [default: HEAD]
    #[arg(long, global = true, value_name = "SHA")]
    pub release_sha: Option<CommitSha>,
    /// The release's version [default: the tag vX.Y.Z on the commit]
    #[arg(long, global = true, value_name = "VERSION", value_parser = NonEmptyStringValueParser::new())]
    pub release_version: Option<String>,
    /// The release's repository [default: GITHUB_REPOSITORY, else the remote `origin`]
    #[arg(long, global = true, value_name = "OWNER/NAME")]
    pub repository: Option<Repository>,
    /// The project's root; other paths are relative to it [default: the repository's root]
    #[arg(short = 'C', long, global = true, value_name = "DIR", value_parser = non_empty_path())]
    pub directory: Option<PathBuf>,
    /// How results are shown [default: github in GitHub Actions, else human]
    #[arg(long, global = true, value_name = "FORMAT")]
    pub format: Option<FormatArgument>,
    /// When colours are used
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Tell more; twice for every step
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// How results are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people at a terminal.
    Human,
    /// For the log of GitHub Actions.
    Github,
    /// For programs, on standard output alone.
    Json,
}

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatArgument {
    /// For people at a terminal.
    Human,
    /// For the log of GitHub Actions.
    Github,
    /// For programs, on standard output alone.
    Json,
    /// For code scanning: SARIF 2.1.0, of `doctor` only.
    Sarif,
    /// Markdown, of `report` only.
    Md,
    /// One page for a browser, of `report` only.
    Html,
    /// JUnit XML, of `report` only.
    Junit,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the pipeline in order, or the named stages and gates with all that they require
    Run(RunArguments),
    /// Judge what an earlier step produced; nothing is executed
    Record(RecordArguments),
    /// Send what is in the ledger to GitHub: check runs, annotations, summary, artifact
    Publish(PublishArguments),
    /// Show how the release stands
    Status(StatusArguments),
    /// Show what keeps the release from an environment, and the fewest steps that open the way
    Why(WhyArguments),
    /// Show the verdict under another policy (`--policy`) or at another moment, with the difference
    WhatIf(WhatIfArguments),
    /// Write the release record: verdict, gates, people, evidence and timeline on one page
    Report(ReportArguments),
    /// Write a policy and a workflow for the languages found in the repository
    Init(InitArguments),
    /// Exit 0 only if the release may go to an environment and was really approved
    Promote(PromoteArguments),
    /// Record a deployment that was made by other means
    Deployed(DeployedArguments),
    /// Validate an environment: readiness, then regression, then the report
    Validate(ValidateArguments),
    /// Record a person's decision on a gate or an environment
    Approve(ApproveArguments),
    /// Grant a time-limited exception to a gate or check, ask for one, or take one back
    Waive(WaiveArguments),
    /// Record what a person saw of a manual check
    SignOff(SignOffArguments),
    /// Bring evidence that no check makes
    #[command(subcommand)]
    Evidence(EvidenceCommand),
    /// Look after the ledger
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Check a pack by itself, and judge its release again: no network, no project, no ledger
    Verify(VerifyArguments),
    /// Look at the policy
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Look for what weakens the gates: in the repository's settings and its workflow files
    Doctor(DoctorArguments),
    /// Serve the control plane over HTTP: events in, verdicts out
    Serve(ServeArguments),
    /// Look after the keys of the control plane
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// What the container action runs: inputs from INPUT_* instead of arguments
    #[command(hide = true)]
    Action,
}

/// `tollgate run`.
#[derive(Debug, Clone, Args)]
pub struct RunArguments {
    /// Stages and gates to pass, with all that they require [default: the whole pipeline]
    #[arg(value_name = "GATE")]
    pub gates: Vec<GateId>,
    /// Run this one alone; exit 3 when something that it requires has not passed
    #[arg(long, value_name = "GATE", conflicts_with = "gates")]
    pub only: Option<GateId>,
    /// How many checks may run side by side [default: the number of processors]
    #[arg(long, short, value_name = "N")]
    pub jobs: Option<std::num::NonZeroUsize>,
    /// Run what has passed for this commit again
    #[arg(long)]
    pub force: bool,
    /// The environment that is looked at; checks with `only` are performed for theirs alone
    #[arg(long, value_name = "ENV")]
    pub environment: Option<EnvironmentId>,
    /// Go on with the other checks of a stage when one fails (this is the default)
    #[arg(long, conflicts_with = "fail_fast")]
    pub keep_going: bool,
    /// End a stage at its first check that does not pass
    #[arg(long)]
    pub fail_fast: bool,
    /// Where the gates' results lie, instead of where the policy says.
    #[command(flatten)]
    pub results: ResultArguments,
}

/// `tollgate record`.
#[derive(Debug, Args)]
pub struct RecordArguments {
    /// The check that the step stands for
    #[arg(value_name = "GATE/CHECK")]
    pub check: CheckRef,
    /// How the step ended
    #[arg(long, value_name = "OUTCOME")]
    pub outcome: StepOutcome,
    /// The environment that the step looked at
    #[arg(long, value_name = "ENV")]
    pub environment: Option<EnvironmentId>,
    /// Where its results lie, instead of where the policy says.
    #[command(flatten)]
    pub results: ResultArguments,
}

/// Where results lie, instead of where the policy says.
#[derive(Debug, Clone, Default, Args)]
pub struct ResultArguments {
    /// JUnit files, instead of the policy's `results: { junit }`
    #[arg(long, value_name = "GLOB", value_parser = NonEmptyStringValueParser::new())]
    pub junit: Option<String>,
    /// Coverage files, instead of the policy's `results: { coverage }`
    #[arg(long, value_name = "GLOB", value_parser = NonEmptyStringValueParser::new())]
    pub coverage: Option<String>,
    /// SARIF files, instead of the policy's `results: { sarif }`
    #[arg(long, value_name = "GLOB", value_parser = NonEmptyStringValueParser::new())]
    pub sarif: Option<String>,
}

impl ResultArguments {
    /// What is to be read from elsewhere, for one check, or for every check of some gates that
    /// has such results.
    pub fn instead(&self, gates: &[GateId], check: Option<&CheckId>) -> Vec<ResultsFrom> {
        let kinds = [
            (FileKind::Junit, &self.junit),
            (FileKind::Coverage, &self.coverage),
            (FileKind::Sarif, &self.sarif),
        ];
        let given = kinds.into_iter().filter_map(|(kind, globs)| {
            let globs = globs.as_ref()?.lines().map(str::trim);
            Some(ResultsFrom {
                gates: gates.to_vec(),
                check: check.cloned(),
                kind,
                globs: globs
                    .filter(|glob| !glob.is_empty())
                    .map(str::to_owned)
                    .collect(),
            })
        });
        given.collect()
    }
}

/// `tollgate publish`.
#[derive(Debug, Clone, Args)]
pub struct PublishArguments {
    /// Whether check runs are written
    #[arg(long, value_name = "WHEN", default_value = "on")]
    pub checks: Switch,
    /// The most annotations a gate, from 0 to 1000
    #[arg(long, value_name = "N", default_value = "50", value_parser = clap::value_parser!(u16).range(0..=1000))]
    pub annotations: u16,
    /// Whether the evidence is uploaded as an artifact
    #[arg(long, value_name = "WHEN", default_value = "on")]
    pub artifact: Switch,
    /// How many days the artifact is kept [default: as the policy says]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=400))]
    pub retention_days: Option<u32>,
}

/// `tollgate init`.
#[derive(Debug, Clone, Args)]
pub struct InitArguments {
    /// Tollgate's own action [default: a place to fill in]
    #[arg(long, value_name = "OWNER/NAME@SHA")]
    pub action: Option<ActionReference>,
    /// Show what would be written
    #[arg(long)]
    pub dry_run: bool,
    /// Replace files that are there
    #[arg(long)]
    pub force: bool,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// It is done.
    On,
    /// It is left out.
    Off,
}

/// How a step of a workflow ended: the words of `steps.ID.outcome`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StepOutcome {
    /// It succeeded.
    Success,
    /// It failed.
    Failure,
    /// It was not run.
    Skipped,
    /// It was cancelled.
    Cancelled,
}

/// `tollgate status`.
#[derive(Debug, Args)]
pub struct StatusArguments {
    /// Exit by the verdict (0 passed, 1 failed, 3 pending or blocked) instead of 0
    #[arg(long)]
    pub exit_code: bool,
}

/// `tollgate why`.
#[derive(Debug, Args)]
pub struct WhyArguments {
    /// The environment of the policy
    #[arg(value_name = "ENV")]
    pub environment: EnvironmentId,
}

/// `tollgate report`.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// The file; `--format` is md (the default), html, json or junit [default: standard output]
    #[arg(short, long, value_name = "FILE", value_parser = non_empty_path())]
    pub output: Option<PathBuf>,
}

/// `tollgate promote`.
#[derive(Debug, Args)]
pub struct PromoteArguments {
    /// The environment of the policy
    #[arg(value_name = "ENV")]
    pub environment: EnvironmentId,
}

/// `tollgate deployed`.
#[derive(Debug, Args)]
pub struct DeployedArguments {
    /// The environment of the policy
    #[arg(value_name = "ENV")]
    pub environment: EnvironmentId,
    /// How the deployment ended
    #[arg(long, value_name = "STATUS")]
    pub status: DeploymentOutcome,
    /// The image that was deployed: sha256: and 64 hex digits
    #[arg(long, value_name = "DIGEST")]
    pub digest: Option<ImageDigest>,
    /// Who deployed
    #[arg(long, value_name = "NAME", value_parser = non_blank)]
    pub by: String,
}

/// How a deployment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DeploymentOutcome {
    /// The release runs there.
    Passed,
    /// It does not.
    Failed,
}

/// `tollgate doctor`.
#[derive(Debug, Clone, Copy, Args)]
pub struct DoctorArguments {
    /// Do not ask GitHub: look at the workflow files only
    #[arg(long)]
    pub offline: bool,
}

/// `tollgate ledger …`.
#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Check every chain of the ledger and name what was altered
    Verify,
    /// Print the events of the release, or of every release
    Log {
        /// Every release, not only this one
        #[arg(long)]
        all: bool,
    },
    /// Write the release as one portable pack: events, manifests, policy and verdict
    Export {
        /// The file [default: standard output]
        #[arg(short, long, value_name = "PACK", value_parser = non_empty_path())]
        output: Option<PathBuf>,
        /// Every release, not only this one; then it has the events alone
        #[arg(long)]
        all: bool,
    },
    /// Bring in the events of a pack or of a spool, each once, after checking it; with
    /// `--ledger https://…` they are sent to that server
    Import {
        /// The pack, or the directory of a spool
        #[arg(value_name = "PACK|SPOOL-DIR", value_parser = non_empty_path())]
        pack: PathBuf,
    },
}

/// `tollgate verify`.
#[derive(Debug, Args)]
pub struct VerifyArguments {
    /// The pack
    #[arg(value_name = "PACK", value_parser = non_empty_path())]
    pub pack: PathBuf,
}

/// `tollgate policy …`.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum PolicyCommand {
    /// Show everything that is wrong with the policy
    Check,
    /// Print the policy with every default filled in
    Show,
    /// Print the JSON Schema of the policy
    Schema,
}

fn non_blank(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("a name is wanted".to_owned()),
        name => Ok(name.to_owned()),
    }
}

fn non_empty_path() -> impl clap::builder::TypedValueParser<Value = PathBuf> {
    use clap::builder::TypedValueParser as _;
    NonEmptyStringValueParser::new().map(PathBuf::from)
}
