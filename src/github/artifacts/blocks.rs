//! A file in blocks, of which only a few are in memory at a time.

use std::io;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::TryStreamExt as _;
use futures_util::stream::FuturesUnordered;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio_util::bytes::Bytes;
use uuid::Uuid;

use super::error::Fault;
use crate::domain::ids::Sha256Digest;

/// How many bytes a block has, and how many blocks are on their way at a time: as the official
/// client. Both together bound the memory that an upload takes.
pub(super) const BLOCK: usize = 8 << 20;
pub(super) const AT_ONCE: usize = 5;

/// Size and digest of what was sent or received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) size: u64,
    pub(super) digest: Sha256Digest,
}

/// A part of a file.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// From 0.
    pub(super) index: u64,
    pub(super) bytes: Bytes,
}

/// What the blocks of one upload are called. All names of a blob have the same length
/// (<https://learn.microsoft.com/rest/api/storageservices/put-block#uri-parameters>).
#[derive(Debug, Clone, Copy)]
pub(super) struct BlockNames(Uuid);

impl BlockNames {
    pub(super) fn new() -> Self {
        Self(Uuid::new_v4())
    }

    pub(super) fn of(self, index: u64) -> String {
        BASE64_STANDARD.encode(format!("{}{index:012}", self.0))
    }
}

/// Reads a source to its end and gives its blocks to `put`, [`AT_ONCE`] at a time; a block is read
/// when there is room for it. Gives the number of blocks, too.
pub(super) async fn send<F>(
    source: impl AsyncRead + Unpin,
    block_size: usize,
    put: impl Fn(Block) -> F,
) -> Result<(Content, u64), Fault>
where
    F: Future<Output = Result<(), Fault>>,
{
    let mut reader = Reader::new(source, block_size);
    let mut on_their_way = FuturesUnordered::new();
    while let Some(block) = reader.next().await.map_err(Fault::Source)? {
        on_their_way.push(put(block));
        if on_their_way.len() == AT_ONCE {
            on_their_way.try_next().await?;
        }
    }
    on_their_way.try_collect::<()>().await?;
    Ok((reader.content(), reader.blocks))
}

struct Reader<R> {
    source: R,
    block_size: usize,
    hasher: Sha256,
    size: u64,
    blocks: u64,
}

impl<R: AsyncRead + Unpin> Reader<R> {
    fn new(source: R, block_size: usize) -> Self {
        Self {
            source,
            block_size,
            hasher: Sha256::new(),
            size: 0,
            blocks: 0,
        }
    }

    async fn next(&mut self) -> io::Result<Option<Block>> {
        let mut bytes = vec![0; self.block_size];
        let mut filled = 0;
        while filled < bytes.len() {
            match self.source.read(&mut bytes[filled..]).await? {
                0 => break,
                count => filled += count,
            }
        }
        if filled == 0 {
            return Ok(None);
        }
        bytes.truncate(filled);
        self.hasher.update(&bytes);
        self.size += filled as u64;
        let index = self.blocks;
        self.blocks += 1;
        let bytes = bytes.into();
        Ok(Some(Block { index, bytes }))
    }

    fn content(&self) -> Content {
        Content {
            size: self.size,
            digest: Sha256Digest::from_bytes(self.hasher.clone().finalize().into()),
        }
    }
}
