//! `tollgate serve`.

use std::process::ExitCode;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::args::ServeArguments;
use super::{Context, screen, signals};
use crate::app::control_plane::{ControlPlane, Keys, Sessions, Tokens, attend};
use crate::app::failure::Failure;
use crate::server::{self, door::Door};

/// Serves until a signal comes, finishes what was begun, and closes the ledger.
pub(super) async fn run(context: Context, arguments: ServeArguments) -> Result<ExitCode, Failure> {
    let settings = &context.settings;
    let keys = Keys::of(settings)?;
    let tokens = Tokens::of(settings)?;
    let sessions = Sessions::of(settings)?;
    if keys.is_empty() && tokens.is_none() {
        screen::say("warning: nobody may call: set TOLLGATE_API_KEYS or TOLLGATE_OIDC_AUDIENCE");
    }
    let stop = signals::asked_to_end()?;
    let plane = Arc::new(ControlPlane::open(settings).await?);
    let door = Door::new(keys, tokens, sessions, Arc::clone(&plane));
    let ending = CancellationToken::new();
    let serving = async {
        let served = serve(&arguments, &plane, door, stop).await;
        ending.cancel(); // what waits for an answer is in the ledger, for the next server
        served
    };
    let (served, ()) = tokio::join!(serving, attend(&plane, &ending));
    let closed = plane.close().await;
    served.and(closed).map(|()| ExitCode::SUCCESS)
}

async fn serve(
    arguments: &ServeArguments,
    plane: &Arc<ControlPlane>,
    door: Door,
    stop: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let unable =
        |error| Failure::unreachable(format!("{} cannot be served: {error}", arguments.listen));
    let listener = TcpListener::bind(arguments.listen).await.map_err(unable)?;
    let address = listener.local_addr().map_err(unable)?;
    screen::say(&format!("listening on http://{address}"));
    let served = server::run(listener, Arc::clone(plane), door, stop).await;
    served.map_err(unable)
}
