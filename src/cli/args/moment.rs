//! Moments as users type them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The start of a day in UTC (`2026-12-01`), or a moment (RFC 3339).
///
/// # Errors
/// What is wanted instead.
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    let wanted = || {
        "a day such as 2026-12-01, or a moment such as 2026-12-01T10:00:00Z is wanted".to_owned()
    };
    let day: Date = text.parse().map_err(|_| wanted())?;
    let start = day.to_zoned(TimeZone::UTC).map_err(|_| wanted())?;
    Ok(start.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_the_start_of_a_day_or_has_a_zone() {
        let at = |text: &str| Ok(text.parse().unwrap());
        assert_eq!(moment("2026-12-01"), at("2026-12-01T00:00:00Z"));
        assert_eq!(
            moment(" 2026-12-01T10:00:00+02:00"),
            at("2026-12-01T08:00:00Z")
        );
        for bad in ["", "soon", "2026-13-01", "12-01", "7d"] {
            assert!(moment(bad).is_err(), "{bad}");
        }
    }
}
