//! SIGINT, SIGTERM and SIGHUP (a closed terminal) end a run or a server cleanly. As process 1 of a container there is no default handler,
//! so all are always listened to.

use tokio::signal::unix::{SignalKind, signal};

use crate::app::failure::Failure;
use crate::app::run::stop::{Stop, StopCause};

/// Ends the work when a signal comes.
///
/// # Errors
/// When signals cannot be listened to.
pub(super) fn listen(stop: Stop) -> Result<(), Failure> {
    let first = first()?;
    tokio::spawn(async move {
        first.await;
        stop.now(StopCause::Interrupted);
    });
    Ok(())
}

/// Ends when the first signal comes.
///
/// # Errors
/// When signals cannot be listened to.
pub(super) fn first() -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    let unable = |error| Failure::unreachable(format!("signals cannot be listened to: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unable)?;
    let mut hang_up = signal(SignalKind::hangup()).map_err(unable)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(unable)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = hang_up.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
