//! Spinners: one line for each running check, below the lines that stay.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::domain::ids::CheckRef;
use crate::render::clean;

/// How often a spinner moves.
const TICK: Duration = Duration::from_millis(120);

/// The lines of the running checks.
pub(super) struct Live {
    progress: MultiProgress,
    running: BTreeMap<CheckRef, ProgressBar>,
}

impl Live {
    pub(super) fn new(target: ProgressDrawTarget) -> Self {
        Self {
            progress: MultiProgress::with_draw_target(target),
            running: BTreeMap::new(),
        }
    }

    /// Prints lines above the spinners. Tabs become spaces: their width is not known here, and
    /// the spinners must be drawn below the last line.
    pub(super) fn print(&self, lines: &str) -> io::Result<()> {
        self.progress.println(lines.replace('\t', "    "))
    }

    /// Shows a spinner with the check's name and the time that goes by; a further attempt keeps
    /// the one of the first.
    pub(super) fn start(&mut self, check: &CheckRef) {
        let progress = &self.progress;
        self.running.entry(check.clone()).or_insert_with(|| {
            let spinner = progress.add(ProgressBar::new_spinner());
            spinner.set_style(style());
            spinner.set_prefix(check.to_string());
            spinner.enable_steady_tick(TICK);
            spinner
        });
    }

    /// Shows the last line of what a check printed beside its name, as far as there is room.
    pub(super) fn note(&self, check: &CheckRef, output: &str) {
        let last = output
            .lines()
            .rev()
            .map(str::trim)
            .find(|line| !line.is_empty());
        if let (Some(spinner), Some(last)) = (self.running.get(check), last) {
            let shown: String = last.chars().take(400).collect();
            spinner.set_message(clean::line(&shown));
        }
    }

    /// Takes the spinner of a check away.
    pub(super) fn stop(&mut self, check: &CheckRef) {
        if let Some(spinner) = self.running.remove(check) {
            self.take_away(&spinner);
        }
    }

    /// Takes every spinner away.
    pub(super) fn stop_all(&mut self) {
        for spinner in std::mem::take(&mut self.running).into_values() {
            self.take_away(&spinner);
        }
    }

    fn take_away(&self, spinner: &ProgressBar) {
        spinner.finish_and_clear();
        self.progress.remove(spinner);
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("  {spinner} {prefix} {elapsed} {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ")
}
