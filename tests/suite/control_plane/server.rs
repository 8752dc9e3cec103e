//! A running server, and what is sent to it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::runtime::Runtime;

use crate::project::{Call, Project};

/// The commit of the release that the tests tell of.
pub(crate) const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

/// The id of `acme/shop` at [`SHA`].
pub(crate) const RELEASE: &str = "5f4a1cb0-28d0-55dd-8fb0-b37893f52a39";

/// Everyone who has a key: role and name. The key of NAME is `key-of-NAME`.
const PEOPLE: [(&str, &str); 6] = [
    ("ci_service_role", "ci"),
    ("release_manager", "rita"),
    ("qa_tester", "quinn"),
    ("sre", "sam"),
    ("developer", "dora"),
    ("audit_reader", "otto"),
];

/// A server that was started. It is killed when the test forgets it.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
    client: reqwest::Client,
    runtime: Runtime,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// `409 key_taken`: the status, and what stands in it for programs.
    pub(crate) fn said(&self) -> String {
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        let word = [
            &body["detail"]["code"],
            &body["error"]["kind"],
            &body["status"],
        ]
        .into_iter()
        .find_map(Value::as_str);
        format!("{} {}", self.status, word.unwrap_or_default())
    }
}

/// The entries of those who have a key, and are named.
fn entries(named: &[&str]) -> String {
    let digest = |name: &str| {
        let bytes = Sha256::digest(format!("key-of-{name}"));
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let people = PEOPLE.iter().filter(|(_, name)| named.contains(name));
    let entries = people.map(|(role, name)| {
        let entry = json!({"role": role, "name": name});
        (digest(name), entry)
    });
    Value::Object(entries.collect()).to_string()
}

impl Server {
    /// Starts a server on the project's policy and on its default ledger.
    pub(crate) fn start(project: &Project) -> Self {
        let call = project.call("serve --listen 127.0.0.1:0 --policy .github/tollgate.yml -v");
        Self::of(call)
    }

    /// Starts what is called; everyone has a key.
    pub(crate) fn of(call: Call) -> Self {
        Self::known_to(call, &PEOPLE.map(|(_, name)| name))
    }

    /// Starts what is called; those who are named have a key.
    pub(crate) fn known_to(call: Call, named: &[&str]) -> Self {
        let call = call.env("TOLLGATE_API_KEYS", &entries(named));
        let mut child = call.start();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut told = String::new();
        let url = loop {
            let mut line = String::new();
            let length = stderr.read_line(&mut line).unwrap();
            told.push_str(&line);
            assert!(length > 0, "the server ended: {told}");
            if let Some(url) = line.trim().strip_prefix("listening on ") {
                break url.to_owned();
            }
        };
        let log = Arc::new(Mutex::new(told));
        let kept = Arc::clone(&log);
        let reader = thread::spawn(move || {
            let mut line = String::new();
            while stderr.read_line(&mut line).is_ok_and(|length| length > 0) {
                kept.lock().unwrap().push_str(&line);
                line.clear();
            }
        });
        Self {
            child,
            url,
            log,
            reader: Some(reader),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            runtime: tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .unwrap(),
        }
    }

    /// Awaits what is done with the server.
    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// A request with the key of somebody; with none for nobody.
    pub(crate) fn request(&self, method: &str, path: &str, who: &str) -> reqwest::RequestBuilder {
        let method = method.parse().unwrap();
        let request = self.client.request(method, format!("{}{path}", self.url));
        match who {
            "" => request,
            who => request.bearer_auth(format!("key-of-{who}")),
        }
    }

    pub(crate) fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        self.wait(answer(request))
    }

    pub(crate) fn get(&self, path: &str, who: &str) -> Answer {
        self.send(self.request("GET", path, who))
    }

    /// Posts an event with the key of somebody.
    pub(crate) fn post(&self, who: &str, event: &Value) -> Answer {
        self.post_text(who, event.to_string())
    }

    pub(crate) fn post_text(&self, who: &str, body: String) -> Answer {
        self.send(self.request("POST", "/v1/events", who).body(body))
    }

    /// Tells of the release, so that facts about it may come.
    #[track_caller]
    pub(crate) fn create_release(&self) {
        self.post("ci", &created()).expect(200);
    }

    /// What the server wrote to its log by now.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).unwrap();
    }

    /// Waits for the end, and gives the exit code with everything that was logged.
    pub(crate) fn ended(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().unwrap();
        self.reader.take().unwrap().join().unwrap();
        let mut rest = String::new();
        self.child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut rest)
            .unwrap();
        assert_eq!(rest, "", "a server prints nothing");
        (status.code(), self.log())
    }

    /// Stops it as its supervisor would.
    #[track_caller]
    pub(crate) fn stop(self) -> String {
        self.signal(Signal::TERM);
        let (code, log) = self.ended();
        assert_eq!(code, Some(0), "{log}");
        log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a request, and reads the whole answer.
pub(crate) async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await.unwrap(),
    }
}

/// An envelope of a kind with a key.
pub(crate) fn event(kind: &str, key: &str, payload: Value) -> Value {
    json!({
        "schema_version": "1",
        "idempotency_key": key,
        "event_type": kind,
        "source_system": "tests",
        "release_id": RELEASE,
        "occurred_at": "2026-01-02T03:04:05.678Z",
        "actor": "alice",
        "payload": payload,
    })
}

/// The private key of a GitHub App, which is `app.pem` of the project from now on.
pub(super) fn app_key(project: &Project) -> KeyPair {
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    project.write("app.pem", &key.serialize_pem());
    key
}

/// The event that makes the release known.
pub(crate) fn created() -> Value {
    let payload = json!({"repository": "acme/shop", "sha": SHA, "version": "1.4.0"});
    event("release_created", "tests/created", payload)
}

/// A check that ended.
pub(crate) fn reported(check: &str, status: &str) -> Value {
    let (gate, name) = check.split_once('/').unwrap();
    let payload =
        json!({"gate": gate, "check": name, "status": status, "duration_ms": 812, "attempt": 1});
    event(
        "check_reported",
        &format!("tests/{check}/{status}"),
        payload,
    )
}
