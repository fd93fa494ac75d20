//! The count of readers. The channel is tokio's, which is checked by tokio; here it is one step.

use super::{Bus, Event, EventKind};
use crate::core::kind::PolicyKind;
use crate::core::name::Name;
use crate::core::sync::{Arc, AtomicBool, Ordering, check, thread};

/// Fails when either change of the count becomes a load and a store.
#[test]
fn readers_are_counted_in_and_out() {
    check(|| {
        let bus = Arc::new(Bus::new());
        let line = bus.line();
        let other = Arc::clone(&bus);
        let other = thread::spawn(move || drop(other.subscribe()));
        let own = bus.subscribe();
        assert!(line.has_readers());
        other.join().unwrap();
        assert!(line.has_readers());
        drop(own);
        assert!(!line.has_readers());
    });
}

/// Fails when `subscribe` returns a reader that is not counted yet.
#[test]
fn who_has_subscribed_is_told() {
    check(|| {
        let bus = Arc::new(Bus::new());
        let subscribed = Arc::new(AtomicBool::new(false));
        let (line, seen) = (bus.line(), Arc::clone(&subscribed));
        let emitter = thread::spawn(move || {
            let must_be_told = seen.load(Ordering::Acquire);
            if let Some(bus) = line.bus_with_readers() {
                bus.send(Event {
                    opening: None,
                    name: Name::from("jira"),
                    policy: PolicyKind::Fallback,
                    kind: EventKind::FellBack { ok: true },
                    at: std::time::SystemTime::UNIX_EPOCH,
                });
            }
            must_be_told
        });
        let mut events = bus.subscribe();
        subscribed.store(true, Ordering::Release);
        let must_be_told = emitter.join().unwrap();
        assert!(events.try_recv().is_ok() || !must_be_told);
    });
}
