//! What a release does with the image and with `action.yml`: the scripts of the release workflow.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::project::Project;
use crate::runner::engine::engine;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const IMAGE: &str = "ghcr.io/acme/tollgate@sha256:\
                     0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A repository that holds the action, with the remote that its tags are pushed to.
struct Source {
    project: Project,
    remote: tempfile::TempDir,
}

impl Source {
    fn new() -> Self {
        let remote = tempfile::tempdir().unwrap();
        let project = Project::empty();
        let address = remote.path().to_str().unwrap();
        project.git(&["init", "--quiet", "--bare", address]);
        project.git(&["remote", "add", "origin", address]);
        project.write("action.yml", include_str!("../../action.yml"));
        project.commit("start");
        Self { project, remote }
    }

    /// Tags the commit that is checked out, as a person starts a release.
    fn tag(&self, name: &str) {
        let tag = format!("HEAD:refs/tags/{name}");
        self.project.git(&["push", "--quiet", "origin", &tag]);
    }

    fn release(&self, tag: &str, image: &str) -> Output {
        Command::new(Path::new(ROOT).join("scripts/release-action.sh"))
            .args([tag, image])
            .current_dir(self.project.root())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap()
    }

    /// Moves the major tag, as a published release does.
    fn publish(&self, tag: &str) -> Output {
        Command::new(Path::new(ROOT).join("scripts/release-major.sh"))
            .arg(tag)
            .current_dir(self.project.root())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap()
    }

    /// Releases, and gives the commit made.
    fn released(&self, tag: &str) -> String {
        let output = self.release(tag, IMAGE);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The commit that a tag of the remote is on.
    fn tagged(&self, tag: &str) -> Option<String> {
        let reference = format!("refs/tags/{tag}");
        let answer = self.project.git(&["ls-remote", "origin", &reference]);
        answer.split_whitespace().next().map(str::to_owned)
    }

    fn image_at(&self, commit: &str) -> String {
        let text = self.project.git(&["show", &format!("{commit}:action.yml")]);
        let line = text.lines().find(|line| line.starts_with("  image: "));
        line.unwrap().trim_start_matches("  image: ").to_owned()
    }
}

#[test]
fn a_release_names_the_published_image_and_nothing_else_changes() {
    let source = Source::new();
    source.tag("v1.4.0");
    let commit = source.released("v1.4.0");
    assert_eq!(source.image_at(&commit), format!("docker://{IMAGE}"));
    assert_eq!(source.tagged("v1.4.0").as_ref(), Some(&commit));
    assert_eq!(source.tagged("v1"), None, "a draft reaches nobody by @v1");
    let changed = source.project.git(&["diff", "--stat", "HEAD", &commit]);
    assert!(
        changed.ends_with("1 file changed, 1 insertion(+), 2 deletions(-)"),
        "{changed}"
    );
    let parent = source.project.git(&["rev-parse", &format!("{commit}^")]);
    assert_eq!(parent, source.project.head(), "made of what was built");
    assert_eq!(source.project.git(&["status", "--porcelain"]), "");
    assert_eq!(
        source.released("v1.4.0"),
        commit,
        "doing it twice makes the same commit"
    );
}

#[test]
fn the_major_tag_follows_the_newest_published_release_only() {
    let source = Source::new();
    let mut commits = Vec::new();
    for tag in ["v1.4.0", "v1.10.0", "v1.4.1", "v1.11.0-rc.1", "v2.0.0"] {
        source.project.commit(tag);
        source.tag(tag);
        commits.push(source.released(tag));
        let output = source.publish(tag);
        assert!(output.status.success(), "{output:?}");
    }
    assert_eq!(source.tagged("v1").as_ref(), Some(&commits[1]), "v1.10.0");
    assert_eq!(source.tagged("v2").as_ref(), Some(&commits[4]));
    assert_eq!(source.tagged("v1.11.0-rc.1").as_ref(), Some(&commits[3]));
}

#[test]
fn a_tag_without_a_published_image_is_no_major_release() {
    let source = Source::new();
    source.tag("v1.4.0");
    for tag in ["v1.4.0", "v1"] {
        assert!(!source.publish(tag).status.success(), "{tag}");
    }
    assert_eq!(source.tagged("v1"), None);
}

#[test]
fn what_is_no_release_moves_no_tag() {
    let source = Source::new();
    source.tag("v1.4.0");
    let before = source.tagged("v1.4.0");
    for (tag, image) in [
        ("v1", IMAGE),
        ("1.4.0", IMAGE),
        ("v1.4.0", "ghcr.io/acme/tollgate:1.4.0"),
        ("v1.4.0", "ghcr.io/acme/tollgate@sha256:0123|e;x"),
    ] {
        let output = source.release(tag, image);
        assert!(!output.status.success(), "{tag} {image}");
    }
    source.project.commit("another");
    let output = source.release("v1.4.0", IMAGE);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("a released tag is never moved"), "{error}");
    assert_eq!(source.tagged("v1.4.0"), before);
    assert_eq!(source.tagged("v1"), None);
    drop(source.remote);
}

/// The registry of `scripts/registry.sh`, ended with the test.
struct Registry {
    folder: tempfile::TempDir,
    address: String,
}

impl Registry {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let output = Self::script("start", folder.path());
        assert!(
            output.status.success(),
            "run `make test`, which gets it: {output:?}"
        );
        let address = String::from_utf8(output.stdout).unwrap().trim().to_owned();
        Self { folder, address }
    }

    fn script(what: &str, folder: &Path) -> Output {
        let tools = format!("{ROOT}/target/demo/bin");
        let search = std::env::var("PATH").unwrap();
        Command::new(Path::new(ROOT).join("scripts/registry.sh"))
            .args([Path::new(what), folder])
            .env("PATH", format!("{tools}:{search}"))
            .output()
            .unwrap()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        Self::script("stop", self.folder.path());
    }
}

#[test]
fn the_image_is_pushed_for_both_architectures_under_one_digest() {
    let registry = Registry::start();
    let binaries = tempfile::tempdir().unwrap();
    for architecture in ["amd64", "arm64"] {
        let path = binaries.path().join(architecture).join("tollgate");
        fs::create_dir(path.parent().unwrap()).unwrap();
        fs::write(&path, architecture).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let name = format!("{}/acme/tollgate", registry.address);
    let mut command = Command::new(Path::new(ROOT).join("scripts/release-image.sh"));
    command.args([&name, "1.4.0"]).arg(binaries.path());
    command.envs(
        engine()
            .docker()
            .get_envs()
            .filter_map(|(key, value)| Some((key, value?))),
    );
    // Debian's Docker has BuildKit built in; one from elsewhere, found before it, may lack it.
    let search = format!("/usr/bin:{}", std::env::var("PATH").unwrap());
    let output = command.env("PATH", search).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let reference = String::from_utf8(output.stdout).unwrap();
    let reference = reference.trim();
    assert!(
        reference.starts_with(&format!("{name}@sha256:")),
        "{reference}"
    );

    let list = engine().ask(&["manifest", "inspect", "--insecure", reference]);
    let list: Value = serde_json::from_slice(&list).unwrap();
    let manifests = list["manifests"].as_array().unwrap().iter();
    let platforms: Vec<_> = manifests
        .map(|one| &one["platform"])
        .map(|one| format!("{}/{}", one["os"], one["architecture"]).replace('"', ""))
        .collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
}
