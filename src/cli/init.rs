//! `tollgate init`.

use std::process::ExitCode;

use super::args::InitArguments;
use super::{Context, screen};
use crate::app::failure::Failure;
use crate::app::init::{self, Existing};

/// Writes a policy and a workflow, or shows them.
pub(super) async fn run(context: Context, arguments: InitArguments) -> Result<ExitCode, Failure> {
    let action = arguments.action.unwrap_or_default();
    let files = init::scaffold(&context.settings, &action).await?;
    if arguments.dry_run {
        for file in &files {
            screen::print(&format!("# {}\n{}\n", file.path, file.text))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let existing = match arguments.force {
        true => Existing::Replaced,
        false => Existing::Kept,
    };
    init::write(&context.settings, &files, existing).await?;
    for file in &files {
        screen::print(&format!("wrote {}\n", file.path))?;
    }
    if action.is_placeholder() {
        screen::print(
            "this build was not released: put the owner and the commit of your copy of the action \
             into the workflow, or call again with --force --action OWNER/tollgate@SHA\n",
        )?;
    }
    screen::print("next: `tollgate run` here, then commit both files\n")?;
    Ok(ExitCode::SUCCESS)
}
