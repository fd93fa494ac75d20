//! The breaker at work: one step of the machine at a time, and the successes that need none.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::{mem, thread};

use super::machine::{Generation, Machine, Ticket};
use super::quiet::Quiet;
use super::reason::{Effect, Transition};
use super::stats::{Counters, Stripe};
use super::{CircuitBreaker, Config};
use crate::core::clock::{self, Instant, nanos};
use crate::core::event::EventKind;
use crate::core::opening::Opening;
use crate::core::outcome::Verdict;
use crate::core::probing;
use crate::core::state::CircuitState;
use crate::core::sync::{Arc, MutexGuard, Ordering};

/// The gate while the machine must be asked.
pub(super) const GUARDED: u64 = u64::MAX;
/// Added to the gate while successes are only counted.
const QUIET: u64 = 1;

impl CircuitBreaker {
    /// Reads the machine. No state changes by that, and no rule is looked at.
    pub(super) fn look<T>(&self, read: impl FnOnce(&mut Machine, &Config, Instant) -> T) -> T {
        let now = clock::now();
        read(&mut self.up_to_date(now), &self.0.config, now)
    }

    /// The machine, with what was counted without asking it.
    fn up_to_date(&self, now: Instant) -> MutexGuard<'_, Machine> {
        let core = &*self.0;
        let mut machine = core.machine.lock();
        let quiet = quiet_gate(machine.generation());
        let slot = machine.slot(now);
        machine.absorb(&core.config, core.counters.take(quiet, slot));
        machine
    }

    /// One step of the machine under its lock; what it caused is told after the lock is released. `words` puts the error of
    /// the call into words, if it is the one that opens the breaker.
    pub(super) fn step<T>(
        &self,
        now: Instant,
        words: Words<'_>,
        step: impl FnOnce(&mut Machine, &Config) -> (T, Option<Effect>),
    ) -> T {
        let core = &*self.0;
        let mut machine = self.up_to_date(now);
        let tripped = machine.judge_absorbed(&core.config, now);
        let (result, effect) = step(&mut machine, &core.config);
        // Under the lock: what follows must follow. And before anybody is refused for it.
        let openings = [tripped, effect].map(|effect| effect.and_then(|effect| self.queue(effect, now)));
        let effects = [tripped, effect].map(|effect| effect.filter(Effect::is_news));
        core.open_for.store(nanos(machine.open_for()), Ordering::Relaxed);
        let until = machine.open_until().map_or(0, Instant::as_nanos);
        core.open_until.store(until, Ordering::Relaxed);
        core.by_hand.store(machine.is_by_hand(), Ordering::Relaxed);
        let gate = gate(&mut machine, &core.config, now);
        if gate == quiet_gate(machine.generation()) {
            core.counters.arm(gate, machine.slot(now));
        }
        // Release: a caller that reads the new gate must not see an older machine.
        core.gate.store(gate, Ordering::Release);
        let streak = machine.streak();
        drop(machine);
        if effects.iter().any(Option::is_some) {
            self.tell(effects, openings, streak, words);
        }
        result
    }

    /// Writes down why it opened, and queues what somebody is to be told. One that is opened by hand while it is open tells
    /// nobody, but is open for another reason from then on.
    fn queue(&self, effect: Effect, now: Instant) -> Option<Arc<Opening>> {
        let core = &*self.0;
        let opening = match effect {
            Effect::Changed(change) if change.opens() => Some(core.openings.open(core.observer.name(), change.reason)),
            _ => None,
        };
        if effect.is_news() {
            core.untold.push(effect, opening.clone(), now);
        }
        opening
    }

    /// Counts and tells. All of the user's code that a step leads to runs here, under no lock.
    #[cold]
    fn tell(&self, effects: [Option<Effect>; 2], openings: [Option<Arc<Opening>>; 2], streak: u32, words: Words<'_>) {
        let core = &*self.0;
        // What was taken in before the step has opened without an error of this call.
        let asked = catch_unwind(AssertUnwindSafe(|| {
            if let [_, Some(opening)] = &openings
                && let Some(text) = words()
            {
                opening.set_error(text);
            }
            if openings.iter().any(Option::is_some) {
                self.prepare(streak);
            }
        }));
        for effect in effects.into_iter().flatten() {
            self.tally(|counters| counters.happened(effect));
            core.untold.tell(|effect, opening, at| core.observer.emit_opening(kind(effect), opening, at));
        }
        // What has happened was counted and told all the same. A panic beside another one would end the process.
        match asked {
            Ok(()) => {}
            Err(panic) if thread::panicking() => mem::forget(panic),
            Err(panic) => resume_unwind(panic),
        }
    }

    /// Asks the user's function how long the opening lasts that may follow this one, while no lock is held.
    pub(super) fn prepare(&self, streak: u32) {
        let core = &*self.0;
        if let Some(recovery) = &core.config.recovery {
            let length = recovery.length(streak.saturating_add(1));
            core.machine.lock().prepare(streak, length);
        }
    }

    /// Counts in the lifetime counts, and in those of the family.
    #[inline(always)]
    pub(super) fn tally(&self, count: impl Fn(&Counters)) {
        count(&self.0.counters);
        if let Some(family) = &self.0.family {
            count(family);
        }
    }

    /// Takes in how a passed call ended that began at `started`, if it was timed.
    #[inline(always)]
    pub(super) fn record(&self, ticket: Ticket, verdict: Verdict, started: Instant, words: Words<'_>) {
        if verdict != Verdict::Success || !self.count(ticket, started) {
            self.judge(ticket, verdict, started, words);
        }
    }

    /// Only counts a success, where it can trip no rule. Returns whether that is so.
    #[inline(always)]
    fn count(&self, ticket: Ticket, started: Instant) -> bool {
        let core = &*self.0;
        let gate = quiet_gate(ticket.generation);
        // Acquire: pairs with the machine's step.
        if core.gate.load(Ordering::Acquire) != gate {
            return false;
        }
        let Some(Stripe { quiet, .. }) = core.counters.own() else { return self.count_shared(gate, started) };
        // A slot is a tenth of the window, so that a recent reading is near enough.
        if !quiet.is_armed(gate) || (core.has_slots && is_over(quiet)) {
            return false;
        }
        match started {
            Instant::NEVER => quiet.count(),
            started => {
                let latency = clock::now().since(started);
                if latency >= core.long_from {
                    return false;
                }
                quiet.count_timed(latency);
            }
        }
        if let Some(family) = &core.family {
            family.success();
        }
        true
    }

    /// Only counts a success of a thread that has no stripe of its own. A timed one goes to the machine: its latency would
    /// be a second word.
    #[inline(never)]
    fn count_shared(&self, gate: u64, started: Instant) -> bool {
        let core = &*self.0;
        let now = core.has_slots.then(clock::recent);
        let counted = started == Instant::NEVER && core.counters.shared().quiet.count(gate, now);
        if let Some(family) = core.family.as_ref().filter(|_| counted) {
            family.success();
        }
        counted
    }

    /// Tells the machine.
    #[inline(never)]
    fn judge(&self, ticket: Ticket, verdict: Verdict, started: Instant, words: Words<'_>) {
        let core = &*self.0;
        let now = clock::now();
        let latency = (started != Instant::NEVER).then(|| now.since(started));
        self.tally(|counters| counters.done(verdict, core.config.is_slow(latency)));
        if let Some(probe) = ticket.probe {
            probing::end(probe);
        }
        self.step(now, words, |machine, config| ((), machine.record(config, now, ticket, verdict, latency)));
    }

    /// Takes in that a passed call that began at `started`, if it was timed, was given up by its caller.
    #[cold]
    pub(super) fn cancel(&self, ticket: Ticket, started: Instant) {
        let core = &*self.0;
        let now = clock::now();
        let latency = (started != Instant::NEVER).then(|| now.since(started));
        let slow = core.config.is_slow(latency);
        self.tally(|counters| counters.cancelled(slow));
        if let Some(probe) = ticket.probe {
            probing::end(probe);
        }
        if slow || ticket.probe.is_some() {
            self.step(now, &no_words, |machine, config| ((), machine.cancel(config, now, ticket, latency)));
        }
    }
}

