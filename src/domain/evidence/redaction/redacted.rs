//! The proof that a text was masked.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

/// A text that went through a [`Redactor`](super::Redactor); nothing else makes one. Whatever
/// prints, stores or uploads asks for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Redacted<T>(T);

impl<T> Redacted<T> {
    /// Only the redactor vouches for a text.
    pub(super) const fn vouch(text: T) -> Self {
        Self(text)
    }

    /// The masked text.
    pub const fn get(&self) -> &T {
        &self.0
    }

    /// The masked text, without its proof.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl Redacted<Cow<'_, str>> {
    /// The same text, free of what it was borrowed from.
    pub fn into_owned(self) -> Redacted<String> {
        Redacted(self.0.into_owned())
    }
}

impl Redacted<Cow<'_, [u8]>> {
    /// The same bytes, free of what they were borrowed from.
    pub fn into_owned(self) -> Redacted<Vec<u8>> {
        Redacted(self.0.into_owned())
    }
}

impl<T: AsRef<str>> Deref for Redacted<T> {
    type Target = str;

    fn deref(&self) -> &str {
        self.0.as_ref()
    }
}

impl<T: AsRef<[u8]>> AsRef<[u8]> for Redacted<T> {
    fn as_ref(&self) -> &[u8] {
        self.0.as_ref()
    }
}

impl<T: fmt::Display> fmt::Display for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
