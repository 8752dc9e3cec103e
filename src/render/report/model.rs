//! What a report says, in its order. Every form shows this one model.

mod course;

pub use course::{Day, DeploymentPart, EvidencePart, Lane, Moment, Timeline};

use jiff::Timestamp;

use super::text::Text;
use crate::domain::ids::{GateId, Sha256Digest};

/// The record of a release.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Which release, and how it stands.
    pub head: Head,
    /// What keeps it back, the gravest first.
    pub obstacles: Vec<Obstacle>,
    /// The gates that are blocked, and keep it back for no reason of their own.
    pub waiting: Vec<Mention>,
    /// What to do next.
    pub steps: Vec<Text>,
    /// Where it may go.
    pub environments: Vec<EnvironmentPart>,
    /// Stages, then gates, as written.
    pub gates: Vec<GatePart>,
    /// Journeys and the faults that they stood.
    pub journeys: Vec<JourneyPart>,
    /// What people look at, item by item.
    pub manual: Vec<ManualItem>,
    /// Every waiver, heard or not, the oldest first.
    pub waivers: Vec<WaiverPart>,
    /// Everything that is asked for, each with its proof.
    pub checklist: Vec<ChecklistGroup>,
    /// Where it went, the oldest first.
    pub deployments: Vec<DeploymentPart>,
    /// What happened, the oldest first.
    pub timeline: Timeline,
    /// Every piece of evidence; its place in the list is its number, from 1.
    pub evidence: Vec<EvidencePart>,
    /// How many pieces of evidence there was no room for.
    pub evidence_left_out: usize,
}

/// Which release, and how it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// The project.
    pub project: Text,
    /// `owner/name`.
    pub repository: Text,
    /// Its version, where one is known.
    pub version: Option<Text>,
    /// The commit, in full.
    pub commit: String,
    /// The release's id.
    pub id: String,
    /// The images that checks built.
    pub images: Vec<Image>,
    /// How it stands.
    pub badge: Badge,
    /// How it stands, in a sentence.
    pub outcome: Text,
    /// Tests and coverage of all gates.
    pub totals: String,
    /// When it was first told of.
    pub created: Option<Timestamp>,
    /// When it was judged.
    pub as_of: Timestamp,
    /// How many events its record has.
    pub events: usize,
    /// The hash of the last of them, which binds all.
    pub chain: Option<Sha256Digest>,
}

/// An image, and the check that built it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// `sha256:…`.
    pub digest: String,
    /// `build/image`.
    pub check: Text,
}

/// A status: its sign never stands without its word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    /// The colour.
    pub tone: Tone,
    /// `✓`.
    pub sign: &'static str,
    /// `passed`.
    pub word: String,
}

/// How something is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Not as it should be, and nothing excuses it.
    Bad,
    /// Let be by a waiver.
    Waived,
    /// Not as it should be, and within bounds.
    Tolerated,
    /// Under way.
    Running,
    /// Not begun, or shut.
    Idle,
}

impl Tone {
    /// The class of elements in this colour.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Waived => "waived",
            Self::Tolerated => "tolerated",
            Self::Running => "running",
            Self::Idle => "idle",
        }
    }
}

/// Something that keeps the release back.
#[derive(Debug, Clone, PartialEq)]
pub struct Obstacle {
    /// How it stands.
    pub badge: Badge,
    /// `test`, or `production`.
    pub name: Text,
    /// Its title, where it has one of its own.
    pub title: Option<Text>,
    /// `absolute` and its like, of a gate that is not just blocking.
    pub severity: Option<&'static str>,
    /// The id of the part that says more.
    pub anchor: String,
    /// Why.
    pub reasons: Vec<ReasonPart>,
    /// How many reasons there was no room for.
    pub more: usize,
}

/// A reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonPart {
    /// The check it is about, where that is not clear from where it stands.
    pub check: Option<Text>,
    /// What happened and what to do.
    pub text: Text,
    /// `file:line`, where the text does not name it.
    pub place: Option<Text>,
    /// Its code.
    pub code: &'static str,
}

/// A name with how it stands, and where more is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The name.
    pub name: Text,
    /// How it stands.
    pub badge: Badge,
    /// The id of the part that says more.
    pub anchor: String,
}

/// An environment.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvironmentPart {
    /// Its name.
    pub id: Text,
    /// The id of this part.
    pub anchor: String,
    /// Whether the release may go there.
    pub badge: Badge,
    /// The gates that it asks for.
    pub gates: Vec<Mention>,
    /// The environments that come before it, and whether the release was deployed there.
    pub after: Vec<Mention>,
    /// Whether the release was deployed there.
    pub deployed: Badge,
    /// What is missing besides gates and approvals.
    pub reasons: Vec<ReasonPart>,
    /// Who decided; `None` where nobody has to.
    pub approvals: Option<ApprovalsPart>,
}

/// Who decided on a gate or an environment.
#[derive(Debug, Clone, PartialEq)]
pub struct ApprovalsPart {
    /// `1 of 2 approvals that count, from user:bob or qa`.
    pub summary: Text,
    /// Everyone who decided.
    pub people: Vec<PersonPart>,
}

/// One person's decision.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonPart {
    /// Who.
    pub by: Text,
    /// What, and whether it counts.
    pub badge: Badge,
    /// When.
    pub at: Timestamp,
    /// What they said.
    pub comment: Text,
    /// Why it does not count.
    pub objection: Option<ReasonPart>,
}

