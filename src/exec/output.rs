//! The one pipe that carries a command's standard output and standard error.

use std::convert::Infallible;
use std::future::pending;
use std::io::{self, PipeWriter};
use std::os::fd::OwnedFd;

use rustix::buffer::spare_capacity;
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;

use crate::exec::OutputSink;

/// The most bytes that a sink gets at once; a pipe holds as many by default.
const CHUNK: usize = 64 * 1024;

/// The reading end.
pub(super) struct Output {
    receiver: Receiver,
    buffer: Vec<u8>,
}

impl Output {
    /// Opens the pipe, and gives the end to write to with it.
    pub(super) fn open() -> io::Result<(Self, PipeWriter)> {
        let (reader, writer) = io::pipe()?;
        let receiver = Receiver::from_owned_fd(OwnedFd::from(reader))?;
        let buffer = Vec::with_capacity(CHUNK);
        Ok((Self { receiver, buffer }, writer))
    }

    /// Hands on what comes, for as long as it is polled: the end of the output is not the end of
    /// the command.
    pub(super) async fn stream(&mut self, sink: &mut dyn OutputSink) -> Infallible {
        loop {
            self.buffer.clear();
            match self.receiver.read_buf(&mut self.buffer).await {
                Ok(0) | Err(_) => return pending().await,
                Ok(_) => sink.chunk(&self.buffer),
            }
        }
    }

    /// Hands on what is in the pipe now, and waits for nothing: something may still hold the pipe
    /// open, or go on writing to it.
    pub(super) fn drain(&mut self, sink: &mut dyn OutputSink) {
        let mut waiting = rustix::io::ioctl_fionread(&self.receiver).unwrap_or(0);
        while waiting > 0 {
            self.buffer.clear();
            // Tokio's own reads trust its last event; the pipe itself knows better.
            match rustix::io::read(&self.receiver, spare_capacity(&mut self.buffer)) {
                Ok(0) | Err(_) => return,
                Ok(count) => {
                    sink.chunk(&self.buffer);
                    waiting = waiting.saturating_sub(count as u64);
                }
            }
        }
    }
}
