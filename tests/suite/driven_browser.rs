//! A real browser that is driven step by step, and says what it did not like: the DevTools protocol
//! over a pipe (<https://chromedevtools.github.io/devtools-protocol/>).

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::browser::{ALONE, Scheme};

/// After how long a browser that says nothing is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is told of that a page should give no reason for.
const COMPLAINTS: [&str; 4] = [
    "Log.entryAdded",
    "Runtime.consoleAPICalled",
    "Runtime.exceptionThrown",
    "Network.loadingFailed",
];

/// The issues with a page that are refusals; others are advice to its authors.
const REFUSALS: [&str; 4] = [
    "BlockedByResponseIssue",
    "ContentSecurityPolicyIssue",
    "CookieIssue",
    "MixedContentIssue",
];

/// A tab of a browser with a profile of its own. It is closed when the test forgets it.
pub(crate) struct Tab {
    browser: Child,
    orders: File,
    told: Receiver<Value>,
    session: String,
    number: u64,
    events: Vec<Value>,
    _profile: TempDir,
}

impl Tab {
    pub(crate) fn open() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let pipe = |name: &str| {
            let path = profile.path().join(name);
            let made = Command::new("mkfifo").arg(&path).status().unwrap();
            assert!(made.success());
            path
        };
        let (orders, answers) = (pipe("orders"), pipe("answers"));
        // The browser reads from descriptor 3 and writes to 4; a shell opens them.
        let browser = Command::new("sh")
            .args([
                "-c",
                "exec chromium \"$@\" 3<\"$ORDERS\" 4>\"$ANSWERS\"",
                "sh",
            ])
            .args(ALONE)
            .args(["--remote-debugging-pipe", "--hide-scrollbars"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .env("ORDERS", &orders)
            .env("ANSWERS", &answers)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let orders = OpenOptions::new().write(true).open(orders).unwrap();
        let mut tab = Self {
            browser,
            orders,
            told: read(File::open(answers).unwrap()),
            session: String::new(),
            number: 0,
            events: Vec::new(),
            _profile: profile,
        };
        tab.attach();
        tab
    }

    fn attach(&mut self) {
        let target = self.call("Target.createTarget", json!({"url": "about:blank"}));
        let target = json!({"targetId": target["targetId"], "flatten": true});
        let session = self.call("Target.attachToTarget", target);
        self.session = session["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Log", "Network", "Audits"] {
            self.call(&format!("{domain}.enable"), json!({}));
        }
    }

    /// Calls a method of the protocol.
    #[track_caller]
    pub(crate) fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.number += 1;
        let mut order = json!({"id": self.number, "method": method, "params": parameters});
        if !self.session.is_empty() {
            order["sessionId"] = self.session.as_str().into();
        }
        self.orders
            .write_all(format!("{order}\0").as_bytes())
            .unwrap();
        loop {
            let message = self.next();
            if message["id"] == self.number {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
            self.events.push(message);
        }
    }

    fn next(&mut self) -> Value {
        self.told.recv_timeout(PATIENCE).unwrap_or_else(|error| {
            panic!("the browser says nothing ({error}); as root: apt-get install chromium")
        })
    }

    /// Does what leads to another page, and waits until that is there.
    pub(crate) fn go(&mut self, by: impl FnOnce(&mut Self)) {
        let before = self.loads();
        by(self);
        while self.loads() == before {
            let message = self.next();
            self.events.push(message);
        }
    }

    fn loads(&self) -> usize {
        let is_load = |event: &&Value| event["method"] == "Page.loadEventFired";
        self.events.iter().filter(is_load).count()
    }

    /// Goes to an address, as if it was typed.
    pub(crate) fn visit(&mut self, address: &str) {
        self.go(|tab| {
            tab.call("Page.navigate", json!({"url": address}));
        });
    }

    /// Asks the page; a promise is waited for.
    #[track_caller]
    pub(crate) fn ask(&mut self, script: &str) -> Value {
        let parameters = json!({"expression": script, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", parameters);
        assert!(answer["exceptionDetails"].is_null(), "{script}: {answer}");
        answer["result"]["value"].clone()
    }

    /// The text of the page, as it is read.
    pub(crate) fn text(&mut self) -> String {
        let text = self.ask("document.body.innerText");
        text.as_str().unwrap().to_owned()
    }

    /// Types into the field that gets the focus by itself, once it has it.
    pub(crate) fn write(&mut self, text: &str) {
        self.ask(
            "new Promise((done) => {
               const look = () =>
                 document.activeElement.matches('[autofocus]') ? done() : requestAnimationFrame(look);
               look();
             })",
        );
        self.call("Input.insertText", json!({"text": text}));
    }

    /// Presses a key and lets it go: `Tab`, `Enter`.
    pub(crate) fn press(&mut self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            other => panic!("{other}"),
        };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let parameters = json!({"type": kind, "key": key, "code": key, "text": text,
                                    "windowsVirtualKeyCode": code});
            self.call("Input.dispatchKeyEvent", parameters);
        }
    }

    /// Looks at the page with a width and with colours.
    pub(crate) fn look(&mut self, width: u32, scheme: Scheme) {
        let metrics =
            json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", metrics);
        let scheme = match scheme {
            Scheme::Dark => "dark",
            Scheme::Light => "light",
        };
        let feature = json!({"name": "prefers-color-scheme", "value": scheme});
        self.call("Emulation.setEmulatedMedia", json!({"features": [feature]}));
    }

    /// What the whole page looks like, as PNG.
    pub(crate) fn picture(&mut self) -> Vec<u8> {
        let parameters = json!({"captureBeyondViewport": true});
        let picture = self.call("Page.captureScreenshot", parameters);
        STANDARD.decode(picture["data"].as_str().unwrap()).unwrap()
    }

    /// What the browser complained of by now: what was refused, and what did not load.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let is_complaint = |event: &&Value| match event["method"].as_str() {
            Some("Audits.issueAdded") => {
                let code = event["params"]["issue"]["code"].as_str();
                REFUSALS.contains(&code.unwrap_or_default())
            }
            method => COMPLAINTS.contains(&method.unwrap_or_default()),
        };
        let complaints = self.events.iter().filter(is_complaint);
        complaints.map(Value::to_string).collect()
    }

    /// The addresses of everything that was fetched.
    pub(crate) fn fetched(&self) -> Vec<String> {
        let requests = self.events.iter();
        let requests = requests.filter(|event| event["method"] == "Network.requestWillBeSent");
        let urls = requests.map(|event| &event["params"]["request"]["url"]);
        urls.map(|url| url.as_str().unwrap().to_owned()).collect()
    }
}

/// Messages end with a zero.
fn read(answers: File) -> Receiver<Value> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for message in BufReader::new(answers).split(0) {
            let Ok(message) = message else { return };
            let message = serde_json::from_slice(&message).unwrap();
            if sender.send(message).is_err() {
                return;
            }
        }
    });
    receiver
}

impl Drop for Tab {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.browser.kill();
        let _ = self.browser.wait();
    }
}
