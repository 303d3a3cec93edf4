//! A small HTTP server: one thread, sockets that never block, and a bound on everything that a client could spend.
//!
//! It knows one request a connection. A client that is slow, silent or endless loses its connection at the deadline or at
//! the bound, and never holds up another; a flood of connections drops the oldest ones. Workers notice none of it.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token, Waker};

use super::answer::{Answer, Answers};
use super::config::{Config, DEFAULT, Listen};
use crate::metrics::Telemetry;

/// Connections at a time.
const CONNECTIONS: usize = 64;
/// The head of a request, in bytes. What monitors send takes less than one of them.
const HEAD: usize = 8 << 10;
/// Headers of a request.
const HEADERS: usize = 64;
/// From the connection to the last byte of the answer.
const DEADLINE: Duration = Duration::from_secs(10);
/// Between two looks at deadlines.
const TICK: Duration = Duration::from_millis(500);

const LISTENER: Token = Token(0);
const STOP: Token = Token(1);
const FIRST: usize = 2;

/// The server; it ends when dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
#[error("failed to listen at {address} (admin.listen): {source}")]
pub struct ServerError {
    address: SocketAddr,
    source: io::Error,
}

struct Loop {
    poll: Poll,
    listener: TcpListener,
    answers: Answers,
    /// By the order in which they came.
    connections: BTreeMap<usize, Connection>,
    next: usize,
}

struct Connection {
    stream: TcpStream,
    since: Instant,
    inbox: Vec<u8>,
    /// The answer, once the request is there; and how much of it is sent.
    outbox: Option<(Vec<u8>, usize)>,
}

/// Whether a connection goes on.
#[derive(PartialEq, Eq)]
enum Then {
    Wait,
    Close,
}

// === impl Server ===

impl Server {
    /// Starts it where the configuration says; none where it says `off`, or where nothing is said and the default's port
    /// is taken.
    ///
    /// # Errors
    /// The configured address can't be listened at.
    pub fn start(config: Config, telemetry: &Arc<Telemetry>) -> Result<Option<Self>, ServerError> {
        match config.listen {
            Listen::Off => Ok(None),
            Listen::At(address) => Self::at(address, Arc::clone(telemetry)).map(Some),
            Listen::Default => match Self::at(DEFAULT, Arc::clone(telemetry)) {
                Ok(server) => Ok(Some(server)),
                Err(error) => {
                    tracing::warn!(
                        "no metrics and no health checks: {error}; set admin.listen to another port, or to off"
                    );
                    Ok(None)
                }
            },
        }
    }

    fn at(address: SocketAddr, telemetry: Arc<Telemetry>) -> Result<Self, ServerError> {
        let failed = |source| ServerError { address, source };
        let mut listener = TcpListener::bind(address).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let poll = Poll::new().map_err(failed)?;
        let waker = Waker::new(poll.registry(), STOP).map_err(failed)?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE).map_err(failed)?;
        let answers = Answers::new(telemetry);
        let mut server = Loop { poll, listener, answers, connections: BTreeMap::new(), next: FIRST };
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new()
            .name("admin".to_owned())
            .spawn(move || {
                while !stopped.load(Ordering::Acquire) {
                    if let Err(error) = server.turn() {
                        tracing::warn!("the admin endpoint: {error}");
                        thread::sleep(TICK);
                    }
                }
            })
            .map_err(failed)?;
        tracing::info!(%address, "metrics and health checks");
        Ok(Self { address, stop, waker, thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        let _ = self.waker.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

// === impl Loop ===

impl Loop {
    fn turn(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(CONNECTIONS);
        match self.poll.poll(&mut events, Some(TICK)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            other => other?,
        }
        for event in &events {
            self.serve(event.token().0);
        }
        self.connections.retain(|_, connection| connection.since.elapsed() < DEADLINE);
        // Also without an event: one that could not be taken for want of files is still waiting.
        self.accept()
    }

    fn serve(&mut self, at: usize) {
        let Some(connection) = self.connections.get_mut(&at) else { return };
        if connection.go_on(&mut self.answers).unwrap_or(Then::Close) == Then::Close {
            self.connections.remove(&at);
        }
    }

    fn accept(&mut self) -> io::Result<()> {
        for _ in 0..CONNECTIONS {
            let mut stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                // The client is gone already.
                Err(error) if error.kind() == ErrorKind::ConnectionAborted => continue,
                Err(error) => return Err(error),
            };
            if self.connections.len() >= CONNECTIONS {
                self.connections.pop_first();
            }
            self.poll.registry().register(&mut stream, Token(self.next), Interest::READABLE | Interest::WRITABLE)?;
            let connection = Connection { stream, since: Instant::now(), inbox: Vec::new(), outbox: None };
            self.connections.insert(self.next, connection);
            self.serve(self.next);
            self.next += 1;
        }
        Ok(())
    }
}

// === impl Connection ===

impl Connection {
    fn go_on(&mut self, answers: &mut Answers) -> io::Result<Then> {
        if self.outbox.is_none() && self.read(answers)? == Then::Close {
            return Ok(Then::Close);
        }
        let Some((bytes, sent)) = &mut self.outbox else { return Ok(Then::Wait) };
        while *sent < bytes.len() {
            match self.stream.write(&bytes[*sent..]) {
                Ok(0) => return Ok(Then::Close),
                Ok(count) => *sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Then::Wait),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.stream.shutdown(Shutdown::Write)?;
        Ok(Then::Close)
    }

    /// Reads until the request is there, and answers it.
    fn read(&mut self, answers: &mut Answers) -> io::Result<Then> {
        let mut buffer = [0; 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Ok(Then::Close),
                Ok(count) => self.inbox.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Then::Wait),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            }
            if let Some(bytes) = reply(&self.inbox, answers) {
                self.outbox = Some((bytes, 0));
                return Ok(Then::Wait);
            }
        }
    }
}

/// The answer to what has come, once it is enough to be answered.
fn reply(inbox: &[u8], answers: &mut Answers) -> Option<Vec<u8>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let too_large = || Answer::text(431, "the request's head is too large\n").to_bytes(true);
    match request.parse(inbox) {
        Ok(httparse::Status::Partial) => (inbox.len() > HEAD).then(too_large),
        Ok(httparse::Status::Complete(_)) => {
            let method = request.method.unwrap_or_default();
            let answer = answers.answer(method, request.path.unwrap_or_default());
            Some(answer.to_bytes(method != "HEAD"))
        }
        Err(httparse::Error::TooManyHeaders) => Some(too_large()),
        Err(_) => Some(Answer::text(400, "this is no HTTP request\n").to_bytes(true)),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
