//! The resident memory of the process, where the system tells it.

use std::time::{Duration, Instant};

/// What a run may add after its warm-up: threads come and go, and the allocator keeps what it has.
const SLACK: u64 = 4 * 1024 * 1024;

/// The highest readings of two parts of a run.
#[derive(Debug, Default, Clone, Copy)]
pub struct Memory {
    /// In the second quarter, when everything has been used once.
    pub warm: Option<u64>,
    /// In the last quarter.
    pub end: Option<u64>,
}

impl Memory {
    /// Watches for `length`.
    pub async fn watch(length: Duration) -> Self {
        let mut memory = Self::default();
        let started = Instant::now();
        while started.elapsed() < length {
            let quarter = started.elapsed().as_secs_f64() / length.as_secs_f64() * 4.0;
            match quarter {
                1.0..2.0 => memory.warm = memory.warm.max(resident()),
                3.0.. => memory.end = memory.end.max(resident()),
                _ => {}
            }
            tokio::time::sleep(length / 64).await;
        }
        memory
    }

    /// What the end may be at most.
    pub fn bound(&self) -> Option<u64> {
        self.warm.map(|warm| warm + (warm / 10).max(SLACK))
    }
}

/// Bytes. `None` where there is no `/proc`.
fn resident() -> Option<u64> {
    // Linux counts in pages; those of other sizes make both readings wrong by the same factor.
    const PAGE: u64 = 4096;
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    text.split_whitespace().nth(1)?.parse::<u64>().ok().map(|pages| pages * PAGE)
}
