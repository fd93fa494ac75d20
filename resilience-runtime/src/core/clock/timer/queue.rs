//! Who waits for which moment.

use std::collections::BTreeSet;
use std::task::Waker;

use crate::core::clock::Instant;

/// Those who wait. Nearly all of them leave before anybody looks, so whoever comes is only written down, and is put in
/// order at the next look.
///
/// It is used under a lock, and wakers are code of others: none is cloned, woken or dropped here.
#[derive(Debug)]
pub(super) struct Queue {
    slots: Vec<Slot>,
    /// The slots that nobody has.
    free: Vec<usize>,
    /// Those that came after the last look; they may have left since.
    fresh: Vec<usize>,
    /// All others that are taken, the nearest moment first.
    sorted: BTreeSet<(Instant, usize)>,
    /// How many have come.
    count: u64,
}

/// So many slots are kept.
const SMALL: usize = 64;

#[derive(Debug)]
struct Slot {
    /// Which of all that have come has it, or had it last.
    number: u64,
    moment: Instant,
    waker: Option<Waker>,
    listed: Listed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    Nowhere,
    Fresh,
    Sorted,
}

/// A slot, and the number of who has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) slot: usize,
    /// From 1.
    pub(super) number: u64,
}

impl Queue {
    pub(super) const fn new() -> Self {
        Self { slots: Vec::new(), free: Vec::new(), fresh: Vec::new(), sorted: BTreeSet::new(), count: 0 }
    }

    pub(super) fn insert(&mut self, moment: Instant, waker: Waker) -> Place {
        self.count += 1;
        let (number, waker) = (self.count, Some(waker));
        let Some(index) = self.free.pop() else {
            self.slots.push(Slot { number, moment, waker, listed: Listed::Fresh });
            self.fresh.push(self.slots.len() - 1);
            return Place { slot: self.slots.len() - 1, number };
        };
        let slot = &mut self.slots[index];
        // Whoever had it before may have left it in the list.
        if slot.listed == Listed::Nowhere {
            self.fresh.push(index);
        }
        *slot = Slot { number, moment, waker, listed: Listed::Fresh };
        Place { slot: index, number }
    }

    /// Whom to wake. `None` when that has happened.
    pub(super) fn waker(&mut self, place: Place) -> Option<&mut Waker> {
        self.slots.get_mut(place.slot).filter(|slot| slot.number == place.number)?.waker.as_mut()
    }

    pub(super) fn remove(&mut self, place: Place) -> Option<Waker> {
        let slot = self.slots.get_mut(place.slot).filter(|slot| slot.number == place.number)?;
        let waker = slot.waker.take()?;
        if slot.listed == Listed::Sorted {
            slot.listed = Listed::Nowhere;
            self.sorted.remove(&(slot.moment, place.slot));
        }
        self.free.push(place.slot);
        if self.free.len() == self.slots.len() && self.slots.len() > SMALL {
            self.clear();
        }
        Some(waker)
    }

    /// Everybody has left: a rush is over.
    #[cold]
    fn clear(&mut self) {
        (self.slots, self.free, self.fresh) = (Vec::new(), Vec::new(), Vec::new());
    }

    /// Takes out those whose moment has come. Returns them, and the nearest moment of the others: [`Instant::NEVER`] when
    /// there are none.
    pub(super) fn look(&mut self, now: Instant) -> (Vec<Waker>, Instant) {
        for index in self.fresh.drain(..) {
            let slot = &mut self.slots[index];
            slot.listed = if slot.waker.is_some() { Listed::Sorted } else { Listed::Nowhere };
            if slot.listed == Listed::Sorted {
                self.sorted.insert((slot.moment, index));
            }
        }
        let mut due = Vec::new();
        let mut nearest = Instant::NEVER;
        while let Some(&(moment, index)) = self.sorted.first() {
            if moment > now {
                nearest = moment;
                break;
            }
            self.sorted.pop_first();
            let slot = &mut self.slots[index];
            slot.listed = Listed::Nowhere;
            due.extend(slot.waker.take());
            self.free.push(index);
        }
        self.shrink();
        (due, nearest)
    }

    /// Gives back what a rush has left at the end. To be called when nobody is fresh.
    fn shrink(&mut self) {
        let length = self.slots.len();
        if length <= SMALL || self.free.len() < length / 2 {
            return;
        }
        while self.slots.len() > SMALL && self.slots.last().is_some_and(|slot| slot.listed == Listed::Nowhere) {
            self.slots.pop();
        }
        if self.slots.len() < length {
            self.free.retain(|index| *index < self.slots.len());
            self.slots.shrink_to_fit();
            self.free.shrink_to_fit();
            self.fresh.shrink_to(SMALL);
        }
    }
}

#[cfg(test)]
mod tests;
