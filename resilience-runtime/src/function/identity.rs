//! What the records of one place in the source share. Another macro may emit a function twice, which is then compiled
//! twice and leaves two records: it is one function all the same.

use super::layer::Layer;
use super::stats::Reading;
use super::{Declared, Function};
use crate::core::sync::RwLock;

/// One place in the source.
pub(super) struct Identity {
    /// What policies are called that have no name of their own.
    pub(super) name: &'static str,
    pub(super) layers: &'static [Layer],
    /// Those that the linker lists. The first one speaks for all.
    records: RwLock<Vec<&'static Function>>,
}

impl Identity {
    /// That of the `number`th function of its path; it stays as long as records do, which is for ever.
    ///
    /// The sign before the number is in no path, means nothing in an address, and puts what belongs to a function
    /// (`/attempt`) before the next one in a list.
    pub(super) fn new(declared: &Declared, number: u32) -> &'static Self {
        let name = match number {
            1 => declared.path,
            number => format!("{}~{number}", declared.path).leak(),
        };
        Box::leak(Box::new(Self { name, layers: Layer::of(declared, name), records: RwLock::default() }))
    }

    pub(super) fn add(&self, record: &'static Function) {
        self.records.write().push(record);
    }

    pub(super) fn lists(&self, record: &Function) -> bool {
        self.records.read().iter().any(|known| std::ptr::eq(*known, record))
    }

    /// Whether `record` speaks for the others.
    pub(super) fn is_shown_by(&self, record: &Function) -> bool {
        self.records.read().first().is_some_and(|first| std::ptr::eq(*first, record))
    }

    /// What all of them have counted; only what `asked` has where none is listed.
    pub(super) fn read(&self, asked: &Function) -> Reading {
        let records = self.records.read();
        let mut readings = records.iter().map(|record| record.stats.read());
        match readings.next() {
            Some(first) => readings.fold(first, Reading::and),
            None => asked.stats.read(),
        }
    }
}
