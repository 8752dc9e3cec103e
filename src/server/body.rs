//! Reading a request's body: bounded in size and in time.

use std::time::Duration;

use axum::body::Body;
use futures_util::StreamExt as _;

/// The most that is read of an event: 10 MiB.
pub(super) const LIMIT: usize = 10 * 1024 * 1024;

/// The most that is read of a delivery: GitHub sends none that is larger
/// (<https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap>).
pub(super) const DELIVERY_LIMIT: usize = 25 * 1024 * 1024;

/// How much of what is too large is still received, so that its sender hears the answer instead of
/// a broken connection.
const DISCARDED: usize = 8 * LIMIT;

/// How long a body may be on its way.
const WITHIN: Duration = Duration::from_secs(30);

/// Why there is no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoBody {
    /// It is larger than it may be.
    TooLarge,
    /// It took too long.
    TooSlow,
    /// The connection broke.
    Broken,
}

/// Reads a whole body of so many bytes at the most.
pub(super) async fn read(body: Body, limit: usize) -> Result<Vec<u8>, NoBody> {
    let read = tokio::time::timeout(WITHIN, collect(body, limit)).await;
    read.unwrap_or(Err(NoBody::TooSlow))
}

async fn collect(body: Body, limit: usize) -> Result<Vec<u8>, NoBody> {
    let mut stream = body.into_data_stream();
    let (mut bytes, mut length) = (Vec::new(), 0);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| NoBody::Broken)?;
        length += chunk.len();
        match length {
            length if length <= limit => bytes.extend_from_slice(&chunk),
            length if length > DISCARDED => return Err(NoBody::TooLarge),
            _ => bytes = Vec::new(),
        }
    }
    match length <= limit {
        true => Ok(bytes),
        false => Err(NoBody::TooLarge),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_is_read_up_to_the_limit() {
        for (length, expect) in [
            (0, Ok(0)),
            (LIMIT, Ok(LIMIT)),
            (LIMIT + 1, Err(NoBody::TooLarge)),
            (DISCARDED + 1, Err(NoBody::TooLarge)),
        ] {
            let read = read(Body::from(vec![b' '; length]), LIMIT).await;
            assert_eq!(read.map(|bytes| bytes.len()), expect, "{length}");
        }
    }
}
