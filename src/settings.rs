//! What flags and environment variables say, as plain structs.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::domain::ids::{CommitSha, EnvironmentId};
use crate::domain::release::Repository;
use crate::transport;

/// Everything that a use case needs to know from outside the project.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The project's root when `-C` names it; `None` lets Git say.
    pub root: Option<PathBuf>,
    /// Where relative paths of other flags start: `-C`, else the working directory.
    pub working_directory: PathBuf,
    /// `--policy`.
    pub policy: Option<PathBuf>,
    /// `--ledger`, where it names a ledger to work in.
    pub ledger: Option<LedgerAddress>,
    /// `--ledger`, where it names a server that is told everything that is recorded.
    pub server: Option<ServerAddress>,
    /// `--release-sha`.
    pub release_sha: Option<CommitSha>,
    /// `--release-version`, without a leading `v`.
    pub release_version: Option<String>,
    /// `--repository`, else `GITHUB_REPOSITORY`.
    pub repository: Option<Repository>,
    /// The environment variables that are UTF-8.
    pub environment: BTreeMap<String, String>,
    /// The GitHub Actions run that this process is part of.
    pub actions: Option<ActionsRun>,
    /// The environment that is looked at: checks with `only` are about one.
    pub target: Option<EnvironmentId>,
}

impl Settings {
    /// An environment variable that is set and not empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let value = self.environment.get(name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// Who acts: the login that GitHub gives, else the user of this machine.
    pub fn actor(&self) -> String {
        let names = ["GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR", "USER", "LOGNAME"];
        let actor = names.iter().find_map(|name| self.variable(name));
        actor.unwrap_or("unknown").to_owned()
    }
}

/// One run of a workflow, as its environment describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionsRun {
    /// `GITHUB_RUN_ID`.
    pub run_id: String,
    /// `GITHUB_RUN_ATTEMPT`, from 1.
    pub attempt: String,
}

impl ActionsRun {
    /// Reads the run from environment variables; `None` outside GitHub Actions.
    pub fn from_environment(environment: &BTreeMap<String, String>) -> Option<Self> {
        let set = |name: &str| {
            environment
                .get(name)
                .filter(|value| !value.is_empty())
                .cloned()
        };
        (set("GITHUB_ACTIONS")? == "true").then_some(())?;
        Some(Self {
            run_id: set("GITHUB_RUN_ID")?,
            attempt: set("GITHUB_RUN_ATTEMPT").unwrap_or_else(|| "1".to_owned()),
        })
    }
}

/// Where the ledger lies. Shown without user and password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerAddress {
    /// `sqlite:PATH`.
    Sqlite(PathBuf),
    /// `postgres://USER:PASSWORD@HOST:PORT/DATABASE`.
    Postgres(DatabaseUrl),
}

impl LedgerAddress {
    /// The same, with a path that starts at a directory.
    pub fn within(&self, directory: &Path) -> Self {
        match self {
            Self::Sqlite(path) => Self::Sqlite(directory.join(path)),
            Self::Postgres(url) => Self::Postgres(url.clone()),
        }
    }
}

/// The URL of a database, which may hold a password and is never shown.
#[derive(Clone)]
pub struct DatabaseUrl(SecretString);

impl DatabaseUrl {
    /// The URL with everything in it, for who connects.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for DatabaseUrl {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for DatabaseUrl {}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = Url::parse(self.expose()).ok();
        let parts = url.as_ref().and_then(|url| {
            let port = url.port().map_or(String::new(), |port| format!(":{port}"));
            Some(format!("{}{port}{}", url.host_str()?, url.path()))
        });
        write!(f, "postgres://{}", parts.unwrap_or_default())
    }
}

impl fmt::Display for LedgerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}

/// What an address looks like.
const WRITE: &str = "write sqlite:PATH or postgres://HOST/DATABASE";

impl FromStr for LedgerAddress {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once(':').unwrap_or_default();
        match scheme {
            "postgres" | "postgresql" if rest.starts_with("//") => {
                let wrong = |error| format!("its URL is none ({error}); {WRITE}");
                Url::parse(text).map_err(wrong)?;
                Ok(Self::Postgres(DatabaseUrl(text.to_owned().into())))
            }
            "sqlite" => match rest.trim_start_matches("//") {
                "" => Err(format!("sqlite: names no file; {WRITE}")),
                path => Ok(Self::Sqlite(PathBuf::from(path))),
            },
            // The rest may hold a password.
            "" => Err(WRITE.to_owned()),
            other => Err(format!("{other}: keeps no ledger; {WRITE}")),
        }
    }
}

