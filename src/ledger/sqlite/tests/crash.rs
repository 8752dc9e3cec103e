//! A process that is killed in the middle of its appends.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use super::*;
use crate::ledger::{Outcome, SealState};

const FILL: &str = "TOLLGATE_TEST_LEDGER_TO_FILL";
const CYCLE: &str = "TOLLGATE_TEST_LEDGER_TO_OPEN_AND_CLOSE";

/// The part of one child: append without end, and tell of each append that was acknowledged.
async fn fill(path: &Path) {
    let ledger = Sqlite::open(path).await.unwrap();
    loop {
        append_next(&ledger).await;
    }
}

/// The part of the other: open, append and close without end.
async fn cycle(path: &Path) {
    loop {
        let ledger = Sqlite::open(path).await.unwrap();
        append_next(&ledger).await;
        ledger.close().await.unwrap();
    }
}

async fn append_next(ledger: &Sqlite) {
    let release = samples::release(1);
    let head = ledger.head(release).await.unwrap();
    let number = head.map_or(0, |head| head.length) + 1;
    let answers = ledger.append(vec![samples::event(release, number)]).await;
    assert_eq!(answers.unwrap()[0].sequence, number);
    let mut out = std::io::stdout().lock();
    writeln!(out, "acknowledged {number}").unwrap();
    out.flush().unwrap();
}

/// Starts a test of this very program as a child, lets it append a little, and kills it with
/// SIGKILL. Gives the number of the last event that was acknowledged.
fn killed_after(path: &Path, appends: usize, role: &str, test: &str) -> u64 {
    let test = format!("ledger::sqlite::tests::crash::{test}");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &test, "--nocapture"])
        .env(role, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = lines.filter_map(|line| {
        let line = line.unwrap();
        line.strip_prefix("acknowledged ")?.parse::<u64>().ok()
    });
    let seen = acknowledged.by_ref().take(appends).last().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    // What was still in the pipe was acknowledged too.
    acknowledged.last().unwrap_or(seen)
}

#[tokio::test]
async fn a_writer_killed_while_it_opens_or_closes_loses_nothing() {
    if let Some(path) = std::env::var_os(CYCLE) {
        return cycle(Path::new(&path)).await;
    }
    let (_folder, path) = place();
    let test = "a_writer_killed_while_it_opens_or_closes_loses_nothing";
    for appends in 1..=8 {
        let least = killed_after(&path, appends, CYCLE, test);
        let reader = existing(&path).await;
        assert_eq!(reader.verify().await.unwrap().damages, []);
        let links = reader.events(samples::release(1)).await.unwrap();
        assert!(links.len() as u64 >= least, "{} of {least}", links.len());
    }
}

#[tokio::test]
async fn a_killed_writer_loses_nothing() {
    if let Some(path) = std::env::var_os(FILL) {
        return fill(Path::new(&path)).await;
    }
    let (_folder, path) = place();
    let release = samples::release(1);
    let mut least = 0;
    for appends in [1, 7, 2, 40, 3] {
        least = killed_after(&path, appends, FILL, "a_killed_writer_loses_nothing").max(least);
        let reader = existing(&path).await;
        let report = reader.verify().await.unwrap();
        assert_eq!((report.damages, report.seal), (Vec::new(), SealState::Open));
        let links = reader.events(release).await.unwrap();
        assert!(links.len() as u64 >= least, "{} of {least}", links.len());
        for (number, link) in (1..).zip(&links) {
            assert_eq!(link.event, samples::event(release, number));
        }
    }
    let ledger = Sqlite::open(&path).await.unwrap();
    let answers = ledger
        .append(samples::events(release, least + 2))
        .await
        .unwrap();
    assert!(
        answers[..usize::try_from(least).unwrap()]
            .iter()
            .all(|answer| answer.outcome == Outcome::Duplicate)
    );
    ledger.close().await.unwrap();
    assert_eq!(names_beside(&path), ["ledger.db"]);
    assert_eq!(
        existing(&path).await.verify().await.unwrap().seal,
        SealState::Intact
    );
}
