//~ once: error[E0277]
//~ the body consumes `name`, which `refused` needs
//~ `name` is consumed here: consume a clone of it, or let `refused` do without `name`
//~ rs:14:12
//~ never: E0382
use resilience::timeout;

fn length(name: String) -> usize {
    name.len()
}

#[timeout("1s", refused = |_| name.len())]
async fn f(name: String) -> usize {
    length(name)
}

fn main() {
    drop(f(String::new()));
}
