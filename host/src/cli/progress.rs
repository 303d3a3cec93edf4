//! How far a replay has come, for who waits for it.

use std::io::{self, IsTerminal};
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::replay::Found;

/// Between two looks at the clock.
const STEP: u64 = 1 << 20;

/// A bar on standard error while that is a terminal; nothing elsewhere.
pub struct Progress {
    bar: ProgressBar,
    since_drawn: u64,
}

// === impl Progress ===

impl Progress {
    pub fn new(found: &Found) -> Self {
        if !io::stderr().is_terminal() {
            return Self { bar: ProgressBar::hidden(), since_drawn: 0 };
        }
        let bar = if found.files.iter().any(|path| is_packed(path)) {
            let style = ProgressStyle::with_template("{spinner} {bytes} of logs read, {bytes_per_sec}, {elapsed}");
            ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
        } else {
            let style = ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} to go");
            ProgressBar::new(found.bytes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        };
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
        Self { bar, since_drawn: 0 }
    }

    pub fn read(&mut self, bytes: usize) {
        self.since_drawn += bytes as u64;
        if self.since_drawn >= STEP {
            self.bar.inc(std::mem::take(&mut self.since_drawn));
        }
    }

    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// Whether the records of a file are more bytes than the file, or unknown.
fn is_packed(path: &Path) -> bool {
    let packed =
        |extension: &std::ffi::OsStr| ["gz", "zst", "evtx"].iter().any(|known| extension.eq_ignore_ascii_case(known));
    path.as_os_str() == crate::replay::STDIN || path.extension().is_some_and(packed)
}
