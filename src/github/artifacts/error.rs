//! What can go wrong, for callers and within.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::address::masked;
use crate::retry::Try;

/// Why an artifact was not uploaded, listed or downloaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArtifactError {
    /// What the job's environment says of the service has no meaning.
    #[error("the artifact service of this job can't be used: {message}")]
    Unusable {
        /// What is wrong.
        message: String,
    },
    /// GitHub has no artifacts of such a name.
    #[error("an artifact can't be named {name:?}: {problem}")]
    BadName {
        /// As it was given.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// GitHub keeps no artifact that long.
    #[error("an artifact can't be kept for {days} days; write a number from 1 to 400")]
    BadRetention {
        /// As it was given.
        days: u32,
    },
    /// A file on this machine.
    #[error("{} cannot be {action}: {message}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What was tried, as a participle: "read".
        action: &'static str,
        /// What the system said.
        message: String,
    },
    /// An artifact of a run can't be replaced; another name can be tried.
    #[error("this workflow run has an artifact named `{name}` already{}", its_maker(*.after_lost_answer))]
    NameTaken {
        /// The name.
        name: String,
        /// Whether an earlier try of this upload got no answer, and so may have taken it.
        after_lost_answer: bool,
    },
    /// The account may store no more.
    #[error(
        "GitHub stores no more artifacts for this account: {message}; delete old artifacts, \
         shorten how long they are kept, or raise the budget"
    )]
    QuotaUsedUp {
        /// What GitHub said.
        message: String,
    },
    /// The token, or the address that was signed for this, is not taken (any more).
    #[error("GitHub does not let this job {what}: {message}; its token ends with the job")]
    Denied {
        /// What was tried: "create the artifact".
        what: &'static str,
        /// What GitHub said.
        message: String,
    },
    /// GitHub will not do it.
    #[error("GitHub refused to {what}: {message}")]
    Refused {
        /// What was tried.
        what: &'static str,
        /// What GitHub said.
        message: String,
    },
    /// GitHub could not be asked, or answered what nobody expects, as often as it was tried.
    #[error("GitHub could not be asked to {what}: {message}")]
    Unreachable {
        /// What was tried.
        what: &'static str,
        /// What happened the last time.
        message: String,
    },
    /// The run has no finished artifact of this name.
    #[error("this workflow run has no artifact named `{name}`")]
    NoArtifact {
        /// The name.
        name: String,
    },
    /// There is more of it than was asked for.
    #[error("the artifact `{name}` is larger than {most_bytes} bytes")]
    TooLarge {
        /// Its name.
        name: String,
        /// The limit.
        most_bytes: u64,
    },
    /// What came is not what was uploaded.
    #[error("the artifact `{name}` came damaged: {message}")]
    Damaged {
        /// Its name.
        name: String,
        /// What differs.
        message: String,
    },
}

fn its_maker(after_lost_answer: bool) -> &'static str {
    if after_lost_answer {
        "; it may be of this very upload, whose first try got no answer"
    } else {
        ""
    }
}

impl ArtifactError {
    pub(super) fn file(path: &Path, action: &'static str, error: &io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            action,
            message: error.to_string(),
        }
    }
}

/// What one request came to, when it did not come to what it was sent for.
#[derive(Debug)]
pub(super) enum Fault {
    /// There was no answer, or none that would be given again.
    Lost {
        /// What happened.
        message: String,
    },
    /// This is the answer.
    Refused {
        /// Of HTTP.
        status: u16,
        /// What was said.
        message: String,
    },
    /// This is the answer, too.
    QuotaUsedUp {
        /// What was said.
        message: String,
    },
    /// The file to be uploaded cannot be read.
    Source(io::Error),
    /// The file to be downloaded to cannot be written.
    Target(io::Error),
    /// More came than was asked for.
    TooLarge,
}

impl Fault {
    pub(super) fn lost(message: impl AsRef<str>) -> Self {
        let message = brief(message.as_ref());
        Self::Lost { message }
    }

    /// There was no answer in time.
    pub(super) fn late(time_out: Duration) -> Self {
        Self::lost(format!(
            "it gave no answer within {} s",
            time_out.as_secs_f32()
        ))
    }

    /// An answer that is none that was hoped for; `said` may be empty.
    pub(super) fn answered(status: u16, said: &str) -> Self {
        let message = match brief(said).as_str() {
            "" => format!("it answered {status}"),
            said => format!("{said} ({status})"),
        };
        match status {
            408 | 429 | 500 | 502 | 503 | 504 => Self::Lost { message },
            _ => Self::Refused { status, message },
        }
    }

    /// What a caller is told who wanted to do `what`.
    pub(super) fn into_error(self, what: &'static str) -> ArtifactError {
        match self {
            Self::Lost { message } => ArtifactError::Unreachable { what, message },
            Self::Refused { status, message } => match status {
                401 | 403 => ArtifactError::Denied { what, message },
                _ => ArtifactError::Refused { what, message },
            },
            Self::QuotaUsedUp { message } => ArtifactError::QuotaUsedUp { message },
            Self::Source(error) | Self::Target(error) => ArtifactError::Unreachable {
                what,
                message: error.to_string(),
            },
            Self::TooLarge => ArtifactError::Unreachable {
                what,
                message: "its answer is too long".to_owned(),
            },
        }
    }
}

impl From<reqwest::Error> for Fault {
    /// An error with its causes, without the address, which may be signed.
    fn from(error: reqwest::Error) -> Self {
        let mut message = match () {
            () if error.is_connect() => "no connection".to_owned(),
            () if error.is_timeout() => "it took too long".to_owned(),
            () => "the exchange broke off".to_owned(),
        };
        let error = error.without_url();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            message = format!("{message}: {cause}");
            source = cause.source();
        }
        Self::lost(message)
    }
}

/// A lost answer is asked for again.
pub(super) fn again<T>(result: Result<T, Fault>) -> Try<Result<T, Fault>> {
    match result {
        Err(Fault::Lost { .. }) => Try::Again(result),
        _ => Try::Answer(result),
    }
}

/// The first line of what was said, without signatures, cut to a readable length.
fn brief(said: &str) -> String {
    let line = said.trim().lines().next().unwrap_or_default();
    masked(line).chars().take(300).collect()
}
