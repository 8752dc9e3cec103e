//! `tollgate keys`.

use std::process::ExitCode;

use super::args::{Format, KeysCommand};
use super::{Context, screen};
use crate::app::control_plane::NewKey;
use crate::app::failure::Failure;

/// Makes a key. It is printed once and kept nowhere.
pub(super) fn run(context: &Context, command: KeysCommand) -> Result<ExitCode, Failure> {
    let KeysCommand::New { role, name } = command;
    let NewKey { key, entry } = NewKey::new(role, &name)?;
    let text = match context.format {
        Format::Json => {
            let document = serde_json::json!({
                "schema": "tollgate.key/v1", "key": key, "entry": entry,
            });
            format!("{document:#}\n")
        }
        Format::Human | Format::Github => format!("{key}\n{entry}\n"),
    };
    screen::print(&text)?;
    screen::say(
        "the first line is the key: give it to its owner, it is not shown again. The second is its \
         entry in TOLLGATE_API_KEYS",
    );
    Ok(ExitCode::SUCCESS)
}
