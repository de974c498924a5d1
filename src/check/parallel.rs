//! Work on many files, spread over the processor's cores: to read them is most of what a large repository takes.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread::{available_parallelism, scope};

/// A thread for fewer files than this costs more than it gains.
const FEW: usize = 64;

/// What `work` gives for each of `items`, in their order.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = available_parallelism().map_or(1, NonZero::get);
    let threads = cores.min(items.len() / FEW);
    if threads < 2 {
        return items.iter().map(work).collect();
    }
    let work = &work;
    scope(|scope| {
        let chunks = items.chunks(items.len().div_ceil(threads));
        let chunks = chunks.map(|chunk| scope.spawn(move || chunk.iter().map(work).collect::<Vec<_>>()));
        // All are started before the first is waited for.
        let chunks: Vec<_> = chunks.collect();
        let done = chunks.into_iter().map(|chunk| chunk.join().unwrap_or_else(|panic| resume_unwind(panic)));
        done.flatten().collect()
    })
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn the_order_is_kept() {
        for count in [0, 1, 63, 128, 1001] {
            let items: Vec<usize> = (0..count).collect();
            let expected: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(map(&items, |item| item * 2), expected);
        }
    }
}
