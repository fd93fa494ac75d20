//! Who holds how many worker threads.

use crate::core::name::Name;

/// How many threads the bodies of each timeout hold, by its name. Only those that hold one are listed: there are few, and
/// names that are made at run time leave nothing behind.
pub(super) struct Shares(Vec<(Name, usize)>);

impl Shares {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Takes one thread for `holder`, unless it has `limit` of them.
    pub(super) fn take(&mut self, holder: &Name, limit: usize) -> bool {
        match self.0.iter_mut().find(|(name, _)| name == holder) {
            Some((_, held)) if *held >= limit => return false,
            Some((_, held)) => *held += 1,
            None => self.0.push((holder.clone(), 1)),
        }
        true
    }

    /// Gives one thread back.
    pub(super) fn give_back(&mut self, holder: &Name) {
        let Some(place) = self.0.iter().position(|(name, _)| name == holder) else { return };
        match &mut self.0[place].1 {
            1 => drop(self.0.swap_remove(place)),
            held => *held -= 1,
        }
    }

    #[cfg(all(test, resilience_loom))]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
