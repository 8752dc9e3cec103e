//! What a written pin admits: one version, a range, or nothing that can be told.

use super::version::{Suffix, Version, compare, successor};

/// Which rules a range is written by, where they differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grammar {
    /// Version specifiers of Python (PEP 440), and what Poetry adds to them (`^`, `~`, `||`).
    Python,
    /// Ranges of npm (node-semver), also used by the setup actions of GitHub.
    Npm,
}

/// What a pin admits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec(pub(super) Meaning);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// All versions that begin with this one.
    Version(Version),
    /// All versions in one of these intervals.
    Range(Vec<Interval>),
    /// It names no version; why, in words that follow "pins".
    Unclear(String),
}

/// From the one (inclusive) up to the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interval {
    /// The lowest version; empty for any.
    pub(super) low: Vec<u64>,
    /// Where it ends.
    pub(super) high: End,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    Open,
    Before(Vec<u64>),
    At(Vec<u64>),
}

impl Spec {
    /// A single version or the beginning of one.
    pub(super) fn version(text: &str, suffix: Suffix) -> Self {
        match Version::parse(text, suffix) {
            Some(version) => Self(Meaning::Version(version)),
            None => Self::unclear(format!("{text:?}, which names no version")),
        }
    }

    /// A pin that names no version; `what` follows the word "pins".
    pub(super) fn unclear(what: impl Into<String>) -> Self {
        Self(Meaning::Unclear(what.into()))
    }

    /// Tells whether it is a single version or the beginning of one.
    pub(super) fn is_version(&self) -> bool {
        matches!(self.0, Meaning::Version(_))
    }

    /// A range, or a single version, which is a range too.
    pub(super) fn range(text: &str, grammar: Grammar) -> Self {
        let suffix = match grammar {
            Grammar::Python => Suffix::IsVariant,
            Grammar::Npm => Suffix::IsEarly,
        };
        let text = text.trim();
        let bare = text.trim_start_matches('=').trim_start();
        if let Some(version) = Version::parse(bare, suffix) {
            // `==3.12` is 3.12.0 and nothing else; `=16` of npm is all of 16.
            let is_exact = text.starts_with("==") && !bare.ends_with(".*");
            if is_exact && version.early.is_empty() {
                return Self(Meaning::Range(vec![exactly(version.release)]));
            }
            return Self(Meaning::Version(version));
        }
        match intervals(text, grammar, suffix) {
            Some(intervals) => Self(Meaning::Range(intervals)),
            None => Self::unclear(format!("{text:?}, which names no version")),
        }
    }
}

impl Interval {
    fn any() -> Self {
        from(Vec::new(), End::Open)
    }

    /// Tells whether no version is in it.
    pub(super) fn is_empty(&self) -> bool {
        match &self.high {
            End::Open => false,
            End::Before(high) => compare(&self.low, high).is_ge(),
            End::At(high) => compare(&self.low, high).is_gt(),
        }
    }

    /// Tells whether every version in it begins with `wanted`.
    pub(super) fn is_within(&self, wanted: &[u64]) -> bool {
        let end = successor(wanted);
        let ends_before = match &self.high {
            End::Open => false,
            End::Before(high) => compare(high, &end).is_le(),
            End::At(high) => compare(high, &end).is_lt(),
        };
        ends_before && compare(&self.low, wanted).is_ge()
    }

    /// Tells whether a version that begins with `wanted` is in it.
    pub(super) fn admits(&self, wanted: &[u64]) -> bool {
        let versions = between(wanted.to_vec(), successor(wanted));
        !self.clone().and(versions).is_empty()
    }

    fn and(self, other: Self) -> Self {
        let low = match compare(&self.low, &other.low).is_ge() {
            true => self.low,
            false => other.low,
        };
        let high = match (self.high, other.high) {
            (End::Open, high) | (high, End::Open) => high,
            (one, two) => match compare(one.release(), two.release()) {
                std::cmp::Ordering::Less => one,
                std::cmp::Ordering::Greater => two,
                // The end itself is out if either leaves it out.
                std::cmp::Ordering::Equal if matches!(one, End::Before(_)) => one,
                std::cmp::Ordering::Equal => two,
            },
        };
        Self { low, high }
    }
}

