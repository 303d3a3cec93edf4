//! CPU time of the calling thread: the one clock that may convict a guest.

use std::time::Duration;

/// How long the calling thread has been computing since it began.
///
/// A wall clock also counts the time in which a busy machine ran somebody else.
pub fn thread_cpu() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` lives through the call, and the call writes nothing else.
    let failed = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) } != 0;
    debug_assert!(!failed, "every system that we build for has this clock");
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}
