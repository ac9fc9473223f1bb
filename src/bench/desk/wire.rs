//! A browser without a window: keeps its cookie and its connection.

use std::net::SocketAddr;

use super::super::alarms::Wire;
use crate::error::{Error, Result};

pub struct Session {
    wire: Wire,
    cookie: String,
    server: SocketAddr,
}

impl Session {
    /// Signs in as a person does, or goes on with the cookie of somebody who has.
    pub async fn sign_in(server: SocketAddr, email: &str, password: &str) -> Result<String> {
        let mut wire = Wire::open(server).await?;
        let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let form = format!("email={}&password={}", encode(email), encode(password));
        let (status, head) = wire.send("POST", "/session", FORM, &form).await?;
        let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next());
        match cookie {
            Some(cookie) if status == 303 => Ok(cookie.to_owned()),
            _ => Err(Error::command(format!("Nobody could sign in as {email}: the server answered {status}."))),
        }
    }

    pub async fn with(server: SocketAddr, cookie: &str) -> Result<Self> {
        Ok(Self { wire: Wire::open(server).await?, cookie: cookie.to_owned(), server })
    }

    /// The status of the answer.
    pub async fn get(&mut self, path: &str) -> Result<u16> {
        self.ask("GET", path, "").await
    }

    pub async fn post(&mut self, path: &str, form: &str) -> Result<u16> {
        self.ask("POST", path, form).await
    }

    async fn ask(&mut self, method: &str, path: &str, form: &str) -> Result<u16> {
        let headers = format!("cookie: {}\r\n{FORM}", self.cookie);
        if let Ok((status, _)) = self.wire.send(method, path, &headers, form).await {
            return Ok(status);
        }
        self.wire = Wire::open(self.server).await?;
        Ok(0)
    }
}

const FORM: &str = "content-type: application/x-www-form-urlencoded\r\n";
