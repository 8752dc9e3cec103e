//! What `--format` comes to: most forms are for every command, some for one alone.

use super::args::{Command, Format, FormatArgument};
use crate::app::failure::Failure;
use crate::settings::Settings;

/// The form in which a command speaks. One that writes documents of its own (`doctor`, `report`)
/// speaks in it of faults.
///
/// # Errors
/// A form that the command does not have.
pub(super) fn of(
    asked: Option<FormatArgument>,
    command: &Command,
    settings: &Settings,
) -> Result<Format, Failure> {
    let default = match settings.actions {
        Some(_) => Format::Github,
        None => Format::Human,
    };
    let Some(asked) = asked else {
        return Ok(default);
    };
    let is_report = matches!(command, Command::Report(_));
    let is_doctor = matches!(command, Command::Doctor(_));
    match asked {
        FormatArgument::Json => Ok(Format::Json),
        FormatArgument::Human if !is_report => Ok(Format::Human),
        FormatArgument::Github if !is_report => Ok(Format::Github),
        FormatArgument::Sarif if is_doctor => Ok(Format::Human),
        FormatArgument::Md | FormatArgument::Html | FormatArgument::Junit if is_report => {
            Ok(default)
        }
        _ if is_report => Err(refused(
            asked,
            "not for `tollgate report`",
            "md, html, json or junit",
        )),
        FormatArgument::Sarif => Err(refused(
            asked,
            "for `tollgate doctor` only",
            "human, github or json",
        )),
        _ => Err(refused(
            asked,
            "for `tollgate report` only",
            "human, github or json",
        )),
    }
}

fn refused(asked: FormatArgument, why: &str, instead: &str) -> Failure {
    let word = match asked {
        FormatArgument::Human => "human",
        FormatArgument::Github => "github",
        FormatArgument::Json => "json",
        FormatArgument::Sarif => "sarif",
        FormatArgument::Md => "md",
        FormatArgument::Html => "html",
        FormatArgument::Junit => "junit",
    };
    Failure::usage(format!("--format {word} is {why}")).hint(format!("use {instead}"))
}
