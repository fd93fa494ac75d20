use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn at(nanos: u64) -> Instant {
    Instant::from_nanos(nanos)
}

fn noop() -> Waker {
    Waker::noop().clone()
}

#[test]
fn those_are_due_whose_moment_has_come() {
    let mut queue = Queue::new();
    for moment in [30, 10, 20, 10] {
        queue.insert(at(moment), noop());
    }
    let look = |queue: &mut Queue, now| {
        let (due, nearest) = queue.look(at(now));
        (due.len(), nearest)
    };
    assert_eq!(look(&mut queue, 9), (0, at(10)));
    assert_eq!(look(&mut queue, 20), (3, at(30)));
    assert_eq!(look(&mut queue, 30), (1, Instant::NEVER));
}

#[test]
fn a_slot_that_has_a_new_tenant_is_not_the_old_ones() {
    let mut queue = Queue::new();
    let old = queue.insert(at(10), noop());
    assert_eq!(queue.look(at(10)).0.len(), 1);
    let new = queue.insert(at(20), noop());
    assert_eq!(old.slot, new.slot);
    assert!(queue.waker(old).is_none() && queue.remove(old).is_none());
    assert!(queue.waker(new).is_some() && queue.remove(new).is_some());
}

#[test]
fn calls_that_come_and_go_need_one_slot() {
    let mut queue = Queue::new();
    for _ in 0..1_000 {
        let place = queue.insert(at(10), noop());
        queue.remove(place).unwrap();
    }
    assert_eq!((queue.slots.len(), queue.free.len(), queue.fresh.len()), (1, 1, 1));
}

#[test]
fn what_a_rush_has_left_is_given_back() {
    let mut queue = Queue::new();
    let stays = queue.insert(at(20), noop());
    let places: Vec<Place> = (0..10_000).map(|_| queue.insert(at(10), noop())).collect();
    queue.look(at(0));
    for place in places {
        queue.remove(place).unwrap();
    }
    queue.look(at(0));
    assert!(queue.slots.capacity() < 100 && queue.free.capacity() < 100 && queue.fresh.capacity() < 100);
    assert!(queue.waker(stays).is_some());
    assert_eq!(queue.look(at(20)).0.len(), 1);
}

#[test]
fn a_rush_that_is_over_leaves_nothing_before_anybody_looks() {
    let mut queue = Queue::new();
    let places: Vec<Place> = (0..1_000).map(|_| queue.insert(at(10), noop())).collect();
    for place in &places {
        queue.remove(*place).unwrap();
    }
    assert_eq!(queue.slots.capacity() + queue.free.capacity() + queue.fresh.capacity(), 0);
    let next = queue.insert(at(10), noop());
    assert!(places.iter().all(|place| queue.remove(*place).is_none()) && queue.remove(next).is_some());
}

#[derive(Debug, Clone)]
enum Step {
    Insert(u64),
    Remove(usize),
    Look(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..100_u64).prop_map(Step::Insert),
        3 => any::<usize>().prop_map(Step::Remove),
        1 => (0..100_u64).prop_map(Step::Look),
    ]
}

proptest! {
    /// Beside a map in which everything has its place at once.
    #[test]
    fn it_is_a_map_by_moment(steps in prop::collection::vec(step(), 0..400)) {
        let mut queue = Queue::new();
        let mut model: BTreeMap<u64, (Place, Instant)> = BTreeMap::new();
        let mut places = Vec::new();
        for step in steps {
            match step {
                Step::Insert(moment) => {
                    let place = queue.insert(at(moment), noop());
                    model.insert(place.number, (place, at(moment)));
                    places.push(place);
                }
                Step::Remove(any) if !places.is_empty() => {
                    let place = places[any % places.len()];
                    let known = model.remove(&place.number).is_some();
                    prop_assert_eq!(queue.waker(place).is_some(), known);
                    prop_assert_eq!(queue.remove(place).is_some(), known);
                }
                Step::Remove(_) => {}
                Step::Look(now) => {
                    let before = model.len();
                    model.retain(|_, (_, moment)| *moment > at(now));
                    let nearest = model.values().map(|(_, moment)| *moment).min().unwrap_or(Instant::NEVER);
                    let (due, found) = queue.look(at(now));
                    prop_assert_eq!((due.len(), found), (before - model.len(), nearest));
                }
            }
        }
        for (place, _) in model.values() {
            prop_assert!(queue.waker(*place).is_some());
        }
    }
}
