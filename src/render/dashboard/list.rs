//! Which releases there are: one page of them, the newest first.

use jiff::Timestamp;
use url::form_urlencoded;

use super::ago::ago;
use crate::domain::delivery::standing::standing;
use crate::domain::evidence::redaction::Redactor;
use crate::domain::gate::verdict::Verdict;
use crate::domain::policy::Policy;
use crate::domain::release::Release;
use crate::render::clean;
use crate::render::report::badges;
use crate::render::report::model::Badge;
use crate::render::report::text::{Pen, Text};

/// How many releases a page has.
const ON_A_PAGE: usize = 25;

/// What a viewer asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    /// A part of a repository's name; empty for all.
    pub repository: String,
    /// The page, from 1.
    pub page: usize,
}

/// A page of releases.
#[derive(Debug, Clone, PartialEq)]
pub struct ReleaseList {
    /// What was asked for; its page is one that there is.
    pub asked: Asked,
    /// The releases of this page.
    pub rows: Vec<Row>,
    /// The repositories that there are releases of.
    pub repositories: Vec<Text>,
    /// How many releases there are on all pages.
    pub total: usize,
    /// Whether there are older ones, which are not counted.
    pub is_cut: bool,
}

/// A release.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// `owner/name`.
    pub repository: Text,
    /// Its version, where one is known.
    pub version: Option<Text>,
    /// The commit, in short.
    pub commit: String,
    /// When it was told of last.
    pub told: Timestamp,
    /// The same, seen from now.
    pub ago: String,
    /// How it stands.
    pub verdict: RowVerdict,
}

/// How a release stands, in short.
#[derive(Debug, Clone, PartialEq)]
pub enum RowVerdict {
    /// It was judged.
    Judged {
        /// The whole.
        badge: Badge,
        /// Each environment, as written.
        environments: Vec<(Text, Badge)>,
    },
    /// It could not be judged, and why.
    Unknown(Text),
}

/// What a row is built from.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The release, with the newest version that is known.
    pub release: &'a Release,
    /// When it was told of last.
    pub told: Timestamp,
    /// What masks everything that is told.
    pub redactor: &'a Redactor,
}

/// What a release was judged by, and how it stands; else why it was not judged.
pub type Judged<'a> = Result<(&'a Policy, &'a Verdict), &'a str>;

impl Asked {
    /// Whether a repository is among what is asked for; names are compared without case.
    pub fn means(&self, repository: &str) -> bool {
        let part = self.repository.trim().to_lowercase();
        repository.to_lowercase().contains(&part)
    }

    /// The same with a page that there is, of so many releases; and which of them are on it.
    pub fn within(self, total: usize) -> (Self, std::ops::Range<usize>) {
        let page = self.page.clamp(1, pages(total));
        let from = (page - 1) * ON_A_PAGE;
        (Self { page, ..self }, from..total.min(from + ON_A_PAGE))
    }
}

fn pages(total: usize) -> usize {
    total.div_ceil(ON_A_PAGE).max(1)
}

impl ReleaseList {
    /// How many pages there are.
    pub fn pages(&self) -> usize {
        pages(self.total)
    }

    /// `26–50 of 60 releases`; empty where there are none.
    pub fn counted(&self) -> String {
        let first = (self.asked.page - 1) * ON_A_PAGE + 1;
        let last = first + self.rows.len() - usize::from(!self.rows.is_empty());
        let word = if self.total == 1 {
            "release"
        } else {
            "releases"
        };
        match self.rows.len() {
            0 => String::new(),
            all if all == self.total => format!("{all} {word}"),
            _ => format!("{first}–{last} of {} {word}", self.total),
        }
    }

    /// What was asked for, as it may be shown.
    pub fn looked_for(&self) -> String {
        clean::line(&self.asked.repository)
    }

    /// The path of the page before.
    pub fn newer(&self) -> Option<String> {
        let page = self.asked.page.checked_sub(1).filter(|page| *page > 0);
        page.map(|page| self.path(page))
    }

    /// The path of the page after.
    pub fn older(&self) -> Option<String> {
        let page = self.asked.page + 1;
        (page <= self.pages()).then(|| self.path(page))
    }

    fn path(&self, page: usize) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.asked.repository.is_empty() {
            query.append_pair("repository", &self.asked.repository);
        }
        query.append_pair("page", &page.to_string());
        format!("/?{}", query.finish())
    }
}

impl Row {
    /// A release and how it stands.
    pub fn of(entry: Entry<'_>, judged: Judged<'_>, now: Timestamp) -> Self {
        let pen = Pen::new(entry.redactor);
        let release = entry.release;
        Self {
            id: release.id().to_string(),
            repository: pen.name(release.repository.as_str()),
            version: release.version.as_deref().map(|it| pen.name(it)),
            commit: release.sha.short().to_owned(),
            told: entry.told,
            ago: ago(entry.told, now),
            verdict: match judged {
                Ok((policy, verdict)) => told(pen, policy, verdict),
                Err(why) => RowVerdict::Unknown(pen.line(why)),
            },
        }
    }
}

fn told(pen: Pen<'_>, policy: &Policy, verdict: &Verdict) -> RowVerdict {
    let environments = verdict.environments.iter().map(|it| {
        let standing = standing(policy, verdict, it);
        (pen.name(it.id.as_str()), badges::standing(standing))
    });
    RowVerdict::Judged {
        badge: badges::gate_status(verdict.status),
        environments: environments.collect(),
    }
}
