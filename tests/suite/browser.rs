//! A real browser (Debian's `chromium`), without a window and without a network.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// What lets a browser run anywhere, and talk to nobody by itself.
pub(crate) const ALONE: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// Which colours the reader's system asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Light,
    Dark,
}

/// A window in which pages are opened, with a profile of its own.
pub(crate) struct Window {
    width: u32,
    height: u32,
    scheme: Scheme,
    profile: TempDir,
}

/// What a visit to a page came to.
#[derive(Debug)]
pub(crate) struct Visit {
    /// The page as the browser has it when everything was done.
    pub(crate) dom: String,
    /// How many requests the page made. Those of the browser itself, which reach nobody, are not
    /// among them.
    pub(crate) requests: usize,
}

impl Window {
    pub(crate) fn new(width: u32, height: u32, scheme: Scheme) -> Self {
        let profile = tempfile::tempdir().unwrap();
        Self {
            width,
            height,
            scheme,
            profile,
        }
    }

    pub(crate) fn visit(&self, page: &Path) -> Visit {
        let log = self.profile.path().join("net.json");
        let flag = format!("--log-net-log={}", log.display());
        let dom = self.open(page, &["--dump-dom", &flag]);
        let log = String::from_utf8_lossy(&fs::read(log).unwrap()).into_owned();
        Visit {
            dom,
            requests: log.matches("\"initiator\":\"null\"").count(), // the origin of a file
        }
    }

    /// What the page looks like, as PNG.
    pub(crate) fn picture(&self, page: &Path) -> Vec<u8> {
        let picture = self.profile.path().join("page.png");
        let flag = format!("--screenshot={}", picture.display());
        self.open(page, &["--hide-scrollbars", &flag]);
        fs::read(picture).unwrap()
    }

    fn open(&self, page: &Path, flags: &[&str]) -> String {
        let scheme = match self.scheme {
            Scheme::Dark => 0,
            Scheme::Light => 1,
        };
        let mut command = Command::new("chromium");
        command
            .args(ALONE)
            .arg("--host-resolver-rules=MAP * ~NOTFOUND")
            .arg(format!("--user-data-dir={}", self.profile.path().display()))
            .arg(format!("--window-size={},{}", self.width, self.height))
            .arg(format!("--blink-settings=preferredColorScheme={scheme}"))
            .args(flags)
            .arg(format!("file://{}", page.display()));
        let output = command.output().unwrap_or_else(|error| {
            panic!(
                "the browser cannot be started ({error}); as root: \
                 apt-get install --no-install-recommends chromium"
            )
        });
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {error}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }
}
