//! A PostgreSQL cluster with `fsync` on, and pgbench on it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::Outcome;

/// A cluster in a folder; it is removed with the value.
pub(crate) struct Cluster {
    folder: PathBuf,
    /// Where its database is.
    pub(crate) url: String,
}

impl Cluster {
    /// Starts one.
    pub(crate) fn start(folder: &Path) -> Outcome<Self> {
        Ok(Self {
            url: server("start", folder)?.trim().to_owned(),
            folder: folder.to_owned(),
        })
    }

    /// Transactions a second of a script.
    pub(crate) fn pgbench(&self, script: &Path, clients: u32, time: Duration) -> Outcome<f64> {
        let mut command = Command::new("pgbench");
        command
            .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
            .arg(format!("--client={clients}"))
            .arg(format!("--time={}", time.as_secs()))
            .arg("--file")
            .args([script, Path::new(&self.url)]);
        let text = said(&mut command)?;
        let rate = text.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate = rate.and_then(|rest| rest.split(' ').next());
        Ok(rate.ok_or("pgbench names no tps")?.parse()?)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = server("stop", &self.folder);
    }
}

/// What makes a table with nothing but a key.
pub(crate) const BARE_TABLE: &str = "CREATE TABLE bare (key text PRIMARY KEY, body text NOT NULL)";

/// A script for pgbench that inserts a row of the body into [`BARE_TABLE`].
pub(crate) fn bare_insert(body: &str) -> String {
    format!(
        "\\set key random(1, 1000000000000)\n\
         INSERT INTO bare VALUES ('tollgate/' || :key, '{body}') ON CONFLICT DO NOTHING;\n"
    )
}

fn server(verb: &str, folder: &Path) -> Outcome<String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/postgres.sh");
    let mut command = Command::new(script);
    command.arg(verb).arg(folder).env("POSTGRES_FSYNC", "on");
    said(&mut command)
}

fn said(command: &mut Command) -> Outcome<String> {
    let output = command.output()?;
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout)?),
        false => Err(String::from_utf8_lossy(&output.stderr).into()),
    }
}
