use resilience::retry;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

#[async_trait::async_trait]
pub trait Fetch {
    #[retry]
    async fn f(&self) -> Result<u32, Failure>;
}

fn main() {
    
}
