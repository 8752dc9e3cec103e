//! `tollgate status`.

use std::process::ExitCode;

use super::args::{Format, StatusArguments};
use super::{Context, exit, screen};
use crate::app::failure::Failure;
use crate::app::project::Project;
use crate::app::status;
use crate::domain::gate::verdict::Verdict;
use crate::domain::release::Release;
use crate::domain::run::Tree;
use crate::render::{self, StatusView};

/// Shows how the release stands.
pub(super) async fn run(context: Context, arguments: StatusArguments) -> Result<ExitCode, Failure> {
    let project = Project::open(context.settings).await?;
    let standing = status::status(&project).await?;
    match context.format {
        Format::Json => {
            print_document(
                Format::Json,
                &standing.release,
                &project.tree,
                &standing.verdict,
            )?;
        }
        Format::Human | Format::Github => {
            let view = view(&standing.release, &project.tree, &standing.verdict);
            screen::print(&render::status::text(&view, context.screen.paint()))?;
        }
    }
    match arguments.exit_code {
        true => Ok(exit::of_outcome(standing.outcome())),
        false => Ok(ExitCode::SUCCESS),
    }
}

/// Prints the status document when JSON is asked for; otherwise reporters have told everything.
pub(super) fn print_document(
    format: Format,
    release: &Release,
    tree: &Tree,
    verdict: &Verdict,
) -> Result<(), Failure> {
    if format != Format::Json {
        return Ok(());
    }
    let document = render::json::status(&view(release, tree, verdict));
    screen::print(&format!("{document:#}\n"))
}

fn view<'a>(release: &'a Release, tree: &Tree, verdict: &'a Verdict) -> StatusView<'a> {
    StatusView {
        release,
        dirty: tree.is_dirty(),
        verdict,
    }
}
