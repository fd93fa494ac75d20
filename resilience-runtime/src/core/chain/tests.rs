//! One thread; `interleavings` has more of them.

use super::{Chain, Link, Linked};

pub(super) struct Node {
    id: u32,
    link: Link<Self>,
}

impl Node {
    pub(super) fn id(&self) -> u32 {
        self.id
    }
}

impl Linked for Node {
    fn link(&self) -> &Link<Self> {
        &self.link
    }
}

pub(super) fn leak(id: u32) -> &'static Node {
    Box::leak(Box::new(Node { id, link: Link::new() }))
}

#[cfg(not(resilience_loom))]
mod alone {
    use std::thread;

    use super::{Chain, Node, leak};

    fn ids(chain: &Chain<Node>) -> Vec<u32> {
        chain.iter().map(Node::id).collect()
    }

    #[test]
    fn an_empty_chain_has_nobody() {
        assert!(ids(&Chain::new()).is_empty());
    }

    #[test]
    fn who_was_linked_last_comes_first() {
        let chain = Chain::new();
        [1, 2, 3].into_iter().for_each(|id| chain.enlist(leak(id)));
        assert_eq!(ids(&chain), [3, 2, 1]);
    }

    #[test]
    fn linked_again_it_is_in_once_and_no_circle() {
        let chain = Chain::new();
        let [first, last] = [1, 2].map(leak);
        [first, first, last, first, last].into_iter().for_each(|node| chain.enlist(node));
        assert_eq!(ids(&chain), [2, 1]);
    }

    #[test]
    fn a_thousand_from_each_of_four_threads_are_in() {
        let chain = Chain::new();
        thread::scope(|scope| {
            for from in [0, 1000, 2000, 3000] {
                let chain = &chain;
                scope.spawn(move || (from..from + 1000).for_each(|id| chain.enlist(leak(id))));
            }
        });
        let mut all = ids(&chain);
        all.sort_unstable();
        assert!(all.into_iter().eq(0..4000));
    }
}
