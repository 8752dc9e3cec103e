use super::*;
use crate::ledger::sqlite::Sqlite;
use crate::ledger::tests::samples::{events, release};

async fn ledger(folder: &tempfile::TempDir, name: &str) -> Sqlite {
    Sqlite::open(&folder.path().join(name)).await.unwrap()
}

async fn packed() -> (tempfile::TempDir, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let source = ledger(&folder, "source.db").await;
    for number in 1..=3 {
        source.append(events(release(number), 4)).await.unwrap();
    }
    let mut pack = Vec::new();
    export(&source, None, &mut pack).await.unwrap();
    (folder, pack)
}

#[tokio::test]
async fn a_pack_brings_every_event_once() {
    let (folder, pack) = packed().await;
    let target = ledger(&folder, "target.db").await;
    let first = import(&target, pack.as_slice()).await.unwrap();
    assert_eq!(
        first,
        Imported {
            events: 12,
            new: 12
        }
    );
    let again = import(&target, pack.as_slice()).await.unwrap();
    assert_eq!(again, Imported { events: 12, new: 0 });
    let mut same = Vec::new();
    export(&target, None, &mut same).await.unwrap();
    assert!(same == pack, "the same events make the same pack");
}

#[tokio::test]
async fn one_release_travels_alone() {
    let (folder, _) = packed().await;
    let source = ledger(&folder, "source.db").await;
    let mut pack = Vec::new();
    export(&source, Some(release(2)), &mut pack).await.unwrap();
    let target = ledger(&folder, "target.db").await;
    assert_eq!(import(&target, pack.as_slice()).await.unwrap().events, 4);
    assert_eq!(target.releases().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_pack_with_any_byte_changed_is_refused() {
    let (folder, pack) = packed().await;
    let target = ledger(&folder, "target.db").await;
    for place in (0..pack.len()).step_by(17) {
        let mut altered = pack.clone();
        altered[place] ^= 1;
        let refused = import(&target, altered.as_slice()).await;
        assert!(
            matches!(refused, Err(PackError::Refused { .. })),
            "byte {place}: {refused:?}"
        );
    }
    assert_eq!(target.releases().await.unwrap(), []);
}

#[tokio::test]
async fn a_pack_that_is_cut_or_grown_is_refused() {
    let (folder, pack) = packed().await;
    let target = ledger(&folder, "target.db").await;
    for end in [0, 1, pack.len() / 2, pack.len() - 1] {
        assert!(import(&target, &pack[..end]).await.is_err(), "cut at {end}");
    }
    let grown = [pack.as_slice(), b"{}\n"].concat();
    assert!(import(&target, grown.as_slice()).await.is_err());
    let text = String::from_utf8(pack).unwrap();
    let second_line_gone: String = text
        .lines()
        .enumerate()
        .filter(|(number, _)| *number != 1)
        .map(|(_, line)| format!("{line}\n"))
        .collect();
    let error = import(&target, second_line_gone.as_bytes())
        .await
        .unwrap_err();
    assert!(error.to_string().starts_with("line 2:"), "{error}");
}
