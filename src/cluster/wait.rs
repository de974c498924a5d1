//! Waiting for a cluster.
#![expect(clippy::disallowed_methods, reason = "it waits, and not for ever")]

use std::thread;
use std::time::{Duration, Instant};

use crate::error::Result;

/// Between two looks at the cluster.
const PAUSE: Duration = Duration::from_secs(1);

/// Calls `look` until it finds something; `None` if that takes longer than `limit`.
///
/// # Errors
/// Those of `look`, which end it.
pub(crate) fn until<T>(limit: Duration, mut look: impl FnMut() -> Result<Option<T>>) -> Result<Option<T>> {
    let started = Instant::now();
    loop {
        if let Some(found) = look()? {
            return Ok(Some(found));
        }
        if started.elapsed() >= limit {
            return Ok(None);
        }
        thread::sleep(PAUSE.min(limit));
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
