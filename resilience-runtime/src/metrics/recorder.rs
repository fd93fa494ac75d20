//! Which recorder is listening, and what it has heard.
//!
//! Counters and gauges are handed over as totals. A histogram can only be added to, and a gauge whose policy is gone must
//! be set to 0, so it matters what this very recorder has already been given. In production there is one recorder for ever; tests install local
//! ones, one after the other, often at the same address.

use std::collections::HashMap;

use ::metrics::{Key, Label, Level, Metadata, SharedString, with_recorder};

use super::describe::BUILD_INFO;
use super::duration::Heard;
use super::gone::Shown;
use crate::core::sync::{Arc, Mutex};
use crate::registry::Registry;

/// How many recorders are remembered. Nobody alternates between more.
const REMEMBERED: usize = 8;

static RECORDERS: Mutex<Vec<Known>> = Mutex::new(Vec::new());

#[derive(Debug)]
struct Known {
    address: usize,
    heard: Arc<Mutex<HashMap<usize, Heard>>>,
    shown: Arc<Mutex<Shown>>,
}

/// The current recorder.
#[derive(Debug)]
pub(super) struct Current {
    is_new: bool,
    heard: Arc<Mutex<HashMap<usize, Heard>>>,
    shown: Arc<Mutex<Shown>>,
}

impl Current {
    /// Whether it hears from us for the first time.
    pub(super) const fn is_new(&self) -> bool {
        self.is_new
    }

    /// What it has heard of each function, by the address of the function's record.
    pub(super) const fn heard(&self) -> &Arc<Mutex<HashMap<usize, Heard>>> {
        &self.heard
    }

    /// Whose gauges it was shown last time and is not shown now. The names of now are remembered.
    pub(super) fn gone<'a>(
        &self,
        registry: &Registry,
        metric: &'static str,
        names: impl Iterator<Item = &'a String>,
    ) -> Vec<String> {
        self.shown.lock().replace(registry.address(), metric, names)
    }
}

/// Introduces us to the current recorder, with the build information.
pub(super) fn current() -> Current {
    let version: Arc<str> = Arc::from(env!("CARGO_PKG_VERSION"));
    let key = Key::from_parts(BUILD_INFO, vec![Label::new("version", SharedString::from(Arc::clone(&version)))]);
    let metadata = Metadata::new("resilience", Level::INFO, Some(module_path!()));
    let address = with_recorder(|recorder| {
        recorder.register_gauge(&key, &metadata).set(1.0);
        std::ptr::from_ref(recorder).cast::<()>().addr()
    });
    drop(key);
    // A recorder keeps the key that it sees first, and drops each equal one: it keeps this one only if it is new, even
    // where an older recorder had the same address. One that keeps none at all is told apart by its address.
    let keeps_it = Arc::strong_count(&version) > 1;
    let mut recorders = RECORDERS.lock();
    let known = recorders.iter().position(|known| known.address == address);
    let is_new = keeps_it || known.is_none();
    let mut known = known.map(|index| recorders.remove(index));
    let known = match known.take_if(|_| !is_new) {
        Some(known) => known,
        None => Known { address, heard: Arc::default(), shown: Arc::default() },
    };
    let (heard, shown) = (Arc::clone(&known.heard), Arc::clone(&known.shown));
    if recorders.len() >= REMEMBERED {
        recorders.remove(0);
    }
    // The most recent is last.
    recorders.push(known);
    Current { is_new, heard, shown }
}
