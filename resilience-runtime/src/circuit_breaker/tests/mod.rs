mod machine;
mod model;
mod permit;
mod quiet;
