//! Logs for people who look for a fault: to standard error, never to standard output.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// How much is told, from the number of `-v`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// Warnings.
    Normal,
    /// What is done.
    Verbose,
    /// Every step.
    Debug,
}

impl Verbosity {
    /// Counts `-v`.
    pub fn from_count(count: u8) -> Self {
        match count {
            0 => Self::Normal,
            1 => Self::Verbose,
            _ => Self::Debug,
        }
    }

    fn level(self) -> LevelFilter {
        match self {
            Self::Normal => LevelFilter::WARN,
            Self::Verbose => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
        }
    }
}

/// Whether logs on a terminal may be coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colors {
    /// They may.
    Allowed,
    /// They may not.
    Refused,
}

/// Sends logs to standard error from now on. `TOLLGATE_LOG` takes a filter such as
/// `tollgate=debug,sqlx=warn` and wins over the flag.
pub fn start(verbosity: Verbosity, colors: Colors) {
    let filter = EnvFilter::builder()
        .with_default_directive(verbosity.level().into())
        .with_env_var("TOLLGATE_LOG")
        .from_env_lossy();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(colors == Colors::Allowed && std::io::stderr().is_terminal())
        .with_env_filter(filter)
        .finish();
    // A second start, as in tests, keeps the first subscriber.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
