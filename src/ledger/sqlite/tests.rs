use tempfile::tempdir;

use super::*;
use crate::ledger::tests::conformance;

#[tokio::test]
async fn sqlite_does_what_every_ledger_does() {
    let folder = tempdir().unwrap();
    let number = std::sync::atomic::AtomicU32::new(0);
    conformance::hold(|| async {
        let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Sqlite::open(&folder.path().join(format!("{number}.db")))
            .await
            .unwrap()
    })
    .await;
}
