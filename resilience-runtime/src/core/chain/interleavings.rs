//! Whoever links itself at once with others is found, and found once.

use std::collections::BTreeSet;

use super::Chain;
use super::tests::{Node, leak};
use crate::core::sync::{Arc, check, thread};

/// Fails when `enlist` stores into the chain what it has loaded before, and when it writes the successor after the node can
/// be found.
#[test]
fn all_that_link_themselves_at_once_are_in() {
    check(|| {
        let chain = Arc::new(Chain::new());
        let threads = [1, 2].map(|id| {
            let chain = Arc::clone(&chain);
            thread::spawn(move || chain.enlist(leak(id)))
        });
        chain.enlist(leak(3));
        let seen: Vec<u32> = chain.iter().map(Node::id).collect();
        assert!(seen.contains(&3), "{seen:?}");
        for thread in threads {
            thread.join().unwrap();
        }
        let all: Vec<u32> = chain.iter().map(Node::id).collect();
        assert_eq!((all.len(), BTreeSet::from_iter(all)), (3, BTreeSet::from([1, 2, 3])));
    });
}

/// Fails when `enlist` looks whether a node is in by a load.
#[test]
fn one_that_is_linked_by_two_threads_is_in_once() {
    check(|| {
        let chain = Arc::new(Chain::new());
        chain.enlist(leak(1));
        let node = leak(2);
        let other = Arc::clone(&chain);
        let other = thread::spawn(move || other.enlist(node));
        chain.enlist(node);
        other.join().unwrap();
        assert_eq!(chain.iter().map(Node::id).collect::<Vec<_>>(), [2, 1]);
    });
}