/// The address of a Tollgate server: https, or http on this machine. There is no secret in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress(Url);

impl ServerAddress {
    /// Tells whether a text is meant to be one.
    pub fn is_meant_by(text: &str) -> bool {
        let scheme = text.split(':').next().unwrap_or_default();
        ["http", "https"].contains(&&*scheme.to_ascii_lowercase())
    }

    /// The address of a path of the server that begins with `/`.
    ///
    /// # Errors
    /// When they make no address together.
    pub fn join(&self, path: &str) -> Result<Url, String> {
        let joined = format!("{self}{path}").parse();
        joined.map_err(|error: url::ParseError| error.to_string())
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl FromStr for ServerAddress {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        // What is wrong is told without the text, in which a password may stand.
        let url: Url = text
            .parse()
            .map_err(|error| format!("it is no URL: {error}"))?;
        let has_user = !url.username().is_empty() || url.password().is_some();
        if has_user || url.query().is_some() || url.fragment().is_some() {
            return Err(
                "the address of a server has no user, password, query or fragment; a key \
                        goes into TOLLGATE_API_KEY"
                    .to_owned(),
            );
        }
        match transport::is_safe(&url) {
            true => Ok(Self(url)),
            false => Err("a server is reached by https, or by http on this machine".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ledger_is_a_file_or_a_database() {
        let sqlite = |path: &str| Ok(LedgerAddress::Sqlite(path.into()));
        assert_eq!("sqlite:a/b.db".parse(), sqlite("a/b.db"));
        assert_eq!("sqlite:///var/l.db".parse(), sqlite("/var/l.db"));
        for (text, shown) in [
            (
                "postgres://ann:s3cret@db:5433/ops",
                "postgres://db:5433/ops",
            ),
            ("postgresql://db/ops?password=s3cret", "postgres://db/ops"),
        ] {
            let address: LedgerAddress = text.parse().unwrap();
            assert_eq!(address.to_string(), shown);
            assert!(!format!("{address:?}").contains("s3cret"));
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_showing_it() {
        for text in [
            "",
            "sqlite:",
            "ledger.db",
            "mysql://ann:s3cret@db/ops",
            "postgres:s3cret",
            "postgres://ann:s3cret@db:99999/ops",
            "https://ann:s3cret@h/",
        ] {
            let why = text.parse::<LedgerAddress>().unwrap_err();
            assert!(
                why.contains("write sqlite:PATH") && !why.contains("s3cret"),
                "{why}"
            );
        }
    }

    #[test]
    fn a_server_is_reached_by_https_or_on_this_machine_and_its_address_holds_no_secret() {
        for (text, shown) in [
            ("https://gates.acme.test", "https://gates.acme.test"),
            ("https://gates.acme.test/", "https://gates.acme.test"),
            (
                "HTTPS://acme.test:8443/gates/",
                "https://acme.test:8443/gates",
            ),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080/", "http://[::1]:8080"),
        ] {
            assert!(ServerAddress::is_meant_by(text));
            let address: ServerAddress = text.parse().unwrap();
            assert_eq!(address.to_string(), shown);
            let events = address.join("/v1/events").unwrap();
            assert_eq!(events.as_str(), format!("{shown}/v1/events"));
        }
        for text in [
            "http://gates.acme.test",
            "https://ann:s3cret@gates.acme.test",
            "https://gates.acme.test/?key=s3cret",
            "https://gates.acme.test/#s3cret",
            "https://",
            "http:/s3cret",
        ] {
            let why = text.parse::<ServerAddress>().unwrap_err();
            assert!(!why.contains("s3cret"), "{why}");
        }
        assert!(!ServerAddress::is_meant_by("sqlite:http.db"));
    }

    #[test]
    fn a_run_of_actions_needs_its_three_variables() {
        let read = |pairs: &[(&str, &str)]| {
            let pairs = pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            ActionsRun::from_environment(&pairs.collect()).map(|run| (run.run_id, run.attempt))
        };
        let run = |id: &str, attempt: &str| Some((id.to_owned(), attempt.to_owned()));
        assert_eq!(
            read(&[("GITHUB_ACTIONS", "true"), ("GITHUB_RUN_ID", "7")]),
            run("7", "1")
        );
        assert_eq!(
            read(&[
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_RUN_ID", "7"),
                ("GITHUB_RUN_ATTEMPT", "2")
            ]),
            run("7", "2")
        );
        assert_eq!(read(&[("GITHUB_RUN_ID", "7")]), None);
        assert_eq!(read(&[("GITHUB_ACTIONS", "true")]), None);
    }
}
