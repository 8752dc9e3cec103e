//! A window that slides over the input: the only place that holds bytes of the file.

use std::cell::Cell;
use std::io::{self, Read};

use memchr::memchr_iter;

/// The size of the window, in bytes. It grows only for a tag that does not fit.
const USUAL_SIZE: usize = 64 * 1024;
/// The longest tag that is read, in bytes.
pub(super) const LONGEST_TAG: usize = 8 * 1024 * 1024;

/// What a request for more bytes came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filled {
    /// There are more bytes than before.
    More,
    /// The input has ended.
    Ended,
    /// The window holds [`LONGEST_TAG`] bytes and does not grow further.
    Full,
}

/// The part of the input that was read and not yet consumed.
pub(super) struct Window<R> {
    input: R,
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    counted_to: Cell<usize>,
    lines: Cell<u64>,
}

impl<R: Read> Window<R> {
    pub(super) fn over(input: R) -> Self {
        Self {
            input,
            bytes: vec![0; USUAL_SIZE],
            start: 0,
            end: 0,
            counted_to: Cell::new(0),
            lines: Cell::new(0),
        }
    }

    /// The bytes that wait.
    #[inline]
    pub(super) fn waiting(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Goes past `size` of the waiting bytes. They can still be had by [`Window::taken`] until
    /// the next [`Window::fill`].
    #[inline]
    pub(super) fn advance(&mut self, size: usize) {
        self.start += size;
        debug_assert!(self.start <= self.end, "advanced past the end");
    }

    /// The last `size` bytes that were gone past.
    #[inline]
    pub(super) fn taken(&self, size: usize) -> &[u8] {
        &self.bytes[self.start - size..self.start]
    }

    /// Reads until the window is full or the input ends. Grows when all of it waits.
    pub(super) fn fill(&mut self) -> io::Result<Filled> {
        self.forget_taken();
        if self.end == self.bytes.len() {
            if self.end >= LONGEST_TAG {
                return Ok(Filled::Full);
            }
            self.bytes.resize(self.end * 2, 0);
        }
        let before = self.end;
        while self.end < self.bytes.len() {
            match self.input.read(&mut self.bytes[self.end..]) {
                Ok(0) => break,
                Ok(size) => self.end += size,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let grew = self.end > before;
        Ok(if grew { Filled::More } else { Filled::Ended })
    }

    /// Moves the waiting bytes to the front, and gives back what a long tag made it grow.
    fn forget_taken(&mut self) {
        if self.start == 0 {
            return;
        }
        self.count_lines_to(self.start);
        self.bytes.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        self.counted_to.set(0);
        if self.bytes.len() > USUAL_SIZE && self.end < USUAL_SIZE {
            self.bytes.truncate(USUAL_SIZE);
            self.bytes.shrink_to_fit();
        }
    }

    /// The line, from 1, of the byte `back` bytes before the first waiting one. It must not lie
    /// before a line that was asked for earlier: each byte is counted once.
    pub(super) fn line(&self, back: usize) -> u64 {
        self.count_lines_to(self.start.saturating_sub(back));
        self.lines.get() + 1
    }

    fn count_lines_to(&self, place: usize) {
        let counted = self.counted_to.get();
        if place > counted {
            let lines = memchr_iter(b'\n', &self.bytes[counted..place]).count();
            self.lines.set(self.lines.get() + lines as u64);
            self.counted_to.set(place);
        }
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.bytes.len()
    }
}
