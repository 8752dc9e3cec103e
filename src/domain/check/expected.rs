//! A value that the policy expects, held against one that was found.

use std::fmt;

/// The longest number that is compared as one, in bytes.
const LONGEST_NUMBER: usize = 400;

/// What a value must be, as the policy writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected(String);

impl Expected {
    /// Takes the value as it is written.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Tells whether a text is it, to the letter.
    pub fn is_text(&self, found: &str) -> bool {
        self.0 == found
    }

    /// Tells whether a number is it, however either is written: `1.50` is `1.5` and `15e-1`.
    /// Nothing is rounded.
    pub fn is_number(&self, found: &str) -> bool {
        match (Decimal::read(&self.0), Decimal::read(found)) {
            (Some(expected), Some(found)) => expected == found,
            _ => self.is_text(found),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A decimal number in the one form in which equal numbers are the same.
#[derive(PartialEq, Eq)]
struct Decimal {
    is_negative: bool,
    /// Without zeros at the ends; empty for zero.
    digits: String,
    /// By which power of ten the digits, as a whole number, are multiplied.
    exponent: i64,
}

impl Decimal {
    fn read(text: &str) -> Option<Self> {
        let text = Some(text.trim()).filter(|text| text.len() <= LONGEST_NUMBER)?;
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{decimals}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let exponent = exponent.parse::<i32>().ok()?;
        let significant = digits.trim_end_matches('0');
        let zeros = digits.len() - significant.len();
        let digits = significant.trim_start_matches('0').to_owned();
        Some(match digits.is_empty() {
            true => Self {
                is_negative: false,
                digits,
                exponent: 0,
            },
            false => Self {
                is_negative: text.starts_with('-'),
                digits,
                exponent: i64::from(exponent) + size(zeros) - size(decimals.len()),
            },
        })
    }
}

fn size(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(expected: &str, found: &str, is: bool) {
        let is_number = Expected::new(expected).is_number(found);
        assert_eq!(is_number, is, "{expected} and {found}");
    }

    #[test]
    fn numbers_are_compared_by_value() {
        check("1.50", "1.5", true);
        check("15e-1", "1.5", true);
        check("+3", "3", true);
        check("0", "-0.00", true);
        check("100", "1E2", true);
        check("007", "7", true);
        check("1.5", "1.51", false);
        check("-1", "1", false);
        check("10", "1", false);
        check("1", "", false);
        check("9007199254740993", "9007199254740992", false);
    }

    #[test]
    fn what_is_no_number_is_compared_by_letter() {
        check("NaN", "NaN", true);
        check("NaN", "nan", false);
        check("1 000", "1000", false);
        check("1e99999999999", "1e99999999999", true);
        assert!(!Expected::new("1.50").is_text("1.5"));
    }

    proptest! {
        #[test]
        fn whole_numbers_are_themselves_only(one: i64, two: i64) {
            let same = Expected::new(one.to_string()).is_number(&two.to_string());
            prop_assert_eq!(same, one == two);
            let with_zeros = Expected::new(format!("{one}.000"));
            prop_assert!(with_zeros.is_number(&one.to_string()));
        }

        #[test]
        fn nothing_panics(one in "[-+0-9.eE]{0,12}", two in "\\PC{0,12}") {
            let expected = Expected::new(one);
            prop_assert!(expected.is_number(expected.as_str()));
            let _ = expected.is_number(&two);
        }
    }
}