const fn kind(effect: Effect) -> EventKind {
    match effect {
        Effect::Changed(Transition { from, to, .. }) => EventKind::StateChanged { from, to },
        Effect::WouldOpen(reason) => EventKind::WouldOpen { reason },
    }
}

/// How the error of a call is put into words, if anybody wants to know: user code.
pub(super) type Words<'a> = &'a dyn Fn() -> Option<String>;

/// There is no error.
pub(super) const fn no_words() -> Option<String> {
    None
}

/// The gate of a generation while its successes are only counted.
#[inline]
const fn quiet_gate(generation: Generation) -> u64 {
    generation.get() << 1 | QUIET
}

/// What callers may do without asking the machine.
pub(super) fn gate(machine: &mut Machine, config: &Config, now: Instant) -> u64 {
    match machine.state() {
        CircuitState::Closed | CircuitState::MetricsOnly if machine.is_quiet(config, now) => {
            quiet_gate(machine.generation())
        }
        CircuitState::Closed | CircuitState::MetricsOnly => machine.generation().get() << 1,
        _ => GUARDED,
    }
}

/// Whether the slot that a stripe counts in is over.
// Out of line: only windows of time have slots, and the reading of the clock is longer than all else that is counted.
#[inline(never)]
fn is_over(quiet: &Quiet) -> bool {
    quiet.is_over(clock::recent())
}
