//! What a producer shows at the server's door: a new token of its job for each call, else an API
//! key. Neither is ever shown, stored or handed to a command.

use secrecy::SecretString;

use crate::domain::access::Role;
use crate::github::oidc::{JobTokens, NoToken};
use crate::ledger::remote::NoPass;
use crate::settings::{ServerAddress, Settings};

/// The variable with the key.
const KEY: &str = "TOLLGATE_API_KEY";

/// What is shown.
#[derive(Debug)]
pub(super) enum Pass {
    /// Tokens of GitHub Actions. The server takes each once.
    Tokens(JobTokens),
    /// A key.
    Key(SecretString),
}

impl Pass {
    /// Finds it.
    ///
    /// # Errors
    /// Why there is none, and what would give one.
    pub(super) fn find(settings: &Settings, server: &ServerAddress) -> Result<Self, String> {
        let own = server.to_string();
        let audience = settings.variable("TOLLGATE_OIDC_AUDIENCE").unwrap_or(&own);
        if let Some(tokens) = JobTokens::find(&settings.environment, audience)? {
            return Ok(Self::Tokens(tokens));
        }
        match (settings.variable(KEY).map(str::trim), &settings.actions) {
            (Some(key), _)
                if !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic()) =>
            {
                Ok(Self::Key(key.into()))
            }
            (Some(_), _) => Err(format!("{KEY} holds what no key holds")),
            (None, Some(_)) => Err(format!(
                "the job can't have a token: its `permissions:` lack `id-token: write`, and {KEY} \
                 is not set"
            )),
            (None, None) => Err(format!("{KEY} is not set")),
        }
    }

    /// What the server lets the producer tell, where this side knows it.
    pub(super) fn role(&self) -> Option<Role> {
        match self {
            Self::Tokens(_) => Some(Role::CiServiceRole),
            Self::Key(_) => None,
        }
    }

    /// What is shown for one call.
    pub(super) async fn for_one(&self) -> Result<SecretString, NoPass> {
        match self {
            Self::Key(key) => Ok(key.clone()),
            Self::Tokens(tokens) => tokens.fresh().await.map_err(|fault| match fault {
                NoToken::Away(_) => NoPass::Away(fault.to_string()),
                NoToken::Denied(_) => NoPass::Denied(fault.to_string()),
            }),
        }
    }
}
