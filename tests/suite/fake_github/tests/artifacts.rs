//! Artifacts on the wire: over REST, the artifact service and the blob store.

use serde_json::{Value, json};

use super::super::scene::digest;
use super::super::{Fault, Token};
use super::{Answer, Asker, client, github};
use crate::project::Project;

#[tokio::test]
async fn an_artifact_lies_on_another_host_that_takes_no_token() {
    let fake = github();
    fake.artifact(77, "ledger", b"zip");
    let asker = Asker::new(&fake, Token::workflow());
    let id = fake.artifacts()[0].id;
    let path = format!("/repos/acme/shop/actions/artifacts/{id}/zip");
    let answer = asker.get(&path).await;
    assert_eq!(answer.status, 302);
    let place = answer.header("location").to_owned();
    assert!(!place.starts_with(fake.api_url()));
    let with_token = Answer::of(client().get(&place).bearer_auth(&asker.token)).await;
    assert_eq!(with_token.status, 403);
    let unsigned = Answer::of(client().get(place.split('?').next().unwrap())).await;
    assert_eq!(unsigned.status, 403);
    let bytes = client().get(&place).send().await.unwrap().bytes().await;
    assert_eq!(bytes.unwrap(), "zip");
    fake.change_artifact("ledger", |artifact| artifact.is_expired = true);
    assert_eq!(asker.get(&path).await.status, 410);
}

#[tokio::test]
async fn the_artifact_service_refuses_what_does_not_fit() {
    let fake = github();
    let project = Project::new("");
    let step = fake.step(&project, 77, 1);
    let token = &step.environment["ACTIONS_RUNTIME_TOKEN"];
    let job = fake.shared().state().running_jobs[token].clone();
    let ask = async |token: &str, method: &str, more: Value| {
        let service = "twirp/github.actions.results.api.v1.ArtifactService";
        let url = format!(
            "{}{service}/{method}",
            step.environment["ACTIONS_RESULTS_URL"]
        );
        let mut body = json!({
            "workflow_run_backend_id": job.run_backend_id,
            "workflow_job_run_backend_id": job.job_backend_id,
        });
        let fields = body.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        Answer::of(client().post(url).bearer_auth(token).json(&body)).await
    };
    let name = json!({"name": "x", "version": 7});
    for (token, method, more, expect) in [
        ("a.b.c", "CreateArtifact", name.clone(), 401),
        (token, "MakeArtifact", name.clone(), 404),
        (
            token,
            "CreateArtifact",
            json!({"name": "a/b", "version": 7}),
            400,
        ),
        (
            token,
            "CreateArtifact",
            json!({"name": "x", "version": 3}),
            400,
        ),
        (
            token,
            "CreateArtifact",
            json!({"name": "x", "version": 7, "size": 1}),
            400,
        ),
        (
            token,
            "CreateArtifact",
            json!({"name": "x", "version": 7, "mime_type": "zip"}),
            400,
        ),
        (
            token,
            "ListArtifacts",
            json!({"workflow_run_backend_id": "x"}),
            403,
        ),
        (
            token,
            "FinalizeArtifact",
            json!({"name": "x", "size": "1"}),
            404,
        ),
        (token, "GetSignedArtifactURL", json!({"name": "x"}), 404),
    ] {
        let answer = ask(token, method, more.clone()).await;
        assert_eq!(answer.status, expect, "{method} {more}: {}", answer.body);
    }
    let created = ask(token, "CreateArtifact", name.clone()).await;
    let place = created.body["signed_upload_url"].as_str().unwrap();
    assert_eq!(ask(token, "CreateArtifact", name).await.status, 409);
    let put = async |more: &str, body: &'static str| {
        let url = format!("{place}{more}");
        let put = client().put(url).header("x-ms-blob-type", "BlockBlob");
        Answer::of(put.body(body)).await.status
    };
    assert_eq!(put("&comp=block&blockid=AAAA", "one").await, 201);
    assert_eq!(put("&comp=block&blockid=AAAAAA==", "two").await, 400);
    assert_eq!(put("&comp=blocklist", "<Latest>BBBB</Latest>").await, 400);
    let finalize = async |size: &str, hash: &str| {
        let more = json!({"name": "x", "size": size, "hash": hash});
        ask(token, "FinalizeArtifact", more).await.status
    };
    let hash = digest(b"one");
    assert_eq!(finalize("3", &hash).await, 400);
    assert_eq!(put("&comp=blocklist", "<Latest>AAAA</Latest>").await, 201);
    assert_eq!(put("", "one").await, 201);
    assert_eq!(finalize("4", &hash).await, 400);
    assert_eq!(finalize("3", &digest(b"two")).await, 400);
    fake.fail("POST", "/twirp/**", Fault::status(500).after(), 1);
    assert_eq!(finalize("3", &hash).await, 500);
    assert_eq!(fake.artifact_zip("x"), b"one");
    fake.fail("PUT", "/actions-results/*", Fault::status(503), 1);
    assert_eq!(put("", "two").await, 503);
}
