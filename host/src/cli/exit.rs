//! How it went, as a number that scripts can read. `docs/cli.md` and `--help` say the same.

use std::io;
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All was done.
    Done = 0,
    /// Something could not be done; it says what.
    Failed = 1,
    /// The command line, the configuration or a plugin is wrong; nothing was started. clap ends with the same.
    Refused = 2,
    /// It ended, but not all was seen: a file broke off, or a detector failed on some groups or was suspended.
    Incomplete = 3,
}

/// What `--help` says of it.
pub const HELP: &str = "Exit codes:
  0  all was done
  1  something failed; it says what
  2  the command line, the configuration or a plugin is wrong; nothing was started
  3  it ended, but not all was seen: a file broke off, or a detector failed on some rows";

// === impl Exit ===

impl Exit {
    pub fn code(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

/// Whether it failed only since nobody reads the output any more (`sekisho … | head`).
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
