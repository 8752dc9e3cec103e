//! The command line: one command a file, one enum, one match.

mod action;
pub mod args;
mod deployed;
mod doctor;
mod exit;
mod format;
mod init;
mod keys;
mod ledger;
mod people;
mod policy;
mod promote;
mod publish;
mod record;
pub mod reference;
mod report;
mod run;
mod screen;
mod serve;
mod settings;
mod signals;
mod status;
mod validate;
mod verify;
mod what_if;
mod why;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use self::args::{Arguments, Color, Command, Format};
use crate::app::failure::Failure;
use crate::settings::Settings;
use crate::telemetry::{self, Colors, Verbosity};

/// Parses the arguments, runs the command and returns its exit code.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    if let Command::Completions { shell } = arguments.command {
        clap_complete::generate(
            shell,
            &mut Arguments::command(),
            "tollgate",
            &mut std::io::stdout(),
        );
        return ExitCode::SUCCESS;
    }
    let colors = match arguments.global.color {
        Color::Never => Colors::Refused,
        Color::Auto if std::env::var_os("NO_COLOR").is_some() => Colors::Refused,
        Color::Auto | Color::Always => Colors::Allowed,
    };
    telemetry::start(Verbosity::from_count(arguments.global.verbose), colors);
    if let Err(error) = crate::exec::protect_own_memory() {
        tracing::warn!(%error, "checks of the same user could read this process's environment");
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            let failure = Failure::unreachable(format!("no threads can be started: {error}"));
            return report(&failure, Format::Human);
        }
    };
    let code = runtime.block_on(perform(arguments));
    runtime.shutdown_background(); // a wait for another run's lock may still be going on
    code
}

/// What clap says: help and version are no errors.
fn usage(error: &clap::Error) -> ExitCode {
    let printed = error.print();
    match (error.use_stderr(), printed) {
        (false, Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::from(exit::USAGE),
    }
}

/// What every command is given.
struct Context {
    settings: Settings,
    format: Format,
    screen: screen::Screen,
}

async fn perform(arguments: Arguments) -> ExitCode {
    let settings = match settings::from(&arguments.global) {
        Ok(settings) => settings,
        Err(failure) => return report(&failure, Format::Human),
    };
    let asked = arguments.global.format;
    let format = match format::of(asked, &arguments.command, &settings) {
        Ok(format) => format,
        Err(failure) => return report(&failure, Format::Human),
    };
    let screen = screen::Screen::of(&arguments.global, &settings);
    let context = Context {
        settings,
        format,
        screen,
    };
    let ended = match arguments.command {
        Command::Run(arguments) => run::run(context, arguments).await,
        Command::Record(arguments) => record::run(context, arguments).await,
        Command::Init(arguments) => init::run(context, arguments).await,
        Command::Publish(arguments) => publish::run(context, arguments).await,
        Command::Status(arguments) => status::run(context, arguments).await,
        Command::WhatIf(arguments) => what_if::run(context, arguments).await,
        Command::Why(arguments) => why::run(context, arguments).await,
        Command::Report(arguments) => {
            report::run(context, arguments, report::shape_of(asked)).await
        }
        Command::Promote(arguments) => promote::run(context, arguments).await,
        Command::Deployed(arguments) => deployed::run(context, arguments).await,
        Command::Validate(arguments) => validate::run(context, arguments).await,
        Command::Approve(arguments) => people::decide(context, arguments).await,
        Command::Waive(arguments) => people::waive(context, arguments).await,
        Command::SignOff(arguments) => people::sign_off(context, arguments).await,
        Command::Evidence(command) => people::evidence(context, command).await,
        Command::Ledger(command) => ledger::run(context, command).await,
        Command::Verify(arguments) => verify::run(&context, &arguments),
        Command::Policy(command) => policy::run(context, command).await,
        Command::Doctor(arguments) => {
            let shape = doctor::Shape::of(asked, format);
            doctor::run(context, arguments, shape).await
        }
        Command::Serve(arguments) => serve::run(context, arguments).await,
        Command::Keys(command) => keys::run(&context, command),
        Command::Action => Ok(ExitCode::from(
            action::run(context.settings.environment).await,
        )),
        Command::Completions { .. } => Ok(ExitCode::SUCCESS), // answered in `main`
    };
    ended.unwrap_or_else(|failure| report(&failure, format))
}

/// Prints a failure to standard error, and as an annotation in the log of GitHub Actions.
fn report(failure: &Failure, format: Format) -> ExitCode {
    screen::tell_failure(failure, format);
    exit::of_failure(failure.kind)
}
