//! How much of a quota is used, compared without rounding.

use std::fmt;

use super::share::Share;

/// The decimals that are kept of a number; those behind them are cut off.
const DECIMALS: usize = 9;

/// The most digits before the point: 10¹⁸ bytes are an exabyte.
const LONGEST: usize = 18;

/// A number that is not negative, as it is written: `4`, `4.5`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantity {
    /// In billionths.
    billionths: u128,
    written: String,
}

impl Quantity {
    /// Reads decimal digits with or without a point, 18 before it at the most.
    ///
    /// # Errors
    /// Says what the text is instead: "is negative".
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.starts_with('-') {
            return Err("is negative");
        }
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(decimals) {
            return Err("is no number");
        }
        if whole.trim_start_matches('0').len() > LONGEST {
            return Err("has more than 18 digits");
        }
        let kept = &decimals[..decimals.len().min(DECIMALS)];
        let number = format!("{whole}{kept:0<DECIMALS$}").parse();
        Ok(Self {
            billionths: number.map_err(|_| "is no number")?,
            written: text.to_owned(),
        })
    }

    /// Tells whether it is 0.
    pub fn is_zero(&self) -> bool {
        self.billionths == 0
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.written)
    }
}

/// What is used of a quota.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// How much is used.
    pub used: Quantity,
    /// How much there is; not 0.
    pub limit: Quantity,
}

impl Usage {
    /// Tells whether more than a share is used. Exactly as much is not more.
    pub fn exceeds(&self, most: Share) -> bool {
        let used = self.used.billionths * 10_000;
        used > u128::from(most.basis_points()) * self.limit.billionths
    }

    /// What is used in percent, with two decimals, and with more where it would not be told from
    /// `most`, which it exceeds. It is rounded down, so that it never claims too much.
    pub fn percent_above(&self, most: Share) -> String {
        let (hundredths, limit) = (self.used.billionths * 10_000, self.limit.billionths.max(1));
        let points = hundredths / limit;
        let mut digits = format!("{:03}", points);
        let mut rest = hundredths % limit;
        digits.insert(digits.len() - 2, '.');
        let mut is_told = points > u128::from(most.basis_points());
        while !is_told && rest > 0 {
            rest *= 10;
            let next = rest / limit;
            digits.push(char::from(b'0' + u8::try_from(next).unwrap_or(9)));
            rest %= limit;
            is_told = next > 0;
        }
        let shown = digits.trim_end_matches('0').trim_end_matches('.');
        format!("{shown} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(used: &str, limit: &str) -> Usage {
        Usage {
            used: Quantity::parse(used).unwrap(),
            limit: Quantity::parse(limit).unwrap(),
        }
    }

    #[track_caller]
    fn check(used: &str, limit: &str, most: &str, expect: Option<&str>) {
        let (usage, most) = (usage(used, limit), Share::parse(most).unwrap());
        let shown = usage.exceeds(most).then(|| usage.percent_above(most));
        assert_eq!(shown.as_deref(), expect, "{used} of {limit}, {most}");
    }

    #[test]
    fn more_than_a_share_is_told_with_as_many_digits_as_it_takes() {
        check("4", "10", "80%", None);
        check("8", "10", "80%", None);
        check("9", "10", "80%", Some("90 %"));
        check("2", "3", "66.66%", Some("66.666 %"));
        check("2", "3", "66.67%", None);
        check("12", "10", "100%", Some("120 %"));
        check("75000001", "100000000", "75%", Some("75.000001 %"));
        check("0.95", "1", "95%", None);
        check("0.950000001", "1", "95%", Some("95.0000001 %"));
        check("0.5", "1000", "0.04%", Some("0.05 %"));
        check("0", "10", "0", None);
        let most = "999999999999999999";
        check(most, most, "99.99%", Some("100 %"));
        check(most, "1.000000001", "100%", Some("99999999900000000000 %"));
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for (text, why) in [
            ("-1", "is negative"),
            ("-0.5", "is negative"),
            ("", "is no number"),
            ("1e3", "is no number"),
            (".5", "is no number"),
            ("5.", "is no number"),
            ("NaN", "is no number"),
            ("1000000000000000000", "has more than 18 digits"),
        ] {
            assert_eq!(Quantity::parse(text), Err(why), "{text}");
        }
        assert!(Quantity::parse("0.0").unwrap().is_zero());
        assert!(!Quantity::parse("0.30000000000000004").unwrap().is_zero());
    }
}
