//! What an upload does when things go wrong.

use std::time::Duration;

use super::fake::{Fake, Trouble};
use super::{Place, artifacts, patience};
use crate::github::Allowance;
use crate::github::artifacts::{ArtifactError, Patience, Uploaded};

const STATES: [u16; 5] = [429, 500, 502, 503, 504];

async fn upload(fake: &Fake) -> Result<Uploaded, ArtifactError> {
    let place = Place::with(b"some content");
    let uploaded = artifacts(fake).upload("report", &place.file, None).await;
    if let Err(error) = &uploaded {
        assert!(!error.to_string().contains("s3cr3t"), "{error}");
    }
    uploaded
}

/// What an upload comes to when one kind of request has the troubles given, and how often it was
/// sent.
async fn troubled(
    short: &'static str,
    troubles: &[Trouble],
) -> (Result<Uploaded, ArtifactError>, usize) {
    let fake = Fake::start().await;
    fake.trouble(short, troubles);
    let uploaded = upload(&fake).await;
    let sent = fake.shorts().iter().filter(|seen| *seen == short).count();
    (uploaded, sent)
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    for short in ["CreateArtifact", "block", "blocklist", "FinalizeArtifact"] {
        let busy = STATES.map(|status| Trouble::Answer(status, r#"{"msg":"busy"}"#));
        let (uploaded, sent) = troubled(short, &busy[..4]).await;
        assert_eq!((uploaded.map(|it| it.size), sent), (Ok(12), 5), "{short}");
        let last = [Trouble::Answer(504, "<html>"), Trouble::Cut];
        let (uploaded, sent) = troubled(short, &last).await;
        assert_eq!((uploaded.map(|it| it.size), sent), (Ok(12), 3), "{short}");
    }
}

#[tokio::test]
async fn after_five_tries_it_is_unreachable() {
    for short in ["CreateArtifact", "block", "blocklist", "FinalizeArtifact"] {
        for status in STATES {
            let troubles = vec![Trouble::Answer(status, r#"{"msg":"busy"}"#); 9];
            let (uploaded, sent) = troubled(short, &troubles).await;
            let error = uploaded.unwrap_err();
            assert!(
                matches!(error, ArtifactError::Unreachable { .. }),
                "{error}"
            );
            assert!(error.to_string().contains(&status.to_string()), "{error}");
            assert_eq!(sent, 5, "{short} {status}");
        }
    }
}

#[tokio::test]
async fn a_refusal_is_final() {
    for short in ["CreateArtifact", "block", "blocklist", "FinalizeArtifact"] {
        for (status, is_denied) in [(401, true), (403, true), (400, false), (404, false)] {
            let said = r#"{"code":"x","msg":"no; see http://x/?sig=s3cr3t"}"#;
            let (uploaded, sent) = troubled(short, &[Trouble::Answer(status, said)]).await;
            let error = uploaded.unwrap_err();
            let found = matches!(error, ArtifactError::Denied { .. });
            assert_eq!((found, sent), (is_denied, 1), "{short} {status}: {error}");
            assert!(
                found || matches!(error, ArtifactError::Refused { .. }),
                "{error}"
            );
            assert!(error.to_string().contains(&status.to_string()), "{error}");
        }
    }
}

#[tokio::test]
async fn used_up_storage_is_final_and_has_its_own_message() {
    let said = r#"{"code":"resource_exhausted","msg":"insufficient usage to create artifact"}"#;
    for status in [403, 429, 500] {
        let (uploaded, sent) = troubled("CreateArtifact", &[Trouble::Answer(status, said)]).await;
        let error = uploaded.unwrap_err();
        assert!(
            matches!(error, ArtifactError::QuotaUsedUp { .. }),
            "{error}"
        );
        assert!(
            error.to_string().contains("delete old artifacts"),
            "{error}"
        );
        assert_eq!(sent, 1);
    }
}

#[tokio::test]
async fn a_name_that_is_taken_is_told_apart() {
    let fake = Fake::start().await;
    fake.store("report", 7, b"");
    let error = upload(&fake).await.unwrap_err();
    let taken = |after_lost_answer| ArtifactError::NameTaken {
        name: "report".to_owned(),
        after_lost_answer,
    };
    assert_eq!(error, taken(false));
    assert_eq!(fake.shorts(), ["CreateArtifact"]);
    for lost in [Trouble::DoneButCut, Trouble::DoneBut(502, "")] {
        let (uploaded, sent) = troubled("CreateArtifact", &[lost]).await;
        let error = uploaded.unwrap_err();
        assert_eq!((&error, sent), (&taken(true), 2));
        assert!(
            error.to_string().contains("may be of this very upload"),
            "{error}"
        );
    }
    let (uploaded, _) = troubled("CreateArtifact", &[Trouble::Answer(409, "no JSON")]).await;
    assert_eq!(uploaded, Err(taken(false)));
}

#[tokio::test]
async fn an_upload_whose_end_got_no_answer_is_looked_for() {
    for lost in [
        Trouble::DoneButCut,
        Trouble::DoneBut(503, ""),
        Trouble::DoneBut(200, r#"{"ok":true}"#),
        Trouble::DoneBut(409, r#"{"msg":"finished already"}"#),
    ] {
        let fake = Fake::start().await;
        fake.trouble("FinalizeArtifact", std::slice::from_ref(&lost));
        let uploaded = upload(&fake).await;
        assert_eq!(uploaded.map(|it| it.id), Ok(1001), "{lost:?}");
        let shorts = fake.shorts();
        let [.., finalize, list] = shorts.as_slice() else {
            unreachable!();
        };
        assert_eq!(
            (finalize.as_str(), list.as_str()),
            ("FinalizeArtifact", "ListArtifacts")
        );
        let requests = fake.requests();
        assert_eq!(requests.last().unwrap().json()["name_filter"], "report");
    }
}

#[tokio::test]
async fn an_end_that_can_be_neither_told_nor_found_is_told_again() {
    let fake = Fake::start().await;
    fake.trouble("FinalizeArtifact", &[Trouble::DoneButCut]);
    fake.trouble("ListArtifacts", &[Trouble::Cut]);
    assert_eq!(upload(&fake).await.map(|it| it.id), Ok(1001));
    let ends = [
        "FinalizeArtifact",
        "ListArtifacts",
        "FinalizeArtifact",
        "ListArtifacts",
    ];
    assert!(
        fake.shorts().ends_with(&ends.map(str::to_owned)),
        "{:?}",
        fake.shorts()
    );
}

#[tokio::test]
async fn another_artifact_of_the_name_is_not_taken_for_ours() {
    let fake = Fake::start().await;
    fake.trouble("FinalizeArtifact", &vec![Trouble::Cut; 9]);
    let other = r#"{"artifacts":[{"workflow_run_backend_id":"r",
        "workflow_job_run_backend_id":"j","database_id":"3","name":"report","size":"12",
        "digest":"sha256:9520de6f56edb4a24a1d24bd47527f2705087b2f8d6b04eb347dc64aa9725959"}]}"#;
    fake.trouble("ListArtifacts", &vec![Trouble::Answer(200, other); 9]);
    let error = upload(&fake).await.unwrap_err();
    assert!(
        matches!(error, ArtifactError::Unreachable { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn answers_that_make_no_sense_are_no_success() {
    for (short, answer, sent) in [
        ("CreateArtifact", "<html>ok</html>", 5),
        ("CreateArtifact", "7", 5),
        ("CreateArtifact", r#"{"ok":"http://x/?sig=s3cr3t"}"#, 5),
        ("CreateArtifact", "{}", 1),
        ("CreateArtifact", r#"{"ok":true}"#, 1),
        (
            "CreateArtifact",
            r#"{"ok":true,"signed_upload_url":"http://x.example/?sig=s3cr3t"}"#,
            1,
        ),
        (
            "CreateArtifact",
            r#"{"ok":false,"signed_upload_url":"https://x/?sig=s3cr3t"}"#,
            1,
        ),
        ("FinalizeArtifact", r#"{"ok":true,"artifact_id":"many"}"#, 5),
        ("FinalizeArtifact", r#"{"ok":false,"artifact_id":"7"}"#, 1),
        ("block", "", 1),
        ("blocklist", "", 1),
    ] {
        let answers = vec![Trouble::Answer(200, answer); 9];
        let (uploaded, found) = troubled(short, &answers).await;
        assert!(uploaded.is_err(), "{short} {answer}");
        assert_eq!(found, sent, "{short} {answer}: {uploaded:?}");
    }
}

#[tokio::test]
async fn connections_that_are_dropped_are_made_again() {
    let fake = Fake::start().await;
    fake.drop_connections(3);
    assert_eq!(upload(&fake).await.map(|it| it.size), Ok(12));
    fake.drop_connections(99);
    let place = Place::with(b"x");
    let error = artifacts(&fake)
        .upload("other", &place.file, None)
        .await
        .unwrap_err();
    assert!(
        matches!(error, ArtifactError::Unreachable { .. }),
        "{error}"
    );
}

/// What an upload comes to when one kind of request never gets an answer.
async fn silent(short: &'static str, mut patience: Patience) -> String {
    let (fake, place) = (Fake::start().await, Place::with(b"x"));
    fake.trouble(short, &vec![Trouble::Silence; 9]);
    patience.retry.tries = 2;
    let artifacts = artifacts(&fake).with_patience(patience);
    let error = artifacts.upload("report", &place.file, None).await;
    let error = error.unwrap_err();
    assert!(
        matches!(error, ArtifactError::Unreachable { .. }),
        "{error}"
    );
    assert_eq!(
        fake.shorts().iter().filter(|seen| *seen == short).count(),
        2
    );
    error.to_string()
}

#[tokio::test]
async fn all_tries_together_have_no_more_time_than_the_file() {
    for short in ["CreateArtifact", "block", "blocklist", "FinalizeArtifact"] {
        let (fake, place) = (Fake::start().await, Place::with(b"x"));
        fake.trouble(short, &vec![Trouble::Silence; 9]);
        let artifacts = artifacts(&fake).with_allowance(Allowance {
            least: Duration::from_millis(300),
        });
        let error = artifacts.upload("report", &place.file, None).await;
        let error = error.unwrap_err().to_string();
        assert!(error.contains("not complete after 0.3 s"), "{error}");
    }
}

#[tokio::test]
async fn nothing_is_waited_for_for_ever() {
    let (mut answer, mut block) = (patience(), patience());
    answer.answer = Duration::from_millis(200);
    block.block = Duration::from_millis(200);
    let error = silent("CreateArtifact", answer).await;
    assert!(error.contains("no answer within 0.2 s"), "{error}");
    let error = silent("block", block).await;
    assert!(error.contains("it took too long"), "{error}");
    assert!(!error.contains("s3cr3t"), "{error}");
}
