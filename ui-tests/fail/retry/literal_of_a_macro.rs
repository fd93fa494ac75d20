use resilience::retry;

macro_rules! load {
    ($delay:literal, $attempts:literal) => {
        #[retry(base_delay = $delay, max_attempts = $attempts)]
        fn load() -> Result<u32, ()> {
            Ok(1)
        }
    };
}

load!("500", 0);

fn main() {}
