//! Scripted runs on a calm and on a live terminal.

use std::sync::{Arc, Mutex};

use indicatif::TermLike;
use proptest::prelude::*;

use super::*;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::run::RunEnding;
use crate::domain::status::CheckStatus;
use crate::render::clean;
use crate::render::script::{self, Script};

/// A file that can be read while it is written.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn calm(events: &[Timed], look: Look) -> String {
    let paper = Paper::default();
    let mut terminal = Terminal::calm(paper.clone(), look);
    for event in events {
        terminal.hear(event).unwrap();
    }
    paper.text()
}

fn brief() -> Look {
    Look::default()
}

fn full() -> Look {
    Look {
        detail: Detail::Full,
        ..Look::default()
    }
}

#[test]
fn a_failing_run() {
    insta::assert_snapshot!(calm(&script::failing(), brief()));
}

#[test]
fn a_failing_run_told_in_full() {
    insta::assert_snapshot!(calm(&script::failing(), full()));
}

#[test]
fn a_passing_run() {
    insta::assert_snapshot!(calm(&script::passing(), brief()));
}

#[test]
fn an_interrupted_run() {
    insta::assert_snapshot!(calm(&script::interrupted(), brief()));
}

#[test]
fn one_stage_of_a_longer_pipeline() {
    insta::assert_snapshot!(calm(&script::only_lint(), brief()));
}

#[test]
fn a_stage_that_may_not_be_run_yet() {
    insta::assert_snapshot!(calm(&script::only_push(), brief()));
}

#[test]
fn a_failure_that_is_tolerated() {
    insta::assert_snapshot!(calm(&script::advisory(), brief()));
}

#[test]
fn a_result_that_others_must_join() {
    insta::assert_snapshot!(calm(&script::recorded(), brief()));
}

#[test]
fn a_run_that_used_up_its_time() {
    let mut script = Script::new(script::stages(&["lint: ruff"]));
    script
        .start("lint")
        .open("lint")
        .begin("lint/ruff", 1)
        .wait(60_000);
    let late = Reason::new(
        ReasonCode::BudgetExceeded,
        "the pipeline's 1 min were used up",
    );
    script.end(
        "lint/ruff",
        script::not_passed(CheckStatus::Errored, 60_000, late),
    );
    let events = script.close("lint", 60_000).finish(RunEnding::OutOfTime);
    insta::assert_snapshot!(calm(&events, brief()));
}

#[test]
fn colours_only_where_they_are_asked_for() {
    let events = script::failing();
    let always = Look {
        color: ColorChoice::Always,
        ..Look::default()
    };
    let plain = calm(&events, brief());
    assert!(!plain.contains('\u{1b}'));
    assert_eq!(clean::text(&calm(&events, always)), plain);
}

proptest! {
    #[test]
    fn no_text_of_a_check_moves_the_cursor(text in any::<String>(), detail in 0..2) {
        let mut script = Script::new(script::stages(&["lint: ruff"]));
        let mut result = script::failing_pytest();
        result.tail.clone_from(&text);
        result.cases[0].name.clone_from(&text);
        result.cases[0].message.clone_from(&text);
        result.reasons = vec![Reason::new(ReasonCode::TestsFailed, &text).at(&text, None)];
        script.start("lint").open("lint").begin("lint/ruff", 1).output("lint/ruff", &text);
        script.end("lint/ruff", result).warn(&text).close("lint", 1);
        let events = script.finish(RunEnding::Complete);
        let shown = calm(&events, if detail == 0 { brief() } else { full() });
        let printable = |c: char| matches!(c, '\n' | '\t') || !c.is_control();
        prop_assert!(shown.chars().all(printable), "{shown:?}");
    }
}

/// A screen of its own: rows of cells and a cursor. As on a terminal, a row that is full goes on
/// in the next one when more is written.
#[derive(Clone, Debug, Default)]
struct Glass(Arc<Mutex<Cells>>);

#[derive(Debug, Default)]
struct Cells {
    rows: Vec<Vec<char>>,
    row: usize,
    column: usize,
}

const WIDTH: u16 = 150;

impl Cells {
    fn put(&mut self, c: char) {
        if self.column == usize::from(WIDTH) {
            (self.row, self.column) = (self.row + 1, 0);
        }
        match c {
            '\n' => (self.row, self.column) = (self.row + 1, 0),
            '\r' => self.column = 0,
            c => {
                if self.rows.len() <= self.row {
                    self.rows.resize(self.row + 1, Vec::new());
                }
                let row = &mut self.rows[self.row];
                row.resize(row.len().max(self.column + 1), ' ');
                row[self.column] = c;
                self.column += 1;
            }
        }
    }
}

impl Glass {
    fn text(&self) -> String {
        let cells = self.0.lock().unwrap();
        let rows = cells.rows.iter().map(|row| row.iter().collect::<String>());
        let rows: Vec<_> = rows.map(|row| row.trim_end().to_owned()).collect();
        rows.join("\n").trim_end().to_owned()
    }

    fn change(&self, change: impl FnOnce(&mut Cells)) -> io::Result<()> {
        change(&mut self.0.lock().unwrap());
        Ok(())
    }
}

impl TermLike for Glass {
    fn width(&self) -> u16 {
        WIDTH
    }

    fn height(&self) -> u16 {
        200
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.change(|cells| cells.row = cells.row.saturating_sub(n))
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.change(|cells| cells.row += n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.change(|cells| cells.column += n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.change(|cells| cells.column = cells.column.saturating_sub(n))
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)?;
        self.write_str("\n")
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.change(|cells| text.chars().for_each(|c| cells.put(c)))
    }

    fn clear_line(&self) -> io::Result<()> {
        self.change(|cells| {
            if let Some(row) = cells.rows.get_mut(cells.row) {
                row.clear();
            }
            cells.column = 0;
        })
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

fn live(look: Look) -> (Glass, Terminal) {
    let glass = Glass::default();
    let target = ProgressDrawTarget::term_like(Box::new(glass.clone()));
    (glass, Terminal::live(target, io::sink(), look))
}

#[test]
fn a_live_terminal_ends_with_the_lines_of_a_calm_one() {
    let never = Look {
        color: ColorChoice::Never,
        ..Look::default()
    };
    let (glass, mut terminal) = live(never);
    let events = script::failing();
    for event in &events {
        terminal.hear(event).unwrap();
    }
    assert_eq!(glass.text(), calm(&events, brief()).trim_end());
}

#[test]
fn running_checks_are_seen_below_what_ended() {
    let (glass, mut terminal) = live(Look::default());
    let events = script::failing();
    let is_end = |event: &&Timed| !matches!(event.event, RunEvent::CheckFinished { .. });
    for event in events.iter().take_while(is_end) {
        terminal.hear(event).unwrap();
    }
    let shown = glass.text();
    assert!(
        shown.contains("lint/eslint") && shown.contains("All checks passed!"),
        "{shown}"
    );
    drop(terminal);
}

#[test]
fn a_live_terminal_has_colours() {
    let (glass, mut terminal) = live(Look::default());
    for event in &script::only_lint() {
        terminal.hear(event).unwrap();
    }
    assert!(glass.text().contains("\u{1b}[32m"));
}

#[test]
fn without_a_terminal_a_live_one_is_calm() {
    let paper = Paper::default();
    let target = ProgressDrawTarget::hidden();
    let mut terminal = Terminal::live(target, paper.clone(), Look::default());
    let events = script::only_lint();
    for event in &events {
        terminal.hear(event).unwrap();
    }
    assert_eq!(paper.text(), calm(&events, brief()));
}
