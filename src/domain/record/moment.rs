//! What a recorded time may stand for.

use jiff::{SignedDuration, Timestamp};

/// The last moment that a time may stand for. GitHub and others leave out the parts of a second, so
/// what they date in a second may be from its very end.
pub fn at_the_latest(at: Timestamp) -> Timestamp {
    if at.subsec_nanosecond() != 0 {
        return at;
    }
    at.saturating_add(SignedDuration::from_nanos(999_999_999))
        .unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_second_lasts_to_its_end() {
        for (at, expect) in [
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.999999999Z"),
            ("2026-01-02T03:04:05.5Z", "2026-01-02T03:04:05.5Z"),
        ] {
            let at: Timestamp = at.parse().unwrap();
            assert_eq!(at_the_latest(at).to_string(), expect);
        }
        assert_eq!(at_the_latest(Timestamp::MAX), Timestamp::MAX);
    }
}
