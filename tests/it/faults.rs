//! What the tests break things with, and how they wait for what must come.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use sqlx::{
    AssertSqlSafe, Executor, PgPool, Row,
    postgres::{PgConnectOptions, PgSslMode},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
    time::sleep,
};

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Looks again and again until there is an answer; one that never comes fails the test in words.
pub async fn eventually<T>(what: &str, within: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + within;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "{what}: not within {within:?}");
        sleep(Duration::from_millis(5)).await;
    }
}

/// One number that a question to the database answers.
pub async fn number(db: &PgPool, sql: &'static str) -> i64 {
    db.fetch_one(sql).await.unwrap().get(0)
}

/// Changes rows behind the portal's back; `$1` and so on stand for the values.
pub async fn change(db: &PgPool, sql: &str, values: &[String]) {
    let filled = values.iter().enumerate().fold(sql.to_owned(), |sql, (index, value)| {
        sql.replace(&format!("${}", index + 1), &format!("'{}'", value.replace('\'', "''")))
    });
    db.execute(AssertSqlSafe(filled)).await.unwrap();
}

pub async fn is_true(db: &PgPool, sql: &'static str) -> Option<()> {
    db.fetch_one(sql).await.unwrap().get::<bool, _>(0).then_some(())
}

/// How late the answers of the database come; `None` holds them back until told otherwise.
type Pace = Option<Duration>;

/// A wire to the database that brings questions at once and answers when it likes.
pub struct Wire {
    at: SocketAddr,
    pace: watch::Sender<Pace>,
    cue: watch::Sender<&'static str>,
    direct: PgConnectOptions,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Wire {
    pub async fn to(db: &PgPool) -> Self {
        let direct = (*db.connect_options()).clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (pace, cue) = (watch::Sender::new(Some(Duration::ZERO)), watch::Sender::new(""));
        let (server, paced, cued) = (direct.clone(), pace.clone(), cue.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = connect(&server).await;
                tokio::spawn(carry(client, server, paced.clone(), cued.subscribe()));
            }
        });
        Self { at, pace, cue, direct }
    }

    /// How to reach the database through this wire.
    pub fn options(&self) -> PgConnectOptions {
        let database = self.direct.get_database().unwrap();
        let options = PgConnectOptions::new_without_pgpass().username(self.direct.get_username()).database(database);
        options.host("127.0.0.1").port(self.at.port()).ssl_mode(PgSslMode::Disable)
    }

    pub fn answer_late(&self, by: Duration) {
        self.cue.send_replace("");
        self.pace.send_replace(Some(by));
    }

    /// From the next question on that has these words, nothing comes back.
    pub fn hold_answers_from(&self, words: &'static str) {
        self.cue.send_replace(words);
    }
}

async fn connect(options: &PgConnectOptions) -> Box<dyn Stream> {
    let (port, host) = (options.get_port(), options.get_host());
    match options.get_socket() {
        Some(folder) => Box::new(UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).await.unwrap()),
        None => Box::new(TcpStream::connect((host, port)).await.unwrap()),
    }
}

async fn carry(
    client: TcpStream,
    server: Box<dyn Stream>,
    pace: watch::Sender<Pace>,
    cue: watch::Receiver<&'static str>,
) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = split(server);
    tokio::join!(ask(from_client, to_server, &pace, cue), answer(from_server, to_client, pace.subscribe()));
}

async fn ask<R, W>(mut from: R, mut to: W, pace: &watch::Sender<Pace>, cue: watch::Receiver<&'static str>)
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let words = *cue.borrow();
        if !words.is_empty() && String::from_utf8_lossy(&buffer[..length]).contains(words) {
            pace.send_replace(None);
        }
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}

async fn answer<R, W>(mut from: R, mut to: W, mut pace: watch::Receiver<Pace>)
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        let Ok(late) = pace.wait_for(Option::is_some).await.map(|late| late.unwrap_or_default()) else { return };
        sleep(late).await;
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

/// Says something to a portal as it stands, and reads the answer to its end.
pub async fn say(url: &str, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// A number below `end`, never the same row of them twice.
pub fn chance(end: u64) -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    u64::from_le_bytes(bytes) % end
}
