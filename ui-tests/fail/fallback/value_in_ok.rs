use resilience::fallback;

#[derive(Debug)]
struct Page;

type Reply<T> = Result<T, Failure>;

#[derive(Debug)]
struct Failure;

#[fallback(value = Ok(1))]
fn number() -> Result<u32, Failure> {
    Err(Failure)
}

#[fallback(value = Ok(Page))]
async fn page() -> Result<Page, Failure> {
    Err(Failure)
}

#[fallback(value = Err(Failure))]
fn error() -> Result<Page, Failure> {
    Err(Failure)
}

#[fallback(value = Some(Page))]
fn found() -> Option<Page> {
    None
}

#[fallback(value = None)]
fn nothing() -> std::option::Option<Vec<u8>> {
    None
}

#[fallback(value = Some("a".len() + 1))]
fn some() -> std::io::Result<usize> {
    Ok(1)
}

#[fallback(value = None)]
fn none() -> Result<Vec<u8>, Failure> {
    Err(Failure)
}

#[fallback(value = Ok(2))]
fn by_alias() -> Reply<u32> {
    Err(Failure)
}

#[fallback(value = Ok(vec![1]))]
fn future() -> impl Future<Output = Result<Vec<u8>, Failure>> {
    async { Err(Failure) }
}

#[fallback(value = Ok(3))]
fn plain() -> u32 {
    1
}

fn main() {}
