//! A global allocator that counts what the current thread asks for.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, counting. Install it with `#[global_allocator]`.
#[derive(Debug)]
pub struct Counting;

/// What a thread has allocated since it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Calls of the allocator that returned memory.
    pub count: u64,
    /// Bytes held: allocated and not yet freed, by this thread.
    pub held: i64,
}

thread_local! {
    static TALLY: Cell<Tally> = const { Cell::new(Tally { count: 0, held: 0 }) };
}

fn note(count: u64, bytes: i64) {
    TALLY.with(|cell| {
        let tally = cell.get();
        cell.set(Tally { count: tally.count + count, held: tally.held + bytes });
    });
}

fn size(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// The tally of the current thread.
#[must_use]
pub fn tally() -> Tally {
    TALLY.with(Cell::get)
}

// SAFETY: everything is handed to `System` unchanged; the cell needs no allocation and has no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, size(layout.size()));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note(0, -size(layout.size()));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        note(1, size(new_size) - size(layout.size()));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}
