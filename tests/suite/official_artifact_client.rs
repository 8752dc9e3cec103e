//! GitHub's own artifact client against the fake: what the fake takes and gives is what the
//! official client sends and expects.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tollgate::github::context::ArtifactService;
use tollgate::github::{ActionsContext, Artifacts};
use tollgate::store::Archive;

use crate::fake_github::{FakeGitHub, Service, Step};
use crate::project::Project;

const MODULES: &str = "target/tools/artifact/node_modules";

/// More than one block of 8 MiB, and not a multiple of it.
const BIG: usize = 20_000_001;

struct Setting {
    fake: FakeGitHub,
    project: Project,
    step: Step,
}

/// What a call of the client came to.
struct Said {
    is_ok: bool,
    result: Value,
    error: String,
}

impl Setting {
    fn new() -> Self {
        let fake = FakeGitHub::start();
        let project = Project::new("");
        fake.commit(&project.head(), "alice")
            .workflow_run(77, "push", &project.head(), "alice");
        let step = fake.step(&project, 77, 1);
        Self {
            fake,
            project,
            step,
        }
    }

    fn client(&self, step: &Step, arguments: &[&str]) -> Said {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let modules = root.join(MODULES);
        assert!(
            modules.join("@actions/artifact").exists(),
            "{MODULES} lacks GitHub's artifact client; run: scripts/test-tools.sh target/tools"
        );
        let output = Command::new("node")
            .arg(root.join("tests/artifact_client/client.mjs"))
            .arg(modules)
            .args(arguments)
            .current_dir(self.project.root())
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .envs(&step.environment)
            .output()
            .expect("node is installed");
        let stdout = String::from_utf8_lossy(&output.stdout);
        let last = stdout.lines().last().unwrap_or_default();
        Said {
            is_ok: output.status.success(),
            result: serde_json::from_str(last).unwrap_or_default(),
            error: format!("{stdout}{}", String::from_utf8_lossy(&output.stderr)),
        }
    }

    /// This crate's own client, for a step.
    fn own(&self, step: &Step) -> Artifacts {
        let context = ActionsContext::read(&step.environment).unwrap().unwrap();
        let service: ArtifactService = context.artifacts.expect("the step has the service");
        Artifacts::new(&service).unwrap()
    }

    #[track_caller]
    fn ok(&self, arguments: &[&str]) -> Value {
        let said = self.client(&self.step, arguments);
        assert!(said.is_ok, "{}", said.error);
        said.result
    }
}

/// Bytes that do not repeat.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let step = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(step).collect()
}

/// The files of a folder by name.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            let inner = contents(&path).into_iter();
            found.extend(inner.map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
        } else {
            found.insert(name, fs::read(path).unwrap());
        }
    }
    found
}

#[test]
fn what_it_uploads_it_downloads_byte_for_byte() {
    let setting = Setting::new();
    setting.project.write("up/deep/report.xml", "<testsuite/>");
    fs::write(setting.project.path("up/big.bin"), noise(BIG)).unwrap();
    let uploaded = setting.ok(&["upload", "evidence", "up"]);
    let listed = setting.ok(&["list"])["artifacts"].clone();
    assert_eq!(listed[0]["name"], "evidence");
    assert_eq!(listed[0]["id"], uploaded["id"]);
    let id = uploaded["id"].to_string();
    setting.ok(&["download", &id, "down"]);
    let (up, down) = (setting.project.path("up"), setting.project.path("down"));
    assert!(contents(&up) == contents(&down));
    let artifacts = setting.fake.artifacts();
    assert_eq!(artifacts.len(), 1);
    assert_eq!(artifacts[0].id.to_string(), id);
    let digest = artifacts[0].digest.as_deref().unwrap();
    assert_eq!(digest.trim_start_matches("sha256:"), uploaded["digest"]);
    assert_eq!(
        setting.fake.artifact_zip("evidence").len(),
        uploaded["size"]
    );
    let journal = setting.fake.journal();
    let blocks = journal
        .iter()
        .filter(|call| call.service == Service::Blobs && call.query.contains("comp=block&"));
    assert_eq!(blocks.count(), 3);
    assert!(
        journal
            .iter()
            .all(|call| call.status.is_some_and(|status| status < 300))
    );
}

#[test]
fn another_job_finds_and_downloads_over_the_service_and_over_rest() {
    let setting = Setting::new();
    setting.project.write("up/ledger.jsonl", "one\ntwo\n");
    let id = setting.ok(&["upload", "ledger", "up"])["id"].to_string();
    let other = setting.fake.step(&setting.project, 77, 1);
    let said = setting.client(&other, &["download", &id, "a"]);
    assert!(said.is_ok, "{}", said.error);
    assert_eq!(setting.project.read("a/ledger.jsonl"), "one\ntwo\n");
    setting
        .fake
        .workflow_run(78, "push", &setting.project.head(), "alice");
    let token = other.environment["GITHUB_TOKEN"].clone();
    let later = setting.fake.step(&setting.project, 78, 1);
    let said = setting.client(&later, &["list"]);
    assert_eq!(said.result["artifacts"], Value::Array(Vec::new()));
    let later = later
        .with("RUN", "77")
        .with("OWNER", "acme")
        .with("REPOSITORY", "shop")
        .with("TOKEN", &token);
    let said = setting.client(&later, &["list"]);
    assert_eq!(
        said.result["artifacts"][0]["name"], "ledger",
        "{}",
        said.error
    );
    let said = setting.client(&later, &["download", &id, "b"]);
    assert!(said.is_ok, "{}", said.error);
    assert_eq!(setting.project.read("b/ledger.jsonl"), "one\ntwo\n");
    assert_eq!(setting.fake.calls(), 2);
}

