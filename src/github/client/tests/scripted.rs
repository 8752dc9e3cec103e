//! A server that does to each request what a test wants, down to the bytes.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) target: String,
    /// The header lines, in lower case.
    pub(super) head: String,
    pub(super) body: Value,
}

/// What is done to a request.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// This is sent as it is, and the connection closed.
    Bytes(String),
    /// Half of this is sent, and the connection closed.
    Cut(String),
    /// The connection is reset.
    Reset,
    /// Nothing, for ever.
    Silence,
}

/// A server on this machine.
pub(super) struct Scripted {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Step {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::with_headers(status, "", &body.to_string())
    }

    /// `headers` are lines that end in CRLF.
    pub(super) fn with_headers(status: u16, headers: &str, body: &str) -> Self {
        let length = body.len();
        Self::Bytes(format!(
            "HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        ))
    }

    /// The same, broken off in its body.
    pub(super) fn cut(self) -> Self {
        match self {
            Self::Bytes(bytes) => Self::Cut(bytes),
            other => other,
        }
    }
}

impl Scripted {
    /// Starts a server.
    pub(super) async fn start(mut script: impl FnMut(&Request) -> Step + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        tokio::spawn(async move {
            let mut silent = Vec::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let mut stream = BufReader::new(stream);
                let Some(request) = read(&mut stream).await else {
                    continue;
                };
                let step = script(&request);
                seen.lock().unwrap().push(request);
                silent.extend(perform(stream.into_inner(), step).await);
            }
        });
        Self { url, requests }
    }

    /// What was asked so far.
    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// How often it was asked so.
    pub(super) fn count(&self, method: &str) -> usize {
        let requests = self.requests();
        let asked = requests.iter().filter(|request| request.method == method);
        asked.count()
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let (mut first, mut head) = (String::new(), String::new());
    stream.read_line(&mut first).await.ok()?;
    while !head.ends_with("\r\n\r\n") && head != "\r\n" {
        let read = stream.read_line(&mut head).await.ok()?;
        if read == 0 {
            return None;
        }
    }
    let head = head.to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    let mut words = first.split(' ').map(str::to_owned);
    Some(Request {
        method: words.next()?,
        target: words.next()?,
        head,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    })
}

/// Gives the connection back when it is to stay open. What the client does to it meanwhile is its
/// own affair.
async fn perform(mut stream: TcpStream, step: Step) -> Option<TcpStream> {
    let bytes = match &step {
        Step::Silence => return Some(stream),
        Step::Reset => {
            stream.set_zero_linger().unwrap();
            return None;
        }
        Step::Bytes(bytes) => bytes.as_str(),
        Step::Cut(bytes) => {
            let body = bytes.find("\r\n\r\n").unwrap() + 4;
            &bytes[..body + (bytes.len() - body) / 2]
        }
    };
    let _ = stream.write_all(bytes.as_bytes()).await;
    let _ = stream.shutdown().await;
    None
}