impl End {
    fn release(&self) -> &[u64] {
        match self {
            Self::Open => &[],
            Self::Before(release) | Self::At(release) => release,
        }
    }
}

fn from(low: Vec<u64>, high: End) -> Interval {
    Interval { low, high }
}

fn exactly(release: Vec<u64>) -> Interval {
    from(release.clone(), End::At(release))
}

fn between(low: Vec<u64>, before: Vec<u64>) -> Interval {
    from(low, End::Before(before))
}

/// Alternatives separated by `||`, each of clauses that must all hold.
fn intervals(text: &str, grammar: Grammar, suffix: Suffix) -> Option<Vec<Interval>> {
    text.split("||")
        .map(|alternative| alternative_interval(alternative.trim(), grammar, suffix))
        .collect()
}

fn alternative_interval(text: &str, grammar: Grammar, suffix: Suffix) -> Option<Interval> {
    if let Some((low, high)) = text.split_once(" - ") {
        let low = Version::parse(low, suffix)?;
        let high = clause(&format!("<={}", high.trim()), Grammar::Npm, suffix)?;
        return Some(from(low.release, high.high));
    }
    let mut interval = Interval::any();
    for part in clauses(text) {
        interval = interval.and(clause(&part, grammar, suffix)?);
    }
    Some(interval)
}

/// Clauses are separated by commas or spaces; a space may also stand after an operator.
fn clauses(text: &str) -> Vec<String> {
    let mut clauses: Vec<String> = Vec::new();
    for part in text.split([',', ' ', '\t']).filter(|part| !part.is_empty()) {
        match clauses.last_mut() {
            Some(last) if last.ends_with(['<', '>', '=', '~', '^']) => last.push_str(part),
            _ => clauses.push(part.to_owned()),
        }
    }
    clauses
}

fn clause(text: &str, grammar: Grammar, suffix: Suffix) -> Option<Interval> {
    let end = text
        .find(|c: char| !"<>=~^!".contains(c))
        .unwrap_or(text.len());
    let (operator, version) = text.split_at(end);
    if matches!(version.trim(), "*" | "x" | "X") {
        return Some(Interval::any());
    }
    let is_wild = version.ends_with(['*', 'x', 'X']);
    let version = Version::parse(version, suffix)?;
    let next = version.successor();
    let release = version.release;
    Some(match (operator, grammar) {
        ("" | "=", _) => between(release, next),
        ("==" | "===", _) if is_wild => between(release, next),
        ("==" | "===", _) => exactly(release),
        ("^", _) => between(release.clone(), caret_end(&release)),
        ("~" | "~>", _) => between(release.clone(), successor(&release[..release.len().min(2)])),
        // Compatible release (PEP 440): the last number may rise.
        ("~=", _) if release.len() > 1 => {
            let end = successor(&release[..release.len() - 1]);
            between(release, end)
        }
        (">=", _) => from(release, End::Open),
        // npm reads `>16` as "after all of 16"; Python reads 16 as 16.0.
        (">", Grammar::Npm) => from(next, End::Open),
        (">", Grammar::Python) => from(release, End::Open),
        ("<", _) => between(Vec::new(), release),
        ("<=", Grammar::Npm) => between(Vec::new(), next),
        ("<=", Grammar::Python) => from(Vec::new(), End::At(release)),
        // What is left out of a range makes it no wider.
        ("!=", _) => Interval::any(),
        _ => return None,
    })
}

/// `^` lets everything rise that stands after the first number that is not 0.
fn caret_end(release: &[u64]) -> Vec<u64> {
    let first = release.iter().position(|number| *number > 0);
    let kept = first.map_or(release.len(), |index| index + 1);
    successor(&release[..kept])
}
