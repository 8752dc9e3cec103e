//! Artifacts: downloaded without the token, and only what was uploaded.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::scripted::{Request, Scripted, Step};
use super::*;
use crate::domain::ids::Sha256Digest;

const BYTES: &str = "PK, as it were";

pub(super) fn artifact(digest: Option<String>) -> Artifact {
    Artifact {
        id: 9,
        name: "evidence".to_owned(),
        size_in_bytes: 14,
        expired: false,
        created_at: None,
        digest,
        workflow_run: None,
    }
}

fn blob() -> Step {
    Step::with_headers(200, "", BYTES)
}

/// GitHub, and the store to which it sends us.
struct Place {
    api: Scripted,
    store: Scripted,
    folder: tempfile::TempDir,
}

impl Place {
    /// The store gives these answers, the last of them for ever.
    async fn with(answers: Vec<Step>) -> Self {
        let answers = Arc::new(Mutex::new(answers));
        let store = move |_: &Request| {
            let mut answers = answers.lock().unwrap();
            match answers.len() {
                1 => answers[0].clone(),
                _ => answers.remove(0),
            }
        };
        let store = Scripted::start(store).await;
        let url = store.url.clone();
        let mut asked = 0;
        let found = move |_: &Request| {
            asked += 1;
            let location = format!("location: {url}/blob/{asked}?se=1&sig=s3cret\r\n");
            Step::with_headers(302, &location, "")
        };
        Self {
            api: Scripted::start(found).await,
            store,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("evidence.zip")
    }

    fn client(&self) -> Client {
        client_of(&self.api.url)
    }

    async fn download(&self, artifact: &Artifact) -> Result<Sha256Digest, GitHubError> {
        let client = self.client();
        client.download_artifact(artifact, &self.file(), 100).await
    }
}

fn digest() -> Sha256Digest {
    Sha256Digest::of(BYTES.as_bytes())
}

#[tokio::test]
async fn an_artifact_is_fetched_without_the_token() {
    for known in [None, Some(format!("sha256:{}", digest()))] {
        let place = Place::with(vec![blob()]).await;
        let client = place.client();
        let found = client
            .download_artifact(&artifact(known), &place.file(), 14)
            .await;
        assert_eq!(found, Ok(digest()));
        assert_eq!(std::fs::read_to_string(place.file()).unwrap(), BYTES);
        let asked = &place.api.requests()[0];
        assert_eq!(asked.target, route("actions/artifacts/9/zip"));
        assert!(asked.head.contains("authorization: bearer t0ken"));
        let fetched = &place.store.requests()[0];
        assert_eq!(fetched.target, "/blob/1?se=1&sig=s3cret");
        assert!(!fetched.head.contains("authorization") && !fetched.head.contains("t0ken"));
        assert_eq!(client.usage().calls, 1, "the store is not the API");
    }
}

#[tokio::test]
async fn what_is_kept_no_longer_is_told_apart() {
    let place = Place::with(vec![blob()]).await;
    let mut expired = artifact(None);
    expired.expired = true;
    let error = place.download(&expired).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GitHub keeps the artifact `evidence` (9) no longer: its time is over"
    );
    assert!(place.api.requests().is_empty());
    let gone = Scripted::start(|_| Step::json(410, &json!({"message": "Artifact has expired"})));
    let gone = client_of(&gone.await.url);
    let again = gone
        .download_artifact(&artifact(None), &place.file(), 100)
        .await;
    assert_eq!(again, Err(error));
    assert!(!place.file().exists());
}

#[tokio::test]
async fn other_bytes_than_were_uploaded_are_refused() {
    for known in [
        format!("sha256:{}", "ab".repeat(32)),
        "sha512:00".to_owned(),
    ] {
        let place = Place::with(vec![blob()]).await;
        let error = place
            .download(&artifact(Some(known.clone())))
            .await
            .unwrap_err();
        let found = digest();
        assert_eq!(
            error.to_string(),
            format!(
                "the artifact `evidence` (9) is not what was uploaded: GitHub names {known}, \
                 its bytes are sha256:{found}"
            )
        );
        assert!(!error.is_outage() && !error.is_certain_refusal());
        assert!(!place.file().exists());
        assert_eq!(place.store.requests().len(), 1);
    }
}

