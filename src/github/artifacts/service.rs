//! The service's methods: Twirp over HTTP (<https://twitchtv.github.io/twirp/docs/spec_v7.html>).

use jiff::Timestamp;
use reqwest::{Client, Response, Url};
use secrecy::{ExposeSecret as _, SecretString};

use super::address::{SignedUrl, is_safe};
use super::blocks::Content;
use super::error::{Fault, again};
use super::messages::{
    Call, Complaint, CreateArtifact, FinalizeArtifact, GetSignedArtifactUrl, ListArtifacts,
    RunArtifact,
};
use super::run_token::BackendIds;
use super::{ArtifactError, Patience};
use crate::github::context::ArtifactService;
use crate::retry::Try;
use crate::transport;

/// What is uploaded.
pub(super) const ZIP: &str = "application/zip";

/// The version of the official client's artifacts.
const VERSION: u32 = 7;

const SERVICE: &str = "/twirp/github.actions.results.api.v1.ArtifactService";

/// No answer of the service is longer; a list of the 500 artifacts that a job may have is not.
const LONGEST_ANSWER: usize = 8 << 20;

/// The service, for the job that Tollgate runs in.
#[derive(Debug, Clone)]
pub(super) struct Service {
    pub(super) client: Client,
    pub(super) patience: Patience,
    origin: Url,
    token: SecretString,
    ids: BackendIds,
}

