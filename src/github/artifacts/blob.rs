//! One blob in Azure's store: up in blocks
//! (<https://learn.microsoft.com/rest/api/storageservices/put-block>), down in one piece. The
//! address is the credential, and no other is sent.

use std::io;
use std::path::Path;

use reqwest::{Client, RequestBuilder, Response, Url};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncWriteExt as _};
use uuid::Uuid;

use super::Patience;
use super::address::SignedUrl;
use super::blocks::{self, BLOCK, Block, BlockNames, Content};
use super::error::{Fault, again};
use super::service::ZIP;
use crate::domain::ids::Sha256Digest;

/// The version of the store's interface that the official client asks for.
const INTERFACE: &str = "2026-04-06";

/// A blob and how to reach it.
#[derive(Clone, Copy)]
pub(super) struct Blob<'a> {
    pub(super) client: &'a Client,
    pub(super) url: &'a SignedUrl,
    pub(super) patience: &'a Patience,
}

/// What was downloaded, not yet in its place.
pub(super) struct Received {
    file: NamedTempFile,
    pub(super) content: Content,
}

impl Blob<'_> {
    /// Writes the blob from a source, in bounded memory.
    pub(super) async fn upload(&self, source: impl AsyncRead + Unpin) -> Result<Content, Fault> {
        let names = BlockNames::new();
        let put = |block| self.put_block(names, block);
        let (content, count) = blocks::send(source, BLOCK, put).await?;
        let list = block_list((0..count).map(|index| names.of(index)));
        let url = self.url.with(&[("comp", "blocklist")]);
        let request = || {
            let request = self.put(url.clone(), "application/xml");
            request
                .header("x-ms-blob-content-type", ZIP)
                .body(list.clone())
        };
        self.written(request).await?;
        Ok(content)
    }

    async fn put_block(&self, names: BlockNames, block: Block) -> Result<(), Fault> {
        let name = names.of(block.index);
        let url = self.url.with(&[("comp", "block"), ("blockid", &name)]);
        let request = || {
            let request = self.put(url.clone(), "application/octet-stream");
            request.body(block.bytes.clone())
        };
        self.written(request).await
    }

    fn put(&self, url: Url, content_type: &str) -> RequestBuilder {
        let request = self.client.put(url);
        request
            .header("content-type", content_type)
            .header("accept", "application/xml")
            .header("x-ms-version", INTERFACE)
            .header("x-ms-client-request-id", Uuid::new_v4().to_string())
            .timeout(self.patience.block)
    }

    /// Sends until it is written. A part replaces itself.
    async fn written(&self, request: impl Fn() -> RequestBuilder) -> Result<(), Fault> {
        let retry = self.patience.retry;
        let send = async || -> Result<(), Fault> {
            let response = request().send().await?;
            match response.status().as_u16() {
                201 => Ok(()),
                status => Err(complaint(status, &response)),
            }
        };
        retry.ask(async || again(send().await)).await
    }

    /// Reads the blob into a file beside `to`.
    pub(super) async fn download(&self, to: &Path, most_bytes: u64) -> Result<Received, Fault> {
        let retry = self.patience.retry;
        let fetch = async || again(self.fetch(to, most_bytes).await);
        retry.ask(fetch).await
    }

    async fn fetch(&self, to: &Path, most_bytes: u64) -> Result<Received, Fault> {
        let response = self.client.get(self.url.plain()).send().await?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(complaint(status, &response));
        }
        let file = beside(to).map_err(Fault::Target)?;
        let copy = file.reopen().map_err(Fault::Target)?;
        let content = save(response, File::from_std(copy), most_bytes).await?;
        Ok(Received { file, content })
    }
}

/// The store names what is wrong in a header
/// (<https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2>).
fn complaint(status: u16, response: &Response) -> Fault {
    let code = response.headers().get("x-ms-error-code");
    let code = code.and_then(|code| code.to_str().ok());
    Fault::answered(status, code.unwrap_or_default())
}

fn block_list(names: impl Iterator<Item = String>) -> String {
    let latest: String = names
        .map(|name| format!("<Latest>{name}</Latest>"))
        .collect();
    let head = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
    format!("{head}<BlockList>{latest}</BlockList>")
}

fn beside(to: &Path) -> io::Result<NamedTempFile> {
    match to.parent() {
        Some(folder) if folder != Path::new("") => NamedTempFile::new_in(folder),
        _ => NamedTempFile::new_in("."),
    }
}

async fn save(mut response: Response, mut file: File, most_bytes: u64) -> Result<Content, Fault> {
    let mut hasher = Sha256::new();
    let mut size = 0;
    while let Some(chunk) = response.chunk().await? {
        size += chunk.len() as u64;
        if size > most_bytes {
            return Err(Fault::TooLarge);
        }
        hasher.update(&chunk);
        file.write_all(&chunk).await.map_err(Fault::Target)?;
    }
    file.flush().await.map_err(Fault::Target)?;
    file.sync_data().await.map_err(Fault::Target)?;
    let digest = Sha256Digest::from_bytes(hasher.finalize().into());
    Ok(Content { size, digest })
}

impl Received {
    /// Moves the file to its place.
    pub(super) async fn keep(self, to: &Path) -> io::Result<Sha256Digest> {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        self.file.as_file().set_permissions(mode)?;
        self.file.persist(to).map_err(|error| error.error)?;
        Ok(self.content.digest)
    }
}
