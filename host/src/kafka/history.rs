//! What became of a worker's sessions so far: whether to try once more.

use std::time::{Duration, Instant};

use super::config::Config;
use super::failure::Failure;
use super::run::RunError;

/// Two fences within this time mean that another process lives under our name.
const FENCED_AGAIN: Duration = Duration::from_secs(120);
/// So many sessions in a row without a commit, and it is an error.
const FRUITLESS: u32 = 10;

/// Sessions that failed: whether to try once more.
#[derive(Debug, Default)]
pub(super) struct History {
    fenced: Option<Instant>,
    fruitless: u32,
}

// === impl History ===

impl History {
    /// # Errors
    /// When trying again can't help.
    pub fn judge(&mut self, config: &Config, failure: Failure, progressed: bool, now: Instant) -> Result<(), RunError> {
        if progressed {
            self.fruitless = 0;
        }
        self.fruitless += 1;
        match failure {
            Failure::Fatal(reason) => Err(RunError::Fatal(reason)),
            Failure::Fenced(reason) => {
                let again = self.fenced.replace(now).is_some_and(|before| now - before < FENCED_AGAIN);
                if again {
                    let (instance, group) = (config.instance.clone(), config.group.clone());
                    return Err(RunError::Elsewhere { instance, group, reason });
                }
                tracing::warn!(instance = config.instance, "another producer has our name, trying once more: {reason}");
                Ok(())
            }
            Failure::Abort(reason) | Failure::Rebuild(reason) if self.fruitless >= FRUITLESS => Err(RunError::Fatal(
                format!("{FRUITLESS} attempts in a row achieved nothing, the last one since {reason}"),
            )),
            Failure::Abort(reason) | Failure::Rebuild(reason) => {
                tracing::warn!("starting anew: {reason}");
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(history: &mut History, failure: Failure, seconds: u64, start: Instant) -> Result<(), RunError> {
        let config = Config::new(["a:1".to_owned()]);
        history.judge(&config, failure, false, start + Duration::from_secs(seconds))
    }

    #[test]
    fn a_fence_is_forgiven_once_and_again_only_after_a_while() {
        let (mut history, start) = (History::default(), Instant::now());
        let fenced = || Failure::Fenced("epoch".to_owned());
        assert!(judge(&mut history, fenced(), 0, start).is_ok());
        assert!(judge(&mut history, fenced(), 300, start).is_ok());
        let error = judge(&mut history, fenced(), 310, start).unwrap_err();
        assert!(error.to_string().contains("is running elsewhere"), "{error}");
    }

    #[test]
    fn attempts_without_progress_end_with_the_last_reason() {
        let (mut history, start) = (History::default(), Instant::now());
        let rebuild = || Failure::Rebuild("the coordinator is gone".to_owned());
        for attempt in 1..FRUITLESS {
            assert!(judge(&mut history, rebuild(), 0, start).is_ok(), "attempt {attempt}");
        }
        assert!(judge(&mut history, rebuild(), 0, start).unwrap_err().to_string().contains("coordinator"));
    }
}
