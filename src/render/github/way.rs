//! The way into an environment, in the log of GitHub Actions.

use super::commands::{Annotation, Gravity, harmless};
use super::lines;
use crate::render::clean;
use crate::render::paint::Paint;
use crate::render::way::{WayView, text};

/// The whole way, and an annotation with its first step where the environment is shut.
pub fn way(view: &WayView<'_>) -> String {
    let mut log = lines(&text(view, Paint::plain()));
    if !view.way.eligible {
        let first = view.way.steps.first().map(|step| step.command());
        let first = first.map_or_else(String::new, |command| format!("; next: {command}"));
        let message = format!("{} is not eligible{first}", view.way.environment);
        let annotation = Annotation {
            gravity: Gravity::Error,
            place: None,
            title: "tollgate".to_owned(),
            message: harmless(&clean::line(&message)),
        };
        log.push_str(&annotation.to_string());
        log.push('\n');
    }
    log
}
