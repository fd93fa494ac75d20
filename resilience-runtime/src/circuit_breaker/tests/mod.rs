mod machine;
mod model;
mod permit;