impl Service {
    pub(super) fn new(service: &ArtifactService) -> Result<Self, ArtifactError> {
        let unusable = |message: &str| ArtifactError::Unusable {
            message: message.to_owned(),
        };
        let token = service.token.expose_secret();
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(unusable(
                "ACTIONS_RUNTIME_TOKEN holds letters that no token has",
            ));
        }
        let no_address = || unusable("ACTIONS_RESULTS_URL is no address with https");
        Ok(Self {
            client: transport::client().map_err(|error| unusable(&error.to_string()))?,
            patience: Patience::default(),
            origin: origin(&service.results_url).ok_or_else(no_address)?,
            token: service.token.clone(),
            ids: BackendIds::read(token)?,
        })
    }

    /// Makes an artifact and gives the address to upload it to. When an answer is lost, the name
    /// may be taken by then, and the next try finds it so.
    pub(super) async fn create(
        &self,
        name: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<SignedUrl, ArtifactError> {
        const WHAT: &str = "create the artifact";
        let call = CreateArtifact {
            ids: &self.ids,
            name,
            expires_at: expires_at.map(|at| format!("{at:.3}")),
            version: VERSION,
            mime_type: ZIP,
        };
        let mut after_lost_answer = false;
        let ask = async || {
            let tried = again(self.once(&call).await);
            after_lost_answer |= matches!(tried, Try::Again(_));
            tried
        };
        let created = self.patience.retry.ask(ask).await;
        let created = created.map_err(|fault| match fault {
            Fault::Refused { status: 409, .. } => ArtifactError::NameTaken {
                name: name.to_owned(),
                after_lost_answer,
            },
            other => other.into_error(WHAT),
        })?;
        let address = SignedUrl::read(&created.signed_upload_url).filter(|_| created.ok);
        address.ok_or_else(|| no_address(WHAT))
    }

    /// Says that an artifact is complete, and gives its id. When an answer is lost, the artifact
    /// is looked for before the service is told again.
    pub(super) async fn finalize(
        &self,
        name: &str,
        content: &Content,
    ) -> Result<u64, ArtifactError> {
        let call = FinalizeArtifact {
            ids: &self.ids,
            name,
            size: content.size.to_string(),
            hash: format!("sha256:{}", content.digest),
        };
        let finish = async || {
            let answer = self.once(&call).await?;
            match answer.artifact_id {
                _ if !answer.ok => Err(Fault::answered(200, "its answer is not ok")),
                0 => Err(Fault::lost("it gave no id")),
                id => Ok(id),
            }
        };
        let finish_or_find = async || match finish().await {
            Ok(id) => Try::Answer(Ok(id)),
            Err(fault) => match self.find(name, content).await {
                Some(id) => Try::Answer(Ok(id)),
                None => again(Err(fault)),
            },
        };
        let finished = self.patience.retry.ask(finish_or_find).await;
        finished.map_err(|fault| fault.into_error("finish the artifact"))
    }

    /// The id of the artifact that was just sent, if it is finished.
    async fn find(&self, name: &str, content: &Content) -> Option<u64> {
        let listed = self.once(&self.listing(Some(name))).await.ok()?;
        let mut found = listed.artifacts.into_iter();
        let found = found.find(|artifact| artifact.name == name && artifact.holds(content));
        found.map(|artifact| artifact.id)
    }

    fn listing<'a>(&'a self, name_filter: Option<&'a str>) -> ListArtifacts<'a> {
        let ids = &self.ids;
        ListArtifacts { ids, name_filter }
    }

    pub(super) async fn list(&self, name: Option<&str>) -> Result<Vec<RunArtifact>, ArtifactError> {
        let listed = self.repeated(&self.listing(name)).await;
        let listed = listed.map_err(|fault| fault.into_error("list the artifacts"))?;
        let mut artifacts = listed.artifacts;
        artifacts.retain(|artifact| name.is_none_or(|name| artifact.name == name));
        Ok(artifacts)
    }

    pub(super) async fn signed_url(
        &self,
        artifact: &RunArtifact,
    ) -> Result<SignedUrl, ArtifactError> {
        const WHAT: &str = "download the artifact";
        let (ids, name) = (&artifact.ids, artifact.name.as_str());
        let signed = self.repeated(&GetSignedArtifactUrl { ids, name }).await;
        let signed = signed.map_err(|fault| fault.into_error(WHAT))?;
        SignedUrl::read(&signed.signed_url).ok_or_else(|| no_address(WHAT))
    }

    /// Calls a method until it answers.
    async fn repeated<C: Call>(&self, call: &C) -> Result<C::Answer, Fault> {
        let retry = self.patience.retry;
        retry.ask(async || again(self.once(call).await)).await
    }

    async fn once<C: Call>(&self, call: &C) -> Result<C::Answer, Fault> {
        let limit = self.patience.answer;
        let exchange = tokio::time::timeout(limit, self.exchange(call));
        exchange.await.unwrap_or_else(|_| Err(Fault::late(limit)))
    }

    async fn exchange<C: Call>(&self, call: &C) -> Result<C::Answer, Fault> {
        let mut url = self.origin.clone();
        url.set_path(&format!("{SERVICE}/{}", C::METHOD));
        let request = self
            .client
            .post(url)
            .bearer_auth(self.token.expose_secret());
        let response = request.json(call).send().await?;
        let status = response.status();
        let body = body(response).await?;
        if status.is_success() {
            let unreadable = |error| Fault::lost(format!("its answer can't be read: {error}"));
            return serde_json::from_slice(&body).map_err(unreadable);
        }
        let said: Complaint = serde_json::from_slice(&body).unwrap_or_default();
        let fault = Fault::answered(status.as_u16(), &said.msg);
        Err(match fault {
            Fault::Lost { message } | Fault::Refused { message, .. }
                if said.msg.contains("insufficient usage") =>
            {
                Fault::QuotaUsedUp { message }
            }
            other => other,
        })
    }
}

/// All but scheme, host and port is dropped, as the official client does.
fn origin(results_url: &str) -> Option<Url> {
    let url = Url::parse(results_url).ok().filter(is_safe)?;
    Url::parse(&url.origin().ascii_serialization()).ok()
}

fn no_address(what: &'static str) -> ArtifactError {
    let message = "it gave no address that can be used".to_owned();
    ArtifactError::Unreachable { what, message }
}

async fn body(mut response: Response) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Err(Fault::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
