//! As much of an HTTP client as a load needs: what a full one costs would be taken from the server that is measured.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// One connection that is kept open.
pub struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

const LONGEST_HEAD: usize = 16 * 1024;

impl Wire {
    pub async fn open(server: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(LONGEST_HEAD) })
    }

    /// The status of the answer; its body is read and left aside.
    pub async fn post(&mut self, credential: &str, content_type: &str, body: &str) -> std::io::Result<u16> {
        let headers = format!("authorization: Bearer {credential}\r\ncontent-type: {content_type}\r\n");
        Ok(self.send("POST", "/ingest/alarms", &headers, body).await?.0)
    }

    /// The status and the head of the answer, as it came.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> std::io::Result<(u16, String)> {
        let length = body.len();
        let request =
            format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {length}\r\n\r\n{body}");
        self.stream.write_all(request.as_bytes()).await?;
        self.answer().await
    }

    async fn answer(&mut self) -> std::io::Result<(u16, String)> {
        self.buffer.clear();
        let head = loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        // Names of headers are written small by the server that is measured.
        let text = String::from_utf8_lossy(&self.buffer[..head]).into_owned();
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
        let length = text.split("\r\n").find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        let (Some(status), Some(length)) = (status, length) else { return Err(broken("an answer without a length")) };
        let whole: usize = head + usize::min(length, usize::MAX / 2);
        while self.buffer.len() < whole {
            self.more().await?;
        }
        Ok((status, text))
    }

    async fn more(&mut self) -> std::io::Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(broken("the server hung up")),
            _ => Ok(()),
        }
    }
}

fn broken(what: &str) -> std::io::Error {
    std::io::Error::other(what)
}
