//! How much of what GitHub allows was used.

use std::fmt;

use jiff::Timestamp;

/// How often GitHub was asked, and how often it still may be
/// (<https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#checking-the-status-of-your-rate-limit>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// The requests that were made to the API, repeats included.
    pub calls: u64,
    /// How many the token has left; `None` until GitHub says so, and where it sets no limit.
    pub remaining: Option<u64>,
    /// How many the token has in an hour.
    pub limit: Option<u64>,
    /// When it has all of them again.
    pub resets: Option<Timestamp>,
}

impl fmt::Display for Usage {
    /// `GitHub: 3 calls, 997 of 1,000 left until 12:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.calls {
            1 => write!(f, "GitHub: 1 call")?,
            calls => write!(f, "GitHub: {} calls", grouped(calls))?,
        }
        if let (Some(remaining), Some(limit)) = (self.remaining, self.limit) {
            write!(f, ", {} of {} left", grouped(remaining), grouped(limit))?;
            if let Some(resets) = self.resets {
                write!(f, " until {}", resets.strftime("%H:%MZ"))?;
            }
        }
        Ok(())
    }
}

/// A number with commas between its thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_one_line() {
        let noon: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let usage = |calls, remaining, limit, resets| {
            let usage = Usage {
                calls,
                remaining,
                limit,
                resets,
            };
            usage.to_string()
        };
        assert_eq!(
            usage(3, Some(997), Some(1000), Some(noon)),
            "GitHub: 3 calls, 997 of 1,000 left until 12:00Z"
        );
        assert_eq!(
            usage(1, Some(0), Some(1_000_000), None),
            "GitHub: 1 call, 0 of 1,000,000 left"
        );
        assert_eq!(usage(0, None, None, None), "GitHub: 0 calls");
        assert_eq!(usage(12_345, Some(1), None, None), "GitHub: 12,345 calls");
    }
}
