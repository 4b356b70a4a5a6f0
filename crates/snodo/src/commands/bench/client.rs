//! A lean HTTP/1.1 client: one connection, one request at a time, no copy that can be spared. The load
//! generator shares the machine with what it measures.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A connection kept alive.
pub struct Connection {
    stream: TcpStream,
    host: String,
    out: Vec<u8>,
    buffer: Vec<u8>,
}

/// An answer; the body is text.
pub struct Answer<'a> {
    /// Status.
    pub status: u16,
    /// Body.
    pub body: &'a str,
}

impl Connection {
    /// Connects.
    pub async fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            host: address.to_string(),
            out: Vec::with_capacity(8192),
            buffer: Vec::with_capacity(16_384),
        })
    }

    /// Posts an envelope.
    pub async fn soap(&mut self, path: &str, action: &str, body: &str) -> anyhow::Result<Answer<'_>> {
        self.out.clear();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: text/xml; charset=utf-8\r\nSOAPAction: \"{action}\"\r\n\
             Content-Length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        self.out.extend_from_slice(head.as_bytes());
        self.out.extend_from_slice(body.as_bytes());
        self.exchange().await
    }

    /// Gets a resource.
    pub async fn get(&mut self, path: &str) -> anyhow::Result<Answer<'_>> {
        self.out.clear();
        let head = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.host);
        self.out.extend_from_slice(head.as_bytes());
        self.exchange().await
    }

    async fn exchange(&mut self) -> anyhow::Result<Answer<'_>> {
        self.stream.write_all(&self.out).await?;
        self.buffer.clear();
        let (head_end, status, length) = loop {
            self.more().await?;
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                let head = std::str::from_utf8(self.buffer.get(..end).unwrap_or_default())?;
                let (status, length) = parse_head(head)?;
                break (end + 4, status, length);
            }
        };
        while self.buffer.len() < head_end + length {
            self.more().await?;
        }
        let body = self.buffer.get(head_end..head_end + length).unwrap_or_default();
        Ok(Answer { status, body: std::str::from_utf8(body).context("an answer that is not UTF-8")? })
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

fn parse_head(head: &str) -> anyhow::Result<(u16, usize)> {
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("no status")?.parse()?;
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .context("an answer without length")?
        .1;
    Ok((status, length.trim().parse()?))
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// What stands between two tags the first time, as it is.
pub fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let from = text.find(open)? + open.len();
    let rest = text.get(from..)?;
    rest.get(..rest.find(close)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn answers_in_pieces_are_put_together() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            for _ in 0..2 {
                let _ = stream.read(&mut request).await.unwrap();
                for piece in ["HTTP/1.1 500 Oh\r\ncontent-", "LENGTH: 9\r\n\r\n<a>", "b</a>x", ""] {
                    stream.write_all(piece.as_bytes()).await.unwrap();
                    stream.flush().await.unwrap();
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                }
            }
        });
        let mut connection = Connection::open(address).await.unwrap();
        for _ in 0..2 {
            let answer = connection.soap("/", "x", "<q/>").await.unwrap();
            assert_eq!((answer.status, answer.body), (500, "<a>b</a>x"));
            assert_eq!(between(answer.body, "<a>", "</a>"), Some("b"));
        }
    }
}
