//! A row of the table: contenders that do the same work.

use std::fmt;

use crate::alloc::tally;
use crate::batch::Batch;
use crate::sample::{Effort, calibrate, median, once, once_on_two};

/// On whose side a contender is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// This project.
    Ours,
    /// A crate that a user would take instead.
    Peer,
    /// A peer that does less than the row asks for; not taken for the best one.
    Lesser,
    /// The same job by hand, without a library.
    Floor,
}

/// One way to do the work of a row.
pub struct Contender {
    /// What the table calls it.
    pub name: &'static str,
    /// On whose side it is.
    pub role: Role,
    /// What the reader must know about it.
    pub note: &'static str,
    batch: Batch,
}

impl Contender {
    /// A contender whose calls are made by `batch`.
    pub fn new(role: Role, name: &'static str, batch: impl Fn(u64) + Send + Sync + 'static) -> Self {
        Self { name, role, note: "", batch: Box::new(batch) }
    }

    /// With a note for the reader.
    #[must_use]
    pub fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }
}

impl fmt::Debug for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contender").field("name", &self.name).field("role", &self.role).finish_non_exhaustive()
    }
}

/// What ours is held against.
#[derive(Debug, Clone, Copy)]
pub enum Against {
    /// The contender of this name; ours may take at most so many times its time.
    Peer(&'static str),
    /// Itself on one thread; two threads must reach at least so many times its throughput.
    OneThread,
}

/// What the issue asks for.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Held against what.
    pub against: Against,
    /// The limit.
    pub limit: f64,
}

/// The same work, done by all contenders.
#[derive(Debug)]
pub struct Row {
    /// The work.
    pub title: &'static str,
    /// Measured on two threads as well, on one instance.
    pub two_threads: bool,
    /// Who does it.
    pub contenders: Vec<Contender>,
    /// What ours must reach.
    pub targets: Vec<Target>,
}

/// The figures of one contender.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) nanos: f64,
    /// Half the distance between the quartiles, as a share of the median.
    pub(crate) spread: f64,
    pub(crate) allocations: f64,
    /// Throughput of two threads over that of one.
    pub(crate) scaling: Option<f64>,
}

impl Row {
    /// All contenders, in turns.
    pub(crate) fn measure(&self, effort: Effort) -> Vec<Measured> {
        let sizes: Vec<u64> = self.contenders.iter().map(|each| calibrate(&each.batch, effort.batch)).collect();
        let mut one = vec![Vec::new(); sizes.len()];
        let mut two = one.clone();
        for _ in 0..effort.rounds {
            for (at, contender) in self.contenders.iter().enumerate() {
                one[at].push(once(&contender.batch, sizes[at]));
                if self.two_threads {
                    // Long enough that a late start of one thread does not count.
                    two[at].push(once_on_two(&*contender.batch, sizes[at] * 4));
                }
            }
        }
        let mut measured = Vec::new();
        for (at, contender) in self.contenders.iter().enumerate() {
            let nanos = median(&mut one[at]);
            let quartile = |part: usize| one[at][(one[at].len() * part / 4).min(one[at].len() - 1)];
            let before = tally().count;
            (contender.batch)(1_000);
            measured.push(Measured {
                nanos,
                spread: (quartile(3) - quartile(1)) / 2.0 / nanos,
                allocations: (tally().count - before) as f64 / 1_000.0,
                scaling: self.two_threads.then(|| nanos / median(&mut two[at])),
            });
        }
        measured
    }
}