#[test]
fn a_name_is_taken_until_it_is_deleted() {
    let setting = Setting::new();
    setting.project.write("up/a", "a");
    setting.ok(&["upload", "evidence", "up"]);
    let said = setting.client(&setting.step, &["upload", "evidence", "up"]);
    assert!(
        !said.is_ok && said.error.contains("(409)"),
        "{}",
        said.error
    );
    setting.ok(&["delete", "evidence"]);
    setting.ok(&["upload", "evidence", "up"]);
    assert_eq!(setting.fake.artifacts().len(), 1);
}

#[tokio::test]
async fn what_we_upload_it_lists_and_downloads_byte_for_byte() {
    let setting = Setting::new();
    setting.project.write("up/deep/report.xml", "<testsuite/>");
    fs::write(setting.project.path("up/big.bin"), noise(BIG)).unwrap();
    let (zip, up) = (setting.project.path("up.zip"), setting.project.path("up"));
    let files = contents(&up).into_keys();
    let files: Vec<_> = files.map(|name| (name.clone(), up.join(&name))).collect();
    Archive::pack(&files, &zip).unwrap();
    let own = setting.own(&setting.step);
    let uploaded = own.upload("evidence", &zip, None).await.unwrap();

    let other = setting.fake.step(&setting.project, 77, 1);
    let listed = setting.client(&other, &["list"]).result["artifacts"][0].take();
    let digest = format!("sha256:{}", uploaded.digest);
    let expect = json!([uploaded.id, "evidence", uploaded.size, digest]);
    let found = json!([
        listed["id"],
        listed["name"],
        listed["size"],
        listed["digest"]
    ]);
    assert_eq!(found, expect);
    let id = uploaded.id.to_string();
    let said = setting.client(&other, &["download", &id, "down"]);
    assert!(said.is_ok, "{}", said.error);
    assert!(contents(&up) == contents(&setting.project.path("down")));
}

#[tokio::test]
async fn what_it_uploads_we_list_and_download_byte_for_byte() {
    let setting = Setting::new();
    setting.project.write("up/deep/report.xml", "<testsuite/>");
    fs::write(setting.project.path("up/big.bin"), noise(BIG)).unwrap();
    let uploaded = setting.ok(&["upload", "evidence", "up"]);

    let own = setting.own(&setting.fake.step(&setting.project, 77, 1));
    let listed = own.list(None).await.unwrap();
    let digest = listed[0].digest.unwrap().to_string();
    let found = json!([listed[0].name, listed[0].id, listed[0].size, digest]);
    let expect = json!([
        "evidence",
        uploaded["id"],
        uploaded["size"],
        uploaded["digest"]
    ]);
    assert_eq!((listed.len(), found), (1, expect));
    let zip = setting.project.path("down.zip");
    let received = own.download("evidence", &zip, 1 << 30).await.unwrap();
    assert_eq!(received.to_string(), digest);
    assert!(fs::read(&zip).unwrap() == setting.fake.artifact_zip("evidence"));
    let mut archive = Archive::open(&zip).unwrap();
    let up = contents(&setting.project.path("up"));
    let names: Vec<_> = archive.names().map(str::to_owned).collect();
    assert_eq!(names.len(), up.len(), "{names:?}");
    for (name, bytes) in up {
        let read = archive.read(&name, 1 << 30).unwrap();
        assert!(read == Some(bytes), "{name}");
    }
}

/// What the container action leaves is what another workflow's official client finds.
#[test]
fn what_publish_uploads_it_downloads_whole() {
    let setting = Setting::new();
    let policy =
        "version: 1\nproject: shop\npipeline: { lint: { checks: { a: { run: echo good } } } }\n";
    setting.project.write(".github/tollgate.yml", policy);
    setting.project.commit("gates");
    let head = setting.project.head();
    setting.fake.commit(&head, "alice");
    setting.fake.change_run(77, |run| run.head_sha = head);
    let step = setting.fake.step(&setting.project, 77, 1);
    step.call(&setting.project, "run").run().expect(0);
    step.call(&setting.project, "publish").run().expect(0);
    let listed = setting.client(&step, &["list"]).result["artifacts"][0].take();
    let said = setting.client(&step, &["download", &listed["id"].to_string(), "down"]);
    assert!(said.is_ok, "{}", said.error);
    let runs = |folder: &str| contents(&setting.project.path(folder));
    let (left, found) = (runs(".tollgate/runs"), runs("down/runs"));
    assert!(
        left.len() > 3 && left == found,
        "{:?} {:?}",
        left.keys(),
        found.keys()
    );
}
