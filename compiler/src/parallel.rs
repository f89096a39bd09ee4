//! Work on all cores.
//!
//! The threads are Sigil's own: they have stacks that rules nested as deeply as is allowed fit in, also in a build script, which nobody optimizes. Where no threads
//! are to be had, everything is done by the one that asks.

use std::sync::OnceLock;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// Bytes. What is not used takes no memory.
const STACK: usize = 16 << 20;

fn pool() -> Option<&'static ThreadPool> {
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let build = || ThreadPoolBuilder::new().stack_size(STACK).thread_name(|at| format!("sigil-{at}")).build().ok();
    POOL.get_or_init(build).as_ref()
}

/// What `work` makes of each item, in the order of the items.
pub(crate) fn map<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
    match pool() {
        Some(pool) if items.len() > 1 => pool.install(|| items.into_par_iter().map(work).collect()),
        _ => items.into_iter().map(work).collect(),
    }
}

/// Does `here` on this thread, and `beside` meanwhile on another.
pub(crate) fn both<R>(beside: impl FnOnce() + Send, here: impl FnOnce() -> R) -> R {
    let Some(pool) = pool() else {
        beside();
        return here();
    };
    pool.in_place_scope(|scope| {
        scope.spawn(|_| beside());
        here()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_items() {
        let squares = map((0..10_000_u64).collect(), |number| number * number);
        assert!(squares.iter().zip(0..).all(|(square, number)| *square == number * number));
        assert_eq!(map(vec![7], |number| number + 1), [8]);
        let mut sum = 0;
        // from within, too
        let last = both(|| sum = map(vec![1, 2, 3], |number| number * 2).iter().sum(), || 4);
        assert_eq!((sum, last), (12, 4));
    }
}
