//! GitHub's artifact service and Azure's blob store on this machine. It keeps what it is sent,
//! remembers every request, and has the troubles that a test asks for.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::serve::Listener;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use crate::domain::ids::Sha256Digest;

/// What goes wrong with one request.
#[derive(Debug, Clone)]
pub(super) enum Trouble {
    /// This is answered, and nothing done.
    Answer(u16, &'static str),
    /// The connection ends within the answer, and nothing is done.
    Cut,
    /// It is done, and then this is answered.
    DoneBut(u16, &'static str),
    /// It is done, and then the connection ends within the answer.
    DoneButCut,
    /// There is never an answer.
    Silence,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) method: String,
    /// Path and query.
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Seen {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        Some(self.headers.get(name)?.to_str().unwrap())
    }

    /// The last part of the path, or what a blob's request is about.
    pub(super) fn short(&self) -> String {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let part = query.split('&').find_map(|pair| pair.strip_prefix("comp="));
        let name = path.rsplit('/').next().unwrap();
        part.map_or_else(|| name.to_owned(), str::to_owned)
    }
}

#[derive(Default)]
struct Stored {
    blocks: BTreeMap<String, Bytes>,
    content: Vec<u8>,
    finished: Option<u64>,
}

#[derive(Default)]
struct Inside {
    origin: String,
    requests: Vec<Seen>,
    troubles: Vec<(&'static str, Trouble)>,
    stored: BTreeMap<String, Stored>,
}

/// Takes connections, and drops the first few without a word.
struct Flaky {
    listener: TcpListener,
    drops: Arc<AtomicUsize>,
}

impl Listener for Flaky {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            let connection = self.listener.accept().await.unwrap();
            let less = |left: usize| left.checked_sub(1);
            let order = Ordering::SeqCst;
            if self.drops.fetch_update(order, order, less).is_err() {
                return connection;
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

pub(super) struct Fake {
    pub(super) origin: String,
    inside: Arc<Mutex<Inside>>,
    drops: Arc<AtomicUsize>,
}

impl Fake {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let inside = Inside {
            origin: origin.clone(),
            ..Inside::default()
        };
        let inside = Arc::new(Mutex::new(inside));
        let drops = Arc::new(AtomicUsize::new(0));
        let flaky = Flaky {
            listener,
            drops: Arc::clone(&drops),
        };
        let app = axum::Router::new().fallback(answer);
        let app = app.with_state(Arc::clone(&inside));
        tokio::spawn(async move { axum::serve(flaky, app).await });
        Self {
            origin,
            inside,
            drops,
        }
    }

    /// Drops the next connections.
    pub(super) fn drop_connections(&self, count: usize) {
        self.drops.store(count, Ordering::SeqCst);
    }

    /// Has troubles with the requests whose short name is given, one after the other.
    pub(super) fn trouble(&self, short: &'static str, troubles: &[Trouble]) {
        let troubles = troubles.iter().map(|trouble| (short, trouble.clone()));
        self.inside.lock().unwrap().troubles.extend(troubles);
    }

    pub(super) fn requests(&self) -> Vec<Seen> {
        self.inside.lock().unwrap().requests.clone()
    }

    /// What was asked for, in its order.
    pub(super) fn shorts(&self) -> Vec<String> {
        self.requests().iter().map(Seen::short).collect()
    }

    pub(super) fn content(&self, name: &str) -> Vec<u8> {
        self.inside.lock().unwrap().stored[name].content.clone()
    }

    /// Stores a finished artifact.
    pub(super) fn store(&self, name: &str, id: u64, content: &[u8]) {
        let stored = Stored {
            content: content.to_vec(),
            finished: Some(id),
            ..Stored::default()
        };
        let mut inside = self.inside.lock().unwrap();
        inside.stored.insert(name.to_owned(), stored);
    }
}

async fn answer(State(inside): State<Arc<Mutex<Inside>>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let seen = Seen {
        method: head.method.to_string(),
        target: head.uri.to_string(),
        headers: head.headers,
        body: axum::body::to_bytes(body, usize::MAX).await.unwrap(),
    };
    let trouble = {
        let mut inside = inside.lock().unwrap();
        inside.requests.push(seen.clone());
        let short = seen.short();
        let place = inside.troubles.iter().position(|(of, _)| *of == short);
        place.map(|place| inside.troubles.remove(place).1)
    };
    let done = || inside.lock().unwrap().process(&seen);
    match trouble {
        None => done(),
        Some(Trouble::Answer(status, body)) => said(status, body.into()),
        Some(Trouble::Cut) => cut(),
        Some(Trouble::DoneBut(status, body)) => {
            done();
            said(status, body.into())
        }
        Some(Trouble::DoneButCut) => {
            done();
            cut()
        }
        Some(Trouble::Silence) => std::future::pending().await,
    }
}

fn said(status: u16, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}

fn told(status: u16, body: &Value) -> Response {
    said(status, body.to_string().into())
}

fn cut() -> Response {
    let parts = [Ok("{\"ok\":"), Err(io::Error::other("cut"))];
    said(200, Body::from_stream(stream::iter(parts)))
}

impl Inside {
    fn process(&mut self, seen: &Seen) -> Response {
        let path = seen.target.split('?').next().unwrap();
        match (seen.method.as_str(), path.strip_prefix("/blob/")) {
            ("PUT", Some(name)) => self.write(name, seen),
            ("GET", Some(name)) => said(200, self.stored[name].content.clone().into()),
            ("POST", None) => self.call(path, &seen.json()),
            _ => said(404, Body::empty()),
        }
    }

