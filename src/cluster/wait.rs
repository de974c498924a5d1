//! Waiting for a cluster.
#![expect(clippy::disallowed_methods, reason = "it waits, and not for ever")]

use std::thread;
use std::time::{Duration, Instant};

use crate::error::Result;

/// Between two looks at the cluster.
const PAUSE: Duration = Duration::from_secs(1);

/// Between two calls of what is done meanwhile.
const MEANWHILE: Duration = Duration::from_millis(100);

/// A time that passes.
pub(crate) struct Deadline {
    started: Instant,
    limit: Duration,
}

impl Deadline {
    /// One that is over after `limit`.
    pub(crate) fn after(limit: Duration) -> Self {
        Self { started: Instant::now(), limit }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.started.elapsed() >= self.limit
    }

    /// Waits until `time` has passed, or the deadline, and calls `meanwhile` several times a second.
    pub(crate) fn pause(&self, time: Duration, mut meanwhile: impl FnMut()) {
        let paused = Instant::now();
        loop {
            let left = time.saturating_sub(paused.elapsed());
            let left = left.min(self.limit.saturating_sub(self.started.elapsed()));
            if left.is_zero() {
                return;
            }
            thread::sleep(left.min(MEANWHILE));
            meanwhile();
        }
    }
}

/// Calls `look` until it finds something; `None` if that takes longer than `limit`.
///
/// # Errors
/// Those of `look`, which end it.
pub(crate) fn until<T>(limit: Duration, mut look: impl FnMut() -> Result<Option<T>>) -> Result<Option<T>> {
    let deadline = Deadline::after(limit);
    loop {
        if let Some(found) = look()? {
            return Ok(Some(found));
        }
        if deadline.is_over() {
            return Ok(None);
        }
        deadline.pause(PAUSE, || {});
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_at_least_once_and_ends() {
        let mut looks = 0;
        let found = until(Duration::ZERO, || {
            looks += 1;
            Ok(None::<()>)
        });
        assert_eq!((found.unwrap(), looks), (None, 1));
        assert_eq!(until(Duration::from_secs(9), || Ok(Some(1))).unwrap(), Some(1));
    }
}
