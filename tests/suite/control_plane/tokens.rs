//! Tokens of GitHub Actions: which let a job in, a line a case.

use octocrab::jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::issuer::{AUDIENCE, Issuer, Signer, altered};
use super::server::{Answer, RELEASE, Server, created, event, reported};
use crate::project::{Call, Project};

pub(super) fn call(project: &Project, issuer: &str) -> Call {
    project
        .call("serve --listen 127.0.0.1:0 -v")
        .env("TOLLGATE_OIDC_AUDIENCE", AUDIENCE)
        .env("TOLLGATE_OIDC_ISSUER", issuer)
        .env("TOLLGATE_REPOSITORIES", "42, acme/named")
}

/// A server that trusts an issuer with one key.
struct Scene {
    issuer: Issuer,
    signer: Signer,
    server: Server,
    _project: Project,
}

impl Scene {
    fn start() -> Self {
        let (issuer, signer) = (Issuer::start(), Signer::new("first"));
        issuer.publish(&[&signer]);
        let project = Project::empty();
        let server = Server::of(call(&project, &issuer.address()));
        Self {
            issuer,
            signer,
            server,
            _project: project,
        }
    }

    /// Posts an event with a token.
    fn post(&self, token: &str, event: &Value) -> Answer {
        let request = self.server.request("POST", "/v1/events", "");
        self.server
            .send(request.bearer_auth(token).body(event.to_string()))
    }

    /// A good token, of which one claim says something else.
    fn claiming(&self, claim: &str, value: Value) -> String {
        let mut claims = self.issuer.claims();
        claims[claim] = value;
        self.signer.sign(&claims)
    }

    fn good(&self) -> String {
        self.signer.sign(&self.issuer.claims())
    }
}

#[test]
fn only_a_good_token_lets_a_job_in() {
    let scene = Scene::start();
    let now = jiff::Timestamp::now().as_second();
    let impostor = Signer::new("first");
    let claims = || scene.issuer.claims();
    let n = scene.signer.public["n"].as_str().unwrap().as_bytes();
    let pem = scene.signer.public_pem.as_bytes();
    for (what, token, expect) in [
        ("a good one", scene.good(), 200),
        (
            "another subject",
            scene.claiming("sub", json!("repo:mallory@1/x@2:anything")),
            200,
        ),
        (
            "several audiences",
            scene.claiming("aud", json!(["x", AUDIENCE])),
            200,
        ),
        (
            "a repository that is trusted by its number",
            scene.claiming("repository", json!("Acme/Shop")),
            200,
        ),
        (
            "forged: signed by another key of the same id",
            impostor.sign(&claims()),
            401,
        ),
        (
            "altered after signing",
            altered(&scene.good(), &claims()),
            401,
        ),
        ("expired", scene.claiming("exp", json!(now - 1)), 401),
        (
            "not valid yet",
            scene.claiming("nbf", json!(now + 600)),
            401,
        ),
        (
            "from the future",
            scene.claiming("iat", json!(now + 600)),
            401,
        ),
        ("without an end", scene.claiming("exp", Value::Null), 401),
        ("without an id", scene.claiming("jti", Value::Null), 401),
        (
            "wrong audience",
            scene.claiming("aud", json!("https://other.example")),
            401,
        ),
        ("no audience", scene.claiming("aud", Value::Null), 401),
        (
            "wrong issuer",
            scene.claiming("iss", json!("https://token.example")),
            401,
        ),
        (
            "another repository",
            scene.claiming("repository_id", json!("43")),
            401,
        ),
        ("alg none", scene.signer.unsigned(&claims(), ""), 401),
        (
            "alg none with a signature",
            scene.signer.unsigned(&claims(), "c2ln"),
            401,
        ),
        (
            "HS256 with the public key as it is published",
            scene.signer.sign_with_the_public_key(n, &claims()),
            401,
        ),
        (
            "HS256 with the public key as a file",
            scene.signer.sign_with_the_public_key(pem, &claims()),
            401,
        ),
        (
            "RS384",
            scene.signer.sign_as(Algorithm::RS384, &claims()),
            401,
        ),
        ("no key id", scene.signer.sign_without_kid(&claims()), 401),
        (
            "an unknown key id",
            Signer::new("other").sign(&claims()),
            401,
        ),
        ("no token at all", "a.b.c".to_owned(), 401),
    ] {
        let answer = scene.post(&token, &created());
        assert_eq!(answer.status, expect, "{what}: {}", answer.text);
    }
}