    fn call(&mut self, path: &str, body: &Value) -> Response {
        let service = "/twirp/github.actions.results.api.v1.ArtifactService/";
        let name = body["name"].as_str().unwrap_or_default();
        match path.strip_prefix(service) {
            Some("CreateArtifact") => self.create(name),
            Some("FinalizeArtifact") => self.finalize(name, body),
            Some("ListArtifacts") => self.list(body["name_filter"].as_str()),
            Some("GetSignedArtifactURL") => {
                let url = format!("{}/blob/{name}?sig=s3cr3t", self.origin);
                told(200, &json!({"name": name, "signed_url": url}))
            }
            _ => told(404, &json!({"code": "bad_route", "msg": "no such method"})),
        }
    }

    fn create(&mut self, name: &str) -> Response {
        if self.stored.contains_key(name) {
            let msg = "an artifact with this name already exists on the workflow run";
            return told(409, &json!({"code": "already_exists", "msg": msg}));
        }
        self.stored.insert(name.to_owned(), Stored::default());
        let query = "sig=s3cr3t%3D&se=2030-01-01&sp=cw";
        let url = format!("{}/blob/{name}?{query}", self.origin);
        told(200, &json!({"ok": true, "signed_upload_url": url}))
    }

    fn write(&mut self, name: &str, seen: &Seen) -> Response {
        let stored = self.stored.get_mut(name).unwrap();
        let query = seen.target.split_once('?').unwrap().1;
        let value = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|pair| pair.0 == name).unwrap().1.to_owned()
        };
        if value("comp") == "block" {
            stored.blocks.insert(value("blockid"), seen.body.clone());
            return said(201, Body::empty());
        }
        let list = std::str::from_utf8(&seen.body).unwrap();
        let ids = list
            .split("<Latest>")
            .skip(1)
            .map(|rest| rest.split('<').next().unwrap());
        stored.content = ids.flat_map(|id| stored.blocks[id].to_vec()).collect();
        said(201, Body::empty())
    }

    fn finalize(&mut self, name: &str, body: &Value) -> Response {
        let id = 1001
            + self
                .stored
                .values()
                .filter_map(|stored| stored.finished)
                .count() as u64;
        let stored = self.stored.get_mut(name).unwrap();
        let hash = format!("sha256:{}", Sha256Digest::of(&stored.content));
        let size = stored.content.len().to_string();
        if body["hash"] != hash || body["size"] != size {
            return told(
                400,
                &json!({"code": "invalid_argument", "msg": "another content"}),
            );
        }
        if stored.finished.is_some() {
            return told(
                409,
                &json!({"code": "already_exists", "msg": "finished already"}),
            );
        }
        stored.finished = Some(id);
        told(200, &json!({"ok": true, "artifact_id": id.to_string()}))
    }

    fn list(&self, name: Option<&str>) -> Response {
        let listed = self.stored.iter().filter_map(|(found, stored)| {
            let id = stored
                .finished
                .filter(|_| name.is_none_or(|name| name == found))?;
            Some(json!({
                "workflow_run_backend_id": super::RUN, "workflow_job_run_backend_id": "j",
                "database_id": id.to_string(), "name": found,
                "size": stored.content.len().to_string(), "created_at": "2026-11-20T00:00:00Z",
                "digest": format!("sha256:{}", Sha256Digest::of(&stored.content)),
            }))
        });
        told(200, &json!({"artifacts": listed.collect::<Vec<_>>()}))
    }
}
