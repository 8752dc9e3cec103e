//! TLS by a private authority, and a proxy that tunnels: what stands between a runner in a company
//! and GitHub.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// Issues certificates that nobody trusts who was not told to.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// For `SSL_CERT_FILE`.
    pub(crate) fn file(&self) -> NamedTempFile {
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), self.0.pem()).unwrap();
        file
    }

    /// Speaks TLS under a name.
    pub(crate) fn acceptor(&self, name: &str) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = certificate.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }

    /// Gives a plain server (`http://127.0.0.1:PORT`) a TLS front for a name, and gives its address.
    pub(crate) async fn front(&self, name: &str, server: &str) -> String {
        let acceptor = self.acceptor(name);
        let server = server.trim_start_matches("http://").to_owned();
        let (listener, address) = listen().await;
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, server) = (acceptor.clone(), server.clone());
                tokio::spawn(async move {
                    let mut inside = acceptor.accept(stream).await?;
                    let mut outside = TcpStream::connect(server).await?;
                    copy_bidirectional(&mut inside, &mut outside).await
                });
            }
        });
        address
    }
}

/// A proxy that knows some hosts, and tunnels to them alone.
pub(crate) struct Proxy {
    pub(crate) address: String,
    seen: Arc<Mutex<Vec<String>>>,
}

/// What a proxy looks at.
#[derive(Clone)]
struct Rules {
    /// Where a host's servers really are.
    hosts: BTreeMap<String, String>,
    /// `Basic …`.
    credentials: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Lets in whoever sends these credentials in HTTP's Basic scheme.
    pub(crate) async fn start(hosts: &[(&str, &str)], credentials: &str) -> Self {
        let (listener, address) = listen().await;
        let seen = Arc::default();
        let hosts = hosts
            .iter()
            .map(|(name, at)| ((*name).to_owned(), (*at).to_owned()));
        let rules = Rules {
            hosts: hosts.collect(),
            credentials: credentials.to_owned(),
            seen: Arc::clone(&seen),
        };
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(rules.clone().serve(stream));
            }
        });
        Self { address, seen }
    }

    /// What it was asked for, each once, in alphabetical order: `CONNECT api.example:443`.
    pub(crate) fn seen(&self) -> Vec<String> {
        let mut seen = self.seen.lock().unwrap().clone();
        seen.sort();
        seen.dedup();
        seen
    }
}

impl Rules {
    async fn serve(self, mut stream: TcpStream) -> io::Result<()> {
        let head = head(&mut stream).await?;
        let first = head.lines().next().unwrap_or_default();
        let asked = first.rsplit_once(' ').map_or(first, |(asked, _)| asked);
        self.seen.lock().unwrap().push(asked.to_owned());
        let wanted = format!("proxy-authorization: {}", self.credentials);
        if !head.lines().any(|line| line.eq_ignore_ascii_case(&wanted)) {
            let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
            return stream.write_all(refusal).await;
        }
        let target = asked.strip_prefix("CONNECT ");
        let Some(address) = target.and_then(|target| self.hosts.get(target)) else {
            return stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n").await;
        };
        let mut outside = TcpStream::connect(address).await?;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
        copy_bidirectional(&mut stream, &mut outside).await?;
        Ok(())
    }
}

/// A request up to its empty line; the client says no more before it is answered.
async fn head(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// `127.0.0.1:PORT`.
async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}
