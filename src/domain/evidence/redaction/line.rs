//! Masks one line.

use super::json::JsonPlace;
use super::redactor::Redactor;
use super::span::{Kind, settle, write_masked};

/// How often a line is gone over, as masking may make something else match. Only a pattern that
/// matches beside its own placeholder (`.\[`) needs more; then the whole line is masked.
const MOST_ROUNDS: usize = 8;

/// Masks a line (without its end) and appends it.
pub(super) fn mask_line(redactor: &Redactor, line: &[u8], out: &mut Vec<u8>) {
    let Some(mut masked) = round(redactor, line) else {
        out.extend_from_slice(line);
        return;
    };
    for _ in 1..MOST_ROUNDS {
        match round(redactor, &masked) {
            Some(again) => masked = again,
            None => {
                out.extend_from_slice(&masked);
                return;
            }
        }
    }
    out.extend_from_slice(Kind::Pattern.placeholder().as_bytes());
}

/// Everything is masked once, one kind after the other; none if there was nothing to mask.
fn round(redactor: &Redactor, line: &[u8]) -> Option<Vec<u8>> {
    let mut masked: Option<Vec<u8>> = None;
    for finder in redactor.finders() {
        let text = masked.as_deref().unwrap_or(line);
        let spans = settle(text, finder.find_all(text, 0), JsonPlace::at_start_of(text));
        if spans.is_empty() {
            continue;
        }
        let mut next = Vec::with_capacity(text.len() + 16);
        write_masked(text, 0..text.len(), &spans, &mut next);
        masked = Some(next);
    }
    masked
}
