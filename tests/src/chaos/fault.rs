//! The faults, how they are drawn, and how each strikes.

use std::fmt;
use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::cluster::{Cluster, PROCESSES};
use super::proxy::Mode;
use super::rng::Rng;

/// Something that goes wrong, or is done, while the work goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// SIGKILL; started again after this long.
    Kill { process: usize, down: Duration },
    /// SIGSTOP, SIGCONT: beyond the session's end, it is a zombie that wakes up.
    Pause { process: usize, time: Duration },
    /// Asked to end, and started again: what a rolling upgrade does.
    Restart { process: usize },
    /// The broker is asked to end, and started again. (Killed, a broker that is its own controller was seen to call a
    /// transaction committed without writing its marker everywhere: that is Kafka's loss, and not what is tested here.)
    BrokerRestart { down: Duration },
    /// The broker is stopped in its tracks.
    BrokerPause { time: Duration },
    /// Connections of a process are closed and refused.
    Cut { process: usize, time: Duration },
    /// Nothing passes, and nobody is told.
    Hold { process: usize, time: Duration },
    /// Every piece waits.
    Slow { process: usize, delay: Duration, time: Duration },
    /// Another process is started with the name of one that runs.
    Twin { process: usize, time: Duration },
    /// More processes, or fewer.
    Scale { to: usize },
}

/// How many kinds there are.
const KINDS: usize = 10;

// === impl Fault ===

impl Fault {
    /// The fault of this turn: the first ones are all kinds in some order, the rest are any.
    pub fn draw(turn: usize, order: &[usize], up: &[usize], rng: &mut Rng) -> Self {
        let kind = order.get(turn).copied().unwrap_or_else(|| rng.below(KINDS));
        let process = up[rng.below(up.len())];
        let mut millis = |from, to| Duration::from_millis(rng.within(from..to));
        match kind {
            0 => Self::Kill { process, down: millis(100, 3000) },
            // The session ends after 6 s.
            1 => Self::Pause { process, time: millis(6500, 9000) },
            2 => Self::Restart { process },
            3 => Self::BrokerRestart { down: millis(100, 2000) },
            4 => Self::BrokerPause { time: millis(300, 5000) },
            5 => Self::Cut { process, time: millis(300, 8000) },
            6 => Self::Hold { process, time: millis(300, 8000) },
            7 => Self::Slow { process, delay: millis(5, 100), time: millis(2000, 6000) },
            8 => Self::Twin { process, time: millis(2000, 9000) },
            _ => {
                let others: Vec<_> = (1..=PROCESSES).filter(|count| *count != up.len()).collect();
                Self::Scale { to: others[rng.below(others.len())] }
            }
        }
    }

    /// All kinds in an order of the seed's.
    pub fn order(rng: &mut Rng) -> Vec<usize> {
        let mut order: Vec<_> = (0..KINDS).collect();
        for at in (1..order.len()).rev() {
            order.swap(at, rng.below(at + 1));
        }
        order
    }

    /// Its name, for counts.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Kill { .. } => "kill",
            Self::Pause { .. } => "pause",
            Self::Restart { .. } => "restart",
            Self::BrokerRestart { .. } => "broker restarted",
            Self::BrokerPause { .. } => "broker paused",
            Self::Cut { .. } => "network cut",
            Self::Hold { .. } => "network held",
            Self::Slow { .. } => "network slowed",
            Self::Twin { .. } => "name in use",
            Self::Scale { .. } => "scale",
        }
    }

    /// Strikes, and undoes what can be undone. What it leaves behind goes on beside the next one.
    ///
    /// # Errors
    /// A process could not be started, or did not end well when it was asked to.
    pub fn strike(&self, cluster: &mut Cluster) -> Result<()> {
        let on_line = |cluster: &Cluster, at: usize, mode, time| {
            cluster.proxies[at].set(mode);
            thread::sleep(time);
            cluster.proxies[at].set(Mode::Open);
        };
        match *self {
            Self::Kill { process, down } => {
                cluster.process(process)?.kill();
                thread::sleep(down);
                cluster.launch(process)?;
            }
            Self::Pause { process, time } => {
                cluster.process(process)?.pause();
                thread::sleep(time);
                cluster.process(process)?.go_on();
            }
            Self::Restart { process } => {
                cluster.stop(process)?;
                cluster.launch(process)?;
            }
            Self::BrokerRestart { down } => {
                cluster.broker.stop();
                thread::sleep(down);
                cluster.broker.restart()?;
            }
            Self::BrokerPause { time } => {
                cluster.broker.pause();
                thread::sleep(time);
                cluster.broker.go_on();
            }
            Self::Cut { process, time } => on_line(cluster, process, Mode::Cut, time),
            Self::Hold { process, time } => on_line(cluster, process, Mode::Held, time),
            Self::Slow { process, delay, time } => on_line(cluster, process, Mode::Slow(delay), time),
            Self::Twin { process, time } => {
                let mut twin = cluster.twin(process)?;
                thread::sleep(time);
                twin.kill();
            }
            Self::Scale { to } => {
                for at in 0..PROCESSES {
                    let (is_up, up) = (cluster.up().contains(&at), cluster.up().len());
                    if is_up && up > to {
                        cluster.stop(at)?;
                    } else if !is_up && up < to {
                        cluster.launch(at)?;
                    }
                }
            }
        }
        cluster.mend()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind();
        match self {
            Self::Kill { process, down } => write!(f, "{kind}: process {process}, back after {down:?}"),
            Self::Restart { process } => write!(f, "{kind}: process {process}"),
            Self::BrokerRestart { down } => write!(f, "{kind}: back after {down:?}"),
            Self::BrokerPause { time } => write!(f, "{kind}: {time:?}"),
            Self::Pause { process, time }
            | Self::Cut { process, time }
            | Self::Hold { process, time }
            | Self::Twin { process, time } => write!(f, "{kind}: process {process}, {time:?}"),
            Self::Slow { process, delay, time } => write!(f, "{kind}: process {process} by {delay:?}, {time:?}"),
            Self::Scale { to } => write!(f, "{kind}: to {to}"),
        }
    }
}
