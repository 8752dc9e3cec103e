//! As little of a client of HTTP/1.1 as a load needs: what is measured is the server.

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::Outcome;

/// A connection that stays open.
pub(crate) struct Line {
    stream: BufReader<TcpStream>,
    head: String,
    heard: String,
}

impl Line {
    /// Connects, to call with an API key.
    pub(crate) async fn to(address: &str, key: &str) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
            head: format!("Host: {address}\r\nAuthorization: Bearer {key}\r\n"),
            heard: String::new(),
        })
    }

    /// Posts a body, and gives the body of an answer of 200.
    pub(crate) async fn post(&mut self, path: &str, body: &str) -> Outcome<String> {
        let request = format!(
            "POST {path} HTTP/1.1\r\n{}Content-Length: {}\r\n\r\n{body}",
            self.head,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        let status = self.line().await?.to_owned();
        let mut length = 0;
        loop {
            let line = self.line().await?.to_ascii_lowercase();
            match line.split_once(": ") {
                Some(("content-length", value)) => length = value.parse()?,
                Some(_) => {}
                None => break,
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer).await?;
        let answer = String::from_utf8(answer)?;
        match status.starts_with("HTTP/1.1 200 ") {
            true => Ok(answer),
            false => Err(format!("{status}: {answer}").into()),
        }
    }

    async fn line(&mut self) -> Outcome<&str> {
        self.heard.clear();
        match self.stream.read_line(&mut self.heard).await? {
            0 => Err("the server closed the connection".into()),
            _ => Ok(self.heard.trim_end()),
        }
    }
}
