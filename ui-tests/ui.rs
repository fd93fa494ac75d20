//! What does not compile, and what is said about it.
//!
//! `fail/` holds mistakes that our own words answer: compared to the letter. `rustc/` holds those that the compiler
//! answers: its words change between releases, so a case lists the codes and fragments it must contain.
//!
//! After a change of wording: `TRYBUILD=overwrite cargo test -p ui-tests`, and read the difference.

mod matrix;
mod rustc;

#[test]
fn mistakes_are_explained() {
    let cases = trybuild::TestCases::new();
    cases.pass("pass/*.rs");
    cases.compile_fail("fail/*/*.rs");
}
