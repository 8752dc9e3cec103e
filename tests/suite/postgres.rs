//! A PostgreSQL server for the tests: started once, with a database for each that asks. It listens
//! on this machine alone, speaks TLS, and ends with the tests, however they end.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

/// Who owns everything.
pub(crate) const USER: &str = "tester";

/// The password of whoever is made here.
pub(crate) const PASSWORD: &str = "pw-0f-the-t3sts";

/// Nobody, who exists everywhere: the server refuses to run as root.
const NOBODY: u32 = 65534;

/// How often another port is tried: somebody else may take the one that was free.
const PORTS: usize = 5;

/// Serves until the pipe of its standard input is closed, which the end of the tests does.
const SERVE: &str = r#"
set -eu
bin=$1 folder=$2 port=$3
"$bin/pg_ctl" start --wait --silent -D "$folder/data" -l "$folder/log" -o "-p $port" </dev/null >&2
echo ready
read -r _ || true
"$bin/pg_ctl" stop --mode=immediate --silent -D "$folder/data" </dev/null >&2
rm -rf "$folder"
"#;

const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 200
ssl = on
ssl_cert_file = '../server.crt'
ssl_key_file = '../server.key'
";

static SERVER: LazyLock<Server> = LazyLock::new(Server::start);

/// A database of its own for one test.
pub(crate) struct Database {
    name: String,
}

struct Server {
    folder: PathBuf,
    port: u16,
    programs: PathBuf,
    /// The end of its standard input is that of the server.
    _server: Child,
}

impl Database {
    /// Makes an empty one.
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(1);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{number}");
        SERVER.psql("postgres", &format!("CREATE DATABASE {name}"));
        Self { name }
    }

    /// Makes one and fills it.
    pub(crate) fn with(sql: &str) -> Self {
        let database = Self::new();
        database.run(sql);
        database
    }

    /// Its URL, for its owner.
    pub(crate) fn url(&self) -> String {
        self.url_of(USER, PASSWORD)
    }

    /// Its URL, for somebody else.
    pub(crate) fn url_of(&self, user: &str, password: &str) -> String {
        let (name, port) = (&self.name, SERVER.port);
        format!("postgres://{user}:{password}@127.0.0.1:{port}/{name}")
    }

    /// Lets nobody in any more, and puts out whoever is in: it is gone until [`Self::come_back`].
    pub(crate) fn go_away(&self) {
        let name = &self.name;
        SERVER.psql(
            "postgres",
            &format!(
                "ALTER DATABASE {name} ALLOW_CONNECTIONS false;
                 SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            ),
        );
    }

    /// Lets everybody in again.
    pub(crate) fn come_back(&self) {
        let sql = format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", self.name);
        SERVER.psql("postgres", &sql);
    }

    /// Runs statements as its owner.
    pub(crate) fn run(&self, sql: &str) {
        SERVER.psql(&self.name, sql);
    }
}

/// The file with the certificate of whoever issued that of the server.
pub(crate) fn authority() -> String {
    SERVER.folder.join("authority.crt").display().to_string()
}

impl Server {
    fn start() -> Self {
        let programs = programs();
        let folder = tempfile::Builder::new()
            .prefix("tollgate-postgres-")
            .tempdir();
        let folder = folder.unwrap().keep();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o711)).unwrap();
        make_certificates(&folder);
        fs::write(folder.join("password"), PASSWORD).unwrap();
        if is_root() {
            for path in [
                &folder,
                &folder.join("server.key"),
                &folder.join("password"),
            ] {
                chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
            }
        }
        make_cluster(&programs, &folder);
        for _ in 0..PORTS {
            let port = free_port();
            if let Some(server) = serve(&programs, &folder, port) {
                return Self {
                    folder,
                    port,
                    programs,
                    _server: server,
                };
            }
        }
        let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
        panic!("PostgreSQL does not start:\n{log}");
    }

    fn psql(&self, database: &str, sql: &str) {
        let mut child = Command::new(self.programs.join("psql"))
            .args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"])
            .args(["--host=127.0.0.1", "--file=-"])
            .args([
                &format!("--port={}", self.port),
                &format!("--username={USER}"),
            ])
            .arg(database)
            .env("PGPASSWORD", PASSWORD)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(sql.as_bytes()).unwrap();
        drop(input);
        let output = child.wait_with_output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{sql}: {error}");
    }
}

/// The folder of the newest PostgreSQL on this machine.
fn programs() -> PathBuf {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let debian = debian.map(|entry| entry.unwrap().path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = debian.chain(std::env::split_paths(&path)).collect();
    found.retain(|folder| folder.join("pg_ctl").exists() && folder.join("psql").exists());
    found.sort();
    let missing = "PostgreSQL is missing on this machine; run: apt-get install postgresql";
    found.pop().expect(missing)
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn make_certificates(folder: &Path) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let names = vec!["127.0.0.1".to_owned()];
    let certificate = CertificateParams::new(names).unwrap();
    let certificate = certificate.signed_by(&key, &authority).unwrap();
    let write = |name: &str, text: String, mode: u32| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    };
    write("authority.crt", authority.pem(), 0o644);
    write("server.crt", certificate.pem(), 0o644);
    write("server.key", key.serialize_pem(), 0o600);
}

fn make_cluster(programs: &Path, folder: &Path) {
    let mut initdb = unprivileged(&programs.join("initdb"));
    initdb
        .args([
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
        ])
        .arg(format!("--username={USER}"))
        .arg(format!("--pwfile={}", folder.join("password").display()))
        .arg(folder.join("data"));
    let output = initdb.output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "initdb: {error}");
    let file = fs::OpenOptions::new()
        .append(true)
        .open(folder.join("data/postgresql.conf"));
    file.unwrap().write_all(SETTINGS.as_bytes()).unwrap();
}

/// What holds the server up; `None` when it did not start.
fn serve(programs: &Path, folder: &Path, port: u16) -> Option<Child> {
    let mut command = unprivileged(Path::new("/bin/sh"));
    let mut child = command
        .args(["-c", SERVE, "sh"])
        .args([programs, folder])
        .arg(port.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0) // a Ctrl-C is for the tests; the pipe tells the server
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    if line.trim() == "ready" {
        return Some(child);
    }
    child.wait().unwrap();
    None
}

fn unprivileged(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/").env("LC_ALL", "C");
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}
