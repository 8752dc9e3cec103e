//! `tollgate ledger`.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use super::args::{Format, LedgerCommand};
use super::{Context, exit, screen};
use crate::app::failure::Failure;
use crate::app::forward;
use crate::app::ledger::{self, Imported, Meant, Scope};
use crate::domain::record::chain::Link;
use crate::ledger::{SealState, VerifyReport};

/// Looks after the ledger.
pub(super) async fn run(context: Context, command: LedgerCommand) -> Result<ExitCode, Failure> {
    let format = context.format;
    if let (LedgerCommand::Import { pack }, Some(server)) = (&command, &context.settings.server) {
        let imported = forward::import(&context.settings, server, pack).await?;
        return told(pack, imported);
    }
    let scope = match &command {
        LedgerCommand::Verify | LedgerCommand::Import { .. } => Scope::All,
        LedgerCommand::Log { all } | LedgerCommand::Export { all, .. } if *all => Scope::All,
        LedgerCommand::Log { .. } | LedgerCommand::Export { .. } => Scope::Release,
    };
    let meant = Meant::find(context.settings, scope).await?;
    match command {
        LedgerCommand::Verify => verify(&meant, format).await,
        LedgerCommand::Log { .. } => {
            screen::print(&log(&ledger::log(&meant).await?, format)?)?;
            Ok(ExitCode::SUCCESS)
        }
        LedgerCommand::Export { output, .. } => {
            for note in ledger::export(&meant, output.as_deref()).await? {
                screen::say(&format!("warning: {note}"));
            }
            Ok(ExitCode::SUCCESS)
        }
        LedgerCommand::Import { pack } => told(&pack, ledger::import(&meant, &pack).await?),
    }
}

fn told(pack: &Path, imported: Imported) -> Result<ExitCode, Failure> {
    let Imported {
        events,
        recorded,
        releases,
    } = imported;
    let counted = format!("{events} events of {releases} releases, {recorded} of them new");
    screen::print(&format!("{}: {counted}\n", pack.display()))?;
    Ok(ExitCode::SUCCESS)
}

async fn verify(meant: &Meant, format: Format) -> Result<ExitCode, Failure> {
    let report = ledger::verify(meant).await?;
    screen::print(&match format {
        Format::Json => format!("{:#}\n", as_json(&report)),
        Format::Human | Format::Github => as_text(&meant.address().to_string(), &report),
    })?;
    Ok(ExitCode::from(if report.is_sound() {
        exit::PASSED
    } else {
        exit::FAILED
    }))
}

fn as_json(report: &VerifyReport) -> serde_json::Value {
    let damages: Vec<_> = report.damages.iter().map(ToString::to_string).collect();
    serde_json::json!({
        "schema": "tollgate.ledger-verify/v1",
        "sound": report.is_sound(),
        "releases": report.releases,
        "events": report.events,
        "seal": seal(report.seal),
        "damages": damages,
    })
}

fn seal(state: SealState) -> &'static str {
    match state {
        SealState::Intact => "intact",
        SealState::Broken => "broken",
        SealState::Open => "open",
        SealState::None => "none",
    }
}

fn as_text(path: &str, report: &VerifyReport) -> String {
    let VerifyReport {
        releases, events, ..
    } = report;
    let counted = format!("{events} events of {releases} releases");
    if report.is_sound() {
        return format!(
            "{path} is sound: {counted}, every chain holds, the seal is {}\n",
            seal(report.seal)
        );
    }
    let mut text = format!("{path} is NOT sound ({counted}):\n");
    for damage in &report.damages {
        let _ = writeln!(text, "  - {damage}"); // a String takes everything
    }
    text
}

/// One line an event; as JSON one object an event.
fn log(links: &[Link], format: Format) -> Result<String, Failure> {
    let mut text = String::new();
    for link in links {
        let line = match format {
            Format::Json => serde_json::to_string(link)
                .map_err(|error| Failure::unreachable(format!("no JSON can be made: {error}")))?,
            Format::Human | Format::Github => as_line(link),
        };
        text.push_str(&line);
        text.push('\n');
    }
    Ok(text)
}

fn as_line(link: &Link) -> String {
    let event = &link.event;
    let subject: Vec<_> = [
        "gate",
        "check",
        "environment",
        "status",
        "decision",
        "type",
        "name",
        "version",
    ]
    .iter()
    .filter_map(|key| event.payload.get(*key)?.as_str())
    .collect();
    format!(
        "{:>5}  {:.3}  {:<18} {:<30} {}  {}",
        link.sequence,
        event.occurred_at,
        event.event_type,
        subject.join(" "),
        event.actor,
        &link.hash.to_string()[..12],
    )
}
