//! A small TCP proxy before the broker, one for each process: it cuts, holds and slows what passes.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Result;

/// What the line does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everything passes.
    Open,
    /// Every piece waits so long, in both directions.
    Slow(Duration),
    /// Nothing passes, and nobody is told.
    Held,
    /// Connections are closed, and new ones at once.
    Cut,
}

/// A listener that passes connections on.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    line: Arc<Line>,
}

#[derive(Debug)]
struct Line {
    target: Mutex<Option<String>>,
    /// And how often it was set.
    mode: Mutex<(Mode, u64)>,
    ended: AtomicBool,
}

/// Between two looks at the mode where nothing passes: there are many connections, and most are idle.
const LOOK: Duration = Duration::from_millis(100);

/// The same where it is held.
const HELD: Duration = Duration::from_millis(20);

// === impl Proxy ===

impl Proxy {
    /// Listens on a free port. Where it leads to is told later, once the broker is there.
    ///
    /// # Errors
    /// There is no port.
    pub fn open() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let line = Arc::new(Line {
            target: Mutex::default(),
            mode: Mutex::new((Mode::Open, 0)),
            ended: AtomicBool::new(false),
        });
        let ours = Arc::clone(&line);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if ours.ended.load(Ordering::Acquire) {
                    return;
                }
                ours.pass(client);
            }
        });
        Ok(Self { port, line })
    }

    /// Its own port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Leads to this address from now on.
    pub fn lead_to(&self, address: &str) {
        *self.line.target.lock().unwrap_or_else(PoisonError::into_inner) = Some(address.to_owned());
    }

    /// Does this from now on.
    pub fn set(&self, mode: Mode) {
        self.line.set(mode);
    }

    /// Does this for so long, and nobody waits for it; then everything passes, unless the line was struck again meanwhile.
    pub fn strike(&self, mode: Mode, time: Duration) {
        let (line, turn) = (Arc::clone(&self.line), self.line.set(mode));
        thread::spawn(move || {
            thread::sleep(time);
            let mut mode = line.mode.lock().unwrap_or_else(PoisonError::into_inner);
            if mode.1 == turn {
                mode.0 = Mode::Open;
            }
        });
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.line.ended.store(true, Ordering::Release);
        self.set(Mode::Cut);
        // Wakes the listener.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

// === impl Line ===

impl Line {
    fn mode(&self) -> Mode {
        self.mode.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    fn set(&self, mode: Mode) -> u64 {
        let mut held = self.mode.lock().unwrap_or_else(PoisonError::into_inner);
        *held = (mode, held.1 + 1);
        held.1
    }

    fn pass(self: &Arc<Self>, client: TcpStream) {
        let target = self.target.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if self.mode() == Mode::Cut {
            return;
        }
        let Some(server) = target.and_then(|target| TcpStream::connect(target).ok()) else { return };
        let (Ok(client_too), Ok(server_too)) = (client.try_clone(), server.try_clone()) else { return };
        for (from, to) in [(client, server), (server_too, client_too)] {
            let line = Arc::clone(self);
            thread::spawn(move || line.copy(from, to));
        }
    }

    /// Waits for as long as the line wants. False: it is cut.
    fn may_pass(&self) -> bool {
        loop {
            match self.mode() {
                Mode::Open => return true,
                Mode::Cut => return false,
                Mode::Held => thread::sleep(HELD),
                Mode::Slow(delay) => {
                    thread::sleep(delay);
                    return true;
                }
            }
        }
    }

    fn copy(&self, mut from: TcpStream, mut to: TcpStream) {
        let _ = from.set_nodelay(true);
        let _ = from.set_read_timeout(Some(LOOK));
        let mut piece = [0; 16 << 10];
        loop {
            if self.mode() == Mode::Cut {
                break;
            }
            match from.read(&mut piece) {
                Ok(0) => break,
                Ok(length) => {
                    if !self.may_pass() || to.write_all(&piece[..length]).is_err() {
                        break;
                    }
                }
                Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                }
                Err(_) => break,
            }
        }
        let _ = from.shutdown(Shutdown::Both);
        let _ = to.shutdown(Shutdown::Both);
    }
}
