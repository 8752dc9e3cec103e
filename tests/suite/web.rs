//! Servers of HTTP/1 for the tests, which answer as they are told: well, badly, never, without end.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tempfile::NamedTempFile;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What a server does with a request.
pub(crate) enum Answer {
    /// It sends this, and hangs up.
    Text(String),
    /// It sends this, and then noise for as long as somebody reads.
    Endless(String),
    /// It says nothing for as long as somebody waits.
    Nothing,
}

/// A server on a port of its own, for as long as the tests run.
pub(crate) struct Web {
    scheme: &'static str,
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

/// Makes an answer of the number of the request, from 1, and its text.
type Answering = dyn Fn(usize, &str) -> Answer + Send + Sync;

/// `200 OK` with a body.
pub(crate) fn ok(body: &str) -> Answer {
    answer("200 OK", "", body)
}

/// An answer with a status, further headers (each with its line's end) and a body.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Answer {
    let length = body.len();
    Answer::Text(format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    ))
}

impl Web {
    /// Serves without TLS.
    pub(crate) fn start(answering: impl Fn(usize, &str) -> Answer + Send + Sync + 'static) -> Self {
        Self::serve("http", None, Box::new(answering))
    }

    /// Serves with a certificate that ends on a day of a year; whoever issued it is in the file.
    pub(crate) fn start_tls(
        end: (i32, u8, u8),
        answering: impl Fn(usize, &str) -> Answer + Send + Sync + 'static,
    ) -> (Self, NamedTempFile) {
        let (config, authority) = tls(end);
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), authority).unwrap();
        let web = Self::serve("https", Some(Arc::new(config)), Box::new(answering));
        (web, file)
    }

    fn serve(
        scheme: &'static str,
        tls: Option<Arc<ServerConfig>>,
        answering: Box<Answering>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let web = Self {
            scheme,
            address: listener.local_addr().unwrap(),
            requests: Arc::default(),
        };
        let (requests, answering) = (Arc::clone(&web.requests), Arc::from(answering));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let visitor = Visitor {
                    requests: Arc::clone(&requests),
                    answering: Arc::clone(&answering),
                };
                let (stream, tls) = (stream.unwrap(), tls.clone());
                thread::spawn(move || visitor.serve(stream, tls));
            }
        });
        web
    }

    /// The URL of a path that begins with `/`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// Its host and port.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// Everything that it was asked.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

struct Visitor {
    requests: Arc<Mutex<Vec<String>>>,
    answering: Arc<Answering>,
}

impl Visitor {
    fn serve(&self, stream: TcpStream, tls: Option<Arc<ServerConfig>>) {
        match tls {
            Some(config) => {
                let connection = ServerConnection::new(config).unwrap();
                self.answer(StreamOwned::new(connection, stream));
            }
            None => self.answer(stream),
        }
    }

    /// One request a connection. Whoever hangs up meanwhile has had enough.
    fn answer(&self, mut stream: impl Read + Write) {
        let Some(request) = read(&mut stream) else {
            return;
        };
        let number = {
            let mut requests = self.requests.lock().unwrap();
            requests.push(request.clone());
            requests.len()
        };
        match (self.answering)(number, &request) {
            Answer::Text(text) => {
                let _ = stream.write_all(text.as_bytes());
                let _ = stream.flush();
            }
            Answer::Endless(text) => {
                let _ = stream.write_all(text.as_bytes());
                while stream.write_all(&[b'x'; 4096]).is_ok() {}
            }
            Answer::Nothing => {
                let _ = stream.read(&mut [0]);
            }
        }
    }
}

/// A request with its body; `None` when the other side hangs up before its end.
fn read(stream: &mut impl Read) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let count = stream.read(&mut chunk).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && body.len() >= content_length(head)
        {
            return Some(text);
        }
    }
}

fn content_length(head: &str) -> usize {
    let head = head.to_ascii_lowercase();
    let lines = head.lines();
    let mut lengths = lines.filter_map(|line| line.strip_prefix("content-length:"));
    lengths
        .next()
        .map_or(0, |length| length.trim().parse().unwrap())
}

fn tls((year, month, day): (i32, u8, u8)) -> (ServerConfig, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(year, month, day);
    let certificate = params.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    (config, authority.pem())
}