#[tokio::test]
async fn more_than_is_wanted_is_refused() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\
        8\r\nPK, as i\r\n6\r\nt were\r\n0\r\n\r\n";
    for step in [blob(), Step::Bytes(chunked.to_owned())] {
        let place = Place::with(vec![step]).await;
        let client = place.client();
        let error = client
            .download_artifact(&artifact(None), &place.file(), 13)
            .await;
        assert_eq!(
            error.unwrap_err().to_string(),
            "the artifact `evidence` (9) is larger than 13 bytes, which is the most that is taken"
        );
        assert!(!place.file().exists());
        assert_eq!(place.store.requests().len(), 1);
        let found = client
            .download_artifact(&artifact(None), &place.file(), 14)
            .await;
        assert_eq!(found, Ok(digest()));
    }
}

fn troubles() -> Vec<Step> {
    vec![
        Step::with_headers(403, "", "<Error><Code>AuthenticationFailed</Code></Error>"),
        Step::with_headers(404, "", ""),
        Step::with_headers(500, "", ""),
        Step::with_headers(503, "", ""),
        Step::with_headers(302, "location: https://evil.example/\r\n", ""),
        blob().cut(),
        Step::Reset,
    ]
}

#[tokio::test]
async fn a_download_that_fails_begins_anew_with_a_new_address() {
    for step in troubles() {
        let place = Place::with(vec![step.clone(), blob()]).await;
        let found = place.download(&artifact(None)).await;
        assert_eq!(found, Ok(digest()), "{step:?}");
        assert_eq!(std::fs::read_to_string(place.file()).unwrap(), BYTES);
        let requests = place.store.requests();
        let places: Vec<_> = requests.iter().map(|asked| &asked.target[..7]).collect();
        assert_eq!(places, ["/blob/1", "/blob/2"], "{step:?}");
    }
}

#[tokio::test]
async fn a_download_that_never_comes_is_an_outage_and_shows_no_address() {
    for step in troubles() {
        let place = Place::with(vec![step.clone()]).await;
        let error = place.download(&artifact(None)).await.unwrap_err();
        assert!(error.is_outage(), "{error}");
        let error = error.to_string();
        assert!(
            error.contains("the artifact `evidence` (9) did not come"),
            "{error}"
        );
        assert!(
            !error.contains("sig") && !error.contains("/blob"),
            "{error}"
        );
        assert_eq!(place.store.requests().len(), 3, "{step:?}");
        assert!(!place.file().exists());
    }
}

#[tokio::test]
async fn a_store_that_falls_silent_is_left() {
    let place = Place::with(vec![Step::Silence]).await;
    let client = place
        .client()
        .with_patience(patience(1), Duration::from_millis(500));
    let error = client
        .download_artifact(&artifact(None), &place.file(), 100)
        .await;
    let error = error.unwrap_err().to_string();
    assert!(
        error.ends_with("its store sent nothing for 0.5 s"),
        "{error}"
    );
}

#[tokio::test]
async fn all_tries_together_have_no_more_time_than_the_file() {
    let place = Place::with(vec![Step::Silence]).await;
    let client = place.client().with_allowance(Allowance {
        least: Duration::from_millis(300),
    });
    let (artifact, file) = (artifact(None), place.file());
    let downloaded = client.download_artifact(&artifact, &file, 100).await;
    let error = downloaded.unwrap_err();
    assert!(error.is_outage());
    let error = error.to_string();
    assert!(
        error.ends_with("it was not complete after 0.3 s"),
        "{error}"
    );
    assert!(!place.file().exists());
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_our_own_trouble() {
    let place = Place::with(vec![blob()]).await;
    let nowhere = place.folder.path().join("none/evidence.zip");
    let error = place
        .client()
        .download_artifact(&artifact(None), &nowhere, 100)
        .await;
    let error = error.unwrap_err();
    assert!(!error.is_outage() && !error.is_certain_refusal());
    assert!(
        error
            .to_string()
            .starts_with(&nowhere.display().to_string())
    );
    assert_eq!(place.store.requests().len(), 1);
}

#[tokio::test]
async fn a_place_that_is_not_told_is_an_error() {
    for step in [
        Step::with_headers(302, "", ""),
        Step::with_headers(200, "", BYTES),
        Step::with_headers(302, "location: https://[\r\n", ""),
    ] {
        let api = Scripted::start(move |_| step.clone()).await;
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("evidence.zip");
        let client = client_of(&api.url);
        let error = client.download_artifact(&artifact(None), &to, 100).await;
        assert!(error.unwrap_err().is_outage());
        assert!(!to.exists());
    }
}
