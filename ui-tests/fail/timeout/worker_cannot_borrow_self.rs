use resilience::timeout;

#[derive(Debug)]
struct Failure;

impl From<resilience::Error> for Failure {
    fn from(_: resilience::Error) -> Self {
        Self
    }
}

struct Client(u32);

trait Fetch {
    fn fetch(&self) -> Result<u32, Failure>;
}

impl Fetch for Client {
    #[timeout("2s")]
    fn fetch(&self) -> Result<u32, Failure> {
        Ok(self.0)
    }
}

impl Client {
    #[timeout("2s")]
    pub fn shared(&self) -> Result<u32, Failure> {
        Ok(self.0)
    }

    #[timeout("2s")]
    pub fn exclusive(&mut self) -> Result<u32, Failure> {
        Ok(self.0)
    }

    #[timeout("2s")]
    pub fn borrowed(&self) -> Result<&u32, Failure> {
        Ok(&self.0)
    }
}

fn main() {}
