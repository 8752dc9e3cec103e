//! `tollgate report`.

use std::process::ExitCode;

use super::args::{FormatArgument, ReportArguments};
use super::{Context, screen};
use crate::app::failure::Failure;
use crate::app::project::Project;
use crate::app::report::{Material, Shape, write};

/// The form that was asked for, else Markdown.
pub(super) fn shape_of(asked: Option<FormatArgument>) -> Shape {
    match asked {
        Some(FormatArgument::Html) => Shape::Html,
        Some(FormatArgument::Json) => Shape::Json,
        Some(FormatArgument::Junit) => Shape::Junit,
        _ => Shape::Markdown,
    }
}

/// Writes the record of the release.
pub(super) async fn run(
    context: Context,
    arguments: ReportArguments,
    shape: Shape,
) -> Result<ExitCode, Failure> {
    let project = Project::open(context.settings).await?;
    let material = Material::gather(&project).await?;
    let text = material.shaped(shape)?;
    match &arguments.output {
        Some(file) => write(&project, file, &text)?,
        None => screen::print(&text)?,
    }
    Ok(ExitCode::SUCCESS)
}