#[test]
fn a_token_serves_once() {
    let scene = Scene::start();
    let token = scene.good();
    assert_eq!(scene.post(&token, &created()).said(), "200 accepted");
    assert_eq!(scene.post(&token, &created()).said(), "401 unauthorized");
    assert_eq!(
        scene.post(&scene.good(), &created()).said(),
        "200 duplicate"
    );
    let log = scene.server.stop();
    assert!(log.contains("it was used before"), "{log}");
    assert!(!log.contains(&token), "a token is never logged");
}

#[test]
fn keys_are_kept_and_rotated() {
    let scene = Scene::start();
    for _ in 0..3 {
        scene.post(&scene.good(), &created()).expect(200);
    }
    assert_eq!(scene.issuer.asked(), 1);
    let next = Signer::new("second");
    scene.issuer.publish(&[&next]);
    scene
        .post(&next.sign(&scene.issuer.claims()), &created())
        .expect(200);
    assert_eq!(scene.issuer.asked(), 2);
    scene.post(&scene.good(), &created()).expect(401);
    let made_up = Signer::new("made-up").sign(&scene.issuer.claims());
    for _ in 0..20 {
        scene.post(&made_up, &created()).expect(401);
    }
    assert!(scene.issuer.asked() <= 5, "{} times", scene.issuer.asked());
}

#[test]
fn a_job_tells_of_its_own_repository_and_decides_nothing() {
    let scene = Scene::start();
    scene.server.create_release();
    let approval = event(
        "approval_recorded",
        "a",
        json!({"gate": "G1", "by": "alice", "decision": "approved"}),
    );
    let mut other = created();
    other["idempotency_key"] = "other".into();
    other["release_id"] = "f0ad65f2-f6c3-573e-87b4-6d81ee4ee4d8".into();
    other["payload"]["repository"] = "acme/named".into();
    let id = scene.server.post("ci", &other).json()["detail"]["message"].to_string();
    let id = id
        .rsplit("the id ")
        .next()
        .unwrap()
        .trim_matches('"')
        .to_owned();
    other["release_id"] = id.as_str().into();
    scene.server.post("ci", &other).expect(200);
    let mut foreign = reported("lint/ruff", "passed");
    foreign["release_id"] = id.as_str().into();
    foreign["idempotency_key"] = "foreign".into();
    for (event, expect) in [
        (&reported("lint/ruff", "passed"), "200 accepted"),
        (&approval, "403 forbidden"),
        (&foreign, "403 forbidden"),
    ] {
        assert_eq!(scene.post(&scene.good(), event).said(), expect, "{event}");
    }
    let get = |path: &str| {
        let request = scene.server.request("GET", path, "");
        scene.server.send(request.bearer_auth(scene.good()))
    };
    let listed = get("/v1/releases").expect(200).json();
    assert_eq!(listed["releases"].as_array().unwrap().len(), 1);
    assert_eq!(listed["releases"][0]["id"], RELEASE);
    assert_eq!(get(&format!("/v1/releases/{id}")).status, 404);
}

#[test]
fn an_issuer_that_is_away_is_no_reason_to_believe_or_to_refuse() {
    let (issuer, signer) = (Issuer::start(), Signer::new("first"));
    let project = Project::empty();
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let server = Server::of(call(&project, &format!("http://{closed}")));
    let token = signer.sign(&issuer.claims());
    let request = server.request("POST", "/v1/events", "").bearer_auth(token);
    let answer = server.send(request.body(created().to_string()));
    assert_eq!(answer.said(), "503 issuer_away");
    assert!(answer.headers.contains_key("retry-after"));
    server.create_release();
}

#[test]
fn settings_of_tokens_that_make_no_sense_start_nothing() {
    let project = Project::empty();
    for (variables, says) in [
        (
            &[("AUDIENCE", AUDIENCE)][..],
            "TOLLGATE_REPOSITORIES names no repository",
        ),
        (
            &[("ISSUER", "https://token.example")],
            "TOLLGATE_OIDC_AUDIENCE is not",
        ),
        (
            &[("AUDIENCE", AUDIENCE), ("ISSUER", "http://token.example")],
            "it must be https",
        ),
    ] {
        let call = project.call("serve --listen 127.0.0.1:0");
        let call = variables.iter().fold(call, |call, (name, value)| {
            call.env(&format!("TOLLGATE_OIDC_{name}"), value)
        });
        let call = match variables.len() {
            1 => call,
            _ => call.env("TOLLGATE_REPOSITORIES", "acme/shop"),
        };
        call.run().expect(2).says(says);
    }
}
