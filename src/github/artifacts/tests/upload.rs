//! An upload, held to what the official client (`@actions/artifact` 6.2.1) was recorded to send.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use serde_json::json;

use super::fake::{Fake, Seen};
use super::{JOB, Place, RUN, artifacts, service, token};
use crate::domain::ids::Sha256Digest;
use crate::github::artifacts::{ArtifactError, Artifacts, Uploaded};

const SERVICE: &str = "/twirp/github.actions.results.api.v1.ArtifactService";
const SIGNED: &str = "/blob/report?sig=s3cr3t%3D&se=2030-01-01&sp=cw";

/// The names of blocks in the requests that sent them, sorted.
fn blocks(requests: &[Seen]) -> Vec<(String, usize)> {
    let blocks = requests.iter().filter(|seen| seen.short() == "block");
    let named = blocks.map(|seen| {
        let prefix = format!("{SIGNED}&comp=block&blockid=");
        let name = seen.target.strip_prefix(&prefix).unwrap();
        (name.to_owned(), seen.body.len())
    });
    let mut named: Vec<_> = named.collect();
    named.sort();
    named
}

#[tokio::test]
async fn a_small_file_is_sent_as_the_official_client_does() {
    let (fake, content) = (Fake::start().await, vec![b'x'; 250]);
    let place = Place::with(&content);
    let uploaded = artifacts(&fake).upload("report", &place.file, None).await;
    let digest = Sha256Digest::of(&content);
    assert_eq!(
        uploaded,
        Ok(Uploaded {
            id: 1001,
            size: 250,
            digest
        })
    );
    assert!(fake.content("report") == content);
    let requests = fake.requests();
    let expected = ["CreateArtifact", "block", "blocklist", "FinalizeArtifact"];
    assert_eq!(fake.shorts(), expected);
    let [create, block, list, finalize] = requests.as_slice() else {
        unreachable!();
    };
    for (call, method) in [(create, "CreateArtifact"), (finalize, "FinalizeArtifact")] {
        assert_eq!(
            (call.method.as_str(), &call.target),
            ("POST", &format!("{SERVICE}/{method}"))
        );
        assert_eq!(call.header("content-type"), Some("application/json"));
        let bearer = format!("Bearer {}", token());
        assert_eq!(call.header("authorization"), Some(bearer.as_str()));
    }
    assert_eq!(
        create.json(),
        json!({
            "workflow_run_backend_id": RUN, "workflow_job_run_backend_id": JOB,
            "name": "report", "version": 7, "mime_type": "application/zip",
        })
    );
    assert_eq!(
        finalize.json(),
        json!({
            "workflow_run_backend_id": RUN, "workflow_job_run_backend_id": JOB,
            "name": "report", "size": "250", "hash": format!("sha256:{digest}"),
        })
    );
    for (put, content_type) in [
        (block, "application/octet-stream"),
        (list, "application/xml"),
    ] {
        assert_eq!(put.method, "PUT");
        assert_eq!(put.header("authorization"), None);
        assert_eq!(put.header("content-type"), Some(content_type));
        assert_eq!(put.header("accept"), Some("application/xml"));
        assert_eq!(put.header("x-ms-version"), Some("2026-04-06"));
        assert_eq!(put.header("x-ms-client-request-id").map(str::len), Some(36));
        assert_eq!(
            put.header("content-length"),
            Some(put.body.len().to_string().as_str())
        );
    }
    assert_eq!(block.body, content);
    assert_eq!(list.target, format!("{SIGNED}&comp=blocklist"));
    assert_eq!(
        list.header("x-ms-blob-content-type"),
        Some("application/zip")
    );
    let name = blocks(&requests)[0].0.clone();
    let xml = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><BlockList><Latest>"#;
    assert_eq!(list.body, format!("{xml}{name}</Latest></BlockList>"));
    let decoded = String::from_utf8(BASE64_STANDARD.decode(&name).unwrap()).unwrap();
    let (uuid, number) = decoded.split_at(36);
    assert!(
        uuid.parse::<uuid::Uuid>().is_ok() && number == "000000000000",
        "{decoded}"
    );
}

