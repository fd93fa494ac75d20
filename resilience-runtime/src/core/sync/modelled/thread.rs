//! Threads of the model. They all run on one thread of the system, one at a time.

use std::cell::RefCell;
use std::io;

use super::super::Arc;
use super::locals;

pub(crate) use loom::thread::yield_now;

thread_local! {
    /// Those that nobody has joined.
    static RUNNING: RefCell<Vec<(usize, loom::thread::JoinHandle<()>)>> = const { RefCell::new(Vec::new()) };
}

/// Runs the first thread of the model, and waits for all others: what is static lives as long as the first.
pub(super) fn main(model: &impl Fn()) {
    model();
    join_others();
    locals::end_thread();
}

/// Leaves what a run that failed has left behind where it is: out of the model its destructors would fail.
pub(super) fn forget_all() {
    std::mem::forget(RUNNING.take());
    locals::forget_all();
}

/// Waits for every thread of the model that nobody has joined.
pub(crate) fn join_others() {
    while let Some((_, thread)) = RUNNING.with_borrow_mut(Vec::pop) {
        join(thread);
    }
}

pub(crate) struct JoinHandle<T> {
    id: usize,
    result: Arc<std::sync::Mutex<Option<T>>>,
}

impl<T> JoinHandle<T> {
    pub(crate) fn join(self) -> std::thread::Result<T> {
        let running = RUNNING.with_borrow_mut(|running| {
            let place = running.iter().position(|(id, _)| *id == self.id)?;
            Some(running.remove(place).1)
        });
        join(running.expect("joined once"));
        let result = self.result.lock().unwrap().take();
        Ok(result.expect("a thread that ends leaves its result"))
    }
}

fn join(thread: loom::thread::JoinHandle<()>) {
    // A panic ends the whole run.
    thread.join().unwrap();
}

pub(crate) fn spawn<T: 'static>(body: impl FnOnce() -> T + 'static) -> JoinHandle<T> {
    let result = Arc::new(std::sync::Mutex::new(None));
    let left = Arc::clone(&result);
    let thread = loom::thread::spawn(move || {
        let result = body();
        locals::end_thread();
        *left.lock().unwrap() = Some(result);
    });
    let id = RUNNING.with_borrow_mut(|running| {
        let id = running.last().map_or(0, |(last, _)| last + 1);
        running.push((id, thread));
        id
    });
    JoinHandle { id, result }
}

pub(crate) struct Builder;

impl Builder {
    pub(crate) fn new() -> Self {
        Self
    }

    pub(crate) fn name(self, _: String) -> Self {
        self
    }

    pub(crate) fn spawn<T: 'static>(self, body: impl FnOnce() -> T + 'static) -> io::Result<JoinHandle<T>> {
        Ok(spawn(body))
    }
}
