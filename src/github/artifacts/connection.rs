//! How the service and the blob store are connected to.

use reqwest::Client;
use reqwest::redirect::Policy;

/// Redirects are not followed: they would carry a token or a signature to somewhere else.
pub(super) fn client() -> reqwest::Result<Client> {
    Client::builder()
        .user_agent(concat!("tollgate/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .referer(false)
        .build()
}