#[tokio::test]
async fn twenty_mebibytes_go_in_three_blocks() {
    let fake = Fake::start().await;
    let content: Vec<u8> = (0..20 << 20)
        .map(|n: u32| n.to_le_bytes()[n as usize % 4])
        .collect();
    let place = Place::with(&content);
    let uploaded = artifacts(&fake).upload("report", &place.file, None).await;
    assert_eq!(uploaded.unwrap().digest, Sha256Digest::of(&content));
    assert!(fake.content("report") == content);
    let requests = fake.requests();
    let blocks = blocks(&requests);
    let sizes: Vec<_> = blocks.iter().map(|block| block.1).collect();
    assert_eq!(sizes, [8_388_608, 8_388_608, 4_194_304]);
    assert!(
        blocks.iter().all(|(name, _)| name.len() == 64),
        "{blocks:?}"
    );
    let list = requests
        .iter()
        .find(|seen| seen.short() == "blocklist")
        .unwrap();
    let latest: String = blocks
        .iter()
        .map(|(name, _)| format!("<Latest>{name}</Latest>"))
        .collect();
    let list = String::from_utf8(list.body.to_vec()).unwrap();
    assert!(
        list.ends_with(&format!("<BlockList>{latest}</BlockList>")),
        "{list}"
    );
}

#[tokio::test]
async fn an_empty_file_is_a_list_of_no_blocks() {
    let (fake, place) = (Fake::start().await, Place::with(b""));
    let uploaded = artifacts(&fake)
        .upload("report", &place.file, None)
        .await
        .unwrap();
    assert_eq!((uploaded.size, uploaded.digest), (0, Sha256Digest::of(b"")));
    assert_eq!(
        fake.shorts(),
        ["CreateArtifact", "blocklist", "FinalizeArtifact"]
    );
}

#[tokio::test]
async fn an_end_is_sent_with_milliseconds_and_no_later_than_allowed() {
    let (fake, place) = (Fake::start().await, Place::with(b"x"));
    let artifacts = artifacts(&fake);
    let now: Timestamp = "2026-11-20T20:58:40.359987Z".parse().unwrap();
    for (name, days, expected) in [
        ("a", 5, "2026-11-25T20:58:40.359Z"),
        ("b", 400, "2027-02-18T20:58:40.359Z"),
    ] {
        let end = artifacts.expiry(now, days).unwrap();
        artifacts
            .upload(name, &place.file, Some(end))
            .await
            .unwrap();
        let requests = fake.requests();
        let create = requests
            .iter()
            .rev()
            .find(|seen| seen.short() == "CreateArtifact");
        assert_eq!(create.unwrap().json()["expires_at"], expected);
    }
    let even: Timestamp = "2026-11-25T20:58:40Z".parse().unwrap();
    artifacts
        .upload("c", &place.file, Some(even))
        .await
        .unwrap();
    let requests = fake.requests();
    let create = requests
        .iter()
        .rev()
        .find(|seen| seen.short() == "CreateArtifact");
    assert_eq!(
        create.unwrap().json()["expires_at"],
        "2026-11-25T20:58:40.000Z"
    );
}

#[tokio::test]
async fn nothing_is_sent_of_what_cannot_be_an_artifact() {
    let (fake, place) = (Fake::start().await, Place::with(b"x"));
    let artifacts = artifacts(&fake);
    let error = artifacts
        .upload("a/b", &place.file, None)
        .await
        .unwrap_err();
    assert!(matches!(error, ArtifactError::BadName { .. }), "{error}");
    let error = artifacts
        .download("", &place.target(), 9)
        .await
        .unwrap_err();
    assert!(matches!(error, ArtifactError::BadName { .. }), "{error}");
    let error = artifacts
        .upload("a", &place.target(), None)
        .await
        .unwrap_err();
    assert!(matches!(error, ArtifactError::File { .. }), "{error}");
    let folder = place.folder.path();
    let error = artifacts.upload("a", folder, None).await.unwrap_err();
    assert!(matches!(error, ArtifactError::File { .. }), "{error}");
    assert!(fake.requests().is_empty(), "{:?}", fake.shorts());
}

#[tokio::test]
async fn a_service_that_cannot_be_used_is_told_before_anything_is_sent() {
    let new = |url: &str, token: &str| {
        let mut service = service(url);
        service.token = token.to_owned().into();
        let made = Artifacts::new(&service).map(|_| ());
        made.unwrap_err().to_string()
    };
    for url in [
        "",
        "results",
        "http://results.example/",
        "file:///x",
        "https://",
    ] {
        let error = new(url, &token());
        assert!(error.contains("ACTIONS_RESULTS_URL"), "{url}: {error}");
    }
    let error = new("https://results.example", "two\nlines");
    assert!(error.contains("ACTIONS_RUNTIME_TOKEN"), "{error}");
    let error = new("https://results.example", "s3cr3t");
    assert!(
        error.contains("ACTIONS_RUNTIME_TOKEN") && !error.contains("s3cr3t"),
        "{error}"
    );
    let made = Artifacts::new(&service("https://results.example/a/b?c")).unwrap();
    let shown = format!("{made:?}");
    assert!(!shown.contains(&token()), "{shown}");
}
