//! Several threads that work on batches and report in the order in which the batches were read.
//!
//! The threads take turns: whoever is free takes the reader, reads the next batch under a rising ticket, and lets the next thread read
//! while it works. A report whose turn has not come is parked; who holds the next ticket writes its own and those parked behind it. No thread
//! only reads or only writes, so that N threads keep N cores busy, and one thread runs the same lines as many.
//!
//! What is parked is bounded: a thread that is far ahead waits. A slow reader of the output thus slows the input down instead of filling memory.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Reads batches until `read` says that there are no more, works on each, and hands the reports to `write` in the order of reading.
///
/// `worker` is called once in each thread and makes what that thread works with. The first error of `write` ends the run. A report is
/// used again after it was written: `write` leaves it as [`Default`] would make it, but may keep its memory.
pub(super) fn run<B, R, W, E>(
    threads: NonZeroUsize,
    read: impl FnMut(&mut B) -> bool + Send,
    worker: impl Fn() -> W + Sync,
    write: impl FnMut(&mut R) -> Result<(), E> + Send,
) -> Result<(), E>
where
    B: Default,
    R: Default + Send,
    W: FnMut(&mut B, &mut R),
    E: Send,
{
    let line = Line {
        input: Mutex::new(Input { read, next: 0, done: false }),
        output: Mutex::new(Output { write, next: 0, parked: BTreeMap::new(), spare: Vec::new(), failed: None }),
        turn: Condvar::new(),
        limit: threads.get().saturating_mul(4),
    };
    let serve = || serve(&line, worker());
    thread::scope(|scope| {
        for _ in 1..threads.get() {
            // a thread that cannot be had is a thread less, not a failure
            if thread::Builder::new().name("sigil-worker".into()).spawn_scoped(scope, serve).is_err() {
                break;
            }
        }
        serve();
    });
    let output = line.output.into_inner().unwrap_or_else(PoisonError::into_inner);
    output.failed.map_or(Ok(()), Err)
}

/// What the threads share.
struct Line<Read, Write, R, E> {
    input: Mutex<Input<Read>>,
    output: Mutex<Output<Write, R, E>>,
    turn: Condvar,
    limit: usize,
}

struct Input<Read> {
    read: Read,
    next: u64,
    done: bool,
}

struct Output<Write, R, E> {
    write: Write,
    next: u64,
    parked: BTreeMap<u64, R>,
    spare: Vec<R>,
    failed: Option<E>,
}

fn serve<B, R, E>(
    line: &Line<impl FnMut(&mut B) -> bool, impl FnMut(&mut R) -> Result<(), E>, R, E>,
    mut work: impl FnMut(&mut B, &mut R),
) where
    B: Default,
    R: Default,
{
    let mut batch = B::default();
    let mut report = R::default();
    while let Some(ticket) = take(&line.input, &mut batch) {
        work(&mut batch, &mut report);
        if !deliver(line, ticket, &mut report) {
            lock(&line.input).done = true;
            return;
        }
    }
}

/// Reads the next batch and its ticket.
fn take<B>(input: &Mutex<Input<impl FnMut(&mut B) -> bool>>, batch: &mut B) -> Option<u64> {
    let mut input = lock(input);
    if input.done || !(input.read)(batch) {
        input.done = true;
        return None;
    }
    let ticket = input.next;
    input.next += 1;
    Some(ticket)
}

/// Writes a report if its turn has come, or parks it. `false` once writing failed.
fn deliver<B, R, E>(
    line: &Line<impl FnMut(&mut B) -> bool, impl FnMut(&mut R) -> Result<(), E>, R, E>,
    ticket: u64,
    report: &mut R,
) -> bool
where
    R: Default,
{
    let mut output = lock(&line.output);
    while output.failed.is_none() && output.next != ticket && output.parked.len() >= line.limit {
        output = line.turn.wait(output).unwrap_or_else(PoisonError::into_inner);
    }
    if output.failed.is_some() {
        return false;
    }
    if output.next != ticket {
        let empty = output.spare.pop().unwrap_or_default();
        output.parked.insert(ticket, std::mem::replace(report, empty));
        return true;
    }
    let Output { write, next, parked, spare, failed } = &mut *output;
    let mut outcome = write(report);
    *next += 1;
    while outcome.is_ok()
        && let Some(mut waiting) = parked.remove(next)
    {
        outcome = write(&mut waiting);
        spare.push(waiting);
        *next += 1;
    }
    let fine = outcome.is_ok();
    *failed = outcome.err();
    drop(output);
    line.turn.notify_all();
    fine
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::sleep;
    use std::time::Duration;

    fn squares(threads: usize, batches: u64, fail_at: Option<u64>) -> (Vec<u64>, Result<(), u64>) {
        let mut next = 0;
        let mut written = Vec::new();
        let outcome = run(
            NonZeroUsize::new(threads).unwrap(),
            |batch: &mut u64| {
                *batch = next;
                next += 1;
                *batch < batches
            },
            || {
                |batch: &mut u64, report: &mut Vec<u64>| {
                    // early batches take longest, so that order is not kept by chance
                    sleep(Duration::from_micros(batch.wrapping_mul(7919) % 97 * 10));
                    report.push(*batch * *batch);
                }
            },
            |report| {
                assert_eq!(report.len(), 1, "a report is handed out empty");
                if fail_at == Some(report[0]) {
                    return Err(report[0]);
                }
                written.append(report);
                Ok(())
            },
        );
        (written, outcome)
    }

    #[test]
    fn order_is_kept() {
        let expected = (0..300).map(|n| n * n).collect::<Vec<u64>>();
        for threads in [1, 2, 3, 8] {
            assert_eq!(squares(threads, 300, None), (expected.clone(), Ok(())), "{threads} threads");
            assert_eq!(squares(threads, 0, None), (vec![], Ok(())), "{threads} threads, nothing to do");
        }
    }

    #[test]
    fn a_failure_ends_the_run() {
        for threads in [1, 2, 8] {
            let (written, outcome) = squares(threads, u64::MAX, Some(49));
            assert_eq!((written, outcome), ((0..7).map(|n| n * n).collect(), Err(49)), "{threads} threads");
        }
    }
}
