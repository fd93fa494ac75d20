mod keyed;
mod machine;
mod model;
mod permit;
mod quiet;
mod reading;
mod told;
mod untold;
