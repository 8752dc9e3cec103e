//! The container image and the static binary in it, started as GitHub's runner starts them.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::project::Project;
use crate::runner::Runner;
use crate::runner::engine::engine;

const MEGABYTE: usize = 1_000_000;

fn inspected() -> Value {
    let answer = engine().ask(&["image", "inspect", engine().image()]);
    let mut images: Value = serde_json::from_slice(&answer).unwrap();
    images[0].take()
}

/// The files of the image's only layer, and the layer itself.
fn layer() -> (Vec<String>, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("image.tar");
    let path = archive.to_str().unwrap();
    engine().ask(&["save", "--output", path, engine().image()]);
    let manifest = tar(&["-xOf", path, "manifest.json"]);
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let layers = manifest[0]["Layers"].as_array().unwrap();
    assert_eq!(layers.len(), 1, "{manifest}");
    let layer = tar(&["-xOf", path, layers[0].as_str().unwrap()]);
    let unpacked = folder.path().join("layer.tar");
    fs::write(&unpacked, &layer).unwrap();
    let list = String::from_utf8(tar(&["-tf", unpacked.to_str().unwrap()])).unwrap();
    (list.lines().map(str::to_owned).collect(), layer)
}

fn tar(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("tar").args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

/// How many bytes travel when it is pulled.
fn compressed(bytes: &[u8]) -> usize {
    let mut gzip = Command::new("gzip")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = gzip.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || input.write_all(bytes).unwrap());
        let mut packed = Vec::new();
        let mut output = gzip.stdout.take().unwrap();
        output.read_to_end(&mut packed).unwrap();
        assert!(gzip.wait().unwrap().success());
        packed.len()
    })
}

#[test]
fn the_image_is_one_small_file_and_nothing_else() {
    let (files, layer) = layer();
    assert_eq!(files, ["tollgate"]);
    let unpacked = usize::try_from(inspected()["Size"].as_u64().unwrap()).unwrap();
    assert!(unpacked <= 25 * MEGABYTE, "{unpacked} bytes");
    let packed = compressed(&layer);
    assert!(packed <= 10 * MEGABYTE, "{packed} bytes as pulled");
}

#[test]
fn the_image_starts_as_root_wherever_the_runner_says() {
    let config = &inspected()["Config"];
    assert_eq!(config["Entrypoint"], json!(["/tollgate"]));
    for key in ["User", "WorkingDir"] {
        assert_eq!(config[key].as_str().unwrap_or_default(), "", "{key}");
    }
    assert!(config["Cmd"].is_null(), "{config}");
    let labels = config["Labels"].as_object().unwrap();
    assert_eq!(
        labels["org.opencontainers.image.licenses"],
        "MIT OR Apache-2.0"
    );
}

