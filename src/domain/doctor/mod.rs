//! The audit of a repository: workflow files and settings against the policy. Facts in, findings
//! out.

pub mod action;
pub mod calls;
mod commands;
mod fates;
mod jobs;
pub mod rules;
pub mod settings;
mod strangers;
mod trust;

#[cfg(test)]
mod tests;

use super::ids::GateId;
use super::policy::Policy;
use super::reason::Location;
use super::workflow::{Job, LocalAction, Text, Workflow, local_path};
use settings::Live;

/// How grave a finding is, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A gate can be passed by, or can't be passed at all.
    Error,
    /// It weakens a gate, or will surprise somebody.
    Warning,
    /// Good to know; it does not make `tollgate doctor` exit 1.
    Note,
}

impl Severity {
    /// The word for it, which is also SARIF's.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A rule, as the reference page has it.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its stable name in kebab-case.
    pub id: &'static str,
    /// How grave its findings are.
    pub severity: Severity,
    /// What is found, in a few words.
    pub title: &'static str,
    /// Why it matters, in one sentence.
    pub why: &'static str,
    /// How it is mended.
    pub mend: &'static str,
}

/// Where a finding is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A file of the repository, and a line of it.
    File(String, u32),
    /// A setting of the repository: `environment production › required reviewers`.
    Setting(String),
}

impl Place {
    /// The line of the project that it is, where it is one.
    pub fn location(&self) -> Option<Location> {
        match self {
            Self::File(file, line) => Some(Location {
                file: file.clone(),
                line: Some(*line),
            }),
            Self::Setting(_) => None,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(file, line) => write!(f, "{file}:{line}"),
            Self::Setting(setting) => f.write_str(setting),
        }
    }
}

/// Something that a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// The rule's, or a milder one.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What, in one sentence that names the thing.
    pub message: String,
}

impl Finding {
    /// A finding at a setting.
    pub fn at_setting(rule: &'static Rule, setting: impl Into<String>, message: String) -> Self {
        Self {
            rule,
            severity: rule.severity,
            place: Place::Setting(setting.into()),
            message,
        }
    }

    /// A finding at a line of a file.
    pub fn at_line(rule: &'static Rule, path: &str, line: u32, message: String) -> Self {
        Self {
            place: Place::File(path.to_owned(), line),
            ..Self::at_setting(rule, "", message)
        }
    }

    /// The same, but milder.
    #[must_use]
    pub fn milder(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }
}

/// An environment as the policy wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedEnvironment {
    /// Its name.
    pub name: String,
    /// The gates that must have passed.
    pub gates: Vec<GateId>,
    /// Who must approve; `None` when nobody has to.
    pub approvals: Option<ExpectedApprovals>,
}

/// The approvals that the policy asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExpectedApprovals {
    /// Who may approve: `team:SLUG`, `user:LOGIN`, or a role.
    pub from: Vec<String>,
    /// Whether whoever started or wrote the release may not approve it.
    pub prevent_self_approval: bool,
}

/// A workflow file that is none, or could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Relative to the repository.
    pub path: String,
    /// The line at which this was seen.
    pub line: u32,
    /// What is wrong.
    pub problem: String,
}

/// Everything that is judged.
#[derive(Debug)]
pub struct Audit {
    /// The policy.
    pub policy: Policy,
    /// The environments that it names.
    pub environments: Vec<ExpectedEnvironment>,
    /// The project's root within the repository: empty, or `services/api`.
    pub directory: String,
    /// The policy that was named with `--policy`, as it was typed.
    pub policy_path: Option<String>,
    /// The workflow files.
    pub workflows: Vec<Workflow>,
    /// Those that could not be read.
    pub unreadable: Vec<Unreadable>,
    /// The actions of the repository itself that run Tollgate.
    pub actions: Vec<LocalAction>,
    /// What GitHub says.
    pub live: Live,
}

impl Audit {
    /// An audit of nothing but a policy.
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            environments: Vec::new(),
            directory: String::new(),
            policy_path: None,
            workflows: Vec::new(),
            unreadable: Vec::new(),
            actions: Vec::new(),
            live: Live::default(),
        }
    }

    /// What the policy says about an environment; GitHub compares names without case.
    pub fn environment(&self, name: &str) -> Option<&ExpectedEnvironment> {
        self.environments
            .iter()
            .find(|environment| environment.name.eq_ignore_ascii_case(name))
    }

    /// The action of the repository that `uses` names, if it runs Tollgate.
    pub fn local_action(&self, uses: &str) -> Option<&LocalAction> {
        let path = local_path(uses)?;
        self.actions.iter().find(|action| action.path == path)
    }

    /// Whether `uses` names Tollgate's action, or one of the repository that runs Tollgate.
    pub fn is_tollgate(&self, uses: &str) -> bool {
        calls::is_action(uses) || self.local_action(uses).is_some()
    }

    /// The workflow of the repository that a job calls.
    pub fn called(&self, job: &Job) -> Option<&Workflow> {
        let path = local_path(&job.calls.as_ref()?.text)?;
        self.workflows.iter().find(|workflow| workflow.path == path)
    }

    /// Every job with its workflow.
    pub fn jobs(&self) -> impl Iterator<Item = (&Workflow, &Job)> {
        let workflows = self.workflows.iter();
        workflows.flat_map(|workflow| workflow.jobs.iter().map(move |job| (workflow, job)))
    }
}

/// Applies every rule. The findings stand by severity, then by place.
pub fn examine(audit: &Audit) -> Vec<Finding> {
    let mut findings: Vec<Finding> = rules::CHECKS
        .iter()
        .flat_map(|(_, check)| check(audit))
        .collect();
    findings.sort_by(|one, two| {
        let key = |finding: &Finding| (finding.severity, finding.place.clone(), finding.rule.id);
        key(one).cmp(&key(two)).then(one.message.cmp(&two.message))
    });
    findings.dedup();
    findings
}

/// How much alike a name must be for another to be meant by it.
const ALIKE: f64 = 0.8;

/// `; is \`test\` meant?`, or nothing where no name is much alike.
fn nearest<'n>(typed: &str, known: impl Iterator<Item = &'n str>) -> String {
    let typed = typed.to_lowercase();
    let likeness = |name: &&str| strsim::jaro_winkler(&typed, &name.to_lowercase());
    let best = known.max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    let meant = best.filter(|name| likeness(name) >= ALIKE);
    meant.map_or_else(String::new, |name| format!("; is `{name}` meant?"))
}

/// The line of a text, or another one where nothing is written.
fn line_or(text: Option<&Text>, line: u32) -> u32 {
    text.map_or(line, |text| text.line)
}
