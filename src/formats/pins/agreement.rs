//! Does a place that pins a tool agree with the version that is wanted?

use super::Pin;
use super::spec::Meaning;
use super::version::{Suffix, Version, compare};

/// Whether a pin guarantees the wanted version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agreement {
    /// Every version that the pin admits fits the wanted one.
    Agrees,
    /// It admits a version that does not fit, or names none. The text says what is pinned and
    /// follows the place: "pins 3.11, and 3.12 is wanted".
    Drifts(String),
}

/// Judges a pin. `wanted` is a version or the beginning of one, compared number by number: `3.12`
/// fits 3.12, v3.12.4 and 3.12.x, neither 3.120 nor 3.1.
///
/// - A pin that is less exact than `wanted` drifts, because it guarantees less: `22` in an image's
///   tag when 22.21.1 is wanted.
/// - A range agrees only if every version that it admits fits: `^16.1.0` fits 16, and
///   `>=3.12,<3.13`, `~=3.12.0` and `==3.12.*` fit 3.12; `>=3.12` does not, as it admits 3.13.
/// - An early version (`16.0.0-rc.1`) fits its beginning (16, 16.0) and itself, not 16.0.0.
/// - A pin that names no version (`lts/*`, `latest`, an expression that cannot be resolved) agrees
///   only if `wanted` is the same text.
pub fn agrees(wanted: &str, written: &Pin) -> Agreement {
    let wanted = wanted.trim();
    if wanted == written.version {
        return Agreement::Agrees;
    }
    let Some(version) = Version::parse(wanted, Suffix::IsVariant) else {
        return Agreement::Drifts(format!("pins {}, and {wanted} is wanted", written.version));
    };
    match &written.spec.0 {
        Meaning::Version(found) if version_fits(&version, found) => Agreement::Agrees,
        Meaning::Version(found) if begins_with(&version.release, &found.release) => {
            let only = &written.version;
            Agreement::Drifts(format!("pins only {only}, and {wanted} is wanted"))
        }
        Meaning::Version(_) => {
            Agreement::Drifts(format!("pins {}, and {wanted} is wanted", written.version))
        }
        Meaning::Range(intervals) => {
            let mut admitted = intervals
                .iter()
                .filter(|interval| !interval.is_empty())
                .peekable();
            if admitted.peek().is_none() {
                return Agreement::Drifts(format!("admits no version at all: {}", written.version));
            }
            // A range says nothing of early versions, so it guarantees none.
            if version.early.is_empty() && admitted.all(|it| it.is_within(&version.release)) {
                return Agreement::Agrees;
            }
            let range = &written.version;
            Agreement::Drifts(format!("admits other versions than {wanted}: {range}"))
        }
        Meaning::Unclear(what) => Agreement::Drifts(format!("pins {what}, and {wanted} is wanted")),
    }
}

/// Tells whether a requirement leaves room for `wanted`. A manifest (`requires-python`, `engines`,
/// dependencies) does not choose a version, it only bounds the choice: `>=3.11` has room for 3.12,
/// 22 for 22.21.1; `<3.12` has none, nor has `^15` for 16. Anything else is held to [`agrees`].
pub fn has_room(wanted: &str, written: &Pin) -> Agreement {
    let version = Version::parse(wanted.trim(), Suffix::IsVariant);
    match (&written.spec.0, version) {
        (Meaning::Range(intervals), Some(version))
            if intervals
                .iter()
                .any(|interval| interval.admits(&version.release)) =>
        {
            Agreement::Agrees
        }
        (Meaning::Version(found), Some(version))
            if begins_with(&version.release, &found.release) =>
        {
            Agreement::Agrees
        }
        _ => agrees(wanted, written),
    }
}

/// Tells whether a file states requirements ([`has_room`]) instead of choosing versions.
pub fn is_manifest(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "pyproject.toml" | "package.json")
}

/// Tells whether a version, as the tool itself tells it, fits the wanted one, by the rules of
/// [`agrees`].
pub fn fits(wanted: &str, version: &str) -> bool {
    let versions = (
        Version::parse(wanted, Suffix::IsVariant),
        Version::parse(version, Suffix::IsVariant),
    );
    match versions {
        (Some(wanted), Some(version)) => version_fits(&wanted, &version),
        _ => wanted.trim() == version.trim(),
    }
}

fn version_fits(wanted: &Version, found: &Version) -> bool {
    if found.early.is_empty() && wanted.early.is_empty() {
        return begins_with(&found.release, &wanted.release);
    }
    let is_same = compare(&found.release, &wanted.release).is_eq() && found.early == wanted.early;
    let is_beginning = wanted.early.is_empty()
        && wanted.release.len() < found.release.len()
        && begins_with(&found.release, &wanted.release);
    is_same || is_beginning
}

fn begins_with(release: &[u64], beginning: &[u64]) -> bool {
    release.starts_with(beginning)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::pins::find;

    fn room(range: &str, wanted: &str) -> bool {
        let text = format!("{{\"engines\": {{\"node\": \"{range}\"}}}}");
        let pins = find("package.json", &text).unwrap();
        has_room(wanted, &pins[0]) == Agreement::Agrees
    }

    #[test]
    fn a_requirement_has_room_for_what_it_admits() {
        for (range, wanted) in [
            (">=20", "22"),
            (">=20", "22.21.1"),
            ("^22.1.0", "22"),
            ("*", "22"),
            ("22.x", "22.21.1"),
            ("^20 || ^22", "22"),
        ] {
            assert!(room(range, wanted), "{range} {wanted}");
        }
        for (range, wanted) in [
            ("<22", "22"),
            ("^20", "22"),
            (">=24", "22.21.1"),
            ("22.20.0", "22.21.1"),
        ] {
            assert!(!room(range, wanted), "{range} {wanted}");
        }
    }
}
