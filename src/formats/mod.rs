//! Readers of other tools' files: text → domain. Streaming, bounded, never panicking.

pub mod certificate;
pub mod coverage;
mod encoding;
pub mod image_digest;
pub mod json_lines;
pub mod junit;
pub mod k6;
pub mod migrations;
pub mod openapi;
pub mod pins;
pub mod sarif;
mod tree;
pub mod usage;
pub mod workflow;

/// Why a file could not be read as what it is declared to be.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file is not what it should be.
    #[error("line {line}: {message}")]
    Malformed {
        /// The line, from 1, at which this was seen.
        line: u64,
        /// What is wrong, and what was expected.
        message: String,
    },
    /// The bytes could not be read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl ReadError {
    /// A file that is not what it should be.
    pub fn malformed(line: u64, message: impl Into<String>) -> Self {
        Self::Malformed {
            line,
            message: message.into(),
        }
    }

    /// The line at which the file is wrong, where there is one.
    pub fn line(&self) -> Option<u32> {
        match self {
            Self::Malformed { line, .. } => u32::try_from(*line).ok(),
            Self::Io(_) => None,
        }
    }
}
