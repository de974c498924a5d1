//! Spreads work over the cores of the processor where there is enough of it: parsing the files of a large repository,
//! then running the rules.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{available_parallelism, scope};

/// With fewer files than this per thread, a thread costs more than it gains.
const FEW: usize = 64;

pub(crate) fn threads_for(files: usize) -> usize {
    let cores = available_parallelism().map_or(1, NonZero::get);
    cores.min(files / FEW).max(1)
}

/// Returns the results of `work` in the order of `items`. An idle thread takes the next item.
pub(crate) fn map<T: Sync, R: Send>(threads: usize, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if threads < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || {
        let at = next.fetch_add(1, Ordering::Relaxed);
        items.get(at).map(|item| (at, work(item)))
    };
    let mut done: Vec<_> = scope(|scope| {
        let started: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| std::iter::from_fn(take).collect::<Vec<_>>())).collect();
        let joined = started.into_iter().map(|one| one.join().unwrap_or_else(|panic| resume_unwind(panic)));
        joined.flatten().collect()
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Returns the results of both, which run at the same time with two threads or more.
pub(crate) fn both<A: Send, B>(
    threads: usize,
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B,
) -> (A, B) {
    if threads < 2 {
        return (one(), other());
    }
    scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        (one.join().unwrap_or_else(|panic| resume_unwind(panic)), other)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_kept() {
        for (threads, count) in [(1, 9), (4, 0), (4, 1), (3, 1001)] {
            let items: Vec<usize> = (0..count).collect();
            let expected: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(map(threads, &items, |item| item * 2), expected);
        }
    }

    #[test]
    fn few_files_are_worth_no_thread() {
        assert_eq!(threads_for(FEW - 1), 1);
        assert!(threads_for(usize::MAX) >= 1);
    }
}
