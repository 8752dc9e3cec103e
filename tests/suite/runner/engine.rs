//! The Docker engine that container steps run on, and the image that they run: once a process.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const NO_DOCKER: &str = "these tests run containers, and `docker` or `dockerd` is not installed: \
                         sudo apt-get install --no-install-recommends docker.io";
const NO_RIGHT: &str = "no Docker engine answers, and only root can start one: start Docker \
                        (sudo systemctl start docker), or run the tests as root";

/// A Docker engine with the image of the static binary.
pub(crate) struct Engine {
    /// The socket of a private engine; `None` for the machine's own.
    socket: Option<PathBuf>,
    image: String,
    binary: PathBuf,
    /// Ends what was started when its standard input is closed, so with this process.
    _keeper: Child,
}

/// The engine of this process: the machine's own if it answers, else a private one.
pub(crate) fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(Engine::start)
}

impl Engine {
    fn start() -> Self {
        let image = format!("tollgate-test:{}", std::process::id());
        let (socket, keeper) = match answers() {
            true => (None, keep_image(&image)),
            false => start_private(),
        };
        let binary = static_binary();
        let engine = Self {
            socket,
            image,
            binary,
            _keeper: keeper,
        };
        engine.build();
        engine
    }

    /// The image that `action.yml` names: `FROM scratch` with the static binary.
    pub(crate) fn image(&self) -> &str {
        &self.image
    }

    /// The socket on the host that the runner mounts into every container action.
    pub(super) fn socket(&self) -> &Path {
        self.socket
            .as_deref()
            .unwrap_or(Path::new("/var/run/docker.sock"))
    }

    /// The Docker command line, set to this engine.
    pub(crate) fn docker(&self) -> Command {
        let mut command = Command::new("docker");
        if let Some(socket) = &self.socket {
            command.env("DOCKER_HOST", format!("unix://{}", socket.display()));
        }
        command.stdin(Stdio::null());
        command
    }

    /// What the Docker command line prints, which must succeed.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Vec<u8> {
        let output = self.docker().args(arguments).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker {arguments:?}: {error}");
        output.stdout
    }

    /// Builds the image of a context, and gives its name; the name goes with the engine.
    pub(crate) fn build_image(&self, name: &str, context: &Path) -> String {
        let tag = format!("{}-{name}", self.image);
        self.ask(&["build", "--quiet", "--tag", &tag, context.to_str().unwrap()]);
        tag
    }

    /// As the release workflow does it.
    fn build(&self) {
        let context = TempDir::new().unwrap();
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => panic!("there is no static binary for {other}"),
        };
        let folder = context.path().join(architecture);
        fs::create_dir(&folder).unwrap();
        fs::copy(&self.binary, folder.join("tollgate")).unwrap();
        self.ask(&[
            "build",
            "--quiet",
            "--tag",
            &self.image,
            "--build-arg",
            &format!("TARGETARCH={architecture}"),
            "--file",
            &format!("{ROOT}/packaging/Dockerfile"),
            context.path().to_str().unwrap(),
        ]);
    }
}

fn answers() -> bool {
    let asked = Command::new("docker")
        .arg("info")
        .stdin(Stdio::null())
        .output();
    let output = asked.unwrap_or_else(|error| panic!("{NO_DOCKER} ({error})"));
    output.status.success()
}

/// Takes the images away from the machine's own engine at the end.
fn keep_image(image: &str) -> Child {
    let script = r#"cat >/dev/null
        docker image ls --filter "reference=$0*" --format "{{.Repository}}:{{.Tag}}" |
            xargs --no-run-if-empty docker image rm --force >/dev/null 2>&1"#;
    let mut command = Command::new("bash");
    spawn_keeper(command.args(["-c", script, image]))
}

fn start_private() -> (Option<PathBuf>, Child) {
    let has_engine = Command::new("dockerd").arg("--version").output();
    assert!(has_engine.is_ok(), "{NO_DOCKER}");
    assert!(rustix::process::geteuid().is_root(), "{NO_RIGHT}");
    // The script removes the folder: this process's exit runs no destructors of statics.
    let folder = tempfile::Builder::new()
        .prefix("tollgate-docker-")
        .tempdir();
    let folder = folder.unwrap().keep();
    let script = Path::new(ROOT).join("tests/suite/runner/engine.sh");
    let mut keeper = spawn_keeper(Command::new(script).arg(&folder));
    let mut ready = String::new();
    let mut output = BufReader::new(keeper.stdout.take().unwrap());
    output.read_line(&mut ready).unwrap();
    if ready != "ready\n" {
        let mut error = String::new();
        let mut stream = keeper.stderr.take().unwrap();
        stream.read_to_string(&mut error).unwrap();
        panic!("the Docker engine did not start:\n{error}");
    }
    (Some(folder.join("docker.sock")), keeper)
}

/// In a group of its own, so that Ctrl-C at a terminal leaves it to clean up.
fn spawn_keeper(command: &mut Command) -> Child {
    command
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Built here, so that no stale binary is ever tested; what is built already costs nothing.
fn static_binary() -> PathBuf {
    let script = Path::new(ROOT).join("scripts/static-binary.sh");
    let output = Command::new(script).stdin(Stdio::null()).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let path = String::from_utf8(output.stdout).unwrap();
    PathBuf::from(path.trim_end())
}
