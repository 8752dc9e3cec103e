//! `tollgate approve` told to a server with a person's key: it is bound to what the server has
//! evidence of, and nobody approves what they made.

use serde_json::{Value, json};

use super::telling;
use crate::control_plane::server::{Server, event};
use crate::postgres::Database;
use crate::project::{Outcome, Project};

const POLICY: &str = r#"
gates: { G1: { checks: { a: { run: "true" } } } }
environments:
  production:
    gates: [G1]
    approvals: { from: ["user:quinn", "user:rita"], prevent-self-approval: true }
"#;

/// A server that judges by the project's policy, and knows its release with evidence.
struct Scene {
    project: Project,
    server: Server,
    release: Value,
}

impl Scene {
    fn start(ledger: &str) -> Self {
        let project = Project::new(POLICY);
        let line = "serve --listen 127.0.0.1:0 --policy .github/tollgate.yml";
        let call = project.call(line).env("TOLLGATE_LEDGER", ledger);
        let server = Server::of(call);
        let status = project.tollgate("status --format json --repository acme/shop");
        let release = status.json()["release"].clone();
        let scene = Self {
            project,
            server,
            release,
        };
        scene
            .tell("ci", "release_created", scene.created(json!({})))
            .expect(200);
        scene.built("a");
        scene
    }

    /// The check passed, with an image of a digest.
    fn built(&self, digit: &str) {
        let digest = format!("sha256:{}", digit.repeat(64));
        let passed =
            json!({"gate": "G1", "check": "a", "status": "passed", "image_digest": digest});
        self.tell("ci", "check_reported", passed).expect(200);
    }

    fn created(&self, more: Value) -> Value {
        let mut payload =
            json!({"repository": self.release["repository"], "sha": self.release["sha"]});
        payload
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        payload
    }

    fn tell(&self, who: &str, kind: &str, payload: Value) -> crate::control_plane::server::Answer {
        let mut event = event(kind, &format!("tests/{who}/{payload}"), payload);
        event["release_id"] = self.release["id"].clone();
        self.server.post(who, &event)
    }

    /// Approves from a checkout whose own ledger knows nothing.
    fn approve(&self, by: &str, who: &str) -> Outcome {
        let checkout = self.project.fresh_checkout();
        let line = format!("approve production --by {by} --repository acme/shop");
        telling(&checkout, &line, &self.server.url, who).run()
    }

    fn is_eligible(&self) -> bool {
        let id = self.release["id"].as_str().unwrap();
        let path = format!("/v1/releases/{id}/eligibility/production");
        self.server.get(&path, "otto").expect(200).json()["eligible"] == true
    }
}

fn hold(ledger: &str) {
    let scene = Scene::start(ledger);
    let approved = scene.approve("quinn", "quinn");
    approved
        .expect(0)
        .says("at the server 0 of 1 approvals count");
    approved.says("nobody knows who made the release");
    assert!(!scene.is_eligible(), "whoever made it may be who approved");
    let by_another = scene.approve("rita", "quinn");
    by_another
        .expect(0)
        .says("403 forbidden: quinn may not record a decision of rita");
    let claimed = scene.created(json!({"authors": ["nobody"]}));
    let claimed = scene.tell("rita", "release_created", claimed);
    assert_eq!(claimed.said(), "403 forbidden");
    let told = scene.created(json!({"authors": ["rita", "Alice"]}));
    scene.tell("ci", "release_created", told).expect(200);
    assert!(
        scene.is_eligible(),
        "quinn approved already, on what the server has"
    );
    let own = scene.approve("rita", "rita");
    own.expect(0).says("rita approved, but made the release");
    let again = scene.approve("quinn", "quinn");
    assert!(!again.all().contains("release_created"), "{}", again.all());
    again
        .expect(0)
        .says("at the server 1 of 1 approvals count\n");
    assert!(scene.is_eligible());
    scene.built("b");
    assert!(
        !scene.is_eligible(),
        "there is other evidence than was approved"
    );
}

#[test]
fn a_person_approves_at_a_server_with_a_file() {
    hold("sqlite:server.db");
}

#[test]
fn a_person_approves_at_a_server_with_a_database() {
    hold(&Database::new().url());
}

#[test]
fn an_approval_whose_server_is_away_waits_and_says_so() {
    let project = Project::new(POLICY);
    let line = "approve production --by quinn";
    let approved = telling(&project, line, &super::nowhere(), "quinn").run();
    approved
        .expect(0)
        .says("how it stands at the server is not known");
    approved.says("bound to what is known here");
    let spooled = super::spooled(&project);
    assert!(
        spooled.iter().any(|key| key.contains("approval")),
        "{spooled:?}"
    );
}
