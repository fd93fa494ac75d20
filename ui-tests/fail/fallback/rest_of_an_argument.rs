use resilience::fallback;

struct Point {
    x: u32,
    y: u32,
}

fn cached(point: Point) -> Option<u32> {
    Some(point.y)
}

#[fallback(cached)]
fn load(Point { x, .. }: Point) -> Option<u32> {
    Some(x)
}

fn largest(all: (u32, u32, u32)) -> Option<u32> {
    Some(all.2)
}

#[fallback(largest)]
fn first((first, ..): (u32, u32, u32)) -> Option<u32> {
    Some(first)
}

fn either(either: Result<u32, u32>) -> Option<u32> {
    either.ok()
}

#[fallback(either)]
fn both((Ok(n) | Err(n)): Result<u32, u32>) -> Option<u32> {
    Some(n)
}

fn numbers(all: [u32; 3]) -> Option<u32> {
    Some(all[2])
}

#[fallback(numbers)]
fn rest([first, rest @ ..]: [u32; 3]) -> Option<u32> {
    Some(first + rest[0])
}

fn main() {}
