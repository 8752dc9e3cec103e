//! The credentials that `docker login` leaves in `config.json`
//! (<https://docs.docker.com/reference/cli/docker/login/#credential-stores>): kept in the file
//! itself, or by a credential helper. Identity tokens are not supported.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use oci_client::secrets::RegistryAuth;
use serde::Deserialize;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// The key under which Docker files its own registry.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";
/// What helpers give as the user when the secret is an identity token.
const IDENTITY_TOKEN_USER: &str = "<token>";

/// Where Docker's `config.json` lies, if anywhere.
#[derive(Debug, Clone, Default)]
pub struct DockerConfig {
    file: Option<PathBuf>,
    path: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Contents {
    auths: BTreeMap<String, Entry>,
    creds_store: String,
    cred_helpers: BTreeMap<String, String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
}

/// What a helper prints
/// (<https://github.com/docker/docker-credential-helpers#development>).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HelperAnswer {
    username: String,
    secret: String,
}

impl DockerConfig {
    /// Looks where Docker looks: in `DOCKER_CONFIG`, else in `.docker` of `HOME`.
    pub fn from_environment(environment: &BTreeMap<String, String>) -> Self {
        let value = |name: &str| environment.get(name).filter(|value| !value.is_empty());
        let folder = match value("DOCKER_CONFIG") {
            Some(folder) => Some(PathBuf::from(folder)),
            None => value("HOME").map(|home| PathBuf::from(home).join(".docker")),
        };
        Self {
            file: folder.map(|folder| folder.join("config.json")),
            path: value("PATH").cloned(),
        }
    }

    /// The credentials for a registry; anonymous where there are none.
    ///
    /// # Errors
    /// Says what is wrong with the credentials that there are.
    pub(super) async fn for_registry(&self, registry: &str) -> Result<RegistryAuth, String> {
        let Some(contents) = self.read()? else {
            return Ok(RegistryAuth::Anonymous);
        };
        let key = match is_docker_hub(registry) {
            true => DOCKER_HUB,
            false => registry,
        };
        let helper = contents.cred_helpers.get(registry);
        let helper = helper.or(Some(&contents.creds_store).filter(|store| !store.is_empty()));
        if let Some(helper) = helper
            && let Some(auth) = self.ask_helper(helper, key).await?
        {
            return Ok(auth);
        }
        let entry = contents
            .auths
            .iter()
            .find(|(name, _)| is_same(name, registry));
        entry.map_or(Ok(RegistryAuth::Anonymous), |(_, entry)| {
            entry.read(registry)
        })
    }

    fn read(&self) -> Result<Option<Contents>, String> {
        let Some(file) = &self.file else {
            return Ok(None);
        };
        let text = match std::fs::read(file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{} can't be read: {error}", file.display())),
        };
        serde_json::from_slice(&text).map(Some).map_err(|error| {
            let (line, file) = (error.line(), file.display());
            format!("{file}:{line} is not what Docker writes; run `docker login` again")
        })
    }

    /// Asks a credential helper; `None` when it is not installed or knows nothing.
    async fn ask_helper(&self, helper: &str, key: &str) -> Result<Option<RegistryAuth>, String> {
        let program = format!("docker-credential-{helper}");
        let mut command = Command::new(&program);
        if let Some(path) = &self.path {
            command.env("PATH", path);
        }
        command
            .arg("get")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let output = async {
            let mut child = command.spawn()?;
            if let Some(mut stdin) = child.stdin.take() {
                let written = stdin.write_all(key.as_bytes()).await;
                tracing::trace!(?written, "a helper may answer without reading");
            }
            child.wait_with_output().await
        };
        let output = match output.await {
            Ok(output) if output.status.success() => output,
            Ok(_) => return Ok(None),
            Err(error) => {
                tracing::warn!(%program, %error, "the credential helper could not be asked");
                return Ok(None);
            }
        };
        let answer: HelperAnswer = serde_json::from_slice(&output.stdout)
            .map_err(|_| format!("`{program} get` printed no credentials that can be read"))?;
        if answer.username == IDENTITY_TOKEN_USER {
            return Err(identity_token(key));
        }
        Ok(Some(RegistryAuth::Basic(answer.username, answer.secret)))
    }
}

impl Entry {
    fn read(&self, registry: &str) -> Result<RegistryAuth, String> {
        if !self.identitytoken.is_empty() {
            return Err(identity_token(registry));
        }
        if self.auth.is_empty() {
            return Ok(match self.username.is_empty() {
                true => RegistryAuth::Anonymous,
                false => RegistryAuth::Basic(self.username.clone(), self.password.clone()),
            });
        }
        let wrong = || {
            format!(
                "Docker's credentials for {registry} can't be read; run `docker login {registry}` again"
            )
        };
        let decoded = BASE64.decode(self.auth.trim()).map_err(|_| wrong())?;
        let text = String::from_utf8(decoded).map_err(|_| wrong())?;
        let (user, password) = text.split_once(':').ok_or_else(wrong)?;
        let password = password.trim_end_matches('\0'); // Docker pads some with zeros
        Ok(RegistryAuth::Basic(user.to_owned(), password.to_owned()))
    }
}

fn identity_token(registry: &str) -> String {
    format!(
        "Docker's credentials for {registry} are an identity token, which is not supported; \
         run `docker login {registry}` with a name and a password or access token"
    )
}

