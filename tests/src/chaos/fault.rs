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
    /// A broker is asked to end, and started again.
    BrokerRestart { broker: usize, down: Duration },
    /// SIGKILL to a broker; started again after this long.
    BrokerKill { broker: usize, down: Duration },
    /// A broker is stopped in its tracks: beyond its session's end, it is one that thinks it still leads.
    BrokerPause { broker: usize, time: Duration },
    /// Connections of a process are closed and refused.
    Cut { line: Line, time: Duration },
    /// Nothing passes, and nobody is told.
    Hold { line: Line, time: Duration },
    /// Every piece waits.
    Slow { line: Line, delay: Duration, time: Duration },
    /// Another process is started with the name of one that runs.
    Twin { process: usize, time: Duration },
    /// More processes, or fewer.
    Scale { to: usize },
}

/// What lies between a process and a broker, or all brokers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    process: usize,
    broker: Option<usize>,
}

/// How many kinds there are.
const KINDS: usize = 11;
/// How long the network is struck before something else is too.
const ALONE: Duration = Duration::from_millis(800);
/// How long replicas may take to be in sync after a broker was struck: until then no other one is.
const IN_SYNC: Duration = Duration::from_secs(120);

// === impl Fault ===

impl Fault {
    /// The fault of this turn: the first ones are all kinds in some order, the rest are any. `up` are the processes that
    /// run.
    pub fn draw(turn: usize, order: &[usize], up: &[usize], brokers: usize, rng: &mut Rng) -> Self {
        let kind = order.get(turn).copied().unwrap_or_else(|| rng.below(KINDS));
        let process = up[rng.below(up.len())];
        let broker = rng.below(brokers);
        let line = Line { process, broker: Some(rng.below(brokers * 2)).filter(|at| *at < brokers) };
        let mut millis = |from, to| Duration::from_millis(rng.within(from..to));
        match kind {
            0 => Self::Kill { process, down: millis(100, 3000) },
            // The session ends after 4 s.
            1 => Self::Pause { process, time: millis(4500, 7000) },
            2 => Self::Restart { process },
            3 => Self::BrokerRestart { broker, down: millis(100, 2000) },
            4 => Self::BrokerKill { broker, down: millis(100, 4000) },
            // And a broker's after 3 s.
            5 => Self::BrokerPause { broker, time: millis(300, 6000) },
            6 => Self::Cut { line, time: millis(300, 6000) },
            7 => Self::Hold { line, time: millis(300, 6000) },
            8 => Self::Slow { line, delay: millis(5, 100), time: millis(1000, 4000) },
            9 => Self::Twin { process, time: millis(2000, 6000) },
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
            Self::BrokerKill { .. } => "broker killed",
            Self::BrokerPause { .. } => "broker paused",
            Self::Cut { .. } => "network cut",
            Self::Hold { .. } => "network held",
            Self::Slow { .. } => "network slowed",
            Self::Twin { .. } => "name in use",
            Self::Scale { .. } => "scale",
        }
    }

    fn is_of_broker(&self) -> bool {
        matches!(self, Self::BrokerRestart { .. } | Self::BrokerKill { .. } | Self::BrokerPause { .. })
    }

    /// Strikes, and undoes what can be undone. What it leaves behind goes on beside the next one.
    ///
    /// # Errors
    /// A process could not be started, or did not end well when it was asked to.
    pub fn strike(&self, cluster: &mut Cluster) -> Result<()> {
        // The next fault strikes beside it.
        let on_line = |cluster: &mut Cluster, Line { process, broker }, mode, time| {
            cluster.strike_line(process, broker, mode, time);
            thread::sleep(time.min(ALONE));
        };
        if self.is_of_broker() {
            cluster.brokers.in_sync(IN_SYNC)?;
        }
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
            Self::BrokerRestart { broker, down } => {
                let broker = cluster.brokers.node(broker);
                broker.stop();
                thread::sleep(down);
                broker.restart()?;
            }
            Self::BrokerKill { broker, down } => {
                let broker = cluster.brokers.node(broker);
                broker.kill();
                thread::sleep(down);
                broker.restart()?;
            }
            Self::BrokerPause { broker, time } => {
                let broker = cluster.brokers.node(broker);
                broker.pause();
                thread::sleep(time);
                broker.go_on();
            }
            Self::Cut { line, time } => on_line(cluster, line, Mode::Cut, time),
            Self::Hold { line, time } => on_line(cluster, line, Mode::Held, time),
            Self::Slow { line, delay, time } => on_line(cluster, line, Mode::Slow(delay), time),
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
            Self::BrokerRestart { broker, down } | Self::BrokerKill { broker, down } => {
                write!(f, "{kind}: broker {broker}, back after {down:?}")
            }
            Self::BrokerPause { broker, time } => write!(f, "{kind}: broker {broker}, {time:?}"),
            Self::Pause { process, time } | Self::Twin { process, time } => {
                write!(f, "{kind}: process {process}, {time:?}")
            }
            Self::Cut { line, time } | Self::Hold { line, time } => write!(f, "{kind}: {line}, {time:?}"),
            Self::Slow { line, delay, time } => write!(f, "{kind}: {line} by {delay:?}, {time:?}"),
            Self::Scale { to } => write!(f, "{kind}: to {to}"),
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.broker {
            Some(broker) => write!(f, "process {} to broker {broker}", self.process),
            None => write!(f, "process {} to all brokers", self.process),
        }
    }
}
