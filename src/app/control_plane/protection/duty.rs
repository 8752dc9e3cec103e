//! The work that goes on for GitHub while the server serves: what waits is looked after, and what
//! was missed is fetched.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::control_plane::ControlPlane;

/// How long work that was begun may take when the server is to end.
const GRACE: Duration = Duration::from_secs(1);

/// Does the work until `stop` comes; without an App there is none.
pub async fn attend(plane: &ControlPlane, stop: &CancellationToken) {
    let Some(protection) = &plane.protection else {
        return;
    };
    let work = async {
        tokio::join!(
            plane.look_after_all(protection, stop),
            plane.fetch_all_missed(protection, stop),
        )
    };
    let cut_off = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        _ = work => {}
        () = cut_off => {}
    }
}
