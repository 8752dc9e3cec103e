//! Verdicts and runs as people and machines read them: pure translators, domain → text.
//!
//! Nothing here opens a file, looks at a clock or asks the environment. Reporters write to what
//! they are handed. Texts that come from checks are not trusted: each form cleans or escapes them.

pub mod check_run;
pub mod chronicle;
pub mod dashboard;
pub mod doctor;
pub mod forecast;
pub mod github;
pub mod journeys;
pub mod json;
pub mod junit;
pub mod log;
pub mod markdown;
pub mod pack;
pub mod paint;
pub mod protection;
pub mod reasons;
pub mod report;
pub mod status;
pub mod terminal;
pub mod totals;
pub mod validation;
pub mod way;

mod block;
mod clean;
mod environments;
mod lines;
mod next;
mod people;
mod place;
#[cfg(test)]
mod script;
mod telling;
mod words;

use std::io;

use crate::domain::run::Timed;

pub use chronicle::Chronicle;
pub use paint::{ColorChoice, Paint, Surface};
pub use status::StatusView;
pub use totals::Totals;

/// Follows a run: hears each event in order and shows what matters to its readers.
pub trait Reporter {
    /// Hears one event.
    ///
    /// # Errors
    /// When what the reporter writes to cannot be written.
    fn hear(&mut self, event: &Timed) -> io::Result<()>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reporters_may_be_moved_to_another_thread() {
        fn movable<T: Reporter + Send>() {}
        movable::<Chronicle>();
        movable::<terminal::Terminal>();
        movable::<github::Github<Vec<u8>>>();
        movable::<log::Log<Vec<u8>>>();
    }
}
