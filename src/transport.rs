//! How other machines are spoken to: whom TLS trusts, through which proxy, and under which name.
//!
//! Trusted are Mozilla's roots, which are compiled in, since an image may hold no file beside the
//! binary; and the certificates of the system, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR`
//! name in their place. Proxies are taken from `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
//! `NO_PROXY`.

pub mod postgres;
pub mod scrub;

use std::error::Error;
use std::io;
use std::sync::LazyLock;
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Certificate;
use reqwest::redirect::Policy;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use url::{Host, Url};

/// By what name Tollgate goes.
pub const USER_AGENT: &str = concat!("tollgate/", env!("CARGO_PKG_VERSION"));

/// How long connecting may take. Who is not connected by then was sent nothing.
pub const CONNECT_TIME_OUT: Duration = Duration::from_secs(10);

/// Read once, since a process sees no other certificates later.
static ROOTS: LazyLock<Vec<CertificateDer<'static>>> = LazyLock::new(|| {
    let mut roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.to_vec();
    roots.extend(of_the_system());
    roots.sort_unstable_by(|one, other| one.as_ref().cmp(other));
    roots.dedup();
    roots
});

/// The certificates that TLS trusts, in DER.
pub fn roots() -> impl Iterator<Item = &'static [u8]> {
    ROOTS.iter().map(|certificate| certificate.as_ref())
}

/// A client that follows no redirect and sends no credentials of its own.
///
/// # Errors
/// When TLS can't be set up.
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    builder()?.build()
}

/// What [`client`] is built from, for those who want more of it.
///
/// # Errors
/// When a certificate can't be read.
pub fn builder() -> Result<reqwest::ClientBuilder, reqwest::Error> {
    let roots = roots().map(Certificate::from_der);
    Ok(reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIME_OUT)
        .redirect(Policy::none())
        .tls_certs_only(roots.collect::<Result<Vec<_>, _>>()?))
}

/// A client for an address that [`is_safe`]. What goes to this machine in plain text goes past every
/// proxy, which would read it.
///
/// # Errors
/// When TLS can't be set up.
pub fn client_for(url: &Url) -> Result<reqwest::Client, reqwest::Error> {
    match url.scheme() {
        "https" => client(),
        _ => builder()?.no_proxy().build(),
    }
}

/// Tells whether an address can be trusted on its way: https, or http on this machine.
pub fn is_safe(url: &Url) -> bool {
    let is_this_machine = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && is_this_machine)
}

/// Tells whether a proxy of the environment stands before a URL.
pub fn is_proxied(url: &str) -> bool {
    static PROXIES: LazyLock<Matcher> = LazyLock::new(Matcher::from_system);
    url.parse()
        .is_ok_and(|uri| PROXIES.intercept(&uri).is_some())
}

/// Tells whether it was TLS that failed, so that the other side was reached.
pub fn is_tls_fault(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(cause) = source {
        let inner = cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        if cause.is::<rustls::Error>() || inner.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        source = cause.source();
    }
    false
}

/// An error with its causes, without the address, which may hold a token or a signature.
pub fn in_words(error: &reqwest::Error) -> String {
    let mut message = match () {
        () if error.is_connect() => "no connection".to_owned(),
        () if error.is_timeout() => "it took too long".to_owned(),
        () => "the exchange broke off".to_owned(),
    };
    let mut source = error.source();
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    message
}

/// Those that can be used: one that can't would otherwise make all the others useless.
fn of_the_system() -> Vec<CertificateDer<'static>> {
    let mut found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "certificates of the system can't be read");
    }
    found
        .certs
        .retain(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok());
    found.certs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiled_in_roots_are_trusted_wherever_it_runs() {
        let roots: Vec<_> = roots().collect();
        let compiled_in = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
        assert!(compiled_in.len() > 100);
        assert!(
            compiled_in
                .iter()
                .all(|root| roots.contains(&root.as_ref()))
        );
        client().unwrap();
    }

    #[tokio::test]
    async fn an_error_shows_no_address() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let url = format!("http://{address}/blob?sig=s3cret");
        let error = client().unwrap().get(url).send().await.unwrap_err();
        let message = in_words(&error);
        assert!(message.starts_with("no connection: "), "{message}");
        assert!(!message.contains("s3cret"), "{message}");
    }
}
