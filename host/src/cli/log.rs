//! The log on standard error: text for people or JSON for collectors, and no flood.
//!
//! A warning or error that is told again and again from one place of the program fills disks and hides the others: after a
//! few lines in a while the rest is held back and counted, and the count is told with the next line from there.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tracing::callsite::Identifier;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::config::{Log, LogFormat};
use crate::metrics::Telemetry;

/// From one place of the program, at most so many lines are told…
const LINES: u32 = 5;
/// …in so long.
const EVERY: Duration = Duration::from_secs(10);

/// Begins to log. Lines that are held back are counted there.
///
/// # Errors
/// The configured level is no filter.
pub fn begin(log: &Log, telemetry: &Arc<Telemetry>) -> Result<()> {
    let filter = EnvFilter::try_new(&log.level).with_context(|| format!("log.level {:?} is no filter", log.level))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let telemetry = Arc::clone(telemetry);
    let json = log.format == LogFormat::Json;
    match log.format {
        LogFormat::Text => lines
            .with_ansi(super::screen::colored_errors())
            .map_event_format(|inner| Limited { inner, json, limiter: Limiter::default(), telemetry })
            .init(),
        LogFormat::Json => lines
            .json()
            .map_event_format(|inner| Limited { inner, json, limiter: Limiter::default(), telemetry })
            .init(),
    }
    Ok(())
}

/// Writes lines as `inner` does, unless the limiter holds them back.
struct Limited<F> {
    inner: F,
    json: bool,
    limiter: Limiter,
    telemetry: Arc<Telemetry>,
}

/// What was told from each place. There are as many as the program has lines that log.
#[derive(Default)]
struct Limiter {
    windows: Mutex<HashMap<Identifier, Window>>,
}

struct Window {
    since: Instant,
    told: u32,
    held: u64,
}

/// What to do with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Tell it, and that so many before it were not.
    Tell(u64),
    HoldBack,
}

// === impl Limited ===

impl<S, N, F> FormatEvent<S, N> for Limited<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut to: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        // What an operator asked to see in detail is shown in full.
        if *event.metadata().level() > Level::WARN {
            return self.inner.format_event(context, to, event);
        }
        match self.limiter.judge(event.metadata().callsite(), Instant::now()) {
            Verdict::HoldBack => {
                self.telemetry.holds_back();
                Ok(())
            }
            Verdict::Tell(held) => {
                self.inner.format_event(context, to.by_ref(), event)?;
                if held > 0 { self.tell(&mut to, held) } else { Ok(()) }
            }
        }
    }
}

impl<F> Limited<F> {
    fn tell(&self, to: &mut Writer<'_>, held: u64) -> fmt::Result {
        if self.json {
            let now = jiff::Timestamp::now();
            let fields = serde_json::json!({"message": "lines like the one before were held back", "count": held});
            let line = serde_json::json!({"timestamp": now.to_string(), "level": "WARN", "target": module_path!(), "fields": fields});
            writeln!(to, "{line}")
        } else {
            writeln!(to, "  and {held} more like this one were held back before it")
        }
    }
}

// === impl Limiter ===

impl Limiter {
    fn judge(&self, place: Identifier, now: Instant) -> Verdict {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(place).or_insert(Window { since: now, told: 0, held: 0 });
        if now.saturating_duration_since(window.since) >= EVERY {
            (window.since, window.told) = (now, 0);
        }
        if window.told == LINES {
            window.held += 1;
            return Verdict::HoldBack;
        }
        window.told += 1;
        Verdict::Tell(std::mem::take(&mut window.held))
    }
}

#[cfg(test)]
mod tests {
    use tracing::callsite::Callsite;
    use tracing::subscriber::Interest;

    use super::*;

    /// A place of the program; its byte gives it an address of its own.
    struct Place(u8);

    impl Callsite for Place {
        fn set_interest(&self, _: Interest) {}

        fn metadata(&self) -> &tracing::Metadata<'_> {
            unreachable!("place {} is never asked what it is", self.0)
        }
    }

    static ONE: Place = Place(1);
    static OTHER: Place = Place(2);

    #[test]
    fn a_flood_from_one_place_is_held_back_and_counted_and_hides_no_other() {
        let (limiter, start) = (Limiter::default(), Instant::now());
        let judge =
            |place: &'static Place, millis| limiter.judge(Identifier(place), start + Duration::from_millis(millis));
        for _ in 0..LINES {
            assert_eq!(judge(&ONE, 0), Verdict::Tell(0));
        }
        for millis in 1..1000 {
            assert_eq!(judge(&ONE, millis), Verdict::HoldBack);
        }
        assert_eq!(judge(&OTHER, 1000), Verdict::Tell(0));
        assert_eq!(judge(&ONE, 10_000), Verdict::Tell(999));
        assert_eq!(judge(&ONE, 10_001), Verdict::Tell(0));
    }
}
