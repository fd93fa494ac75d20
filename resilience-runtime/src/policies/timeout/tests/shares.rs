//! What one function may hold of the worker threads.

use super::workers::{abandon, hung, pool};
use super::*;
use crate::policies::timeout::call::on_worker_of;

#[test]
fn hung_bodies_of_one_function_leave_half_of_the_pool_to_the_others() {
    let (pool, hanging, healthy) = (pool(256), named("hanging"), timeout());
    let hung: Vec<_> = std::iter::from_fn(|| {
        let (release, body) = hung();
        let refused = matches!(on_worker_of(pool, &hanging, MS / 10, body), Err(Error::BulkheadFull(_)));
        (!refused).then_some(release)
    })
    .take(256)
    .collect();
    assert_eq!((hung.len(), pool.stats().max_per_function), (128, 128));
    let Err(Error::BulkheadFull(full)) = on_worker_of(pool, &hanging, AMPLE, || ()) else { panic!("it has its share") };
    assert_eq!((full.limit(), full.is_share()), (128, true));
    assert_eq!(full.to_string(), "`hanging` holds 128 worker threads, as many as one function may");
    assert_eq!(on_worker_of(pool, &healthy, AMPLE, || 7), Ok(7));

    drop(hung);
    eventually("the bodies end", || pool.stats().busy == 0);
    assert_eq!(on_worker_of(pool, &hanging, AMPLE, || 7), Ok(7));
}

#[test]
fn a_name_has_one_share_whoever_uses_it() {
    let pool = pool(4);
    let hanging = [abandon(pool, &named("one")), abandon(pool, &named("one"))];
    assert!(matches!(on_worker_of(pool, &named("one"), AMPLE, || ()), Err(Error::BulkheadFull(_))));
    assert_eq!(on_worker_of(pool, &named("other"), AMPLE, || 7), Ok(7));
    drop(hanging);
}

#[test]
fn the_share_of_one_function_can_be_set() {
    for (share, expected) in [(0.75, 6), (0.5, 4), (1.0, 8), (0.0, 1), (0.1, 1), (-3.0, 1), (7.0, 8), (f64::NAN, 1)] {
        let (pool, timeout) = (pool(8), timeout());
        pool.set_share(share);
        assert_eq!(pool.stats().max_per_function, expected, "{share}");
        let hanging: Vec<_> = (0..expected).map(|_| abandon(pool, &timeout)).collect();
        let refused = on_worker_of(pool, &timeout, AMPLE, || ());
        let Err(Error::BulkheadFull(full)) = refused else { panic!("{share}: {refused:?}") };
        assert_eq!((full.limit(), full.is_share()), (expected, expected < 8), "{share}");
        drop(hanging);
    }
}

#[test]
fn a_pool_of_one_serves_everybody_in_turn() {
    let (pool, timeout) = (pool(1), timeout());
    assert_eq!(on_worker_of(pool, &timeout, AMPLE, || 7), Ok(7));
    assert_eq!(on_worker_of(pool, &named("other"), AMPLE, || 8), Ok(8));
}
