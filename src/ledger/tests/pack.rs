//! Packs: out of one ledger, into another, and never when anything is wrong.

use std::io::Cursor;

use tempfile::{TempDir, tempdir};

use super::samples::{event, events, release};
use crate::domain::record::chain;
use crate::ledger::pack::{Entry, Imported, PackError, PackReader, check, export, import};
use crate::ledger::sqlite::Sqlite;
use crate::ledger::{Ledger, LedgerError};

async fn ledger(folder: &TempDir, name: &str) -> Sqlite {
    Sqlite::open(&folder.path().join(name)).await.unwrap()
}

async fn filled(folder: &TempDir) -> Sqlite {
    let ledger = ledger(folder, "source.db").await;
    ledger.append(events(release(1), 4)).await.unwrap();
    ledger.append(events(release(2), 3)).await.unwrap();
    ledger.append(vec![event(release(1), 5)]).await.unwrap();
    ledger
}

async fn packed(ledger: &Sqlite) -> Vec<u8> {
    let mut out = Vec::new();
    export(ledger, None, &mut out).await.unwrap();
    out
}

#[tokio::test]
async fn a_ledger_goes_out_and_comes_in_again() {
    let folder = tempdir().unwrap();
    let source = filled(&folder).await;
    let pack = packed(&source).await;
    let summary = check(pack.as_slice()).unwrap();
    assert_eq!((summary.events, summary.releases), (8, 2));
    let target = ledger(&folder, "target.db").await;
    let done = import(&target, &mut Cursor::new(&pack)).await.unwrap();
    assert_eq!(
        done,
        Imported {
            events: 8,
            recorded: 8,
            releases: 2
        }
    );
    for number in [1, 2] {
        let links = source.events(release(number)).await.unwrap();
        assert_eq!(target.events(release(number)).await.unwrap(), links);
    }
    assert_eq!(
        packed(&target).await,
        pack,
        "the same content is the same file"
    );
    let again = import(&target, &mut Cursor::new(&pack)).await.unwrap();
    assert_eq!(
        again,
        Imported {
            events: 8,
            recorded: 0,
            releases: 2
        }
    );
}

#[tokio::test]
async fn one_release_goes_out_alone() {
    let folder = tempdir().unwrap();
    let source = filled(&folder).await;
    let mut out = Vec::new();
    let summary = export(&source, Some(release(2)), &mut out).await.unwrap();
    assert_eq!((summary.events, summary.releases), (3, 1));
    let empty = export(&source, Some(release(9)), &mut Vec::new())
        .await
        .unwrap();
    assert_eq!((empty.events, empty.releases), (0, 0));
}

#[tokio::test]
async fn the_target_keeps_its_own_chain() {
    let folder = tempdir().unwrap();
    let pack = packed(&filled(&folder).await).await;
    let target = ledger(&folder, "target.db").await;
    target
        .append(vec![event(release(1), 5), event(release(1), 77)])
        .await
        .unwrap();
    let done = import(&target, &mut Cursor::new(&pack)).await.unwrap();
    assert_eq!(done.recorded, 7);
    let links = target.events(release(1)).await.unwrap();
    chain::verify(&links).unwrap();
    assert_eq!((links.len(), &links[1].event), (6, &event(release(1), 77)));
}

#[tokio::test]
async fn another_event_under_the_same_key_is_a_conflict() {
    let folder = tempdir().unwrap();
    let pack = packed(&filled(&folder).await).await;
    let target = ledger(&folder, "target.db").await;
    let mut other = event(release(2), 2);
    other.actor = "mallory".to_owned();
    target.append(vec![other]).await.unwrap();
    let fault = import(&target, &mut Cursor::new(&pack)).await.unwrap_err();
    assert!(
        matches!(fault, PackError::Ledger(LedgerError::Conflict { .. })),
        "{fault}"
    );
}

#[tokio::test]
async fn every_flipped_bit_is_refused_and_nothing_is_imported() {
    let folder = tempdir().unwrap();
    let source = ledger(&folder, "source.db").await;
    source.append(events(release(1), 2)).await.unwrap();
    let mut pack = packed(&source).await;
    let target = ledger(&folder, "target.db").await;
    for place in 0..pack.len() {
        let bit = 1 << (place % 8);
        pack[place] ^= bit;
        let wanted_line = 1 + pack[..place].iter().filter(|byte| **byte == b'\n').count() as u64;
        let fault = import(&target, &mut Cursor::new(&pack)).await.unwrap_err();
        let PackError::Refused { line, message, .. } = fault else {
            panic!("{place}: {fault}")
        };
        assert!(
            line.abs_diff(wanted_line) <= 1 || line == 4,
            "{place}: {line}: {message}"
        );
        pack[place] ^= bit;
    }
    assert_eq!(target.releases().await.unwrap(), []);
}

#[track_caller]
fn refused(pack: &str, wanted_line: u64, wanted: &str) {
    match check(pack.as_bytes()) {
        Err(PackError::Refused { line, message, .. }) => {
            assert!(
                line == wanted_line && message.contains(wanted),
                "{line}: {message}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_wrong_is_named_with_its_line() {
    let folder = tempdir().unwrap();
    let pack = String::from_utf8(packed(&filled(&folder).await).await).unwrap();
    let lines: Vec<&str> = pack.lines().collect();
    let join = |lines: &[&str]| {
        lines
            .iter()
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    refused("", 1, "not a pack");
    refused("PK\x03\x04 zip\n", 1, "not a pack");
    refused("{\"schema\":\"tollgate.pack/v2\"}\n", 1, "tollgate.pack/v2");
    refused(&join(&lines[..5]), 6, "cut off");
    refused(pack.trim_end(), 10, "cut off");
    refused(&join(&[lines[0], lines[2]]), 2, "missing");
    let altered = lines[3].replace("alice", "mallory");
    refused(
        &join(&[lines[0], lines[1], lines[2], &altered]),
        4,
        "altered",
    );
    refused(&join(&[lines[0], lines[1], lines[9]]), 3, "digest");
    refused(&(pack.clone() + "\n"), 11, "behind");
    let spaced = lines[1].replace("{\"link\":", "{ \"link\":");
    refused(&join(&[lines[0], &spaced]), 2, "canonical");
    refused(&join(&[lines[0], "{\"a\":1,\"b\":2}"]), 2, "one key");
}

#[tokio::test]
async fn lines_of_later_versions_are_passed_over() {
    let mut out = Vec::new();
    let writer = crate::ledger::pack::PackWriter::start(&mut out).unwrap();
    writer.finish().unwrap();
    let empty = String::from_utf8(out).unwrap();
    let first = empty.lines().next().unwrap();
    let before = format!("{first}\n{{\"policy\":{{\"version\":1}}}}\n");
    let sha256 = crate::domain::ids::Sha256Digest::of(before.as_bytes());
    let pack =
        format!("{before}{{\"end\":{{\"events\":0,\"releases\":0,\"sha256\":\"{sha256}\"}}}}\n");
    let mut reader = PackReader::start(pack.as_bytes()).unwrap();
    let entry = reader.next_entry().unwrap().unwrap();
    assert!(matches!(entry, Entry::Other(kind, _) if kind == "policy"));
    assert_eq!(reader.next_entry().unwrap(), None);
    assert_eq!(reader.summary().unwrap().sha256, sha256);
}
