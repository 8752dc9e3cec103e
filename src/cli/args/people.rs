//! What people type to tell what they saw and decided.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueEnum};
use jiff::{SignedDuration, Timestamp};

use super::moment::moment;
use super::{non_blank, non_empty_path};
use crate::domain::ids::{CheckId, CheckRef, EnvironmentId, GateId, is_name};

/// `tollgate approve`.
#[derive(Debug, Args)]
pub struct ApproveArguments {
    /// The stage, gate or environment of the policy
    #[arg(value_name = "GATE|ENV", value_parser = NonEmptyStringValueParser::new())]
    pub subject: String,
    /// Who decides: a GitHub login
    #[arg(long, value_name = "NAME", value_parser = non_blank)]
    pub by: String,
    /// The role in which they decide, such as `qa`
    #[arg(long, value_name = "ROLE", value_parser = non_blank)]
    pub role: Option<String>,
    /// Reject instead: a veto, until the same person approves
    #[arg(long)]
    pub reject: bool,
    /// What they say
    #[arg(long, value_name = "TEXT", value_parser = non_blank)]
    pub comment: Option<String>,
}

/// `tollgate waive`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("waived").required(true).args(["scope", "revoke", "grant"]))]
pub struct WaiveArguments {
    /// The gate, or one check of it
    #[arg(value_name = "GATE[/CHECK]", requires_all = ["by", "reason", "expires"])]
    pub scope: Option<WaiverScope>,
    /// Who grants it, asks for it, or takes it back
    #[arg(long, value_name = "NAME", value_parser = non_blank)]
    pub by: Option<String>,
    /// The role in which they do
    #[arg(long, value_name = "ROLE", value_parser = non_blank)]
    pub role: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = non_blank)]
    pub reason: Option<String>,
    /// When it ends: after a time such as 36h or 7d, or at the start of a day (UTC) or a moment
    #[arg(long, value_name = "7d|DATE", value_parser = expiry)]
    pub expires: Option<Expiry>,
    /// Ask for it only; somebody who may has to grant it
    #[arg(long, requires = "scope")]
    pub request: bool,
    /// Grant the waiver that was asked for under this id
    #[arg(long, value_name = "ID", requires = "by", value_parser = non_blank)]
    pub grant: Option<String>,
    /// Take back the waiver of this id
    #[arg(long, value_name = "ID", value_parser = non_blank)]
    pub revoke: Option<String>,
}

/// `test`, or `test/pytest`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverScope {
    /// The gate.
    pub gate: GateId,
    /// The one check of it.
    pub check: Option<CheckId>,
}

impl std::str::FromStr for WaiverScope {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains('/') {
            let CheckRef { gate, check } = text.parse::<CheckRef>().map_err(|it| it.to_string())?;
            return Ok(Self {
                gate,
                check: Some(check),
            });
        }
        Ok(Self {
            gate: text.parse::<GateId>().map_err(|it| it.to_string())?,
            check: None,
        })
    }
}

/// When a waiver ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// So long from now.
    After(SignedDuration),
    /// At a moment.
    At(Timestamp),
}

impl Expiry {
    /// The moment.
    pub fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Self::After(time) => now.checked_add(time).unwrap_or(Timestamp::MAX),
            Self::At(moment) => moment,
        }
    }
}

/// `90s 10m 24h 14d`, `2026-12-01`, or RFC 3339.
fn expiry(text: &str) -> Result<Expiry, String> {
    let text = text.trim();
    if let Some(seconds) = seconds(text) {
        return Ok(Expiry::After(SignedDuration::from_secs(seconds)));
    }
    let at = moment(text).map(Expiry::At);
    at.map_err(|wanted| format!("a time such as 7d, {wanted}"))
}

fn seconds(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: i64 = number.parse().ok().filter(|number| *number >= 0)?;
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    number.checked_mul(unit)
}

/// `tollgate sign-off`.
#[derive(Debug, Args)]
pub struct SignOffArguments {
    /// The manual check
    #[arg(value_name = "GATE/CHECK")]
    pub check: CheckRef,
    /// Who looked
    #[arg(long, value_name = "NAME", value_parser = non_blank)]
    pub by: String,
    /// What they saw
    #[arg(long, value_name = "RESULT")]
    pub result: SignoffOutcome,
    /// Where they looked [default: in no environment]
    #[arg(long, value_name = "ENV")]
    pub environment: Option<EnvironmentId>,
    /// What they say
    #[arg(long, value_name = "TEXT", value_parser = non_blank)]
    pub note: Option<String>,
    /// A file that shows it
    #[arg(long, value_name = "FILE", value_parser = non_empty_path())]
    pub evidence: Option<PathBuf>,
}

/// What a person saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SignoffOutcome {
    /// It is as it should be.
    Passed,
    /// It is not.
    Failed,
}

/// `tollgate evidence …`.
#[derive(Debug, Subcommand)]
pub enum EvidenceCommand {
    /// Add evidence that no check makes, such as a rollback plan
    Add {
        /// Its type, such as rollback-plan
        #[arg(value_name = "TYPE", value_parser = kind)]
        kind: String,
        /// The file
        #[arg(value_name = "FILE", value_parser = non_empty_path())]
        file: PathBuf,
        /// The gate that it is for [default: every gate that asks for the type]
        #[arg(long, value_name = "GATE")]
        gate: Option<GateId>,
    },
}

fn kind(text: &str) -> Result<String, String> {
    match is_name(text) {
        true => Ok(text.to_owned()),
        false => Err("a type is letters, digits, `_`, `-` and `.`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiver_ends_after_a_time_or_at_a_moment() {
        let after = |hours| Ok(Expiry::After(SignedDuration::from_hours(hours)));
        let at = |text: &str| Ok(Expiry::At(text.parse().unwrap()));
        assert_eq!(expiry("36h"), after(36));
        assert_eq!(expiry("7d"), after(7 * 24));
        assert_eq!(expiry("2026-12-01"), at("2026-12-01T00:00:00Z"));
        assert_eq!(
            expiry("2026-12-01T10:00:00+02:00"),
            at("2026-12-01T08:00:00Z")
        );
        for bad in [
            "",
            "7",
            "d",
            "-1d",
            "soon",
            "2026-13-01",
            "9999999999999999999d",
        ] {
            assert!(expiry(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_scope_is_a_gate_or_one_check_of_it() {
        let scope = |text: &str| text.parse::<WaiverScope>();
        assert_eq!(scope("test").unwrap().check, None);
        assert_eq!(
            scope("test/pytest").unwrap().check.unwrap().as_str(),
            "pytest"
        );
        for bad in ["", "a/b/c", "/x", "x/"] {
            assert!(scope(bad).is_err(), "{bad}");
        }
    }
}
