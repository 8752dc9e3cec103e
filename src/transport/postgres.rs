//! Connecting to PostgreSQL, as its URL says.

use std::io;
use std::str::FromStr as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use url::Url;

use super::scrub::Scrubber;

/// The parameters of a URL that mean something to us. Others, which are for other tools, would be
/// written to the log with their values.
const PARAMETERS: [&str; 16] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "options",
];

/// Connects within the time that connecting may take.
///
/// # Errors
/// What the driver says; one that took too long is out of reach.
pub async fn connect(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let connecting = PgConnection::connect_with(options);
    let connected = tokio::time::timeout(super::CONNECT_TIME_OUT, connecting).await;
    connected.unwrap_or_else(|_| {
        let message = format!(
            "it let nobody in within {} s",
            super::CONNECT_TIME_OUT.as_secs()
        );
        Err(sqlx::Error::Io(io::Error::new(
            io::ErrorKind::TimedOut,
            message,
        )))
    })
}

/// Reads a URL. What is said of one that is none may hold parts of it.
///
/// # Errors
/// What is wrong with it.
pub fn options(text: &str) -> Result<PgConnectOptions, String> {
    let mut url = Url::parse(text.trim()).map_err(|error| format!("its URL is none: {error}"))?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err("its URL does not begin with postgres:// or postgresql://".to_owned());
    }
    let known = |key: &str| PARAMETERS.contains(&key) || key.starts_with("options[");
    let pairs = url.query_pairs().filter(|(key, _)| known(key));
    let pairs: Vec<(String, String)> = pairs.map(|(k, v)| (k.into(), v.into())).collect();
    let has_roots = |(key, _): &(String, String)| {
        matches!(key.as_str(), "sslrootcert" | "ssl-root-cert" | "ssl-ca")
    };
    let names_roots = pairs.iter().any(has_roots) || std::env::var_os("PGSSLROOTCERT").is_some();
    url.query_pairs_mut().clear().extend_pairs(pairs);
    let options = PgConnectOptions::from_str(url.as_str());
    let options = options.map_err(|error| format!("its URL can't be used: {error}"))?;
    let checks = matches!(
        options.get_ssl_mode(),
        PgSslMode::VerifyCa | PgSslMode::VerifyFull
    );
    let options = match checks && !names_roots {
        true => options.ssl_root_cert_from_pem(roots()),
        false => options,
    };
    Ok(options
        .application_name("tollgate")
        // Poolers refuse parameters that they do not know.
        .extra_float_digits(None)
        .disable_statement_logging())
}

/// The certificates that TLS trusts everywhere in Tollgate, in PEM.
fn roots() -> Vec<u8> {
    let pem = |der: &[u8]| {
        let text = BASE64.encode(der);
        format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
    };
    super::roots().map(pem).collect::<String>().into_bytes()
}

/// An error without credentials, with the code that PostgreSQL gave it (appendix A of its manual).
pub fn in_words(error: &sqlx::Error, scrubber: &Scrubber) -> String {
    let message = match error {
        sqlx::Error::Database(error) => match error.code() {
            Some(code) => format!("{} (SQLSTATE {code})", error.message()),
            None => error.message().to_owned(),
        },
        sqlx::Error::Io(error) => format!("no connection: {error}"),
        sqlx::Error::Tls(error) => format!("TLS failed: {error}"),
        other => other.to_string(),
    };
    scrubber.clean(&message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_of_another_kind_is_refused_without_showing_it() {
        for (url, says) in [
            ("", "its URL is none"),
            ("db.example/shop", "its URL is none"),
            ("mysql://u:p4ssword@h/d", "does not begin with postgres://"),
            ("postgres://u:p4ssword@h:99999/d", "its URL is none"),
            ("postgres://u:p4ssword@h/d?sslmode=maybe", "can't be used"),
        ] {
            let error = options(url).unwrap_err();
            assert!(error.contains(says), "{error}");
            assert!(!error.contains("p4ssword"), "{error}");
        }
    }

    #[test]
    fn parameters_of_other_tools_are_left_out() {
        let url =
            "postgresql://u@h/d?schema=shop&pgbouncer=true&sslmode=require&options[search_path]=a";
        let options = options(url).unwrap();
        assert!(matches!(options.get_ssl_mode(), PgSslMode::Require));
        assert_eq!(options.get_options(), Some("-c search_path=a"));
    }
}