/// A stage or gate.
#[derive(Debug, Clone, PartialEq)]
pub struct GatePart {
    /// Which.
    pub gate: GateId,
    /// Its name.
    pub id: Text,
    /// The id of this part.
    pub anchor: String,
    /// Its title, where it has one of its own.
    pub title: Option<Text>,
    /// `stage` or `gate`.
    pub kind: &'static str,
    /// `blocking`, `absolute` or `advisory`.
    pub severity: &'static str,
    /// How it stands.
    pub badge: Badge,
    /// Tests and coverage.
    pub totals: String,
    /// The time of its checks, added up; empty where none was run.
    pub took: String,
    /// The waiver that lets it be.
    pub waiver: Option<Text>,
    /// Why it stands so, besides its checks.
    pub reasons: Vec<ReasonPart>,
    /// Its checks, as written.
    pub checks: Vec<CheckPart>,
    /// Who decided; `None` where nobody has to.
    pub approvals: Option<ApprovalsPart>,
    /// The evidence that it asks for.
    pub evidence: Vec<Proof>,
}

impl GatePart {
    /// Whether it is shown unfolded: one that passed, or only waits for others, need not be read.
    pub fn is_unfolded(&self) -> bool {
        !matches!(self.badge.word.as_str(), "passed" | "blocked")
    }
}

/// A check.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckPart {
    /// Its name.
    pub id: Text,
    /// Its title, where it has one of its own.
    pub title: Option<Text>,
    /// How it stands.
    pub badge: Badge,
    /// `812 ms in 2 attempts`; empty where it was not run.
    pub took: String,
    /// Tests, coverage, findings, latency.
    pub totals: String,
    /// Why it did not pass.
    pub reasons: Vec<ReasonPart>,
    /// The test cases to look at.
    pub cases: Vec<CasePart>,
    /// How many of these there was no room for.
    pub more_cases: usize,
    /// Its evidence.
    pub evidence: Vec<Proof>,
}

/// A test case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CasePart {
    /// How it ended.
    pub badge: Badge,
    /// Its name.
    pub title: Text,
    /// `file:line`.
    pub place: Option<Text>,
    /// What it said, of several lines.
    pub message: Text,
}

/// A table of journeys and faults, and the check that judged it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JourneyPart {
    /// `G2/faults`.
    pub check: Text,
    /// The columns.
    pub faults: Vec<Text>,
    /// The journeys.
    pub rows: Vec<JourneyRowPart>,
}

/// A journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JourneyRowPart {
    /// Its name.
    pub name: Text,
    /// Its title, where it has one of its own.
    pub title: Option<Text>,
    /// How its own tests went.
    pub own: Badge,
    /// A cell for each column; `None` where the journey does not declare the fault.
    pub faults: Vec<Option<Badge>>,
}

/// A manual check.
#[derive(Debug, Clone, PartialEq)]
pub struct ManualItem {
    /// `G2/uat`.
    pub name: Text,
    /// Its title, where it has one of its own.
    pub title: Option<Text>,
    /// The id of this part.
    pub anchor: String,
    /// How it stands.
    pub badge: Badge,
    /// What people are to do.
    pub instruction: Text,
    /// The environments that it must be seen in; one without a name where it is about none.
    pub places: Vec<PlacePart>,
    /// Sign-offs that do not count, the oldest first.
    pub set_aside: Vec<SignoffPart>,
    /// What was brought to show it.
    pub evidence: Vec<Proof>,
}

/// Where a manual check must be seen.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacePart {
    /// The environment.
    pub name: Option<Text>,
    /// What counts there; `None` while nothing does.
    pub signoff: Option<SignoffPart>,
}

/// What a person saw.
#[derive(Debug, Clone, PartialEq)]
pub struct SignoffPart {
    /// Who.
    pub by: Text,
    /// What.
    pub badge: Badge,
    /// When.
    pub at: Timestamp,
    /// Where.
    pub place: Option<Text>,
    /// What they said.
    pub note: Text,
    /// Why it does not count; empty where it does.
    pub objection: Text,
}

/// A waiver.
#[derive(Debug, Clone, PartialEq)]
pub struct WaiverPart {
    /// Its id.
    pub id: Text,
    /// `G1/mail`.
    pub scope: Text,
    /// The id of the gate's part.
    pub anchor: String,
    /// How it stands.
    pub badge: Badge,
    /// Who granted it, or asks for it.
    pub by: Text,
    /// Why.
    pub reason: Text,
    /// Since when.
    pub at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// Why it is not heard, or that it ends soon.
    pub note: Option<ReasonPart>,
}

/// The items of one gate or environment.
#[derive(Debug, Clone, PartialEq)]
pub struct ChecklistGroup {
    /// The gate or environment.
    pub head: Mention,
    /// Its title, where it has one of its own.
    pub title: Option<Text>,
    /// The items.
    pub items: Vec<ChecklistItem>,
}

/// One thing that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct ChecklistItem {
    /// How it stands.
    pub badge: Badge,
    /// What.
    pub text: Text,
    /// What proves it.
    pub proofs: Vec<Proof>,
}

/// A link to what proves something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// What people read.
    pub label: Text,
    /// The id of the part that it links to.
    pub anchor: String,
}
