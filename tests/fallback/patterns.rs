//! `#[fallback(path)]` under arguments that are taken apart: the path is called with the whole of each.

use crate::support::*;
use resilience::{circuit_breaker, fallback, retry};

#[derive(Debug, Clone, PartialEq)]
struct Point {
    x: u32,
    name: String,
}

fn point() -> Point {
    Point { x: 4, name: "home".into() }
}

fn of_point(point: Point) -> Reply {
    Ok(point.x + u32::try_from(point.name.len()).unwrap())
}

#[fallback(of_point)]
fn by_reference(ref point: Point) -> Reply {
    Err(Failure::Status(u16::try_from(point.x).unwrap()))
}

#[fallback(of_point)]
async fn by_exclusive_reference(ref mut point: Point) -> Reply {
    point.x += 1;
    Err(Failure::Status(500))
}

#[fallback(of_point)]
#[retry(max_attempts = 2, base_delay = "1ms", retry_if = |_| name.is_empty())]
fn fields(Point { x: _, ref name }: Point) -> Reply {
    Err(Failure::Status(u16::try_from(name.len()).unwrap()))
}

fn of_pair((x, name): (u32, String), numbers: [u32; 2]) -> Reply {
    Ok(x + u32::try_from(name.len()).unwrap() + numbers[0] + numbers[1])
}

#[fallback(of_pair)]
#[circuit_breaker(name = "fallback::patterns", key = x)]
fn nested((x, _): (u32, String), [ref mut first, mut last]: [u32; 2]) -> Reply {
    *first += 10;
    last += 1000;
    Err(Failure::Status(u16::try_from(x + last).unwrap()))
}

fn of_references(point: &Point, pair: &mut (u32, u32), number: &u32, numbers: &[u32]) -> Reply {
    pair.0 += 100;
    Ok(point.x + pair.0 + pair.1 + number + numbers.iter().sum::<u32>())
}

#[fallback(of_references)]
#[allow(clippy::redundant_at_rest_pattern, reason = "every pattern is to be handed on")]
async fn behind_references(
    Point { x, .. }: &Point,
    (a, _): &mut (u32, u32),
    &number: &u32,
    [rest @ ..]: &[u32],
) -> Reply {
    let _ = rest;
    *a += x + number;
    Err(Failure::Status(500))
}

fn of_number(number: u32, _: (u32, u32)) -> Reply {
    Ok(number)
}

#[fallback(of_number)]
#[allow(clippy::redundant_pattern, reason = "every pattern is to be handed on")]
fn bound_as_well(number @ _: u32, pair @ (a, _): (u32, u32)) -> Reply {
    Err(Failure::Status(u16::try_from(number + pair.1 + a).unwrap()))
}

#[fallback(of_number)]
fn returned_future(_: u32, (ref a, _): (u32, u32)) -> impl Future<Output = Reply> {
    std::future::ready(Err(Failure::Status(u16::try_from(*a).unwrap())))
}

#[tokio::test(start_paused = true)]
async fn a_path_is_called_with_the_whole_of_every_argument() {
    assert_eq!(by_reference(point()), Ok(8));
    assert_eq!(by_exclusive_reference(point()).await, Ok(9));
    assert_eq!(fields(point()), Ok(8));
    assert_eq!(nested((1, "ab".into()), [3, 4]), Ok(20));
    let mut pair = (1, 2);
    assert_eq!(behind_references(&point(), &mut pair, &3, &[5, 6]).await, Ok(4 + 108 + 2 + 3 + 11));
    assert_eq!(pair, (108, 2));
    assert_eq!(bound_as_well(5, (1, 2)), Ok(5));
    assert_eq!(returned_future(6, (1, 2)).await, Ok(6));
}
