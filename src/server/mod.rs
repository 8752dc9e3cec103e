//! The control plane over HTTP: a thin face of the use cases in `app::control_plane`.
//!
//! [`run`] takes a listener that is bound already, so that tests choose no port. Nothing is told
//! anonymously but whether the server lives, and the form to sign in; every other route begins with
//! [`door`].

mod answer;
mod body;
mod cookie;
mod dashboard;
pub mod door;
mod events;
mod health;
mod metrics;
pub mod openapi;
mod page;
mod releases;
mod routes;
mod sign_in;
mod webhook;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use self::door::Door;
use self::metrics::Metrics;
use crate::app::control_plane::ControlPlane;

/// How long requests that were begun may take when the server is to end; less than the ten seconds
/// after which containers are killed.
const GRACE: Duration = Duration::from_secs(8);

/// How many deliveries are read at the same time: anybody can send one, and each may be large.
const DELIVERIES: usize = 16;

/// What every route is given.
struct Server {
    plane: Arc<ControlPlane>,
    door: Door,
    metrics: Metrics,
    /// Held while a delivery is read, which is not known to be GitHub's yet.
    deliveries: Semaphore,
}

/// Serves until `stop` comes, then finishes what was begun. The ledger stays open.
///
/// # Errors
/// When connections can no longer be accepted.
pub async fn run(
    listener: TcpListener,
    plane: Arc<ControlPlane>,
    door: Door,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let metrics = Metrics::default();
    let server = Arc::new(Server {
        plane,
        door,
        metrics,
        deliveries: Semaphore::new(DELIVERIES),
    });
    let listener = listener.tap_io(|line| {
        let _ = line.set_nodelay(true); // without it answers are only slower
    });
    let stopping = CancellationToken::new();
    let serving = axum::serve(listener, routes::router(server))
        .with_graceful_shutdown(stopping.clone().cancelled_owned());
    let ending = async {
        stop.await;
        stopping.cancel();
        tokio::time::sleep(GRACE).await;
        tracing::warn!(
            seconds = GRACE.as_secs(),
            "requests were cut off: they took too long to end"
        );
    };
    tokio::select! {
        served = serving.into_future() => served,
        () = ending => Ok(()),
    }
}
