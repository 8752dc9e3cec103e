//! A store that speaks S3 and checks every signature: s3s-fs, which `scripts/test-tools.sh` builds.
//! Folders are its buckets. It is started once, and ends with the tests, however they end.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use tempfile::TempDir;

/// Who may ask it.
pub(crate) const KEY: &str = "AKIATESTER";

/// With which secret; `/` and `+` are what real ones hold.
pub(crate) const SECRET: &str = "s3cret/of+the=tests";

/// The same in a URL.
pub(crate) const SECRET_IN_URL: &str = "s3cret%2Fof%2Bthe%3Dtests";

/// Serves until the pipe of its standard input is closed, which the end of the tests does.
const SERVE: &str = r#"
"$@" </dev/null &
server=$!
read -r _
kill -9 "$server"
"#;

static STORE: LazyLock<Store> = LazyLock::new(Store::start);

struct Store {
    root: TempDir,
    host: String,
    /// The end of its standard input is that of the server.
    _server: Child,
}

/// Where it listens: `127.0.0.1:PORT`.
pub(crate) fn host() -> &'static str {
    &STORE.host
}

/// Its URL with key and secret.
pub(crate) fn url() -> String {
    format!("http://{KEY}:{SECRET_IN_URL}@{}", STORE.host)
}

/// Makes a bucket with these objects.
pub(crate) fn bucket(name: &str, objects: &[&str]) {
    let folder = STORE.root.path().join(name);
    fs::create_dir_all(&folder).unwrap();
    for object in objects {
        let path = folder.join(object);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
}

impl Store {
    fn start() -> Self {
        let root = tempfile::tempdir().unwrap();
        let mut child = Command::new("/bin/sh")
            .args(["-c", SERVE, "sh"])
            .arg(program())
            .args(["--host=127.0.0.1", "--port=0"])
            .arg(format!("--access-key={KEY}"))
            .arg(format!("--secret-key={SECRET}"))
            .arg(root.path())
            .env("RUST_LOG", "s3s_fs=info")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0) // a Ctrl-C is for the tests; the pipe tells the server
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut addresses = lines.filter_map(|line| {
            let line = line.unwrap();
            let (_, address) = line.split_once("running at http://")?;
            address.split([',', ' ']).next().map(str::to_owned)
        });
        Self {
            root,
            host: addresses.next().expect("s3s-fs says where it listens"),
            _server: child,
        }
    }
}

fn program() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let program = root.join("target/tools/s3/bin/s3s-fs");
    let missing = "s3s-fs is missing; run: scripts/test-tools.sh target/tools";
    assert!(program.exists(), "{missing}");
    program
}
