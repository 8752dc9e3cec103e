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
    let asked = asked_to_end()?;
    let mut hang_up = signal(SignalKind::hangup()).map_err(unable)?;
    tokio::spawn(async move {
        tokio::select! {
            () = asked => {}
            _ = hang_up.recv() => {}
        }
        stop.now(StopCause::Interrupted);
    });
    Ok(())
}

/// Ends when the first SIGINT or SIGTERM comes. A server outlives the terminal that started it.
///
/// # Errors
/// When signals cannot be listened to.
pub(super) fn asked_to_end() -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unable)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(unable)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

fn unable(error: std::io::Error) -> Failure {
    Failure::unreachable(format!("signals cannot be listened to: {error}"))
}
