//! What artifacts may be called, and how long they are kept.

use jiff::{SignedDuration, Timestamp};

use super::ArtifactError;

/// The most days that GitHub keeps artifacts of a private repository
/// (<https://docs.github.com/en/organizations/managing-organization-settings/configuring-the-retention-period-for-github-actions-artifacts-and-logs-in-your-organization>).
const MOST_DAYS: u32 = 400;

/// <https://github.com/actions/toolkit/blob/main/packages/artifact/src/internal/upload/path-and-artifact-name-validation.ts>
pub(super) fn check_name(name: &str) -> Result<(), ArtifactError> {
    let is_refused = |c: char| {
        matches!(c, '"' | ':' | '<' | '>' | '|' | '*' | '?' | '\\' | '/') || c.is_control()
    };
    let problem = match name {
        "" => "it is empty",
        _ if name.contains(is_refused) => {
            "it holds one of \" : < > | * ? \\ / or a control character"
        }
        _ => return Ok(()),
    };
    let name = name.to_owned();
    Err(ArtifactError::BadName { name, problem })
}

pub(super) fn expiry(
    now: Timestamp,
    days: u32,
    longest_days: Option<u32>,
) -> Result<Timestamp, ArtifactError> {
    let bad = || ArtifactError::BadRetention { days };
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(bad());
    }
    let days = longest_days.map_or(days, |longest| longest.min(days));
    let kept = SignedDuration::from_hours(24 * i64::from(days));
    now.checked_add(kept).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        for name in ["report", "report 1.2 ü", ".", "a'b"] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        for name in [
            "", "a\"", "a:", "a<", "a>", "a|", "a*", "a?", "a\\", "a/b", "a\r", "a\n", "a\0",
        ] {
            let error = check_name(name).unwrap_err().to_string();
            assert!(error.starts_with("an artifact can't be named"), "{error}");
        }
    }

    #[test]
    fn artifacts_are_kept_no_longer_than_allowed() {
        let now: Timestamp = "2026-11-20T20:58:40.359Z".parse().unwrap();
        let expiry = |days, longest| {
            let expiry = expiry(now, days, longest);
            expiry.map(|at| at.to_string())
        };
        let found = expiry(5, None);
        assert_eq!(found.as_deref(), Ok("2026-11-25T20:58:40.359Z"));
        assert_eq!(expiry(5, Some(90)), expiry(5, None));
        assert_eq!(expiry(90, Some(5)), expiry(5, None));
        assert!(expiry(1, None).is_ok() && expiry(400, None).is_ok());
        for days in [0, 401] {
            let days = expiry(days, Some(1));
            assert!(matches!(days, Err(ArtifactError::BadRetention { .. })));
        }
    }
}
