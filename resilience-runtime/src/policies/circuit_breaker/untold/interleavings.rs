//! Transitions are told in order, none lost, none twice.

use super::Untold;
use crate::core::clock::Instant;
use crate::core::opening::{OpenReason, Rule};
use crate::core::state::CircuitState;
use crate::core::sync::{Arc, Mutex, check, thread};
use crate::policies::circuit_breaker::reason::{Effect, Transition};

/// A machine that goes from state to state, and somebody who is told of it.
#[derive(Default)]
struct Told {
    state: Mutex<usize>,
    untold: Untold,
    told: Mutex<Vec<CircuitState>>,
}

impl Told {
    fn change(&self) {
        let mut state = self.state.lock();
        let (from, to) = (CircuitState::ALL[*state], CircuitState::ALL[*state + 1]);
        *state += 1;
        let change = Transition { from, to, reason: OpenReason::plain(Rule::Manual) };
        self.untold.push(Effect::Changed(change), None, Instant::from_nanos(0));
        drop(state);
        self.untold.tell(|effect, _, _| {
            if let Effect::Changed(change) = effect {
                self.told.lock().push(change.to);
            }
        });
    }
}

/// Fails when `tell` does not return while another thread is telling, or looks at this under one lock and notes it under
/// another (out of order), and when the turn ends under another lock than the look at the queue (one is lost).
#[test]
fn transitions_are_told_in_order_and_once() {
    check(|| {
        let told = Arc::new(Told::default());
        let threads = [1, 2].map(|changes| {
            let told = Arc::clone(&told);
            thread::spawn(move || (0..changes).for_each(|_| told.change()))
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(*told.told.lock(), CircuitState::ALL[1..=3]);
    });
}
