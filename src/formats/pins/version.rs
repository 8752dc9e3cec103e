//! A version as tools write it: `3.12`, `v22.21.1`, `16.0.0-rc.1`, `17.0.9+9`, `21-jdk`.

use std::cmp::Ordering;

/// Words that make a version an early one when they follow its numbers.
const EARLY: [&str; 16] = [
    "alpha",
    "beta",
    "preview",
    "pre",
    "rc",
    "dev",
    "ea",
    "nightly",
    "canary",
    "next",
    "snapshot",
    "experimental",
    "a",
    "b",
    "c",
    "m",
];

/// What may follow the numbers of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Suffix {
    /// `-anything` makes it an early version (Semantic Versioning §9).
    IsEarly,
    /// `-anything` is a variant of the same version, as in `3.12-slim` or `21.0.2-tem`, unless it
    /// is one of the known words.
    IsVariant,
}

/// A version: its numbers, and what makes it an early one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    /// The numbers, at least one.
    pub(super) release: Vec<u64>,
    /// `rc1` of `3.14.0rc1`, in lower case and without `.`, `-` and `_`; empty for a release.
    pub(super) early: String,
}

impl Version {
    /// Reads a whole text; `None` for what does not begin with a number. A wildcard at the end
    /// (`16.x`, `3.12.*`) is the same as leaving it out.
    pub(super) fn parse(text: &str, suffix: Suffix) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let (release, rest) = numbers(text)?;
        let rest = without_wildcards(rest);
        let rest = rest.split(['+', '_']).next().unwrap_or_default();
        let early = early_part(rest, suffix)?;
        Some(Self { release, early })
    }

    /// The first version after all those that begin with these numbers: 3.13 for 3.12.
    pub(super) fn successor(&self) -> Vec<u64> {
        successor(&self.release)
    }

    /// The version without decoration.
    pub(super) fn plain(&self) -> String {
        let numbers: Vec<_> = self.release.iter().map(u64::to_string).collect();
        format!("{}{}", numbers.join("."), self.early)
    }
}

/// The numbers with the last one raised by one.
pub(super) fn successor(release: &[u64]) -> Vec<u64> {
    let mut release = release.to_vec();
    if let Some(last) = release.last_mut() {
        *last = last.saturating_add(1);
    }
    release
}

/// Compares numbers; those that are not written are 0.
pub(super) fn compare(one: &[u64], two: &[u64]) -> Ordering {
    let length = one.len().max(two.len());
    let at = |release: &[u64], index: usize| release.get(index).copied().unwrap_or(0);
    (0..length)
        .map(|index| at(one, index).cmp(&at(two, index)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// The numbers at the beginning, and what follows them.
fn numbers(text: &str) -> Option<(Vec<u64>, &str)> {
    let mut release = Vec::new();
    let mut rest = text;
    loop {
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        release.push(rest[..end].parse().ok()?);
        rest = &rest[end..];
        match rest.strip_prefix('.') {
            Some(next) if next.starts_with(|c: char| c.is_ascii_digit()) => rest = next,
            _ => return Some((release, rest)),
        }
    }
}

fn without_wildcards(mut rest: &str) -> &str {
    while let Some(next) = [".x", ".X", ".*"]
        .iter()
        .find_map(|wild| rest.strip_prefix(wild))
    {
        rest = next;
    }
    rest
}

/// What makes the version an early one; `None` where the rest is no part of a version.
fn early_part(rest: &str, suffix: Suffix) -> Option<String> {
    let word = rest.trim_start_matches(['.', '-']).to_ascii_lowercase();
    let is_early = EARLY.iter().any(|early| {
        let after = word.strip_prefix(early);
        after.is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_alphabetic()))
    });
    if is_early || (suffix == Suffix::IsEarly && rest.starts_with('-') && !word.is_empty()) {
        let first = match suffix {
            Suffix::IsEarly => word.as_str(),
            // A variant may follow: 3.14-rc-slim.
            Suffix::IsVariant => word.split('-').next().unwrap_or_default(),
        };
        return Some(first.replace(['.', '-'], ""));
    }
    let is_variant = rest.is_empty() || rest.starts_with('-') || is_patch(&word);
    is_variant.then(String::new)
}

/// Ruby's patch level `p0`, Python's `post1` and free-threaded `t`.
fn is_patch(word: &str) -> bool {
    let digits = ["post", "p", "t"]
        .iter()
        .find_map(|mark| word.strip_prefix(mark));
    digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str, suffix: Suffix) -> Option<String> {
        Version::parse(text, suffix).map(|version| version.plain())
    }

    #[test]
    fn versions_are_read_however_they_are_decorated() {
        for (text, expected) in [
            ("3.12", "3.12"),
            ("v22.21.1", "22.21.1"),
            (" 16 ", "16"),
            ("16.x", "16"),
            ("16.x.x", "16"),
            ("3.12.*", "3.12"),
            ("3.12-slim-bookworm", "3.12"),
            ("22-alpine3.20", "22"),
            ("17.0.9_9-jre", "17.0.9"),
            ("17.0.9+9", "17.0.9"),
            ("21.0.2-tem", "21.0.2"),
            ("3.3.0p0", "3.3.0"),
            ("3.12.4.post1", "3.12.4"),
            ("3.13t", "3.13"),
            ("3.14.0rc1", "3.14.0rc1"),
            ("3.14-rc-slim", "3.14rc"),
            ("3.14.0-rc.1", "3.14.0rc.1"),
            ("3.13-dev", "3.13dev"),
            ("21-ea", "21ea"),
        ] {
            let expected = expected.replace("rc.1", "rc1");
            assert_eq!(plain(text, Suffix::IsVariant), Some(expected), "{text}");
        }
        for bad in [
            "",
            "latest",
            "lts/*",
            "v",
            "3.12abc",
            "99999999999999999999",
            "x.1",
        ] {
            assert_eq!(plain(bad, Suffix::IsVariant), None, "{bad}");
        }
        let canary = plain("16.0.0-foo.3", Suffix::IsEarly);
        assert_eq!(canary.as_deref(), Some("16.0.0foo3"));
        assert_eq!(plain("16.0.0-", Suffix::IsEarly).as_deref(), Some("16.0.0"));
    }

    #[test]
    fn numbers_that_are_not_written_are_zero() {
        assert_eq!(compare(&[3, 12], &[3, 12, 0]), Ordering::Equal);
        assert_eq!(compare(&[3, 12], &[3, 12, 1]), Ordering::Less);
        assert_eq!(compare(&[3, 100], &[3, 12, 1]), Ordering::Greater);
    }
}
