//! Reading the ledger as one list, for `tollgate ledger log`.

use super::{Ledger, LedgerError};
use crate::domain::record::chain::Link;
use crate::domain::release::ReleaseId;

/// The events of one release in the order of its chain, or those of all releases in the order in
/// which they happened (by the producers' clocks; then by release and place).
///
/// # Errors
/// As [`Ledger::events`].
pub async fn read(
    ledger: &dyn Ledger,
    release: Option<ReleaseId>,
) -> Result<Vec<Link>, LedgerError> {
    if let Some(release) = release {
        return ledger.events(release).await;
    }
    let mut links = Vec::new();
    for head in ledger.releases().await? {
        links.extend(ledger.events(head.release).await?);
    }
    links.sort_by_key(|link| (link.event.occurred_at, link.event.release_id, link.sequence));
    Ok(links)
}
