//! `tollgate validate`.

use std::process::ExitCode;

use super::args::{Format, ValidateArguments};
use super::run::processors;
use super::{Context, exit, screen, signals};
use crate::app::failure::Failure;
use crate::app::project::Project;
use crate::app::run::stop::Stop;
use crate::app::validate::{Validated, records, validate};
use crate::render::validation;

/// Validates an environment, or looks after the record of such runs.
pub(super) async fn run(
    context: Context,
    arguments: ValidateArguments,
) -> Result<ExitCode, Failure> {
    let format = context.format;
    let stop = Stop::new();
    signals::listen(stop.clone())?;
    let mut settings = context.settings;
    settings.target.clone_from(&arguments.environment);
    let project = Project::open(settings).await?;
    if arguments.list {
        let all = records::list(&project, arguments.environment.as_ref()).await?;
        screen::print(&match format {
            Format::Json => format!("{:#}\n", validation::documents(&all)),
            Format::Human | Format::Github => validation::list(&all),
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    let validated = if let Some(id) = &arguments.show {
        records::show(&project, id).await?
    } else if let Some(id) = &arguments.finalize {
        let by = arguments
            .by
            .clone()
            .unwrap_or_else(|| project.settings.actor());
        records::finalize(&project, id, &by, stop).await?
    } else {
        let wanted = || Failure::usage("which environment is to be validated?");
        let environment = arguments.environment.as_ref().ok_or_else(wanted)?; // clap asks for it
        let reporters = context
            .screen
            .reporters(format, &project.settings, &project.directory);
        validate(&project, environment, processors(), reporters, stop).await?
    };
    tell(&validated, format)?;
    match arguments.show.is_some() {
        true => Ok(ExitCode::SUCCESS),
        false => Ok(exit::of_outcome(validated.outcome)),
    }
}

fn tell(validated: &Validated, format: Format) -> Result<(), Failure> {
    let report = validated
        .report
        .as_ref()
        .map(|path| path.display().to_string());
    if format == Format::Json {
        let document = validation::document(&validated.view, report.as_deref());
        return screen::print(&format!("{document:#}\n"));
    }
    let report = report.map_or(String::new(), |path| format!("  report: {path}\n"));
    screen::print(&format!("{}{report}", validation::text(&validated.view)))
}
