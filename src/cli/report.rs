//! `tollgate report`.

use std::process::ExitCode;

use super::args::{FormatArgument, ReportArguments};
use super::{Context, screen};
use crate::app::failure::Failure;
use crate::app::project::Project;
use crate::app::report::{Material, write};
use crate::render::report::{Report, Sources, html, json, markdown};
use crate::render::{Chronicle, junit};

/// The form of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Markdown,
    Html,
    Json,
    Junit,
}

impl Shape {
    /// What was asked for, else Markdown.
    pub(super) fn of(asked: Option<FormatArgument>) -> Self {
        match asked {
            Some(FormatArgument::Html) => Self::Html,
            Some(FormatArgument::Json) => Self::Json,
            Some(FormatArgument::Junit) => Self::Junit,
            _ => Self::Markdown,
        }
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
    let text = shaped(&material.sources(), shape)?;
    match &arguments.output {
        Some(file) => write(&project, file, &text)?,
        None => screen::print(&text)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn shaped(sources: &Sources<'_>, shape: Shape) -> Result<String, Failure> {
    let unable = |error| Failure::unreachable(format!("the report cannot be made: {error}"));
    match shape {
        Shape::Markdown => Ok(markdown(&Report::of(sources))),
        Shape::Html => html(&Report::of(sources)).map_err(unable),
        Shape::Json => Ok(format!("{:#}\n", json(sources, &Report::of(sources)))),
        Shape::Junit => {
            let first = sources
                .links
                .iter()
                .map(|link| link.event.occurred_at)
                .min();
            let began = first.unwrap_or(sources.now);
            let chronicle = Chronicle::of_record(sources.verdict.clone(), began);
            let xml = junit::report(&chronicle).map_err(unable)?;
            Ok(sources.redactor.mask_string(xml).into_inner())
        }
    }
}
