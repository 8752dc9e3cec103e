//! A share of a whole, compared without rounding.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How much of a whole is covered, in counts: 180 of 240 lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ratio {
    /// How many are.
    pub covered: u64,
    /// How many could be.
    pub total: u64,
}

impl Ratio {
    /// Tells whether the ratio is at least `share`. Nothing of nothing is never enough, so an
    /// empty report cannot pass.
    pub fn reaches(self, share: Share) -> bool {
        self.total > 0
            && u128::from(self.covered) * 10_000 >= u128::from(share.0) * u128::from(self.total)
    }

    /// Adds the counts of two reports.
    pub fn plus(self, other: Self) -> Self {
        Self {
            covered: self.covered.saturating_add(other.covered),
            total: self.total.saturating_add(other.total),
        }
    }

    /// The ratio as whole hundredths of a percent, rounded down, so that what is shown never
    /// claims more than there is.
    fn basis_points(self) -> u64 {
        let points = u128::from(self.covered) * 10_000 / u128::from(self.total.max(1));
        u64::try_from(points).unwrap_or(u64::MAX)
    }
}

impl fmt::Display for Ratio {
    /// `75 %`, or `69.99 %` where the percent is not whole.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_percent(self.basis_points(), f)
    }
}

/// A limit in hundredths of a percent: 70 % is 7,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Share(u32);

impl Share {
    /// Reads `70%`, `70` or `99.5 %`; nothing below 0 or above 100, two decimals at most.
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.trim().trim_end_matches('%').trim_end();
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || decimals.len() > 2 || !digits(whole) || !digits(decimals) {
            return None;
        }
        let points = format!("{whole}{decimals:0<2}").parse().ok()?;
        (points <= 10_000).then_some(Self(points))
    }

    /// The share in hundredths of a percent.
    pub fn basis_points(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_percent(u64::from(self.0), f)
    }
}

fn write_percent(basis_points: u64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (whole, rest) = (basis_points / 100, basis_points % 100);
    if rest == 0 {
        write!(f, "{whole} %")
    } else {
        write!(f, "{whole}.{rest:02} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(covered: u64, total: u64) -> Ratio {
        Ratio { covered, total }
    }

    #[test]
    fn shares_are_read_with_and_without_the_percent_sign() {
        for (text, points) in [("70%", 7000), ("70", 7000), ("99.5 %", 9950), ("0", 0)] {
            assert_eq!(
                Share::parse(text).map(Share::basis_points),
                Some(points),
                "{text}"
            );
        }
        for bad in ["", "%", "101", "-1", "70.123", "7o", ".5"] {
            assert_eq!(Share::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_ratio_reaches_a_share_exactly_or_not_at_all() {
        let seventy = Share::parse("70%").unwrap();
        assert!(ratio(70, 100).reaches(seventy));
        assert!(!ratio(6999, 10_000).reaches(seventy));
        assert!(
            !ratio(0, 0).reaches(Share::parse("0").unwrap()),
            "nothing of nothing"
        );
        assert!(ratio(u64::MAX, u64::MAX).reaches(Share::parse("100").unwrap()));
    }

    #[test]
    fn what_is_shown_is_rounded_down() {
        assert_eq!(ratio(180, 240).to_string(), "75 %");
        assert_eq!(ratio(699_999, 1_000_000).to_string(), "69.99 %");
    }
}