fn is_docker_hub(host: &str) -> bool {
    matches!(
        host,
        "docker.io" | "index.docker.io" | "registry-1.docker.io"
    )
}

/// Compares a key of `auths`, which may be a URL, with a registry's host.
fn is_same(key: &str, registry: &str) -> bool {
    let key = key.split_once("://").map_or(key, |(_, rest)| rest);
    let host = key.split('/').next().unwrap_or(key);
    host == registry || (is_docker_hub(host) && is_docker_hub(registry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    async fn found(config: &str, registry: &str) -> Result<RegistryAuth, String> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.json"), config).unwrap();
        let helper = folder.path().join("docker-credential-lab");
        let script = "#!/bin/sh\nread -r key\ncase $key in\n\
            kept.example) echo '{\"ServerURL\":\"x\",\"Username\":\"u\",\"Secret\":\"kept\"}';;\n\
            https://index.docker.io/v1/) echo '{\"Username\":\"u\",\"Secret\":\"hub\"}';;\n\
            token.example) echo '{\"Username\":\"<token>\",\"Secret\":\"x\"}';;\n\
            odd.example) echo nonsense;;\n\
            *) echo credentials not found; exit 1;;\nesac\n";
        // Written by another process: a file that this one has open for writing can't be run.
        let write = r#"printf %s "$2" > "$1" && chmod 755 "$1""#;
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", write, "sh"]).arg(&helper).arg(script);
        assert!(shell.status().unwrap().success());
        let folder = folder.path().to_str().unwrap();
        let environment = [
            ("DOCKER_CONFIG", folder),
            ("PATH", &format!("{folder}:/usr/bin:/bin")),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        DockerConfig::from_environment(&environment.into())
            .for_registry(registry)
            .await
    }

    fn basic(user: &str, password: &str) -> Result<RegistryAuth, String> {
        Ok(RegistryAuth::Basic(user.to_owned(), password.to_owned()))
    }

    #[tokio::test]
    async fn credentials_of_the_file() {
        let anonymous = Ok(RegistryAuth::Anonymous);
        let config = r#"{"auths": {"a.example": {"auth": "dXNlcjpwYTpzcw=="}}}"#;
        assert_eq!(found(config, "a.example").await, basic("user", "pa:ss"));
        assert_eq!(found(config, "b.example").await, anonymous);
        assert_eq!(found("{}", "a.example").await, anonymous);
        let config =
            r#"{"auths": {"https://a.example:5000/v2/": {"username": "u", "password": "p"}}}"#;
        assert_eq!(found(config, "a.example:5000").await, basic("u", "p"));
        assert_eq!(found(config, "a.example").await, anonymous);
        let config = r#"{"auths": {"https://index.docker.io/v1/": {"auth": "dTpw"}}}"#;
        assert_eq!(found(config, "docker.io").await, basic("u", "p"));
        let config = r#"{"auths": {"a.example": {}}, "HttpHeaders": {"x": "y"}}"#;
        assert_eq!(found(config, "a.example").await, anonymous);
    }

    #[tokio::test]
    async fn credentials_of_a_helper() {
        let store = r#"{"credsStore": "lab", "auths": {"file.example": {"auth": "dTpw"}}}"#;
        assert_eq!(found(store, "kept.example").await, basic("u", "kept"));
        assert_eq!(found(store, "docker.io").await, basic("u", "hub"));
        assert_eq!(found(store, "file.example").await, basic("u", "p"));
        assert_eq!(
            found(store, "none.example").await,
            Ok(RegistryAuth::Anonymous)
        );
        let helpers = r#"{"credsStore": "none", "credHelpers": {"kept.example": "lab"}}"#;
        assert_eq!(found(helpers, "kept.example").await, basic("u", "kept"));
        assert_eq!(
            found(helpers, "x.example").await,
            Ok(RegistryAuth::Anonymous)
        );
    }

    #[tokio::test]
    async fn credentials_that_cannot_be_used_are_an_error() {
        for (config, registry, expect) in [
            ("{", "a.example", "config.json:1 is not"),
            (
                r#"{"auths": {"a.example": {"auth": "%"}}}"#,
                "a.example",
                "docker login a.example",
            ),
            (
                r#"{"auths": {"a.example": {"auth": "dQ=="}}}"#,
                "a.example",
                "can't be read",
            ),
            (
                r#"{"auths": {"a.example": {"identitytoken": "x"}}}"#,
                "a.example",
                "identity token",
            ),
            (
                r#"{"credsStore": "lab"}"#,
                "token.example",
                "identity token",
            ),
            (
                r#"{"credsStore": "lab"}"#,
                "odd.example",
                "no credentials that can be read",
            ),
        ] {
            let error = found(config, registry).await.unwrap_err();
            assert!(error.contains(expect), "{error}");
        }
    }

    #[tokio::test]
    async fn no_file_means_anonymous() {
        let nowhere = DockerConfig::default().for_registry("a.example").await;
        assert_eq!(nowhere, Ok(RegistryAuth::Anonymous));
        let home = [("HOME".to_owned(), "/nonexistent".to_owned())].into();
        let config = DockerConfig::from_environment(&home);
        assert_eq!(
            config.for_registry("a.example").await,
            Ok(RegistryAuth::Anonymous)
        );
    }
}
