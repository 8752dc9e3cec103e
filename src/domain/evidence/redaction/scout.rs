//! Looks ahead for the next line that has something to mask, so that all others are only copied.

use super::redactor::Redactor;
use super::{coordinates, emails, urls};

/// Tells where something of one kind is first found from a byte on.
type Look = fn(&Redactor, &[u8], usize) -> Option<usize>;

const LOOKS: [Look; 5] = [
    |redactor, text, from| redactor.secrets().first(text, from),
    |_, text, from| Some(urls::find(text, from)?.start),
    |redactor, text, from| redactor.patterns().first_line(text, from),
    |redactor, text, from| {
        let found = redactor
            .masks_emails()
            .then(|| emails::find(text, from))??;
        Some(found.start)
    },
    |redactor, text, from| {
        let found = redactor
            .masks_coordinates()
            .then(|| coordinates::find(text, from))??;
        Some(found.range.start)
    },
];

/// A text that is gone through from its start to its end.
pub(super) struct Scout<'a> {
    redactor: &'a Redactor,
    text: &'a [u8],
    /// Where each kind was found next; once that is passed, it is looked for again.
    next: [Option<usize>; LOOKS.len()],
}

impl<'a> Scout<'a> {
    pub(super) fn new(redactor: &'a Redactor, text: &'a [u8]) -> Self {
        Self {
            redactor,
            text,
            next: LOOKS.map(|look| look(redactor, text, 0)),
        }
    }

    /// The first byte to mask from `from` on, which starts or ends a line; `from` never goes back.
    pub(super) fn first(&mut self, from: usize) -> Option<usize> {
        for (next, look) in self.next.iter_mut().zip(LOOKS) {
            if next.is_some_and(|at| at < from) {
                *next = look(self.redactor, self.text, from);
            }
        }
        self.next.iter().flatten().min().copied()
    }
}
