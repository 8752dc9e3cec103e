//! `tollgate why`.

use std::process::ExitCode;

use super::args::{Format, WhyArguments};
use super::{Context, exit, screen};
use crate::app::failure::Failure;
use crate::app::project::Project;
use crate::app::why::why;
use crate::render::github;
use crate::render::way::{self, WayView};

/// Shows what keeps the release from an environment, and exits by whether anything does.
pub(super) async fn run(context: Context, arguments: WhyArguments) -> Result<ExitCode, Failure> {
    let project = Project::open(context.settings).await?;
    let explained = why(&project, &arguments.environment).await?;
    let view = WayView {
        release: &explained.release,
        dirty: project.tree.is_dirty(),
        way: &explained.way,
    };
    screen::print(&match context.format {
        Format::Json => format!("{:#}\n", way::document(&view)),
        Format::Github => github::way(&view),
        Format::Human => way::text(&view, context.screen.paint()),
    })?;
    Ok(exit::of_outcome(explained.outcome()))
}
