//! Why GitHub did not do what it was asked for.

use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;

use super::exchange::Raw;
use crate::domain::ids::Sha256Digest;
use crate::domain::release::Repository;

/// Why GitHub did not do what it was asked for. No variant holds a token or a signed address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GitHubError {
    /// There is no such thing, or the token may not see it.
    #[error("GitHub knows no {what} in {repository}, or the token may not see it")]
    NotFound {
        /// What was asked for.
        what: String,
        /// Where.
        repository: Repository,
    },
    /// The token may not do this.
    #[error("GitHub forbids it: {message}; give the job `permissions: {permission}`")]
    Forbidden {
        /// What GitHub said.
        message: String,
        /// What is missing: `contents: write`.
        permission: &'static str,
    },
    /// The token is none, or has expired.
    #[error("the GitHub token can't be used: {message}")]
    BadToken {
        /// What GitHub said.
        message: String,
    },
    /// Too many requests were made.
    #[error("GitHub's rate limit is used up; try again {}", in_words(*.wait))]
    RateLimited {
        /// How long GitHub asks to wait, where it says so.
        wait: Option<Duration>,
    },
    /// The request makes no sense to GitHub as things stand.
    #[error("GitHub refused: {message}")]
    Refused {
        /// What GitHub said.
        message: String,
    },
    /// It was there, and is kept no longer.
    #[error("GitHub keeps the {what} no longer: its time is over")]
    Expired {
        /// What was asked for.
        what: String,
    },
    /// A file has another digest than GitHub gives for it.
    #[error(
        "the {what} is not what was uploaded: GitHub names {expected}, its bytes are sha256:{found}"
    )]
    Altered {
        /// What was downloaded.
        what: String,
        /// The digest that GitHub gives.
        expected: String,
        /// The digest of what came.
        found: Sha256Digest,
    },
    /// A file is larger than the caller takes.
    #[error("the {what} is larger than {most_bytes} bytes, which is the most that is taken")]
    TooLarge {
        /// What was downloaded.
        what: String,
        /// The most that is taken.
        most_bytes: u64,
    },
    /// A file was on its way for too long, or its store fell silent.
    #[error("the {what} did not come: {message}")]
    TooSlow {
        /// What was downloaded.
        what: String,
        /// What was waited for, and for how long.
        message: String,
    },
    /// A file can't be written here.
    #[error("{file} can't be written: {message}")]
    NotWritten {
        /// Where it was to be written.
        file: String,
        /// What the system said.
        message: String,
    },
    /// GitHub could not be asked, or answered what nobody expects.
    #[error("GitHub could not be asked: {message}")]
    Unreachable {
        /// What happened.
        message: String,
    },
}

/// What a request is about, for messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) what: &'a str,
    pub(super) permission: &'static str,
}

/// <https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api>
#[derive(Deserialize, Default)]
#[serde(default)]
struct Complaint {
    message: String,
    errors: Vec<serde_json::Value>,
}

impl GitHubError {
    /// GitHub understood, and did nothing: the token may not, or things are not so. Asking again
    /// gives the same; another way may be open.
    pub fn is_certain_refusal(&self) -> bool {
        matches!(
            self,
            Self::NotFound { .. }
                | Self::Forbidden { .. }
                | Self::BadToken { .. }
                | Self::Refused { .. }
                | Self::Expired { .. }
        )
    }

    /// GitHub is in trouble, can't be reached, or wants to be left alone: nothing is known, and a
    /// later try may succeed.
    pub fn is_outage(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. } | Self::Unreachable { .. } | Self::TooSlow { .. }
        )
    }
}

impl GitHubError {
    /// What happened, without the words that an outage begins with.
    pub(super) fn outage(&self) -> String {
        match self {
            Self::Unreachable { message } => message.clone(),
            other => other.to_string(),
        }
    }
}

fn in_words(wait: Option<Duration>) -> String {
    match wait {
        Some(wait) => format!("in {} s", wait.as_secs()),
        None => "later".to_owned(),
    }
}

impl Raw {
    /// What an answer that is no success means. Limits come first, since they have the same status
    /// as missing permissions.
    pub(super) fn error(&self, repository: &Repository, subject: Subject<'_>) -> GitHubError {
        if self.is_limit() {
            return GitHubError::RateLimited { wait: self.wait };
        }
        let message = self.message();
        let what = subject.what.to_owned();
        match self.status {
            401 => GitHubError::BadToken { message },
            403 => GitHubError::Forbidden {
                message,
                permission: subject.permission,
            },
            404 => GitHubError::NotFound {
                what,
                repository: repository.clone(),
            },
            410 => GitHubError::Expired { what },
            408 => GitHubError::Unreachable { message },
            400..500 => GitHubError::Refused { message },
            _ => GitHubError::Unreachable { message },
        }
    }

    /// What GitHub said, with the details that it gave.
    pub(super) fn message(&self) -> String {
        let complaint: Complaint = serde_json::from_str(&self.body).unwrap_or_default();
        let mut said = match complaint.message.as_str() {
            "" => self.bare(),
            message => format!("{message} ({})", self.status),
        };
        for error in &complaint.errors {
            let detail = error.as_str().or_else(|| error.get("message")?.as_str());
            if let Some(detail) = detail {
                said = format!("{said}; {detail}");
            }
        }
        if let Some(permissions) = &self.accepted_permissions
            && self.status == 403
        {
            said = format!("{said}; it takes a token with {permissions}");
        }
        said
    }

    /// An answer without words. Of an address only the host is shown: the rest may be signed.
    fn bare(&self) -> String {
        let status = self.status;
        let Some(location) = &self.location else {
            return format!("it answered {status}");
        };
        match Url::parse(location).map(|url| url.origin().ascii_serialization()) {
            Ok(origin) => format!("it sent us elsewhere ({status}), to {origin}"),
            Err(_) => format!("it sent us elsewhere ({status})"),
        }
    }
}
