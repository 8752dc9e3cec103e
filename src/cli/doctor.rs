//! `tollgate doctor`.

use std::process::ExitCode;

use super::args::{DoctorArguments, Format, FormatArgument};
use super::{Context, exit, screen};
use crate::app::doctor::{self, Asking, Examined};
use crate::app::failure::Failure;
use crate::domain::doctor::Severity;
use crate::render::doctor::{AuditView, json, sarif, text};
use crate::render::github;

/// The form of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// As every command has it.
    Format(Format),
    /// SARIF.
    Sarif,
}

impl Shape {
    /// What was asked for, else the default.
    pub(super) fn of(asked: Option<FormatArgument>, default: Format) -> Self {
        match asked {
            Some(FormatArgument::Sarif) => Self::Sarif,
            _ => Self::Format(default),
        }
    }
}

/// Audits the repository and exits by what was found.
pub(super) async fn run(
    context: Context,
    arguments: DoctorArguments,
    shape: Shape,
) -> Result<ExitCode, Failure> {
    let asking = match arguments.offline {
        true => Asking::Nobody,
        false => Asking::GitHub,
    };
    let examined = doctor::examine(&context.settings, asking).await?;
    let report = report(&examined, &context, shape);
    screen::print(&examined.redactor.mask(&report))?;
    if let Some(trouble) = &examined.trouble {
        let message = format!("not every setting was looked at: {trouble}");
        let failure =
            Failure::unreachable(examined.redactor.mask(&message).into_owned().into_inner());
        screen::tell_failure(&failure, Format::Human); // the report has it in every other form
        return Ok(exit::of_failure(failure.kind));
    }
    let is_grave = |severity| severity != Severity::Note;
    let found = examined.findings.iter().any(|it| is_grave(it.severity));
    Ok(ExitCode::from(if found {
        exit::FAILED
    } else {
        exit::PASSED
    }))
}

fn report(examined: &Examined, context: &Context, shape: Shape) -> String {
    let view = AuditView {
        findings: &examined.findings,
        workflows: examined.workflows,
        trouble: examined.trouble.as_deref(),
    };
    match shape {
        Shape::Sarif => format!("{:#}\n", sarif(&view)),
        Shape::Format(Format::Json) => format!("{:#}\n", json(&view)),
        Shape::Format(Format::Github) => github::audit(&view),
        Shape::Format(Format::Human) => text(&view, context.screen.paint()),
    }
}
