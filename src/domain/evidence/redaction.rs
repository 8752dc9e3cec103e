//! Masking: what must not leave the runner is replaced before anything is printed or stored.

/// `redact:` of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RedactionRules {
    /// Whether e-mail addresses are masked.
    pub emails: bool,
    /// Whether GPS coordinates are masked.
    pub coordinates: bool,
    /// Further patterns (regular expressions), valid since the policy was read.
    pub patterns: Vec<String>,
}
