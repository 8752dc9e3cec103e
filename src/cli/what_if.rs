//! `tollgate what-if`.

use std::process::ExitCode;

use super::args::{Format, WhatIfArguments};
use super::{Context, exit, screen};
use crate::app::failure::Failure;
use crate::app::project::Project;
use crate::app::what_if::what_if;
use crate::render::forecast::{self, ForecastView};
use crate::render::github;

/// Shows how the release would stand.
pub(super) async fn run(context: Context, arguments: WhatIfArguments) -> Result<ExitCode, Failure> {
    let mut settings = context.settings;
    let other = settings.policy.take();
    let project = Project::open(settings).await?;
    let forecast = what_if(&project, other.as_deref(), arguments.at).await?;
    let view = ForecastView {
        release: &forecast.release,
        dirty: project.tree.is_dirty(),
        at: forecast.at,
        policy: forecast
            .policy
            .as_ref()
            .map(|(path, digest)| (path.as_str(), *digest)),
        now: &forecast.now,
        then: &forecast.then,
        changes: &forecast.changes,
    };
    screen::print(&match context.format {
        Format::Json => format!("{:#}\n", forecast::document(&view)),
        Format::Github => github::lines(&forecast::text(&view, crate::render::Paint::plain())),
        Format::Human => forecast::text(&view, context.screen.paint()),
    })?;
    match arguments.exit_code {
        true => Ok(exit::of_outcome(forecast.outcome())),
        false => Ok(ExitCode::SUCCESS),
    }
}
