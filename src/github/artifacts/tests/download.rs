//! Lists, and what comes back of what was uploaded.

use serde_json::json;

use super::fake::{Fake, Trouble};
use super::{JOB, Place, RUN, artifacts};
use crate::domain::ids::Sha256Digest;
use crate::github::artifacts::ArtifactError;

const PLENTY: u64 = 1 << 30;

#[tokio::test]
async fn what_was_uploaded_comes_back() {
    let fake = Fake::start().await;
    let content: Vec<u8> = (0..9 << 20).map(|n: u32| n.to_le_bytes()[1]).collect();
    let place = Place::with(&content);
    let artifacts = artifacts(&fake);
    let uploaded = artifacts.upload("report", &place.file, None).await.unwrap();
    std::fs::write(place.target(), "old").unwrap();
    let digest = artifacts
        .download("report", &place.target(), uploaded.size)
        .await;
    assert_eq!(digest, Ok(uploaded.digest));
    assert!(std::fs::read(place.target()).unwrap() == content);
    assert_eq!(place.names(), ["report.zip", "target.zip"]);
    let requests = fake.requests();
    let [.., list, signed, get] = requests.as_slice() else {
        unreachable!();
    };
    let ids =
        |job: &str| json!({"workflow_run_backend_id": RUN, "workflow_job_run_backend_id": job});
    let with = |mut ids: serde_json::Value, key: &str| {
        ids[key] = "report".into();
        ids
    };
    assert_eq!(list.json(), with(ids(JOB), "name_filter"));
    assert_eq!(signed.json(), with(ids("j"), "name"));
    assert!(
        signed.target.ends_with("/GetSignedArtifactURL"),
        "{}",
        signed.target
    );
    assert_eq!(
        (get.method.as_str(), get.target.as_str()),
        ("GET", "/blob/report?sig=s3cr3t")
    );
    assert_eq!(get.header("authorization"), None);
}

#[tokio::test]
async fn finished_artifacts_are_listed() {
    let fake = Fake::start().await;
    fake.store("a", 7, b"abc");
    fake.store("b", 8, b"");
    let artifacts = artifacts(&fake);
    let all = artifacts.list(None).await.unwrap();
    let names: Vec<_> = all
        .iter()
        .map(|found| (found.name.as_str(), found.id))
        .collect();
    assert_eq!(names, [("a", 7), ("b", 8)]);
    assert_eq!(
        (all[0].size, all[0].digest),
        (3, Some(Sha256Digest::of(b"abc")))
    );
    assert_eq!(all[0].created_at, "2026-11-20T00:00:00Z".parse().ok());
    let ids = json!({"workflow_run_backend_id": RUN, "workflow_job_run_backend_id": JOB});
    assert_eq!(fake.requests()[0].json(), ids);
    assert_eq!(artifacts.list(Some("b")).await.unwrap(), all[1..]);
    assert_eq!(artifacts.list(Some("c")).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_list_is_read_as_protocol_buffers_may_write_it() {
    let fake = Fake::start().await;
    let camel = r#"{"artifacts": [{"workflowRunBackendId": "r", "workflowJobRunBackendId": "j",
        "databaseId": 9, "name": "a", "createdAt": null, "digest": null, "new": {}}]}"#;
    fake.trouble("ListArtifacts", &[Trouble::Answer(200, camel)]);
    let found = &artifacts(&fake).list(None).await.unwrap()[0];
    assert_eq!((found.id, found.size, found.digest), (9, 0, None));
    fake.trouble("ListArtifacts", &[Trouble::Answer(200, "{}")]);
    assert_eq!(artifacts(&fake).list(None).await, Ok(Vec::new()));
}

/// What the download of three bytes comes to when the blob store has a trouble.
async fn downloading(trouble: Trouble) -> Result<Sha256Digest, ArtifactError> {
    let (fake, place) = (Fake::start().await, Place::with(b""));
    fake.store("report", 7, b"abc");
    let troubles: Vec<_> = std::iter::repeat_n(trouble, 5).collect();
    fake.trouble("report", &troubles);
    let result = artifacts(&fake)
        .download("report", &place.target(), PLENTY)
        .await;
    if result.is_err() {
        assert_eq!(place.names(), ["report.zip"]);
    }
    result
}

#[tokio::test]
async fn what_comes_differently_is_damaged() {
    for (body, expect) in [
        ("abd", "its SHA-256 is"),
        ("abcd", "4 bytes instead of 3"),
        ("", "0 bytes instead of 3"),
    ] {
        let error = downloading(Trouble::Answer(200, body)).await.unwrap_err();
        assert!(matches!(error, ArtifactError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains(expect), "{error}");
    }
}

#[tokio::test]
async fn a_download_that_fails_leaves_nothing_and_says_why() {
    let error = downloading(Trouble::Cut).await.unwrap_err();
    assert!(
        matches!(error, ArtifactError::Unreachable { .. }),
        "{error}"
    );
    let error = downloading(Trouble::Answer(206, "ab")).await.unwrap_err();
    assert!(error.to_string().ends_with("it answered 206"), "{error}");
    let error = downloading(Trouble::Answer(403, "<Error/>"))
        .await
        .unwrap_err();
    assert!(matches!(error, ArtifactError::Denied { .. }), "{error}");
    let error = downloading(Trouble::Answer(302, "")).await.unwrap_err();
    assert!(matches!(error, ArtifactError::Refused { .. }), "{error}");
    assert!(!error.to_string().contains("s3cr3t"), "{error}");
}

#[tokio::test]
async fn a_download_is_tried_again() {
    let (fake, place) = (Fake::start().await, Place::with(b""));
    fake.store("report", 7, b"abc");
    fake.trouble("report", &[Trouble::Cut, Trouble::Answer(503, "")]);
    let digest = artifacts(&fake)
        .download("report", &place.target(), 3)
        .await;
    assert_eq!(digest, Ok(Sha256Digest::of(b"abc")));
    assert_eq!(place.names(), ["report.zip", "target.zip"]);
}

#[tokio::test]
async fn no_more_comes_than_was_asked_for() {
    let (fake, place) = (Fake::start().await, Place::with(b""));
    fake.store("report", 7, b"abc");
    let artifacts = artifacts(&fake);
    let error = artifacts
        .download("report", &place.target(), 2)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the artifact `report` is larger than 2 bytes"
    );
    assert_eq!(fake.shorts(), ["ListArtifacts"]);
    fake.trouble("report", &[Trouble::Answer(200, "more than was listed")]);
    let error = artifacts
        .download("report", &place.target(), 3)
        .await
        .unwrap_err();
    assert!(matches!(error, ArtifactError::TooLarge { .. }), "{error}");
    assert_eq!(place.names(), ["report.zip"]);
}

#[tokio::test]
async fn what_is_not_there_is_no_artifact() {
    let (fake, place) = (Fake::start().await, Place::with(b""));
    let error = artifacts(&fake)
        .download("report", &place.target(), 9)
        .await
        .unwrap_err();
    assert!(matches!(error, ArtifactError::NoArtifact { .. }), "{error}");
    fake.store("report", 7, b"abc");
    let nowhere = place.folder.path().join("none/target");
    let error = artifacts(&fake)
        .download("report", &nowhere, 9)
        .await
        .unwrap_err();
    assert!(matches!(error, ArtifactError::File { .. }), "{error}");
}
