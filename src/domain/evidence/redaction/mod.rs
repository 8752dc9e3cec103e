//! Masking: what must not leave the runner is replaced before anything is printed or stored.
//!
//! A [`Redactor`] masks secret values, passwords in URLs, the policy's patterns, e-mail addresses
//! and GPS coordinates, in this order. It works line by line (a line ends at `\n` or `\r`), so
//! nothing that spans two lines is found, and a text is masked the same way whole
//! ([`Redactor::mask`]) or as a stream of bytes ([`StreamMasker`]). Masking twice changes nothing.
//!
//! What is found is replaced by `[masked:secret]`, `[masked:pattern]`, `[masked:email]` or
//! `[masked:coordinates]`. These hold none of `<>&"'`; a match that would split an XML entity or a
//! JSON escape takes the whole of it along; and the replacement of a bare JSON value (a number) is
//! put in quotes. So masked XML and JSON still parse.

mod coordinates;
mod emails;
mod environment;
mod finder;
mod json;
mod line;
mod patterns;
mod redacted;
mod redactor;
mod scout;
mod secrets;
mod span;
mod spelling;
mod stream;
mod urls;

#[cfg(test)]
mod tests;

pub use environment::secret_values;
pub use patterns::BadPattern;
pub use redacted::Redacted;
pub use redactor::Redactor;
pub use stream::StreamMasker;

/// `redact:` of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RedactionRules {
    /// Whether e-mail addresses are masked.
    pub emails: bool,
    /// Whether GPS coordinates are masked.
    pub coordinates: bool,
    /// Further patterns (regular expressions), valid since the policy was read. They are matched
    /// within one line, of which `^` and `$` are the ends.
    pub patterns: Vec<String>,
}
