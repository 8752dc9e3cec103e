//! `tollgate init`.

use std::process::ExitCode;

use super::args::{Format, InitArguments};
use super::{Context, screen};
use crate::app::failure::Failure;
use crate::app::init::{self, Existing, Scaffold};

/// Writes a policy and a workflow, or shows them.
pub(super) async fn run(context: Context, arguments: InitArguments) -> Result<ExitCode, Failure> {
    let action = arguments.action.unwrap_or_default();
    let files = init::scaffold(&context.settings, &action).await?;
    if arguments.dry_run && context.format == Format::Json {
        return print_document(&files, Shown::Whole);
    }
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
    if context.format == Format::Json {
        return print_document(&files, Shown::Paths);
    }
    for file in &files {
        screen::print(&format!("wrote {}\n", file.path))?;
    }
    if action.is_placeholder() {
        screen::print(
            "to fill in: OWNER and the commit behind `OWNER/tollgate@` in the workflow, from the \
             release of Tollgate that you use; or call again with --force --action \
             OWNER/tollgate@SHA\n",
        )?;
    }
    screen::print("next: `tollgate run` here, then commit both files\n")?;
    Ok(ExitCode::SUCCESS)
}

/// What a document tells of each file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// Where it lies.
    Paths,
    /// Its text, too.
    Whole,
}

fn print_document(files: &[Scaffold], shown: Shown) -> Result<ExitCode, Failure> {
    let file = |file: &Scaffold| match shown {
        Shown::Paths => serde_json::json!({ "path": file.path }),
        Shown::Whole => serde_json::json!({ "path": file.path, "text": file.text }),
    };
    let files: Vec<_> = files.iter().map(file).collect();
    let document = serde_json::json!({ "schema": "tollgate.init/v1", "files": files });
    screen::print(&format!("{document:#}\n"))?;
    Ok(ExitCode::SUCCESS)
}
