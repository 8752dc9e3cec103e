//! The blob store behind artifacts, on a host of its own: block blobs under signed addresses
//! (<https://learn.microsoft.com/en-us/rest/api/storageservices/put-block-list>).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State as Extracted};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use regex::Regex;

use super::exchange::{LONGEST_BODY, note};
use super::journal::{Call, Service};
use super::server::Scissors;
use super::state::State;
use super::{Shared, lock};

/// A blob, and what may be done with it.
#[derive(Default)]
pub(super) struct Blob {
    may: Access,
    blocks: BTreeMap<String, Bytes>,
    /// `None` before a list of blocks, or the whole, was put.
    pub(super) content: Option<Vec<u8>>,
    content_type: String,
}

/// What a signature is good for.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Access {
    #[default]
    Write,
    Read,
}

impl Access {
    /// As a signed address has it: `sp`.
    fn word(self) -> &'static str {
        match self {
            Self::Write => "cw",
            Self::Read => "r",
        }
    }
}

/// What went wrong, in the store's words.
struct Wrong(u16, &'static str);

impl State {
    /// An address to which a new blob can be written, and its key.
    pub(super) fn url_to_write(&mut self) -> (String, String) {
        let key = self.next_id().to_string();
        self.blobs.insert(key.clone(), Blob::default());
        (signed(&self.store, &key, Access::Write), key)
    }

    /// An address from which `content` can be read.
    pub(super) fn url_to_read(&mut self, content: Vec<u8>) -> String {
        let key = self.next_id().to_string();
        let blob = Blob {
            may: Access::Read,
            content: Some(content),
            content_type: "application/zip".to_owned(),
            ..Blob::default()
        };
        self.blobs.insert(key.clone(), blob);
        signed(&self.store, &key, Access::Read)
    }
}

fn signed(store: &str, key: &str, access: Access) -> String {
    let permissions = access.word();
    let signature = signature(key);
    let until = "se=2100-01-01T00%3A00%3A00Z";
    format!(
        "{store}/actions-results/{key}.zip?sv=2026-04-06&sr=b&sp={permissions}&{until}&sig={signature}"
    )
}

/// As it stands in an address, with what base64 makes of it.
fn signature(key: &str) -> String {
    format!("s%2Bg%2F{key}%3D")
}

/// The store's own server.
pub(super) fn router(shared: &Arc<Shared>) -> Router {
    Router::new()
        .fallback(exchange)
        .with_state(Arc::clone(shared))
}

async fn exchange(
    Extracted(shared): Extracted<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Scissors>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LONGEST_BODY).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let entry = note(&shared, Call::new(Service::Blobs, &parts, &body));
    let fault = lock(&shared.faults).take(parts.method.as_str(), parts.uri.path());
    if let Some(fault) = fault.as_ref().filter(|fault| fault.is_before()) {
        return fault.answer(&line).await;
    }
    let answer = answer(&mut shared.state(), &parts, body);
    if let Some(fault) = fault {
        return fault.answer(&line).await;
    }
    let answer = answer.unwrap_or_else(Wrong::into_response);
    lock(&shared.journal)[entry].status = Some(answer.status().as_u16());
    answer
}

fn answer(state: &mut State, parts: &Parts, body: Bytes) -> Result<Response, Wrong> {
    if parts.headers.contains_key(header::AUTHORIZATION) {
        return Err(Wrong(403, "AuthenticationFailed"));
    }
    let key = parts.uri.path().strip_prefix("/actions-results/");
    let key = key.and_then(|rest| rest.strip_suffix(".zip"));
    let key = key.ok_or(Wrong(404, "ContainerNotFound"))?;
    let is_signed = raw(parts, "sig") == Some(signature(key).as_str());
    let blob = state.blobs.get_mut(key).filter(|_| is_signed);
    let blob = blob.ok_or(Wrong(403, "AuthenticationFailed"))?;
    if raw(parts, "sp") != Some(blob.may.word()) {
        return Err(Wrong(403, "AuthenticationFailed"));
    }
    match (parts.method.as_str(), blob.may, raw(parts, "comp")) {
        ("GET", Access::Read, None) => Ok(blob.read()),
        ("PUT", Access::Write, None) => blob.put(parts, &body),
        ("PUT", Access::Write, Some("block")) => blob.put_block(parts, body),
        ("PUT", Access::Write, Some("blocklist")) => blob.put_list(parts, &body),
        _ => Err(Wrong(403, "AuthorizationPermissionMismatch")),
    }
}

/// A value of the query as it came.
fn raw<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    let mut pairs = parts.uri.query()?.split('&');
    pairs.find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

impl Blob {
    fn read(&self) -> Response {
        let content = self.content.clone().unwrap_or_default();
        let content_type = HeaderValue::try_from(&self.content_type).unwrap();
        ([(header::CONTENT_TYPE, content_type)], content).into_response()
    }

    fn put(&mut self, parts: &Parts, body: &Bytes) -> Result<Response, Wrong> {
        let kind = parts.headers.get("x-ms-blob-type");
        if kind.is_none_or(|kind| kind != "BlockBlob") {
            return Err(Wrong(400, "MissingRequiredHeader"));
        }
        self.finish(parts, body.to_vec());
        Ok(StatusCode::CREATED.into_response())
    }

    /// The ids of all blocks have the same length, 64 bytes at the most before they are encoded.
    fn put_block(&mut self, parts: &Parts, body: Bytes) -> Result<Response, Wrong> {
        let wrong = || Wrong(400, "InvalidQueryParameterValue");
        let id = raw(parts, "blockid").ok_or_else(wrong)?;
        let id = id
            .replace("%3D", "=")
            .replace("%2B", "+")
            .replace("%2F", "/");
        let length = BASE64.decode(&id).map_err(|_| wrong())?.len();
        let is_like_others = self.blocks.keys().all(|other| other.len() == id.len());
        if length == 0 || length > 64 || !is_like_others || body.is_empty() {
            return Err(Wrong(400, "InvalidBlobOrBlock"));
        }
        self.blocks.insert(id, body);
        Ok(StatusCode::CREATED.into_response())
    }

    fn put_list(&mut self, parts: &Parts, body: &Bytes) -> Result<Response, Wrong> {
        let list = String::from_utf8_lossy(body);
        let item = Regex::new("<(?:Latest|Uncommitted)>([^<]+)</").unwrap();
        let mut content = Vec::new();
        for found in item.captures_iter(&list) {
            let block = self.blocks.get(&found[1]);
            content.extend_from_slice(block.ok_or(Wrong(400, "InvalidBlockList"))?);
        }
        self.finish(parts, content);
        Ok(StatusCode::CREATED.into_response())
    }

    fn finish(&mut self, parts: &Parts, content: Vec<u8>) {
        let content_type = parts.headers.get("x-ms-blob-content-type");
        let content_type = content_type.and_then(|value| value.to_str().ok());
        self.content_type = content_type
            .unwrap_or("application/octet-stream")
            .to_owned();
        self.blocks.clear();
        self.content = Some(content);
    }
}

impl Wrong {
    fn into_response(self) -> Response {
        let Self(status, code) = self;
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
             <Error><Code>{code}</Code><Message>{code}</Message></Error>"
        );
        let xml = HeaderValue::from_static("application/xml");
        let status = StatusCode::from_u16(status).unwrap();
        (status, [(header::CONTENT_TYPE, xml)], body).into_response()
    }
}