#[test]
fn the_version_needs_no_network() {
    let image = engine().image();
    let told = engine().ask(&["run", "--rm", "--network=none", image, "--version"]);
    let expected = format!("tollgate {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8(told).unwrap(), expected);
}

/// Arguments for a `run` that asks no Git, of which the image has none, and runs again what an
/// earlier step of the job passed.
fn run_of(project: &Project) -> [String; 8] {
    [
        "run",
        "--force",
        "-C",
        ".",
        "--release-sha",
        &project.head(),
        "--repository",
        "acme/shop",
    ]
    .map(str::to_owned)
}

fn words(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

const VARIABLES: &str = r#"
pipeline:
  lint:
    checks:
      seen:
        variables:
          present: [ACTIONS_RUNTIME_TOKEN, ACTIONS_RESULTS_URL, GITHUB_SHA]
          absent: [GITHUB_TOKEN]
          matches:
            CI: ^true$
            COLOUR: ^red$
            GITHUB_ACTIONS: ^true$
            GITHUB_EVENT_PATH: ^/github/workflow/event\.json$
            GITHUB_OUTPUT: ^/github/file_commands/set_output_
            GITHUB_WORKSPACE: ^/github/workspace$
            HOME: ^/github/home$
            RUNNER_TEMP: ^/github/runner_temp$
"#;

#[test]
fn the_container_sees_the_job_and_a_script_sees_no_runtime_token() {
    let project = Project::new(VARIABLES);
    let runner = Runner::checked_out(&project);
    let arguments = run_of(&project);
    let step = runner.uses_image(&words(&arguments)).env("COLOUR", "red");
    step.run().expect(0);

    let script = format!(
        "env > \"$RUNNER_TEMP/env\"; tollgate {}",
        arguments.join(" ")
    );
    let outcome = runner.runs(&script).env("COLOUR", "red").run();
    assert_eq!(outcome.code, Some(1));
    let seen = fs::read_to_string(runner.temp().join("env")).unwrap();
    assert!(seen.contains("GITHUB_SHA=") && !seen.contains("ACTIONS_RUNTIME_TOKEN"));
    assert!(seen.contains(&format!(
        "GITHUB_WORKSPACE={}",
        runner.workspace().display()
    )));
}

/// Reads a named pipe, so that the test knows that it runs and it ends only when it is ended.
const WAITING: &str = r#"
pipeline:
  test: { checks: { waiting: { run: [/tollgate, -C, ., --policy, pipe, policy, check] } } }
"#;

fn end_by(signal: Signal) {
    let project = Project::new(WAITING);
    let runner = Runner::checked_out(&project);
    let pipe = runner.workspace().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let running = runner.uses_image(&words(&run_of(&project))).start();

    let (sender, opened) = channel();
    std::thread::spawn(move || sender.send(fs::OpenOptions::new().write(true).open(pipe)));
    let reader = opened.recv_timeout(Duration::from_mins(1));
    let held_open = reader.expect("the check reads the pipe").unwrap();
    let outcome = match signal {
        Signal::INT => {
            let (outcome, last) = running.cancel();
            assert_eq!(last, Signal::INT, "the first signal was enough");
            outcome
        }
        other => {
            running.send(other);
            running.wait()
        }
    };
    outcome.expect(130).says("interrupted");
    drop(held_open);
}

#[test]
fn a_cancelled_step_ends_as_interrupted() {
    end_by(Signal::INT);
}

#[test]
fn process_1_is_ended_by_sigterm() {
    end_by(Signal::TERM);
}

#[test]
fn later_steps_of_another_user_can_read_the_evidence() {
    let project =
        Project::new("pipeline: { lint: { checks: { a: { run: [/tollgate, --version] } } } }\n");
    let runner = Runner::checked_out(&project);
    let outcome = runner.uses_image(&words(&run_of(&project))).run();
    outcome.expect(0);
    let mut seen = 0;
    everyone_may_read(&runner.workspace().join(".tollgate/runs"), &mut seen);
    assert!(seen >= 5, "a run leaves its files, and here are {seen}");
}

fn everyone_may_read(path: &Path, seen: &mut usize) {
    *seen += 1;
    let file = fs::metadata(path).unwrap();
    let needed = if file.is_dir() { 0o005 } else { 0o004 };
    let mode = file.permissions().mode();
    assert_eq!(mode & needed, needed, "{} is {mode:o}", path.display());
    if file.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            everyone_may_read(&entry.unwrap().path(), seen);
        }
    }
}

#[test]
fn a_mounted_repository_is_read_without_a_git_program() {
    let project = Project::new(TAG);
    let runner = Runner::checked_out(&project);
    let outcome = runner.uses_image(&["status", "--format", "json"]).run();
    outcome.expect(0);
    let status: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(status["release"]["sha"], project.head());
    assert_eq!(status["release"]["repository"], "acme/shop");
}

const TAG: &str = "pipeline: { tag: { checks: { tag: { tag: { name: v1.0.0 } } } } }\n";

/// A static binary has no system library to ask for addresses: it reads /etc/hosts by itself.
#[test]
fn names_are_resolved() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, asked) = channel();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().map_while(Result::ok) {
            let mut request = [0; 1024];
            let _ = connection.read(&mut request);
            let answer = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            let _ = connection.write_all(answer.as_bytes());
            let _ = sender.send(());
        }
    });
    let project = Project::new(TAG);
    let mut runner = Runner::checked_out(&project);
    runner.github("api_url", &format!("http://localhost:{port}"));
    let step = runner.uses_image(&["run"]).env("GITHUB_TOKEN", "ghs_x");
    let outcome = step.run();
    assert!(
        asked.try_recv().is_ok(),
        "{}{}",
        outcome.stdout,
        outcome.stderr
    );
}
