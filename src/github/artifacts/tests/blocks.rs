//! How much of a file is in memory while it is sent.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use futures_util::FutureExt as _;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::Semaphore;

use crate::domain::ids::Sha256Digest;
use crate::github::artifacts::blocks::{AT_ONCE, send};
use crate::github::artifacts::error::Fault;

/// So many bytes, a few at a time, counted as they are taken.
struct Source<'a> {
    left: usize,
    taken: &'a AtomicUsize,
}

impl AsyncRead for Source<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let count = self.left.min(buffer.remaining()).min(7);
        buffer.put_slice(&vec![b'x'; count]);
        self.left -= count;
        self.taken.fetch_add(count, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn no_more_is_read_than_is_on_its_way() {
    const SIZE: usize = 100;
    let (taken, sent, gate) = (AtomicUsize::new(0), AtomicUsize::new(0), Semaphore::new(0));
    let source = Source {
        left: 12 * SIZE + 1,
        taken: &taken,
    };
    let mut sending = Box::pin(send(source, SIZE, async |block| {
        gate.acquire().await.unwrap().forget();
        sent.fetch_add(block.bytes.len(), Ordering::Relaxed);
        Ok(())
    }));
    for released in 0..8 {
        assert!((&mut sending).now_or_never().is_none());
        let (taken, sent) = (taken.load(Ordering::Relaxed), sent.load(Ordering::Relaxed));
        assert_eq!(
            (sent, taken),
            (released * SIZE, (released + AT_ONCE) * SIZE)
        );
        gate.add_permits(1);
    }
    gate.add_permits(100);
    let (content, blocks) = sending.await.unwrap();
    let whole = vec![b'x'; 12 * SIZE + 1];
    assert_eq!((content.size, blocks), (whole.len() as u64, 13));
    assert_eq!(content.digest, Sha256Digest::of(&whole));
}

#[tokio::test]
async fn a_block_that_fails_ends_it() {
    let taken = AtomicUsize::new(0);
    let source = Source {
        left: 1_000_000,
        taken: &taken,
    };
    let ended = send(source, 10, async |block| match block.index {
        3 => Err(Fault::TooLarge),
        _ => Ok(()),
    });
    assert!(matches!(ended.await, Err(Fault::TooLarge)));
    assert!(taken.load(Ordering::Relaxed) <= 10 * (3 + AT_ONCE));
}
