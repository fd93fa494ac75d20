//! Which layers may stand above which: the rules of the attributes, said in types.

/// Tries again.
#[derive(Debug)]
pub struct Retries;
/// Watches failures, and refuses calls.
#[derive(Debug)]
pub struct Breaks;
/// Ends calls.
#[derive(Debug)]
pub struct Ends;
/// Answers for every failure.
#[derive(Debug)]
pub struct CatchesAll;
/// Answers for some failures.
#[derive(Debug)]
pub struct CatchesSome;

/// A role that means something above the role `Below`.
#[diagnostic::on_unimplemented(
    message = "a layer that `{Self}` means nothing above a layer that `{Below}`",
    label = "this layer cannot stand here",
    note = "a retry, a breaker or a fallback above a fallback that catches everything never sees a failure: put that fallback on top, or limit it with `.when(|fault| ..)`",
    note = "attempts of two retries multiply, and one breaker guards one dependency: each stands in a pipeline once"
)]
pub trait Above<Below> {}

impl Above<Breaks> for Retries {}
impl Above<Ends> for Retries {}
impl Above<CatchesSome> for Retries {}

impl Above<Retries> for Breaks {}
impl Above<Ends> for Breaks {}
impl Above<CatchesSome> for Breaks {}

impl<Below> Above<Below> for Ends {}

impl Above<Retries> for CatchesAll {}
impl Above<Breaks> for CatchesAll {}
impl Above<Ends> for CatchesAll {}
impl Above<CatchesSome> for CatchesAll {}

impl Above<Retries> for CatchesSome {}
impl Above<Breaks> for CatchesSome {}
impl Above<Ends> for CatchesSome {}
impl Above<CatchesSome> for CatchesSome {}

/// A stack below which a layer of a role may be put.
pub trait Admits<Role> {}

impl<Role> Admits<Role> for () {}

impl<Role, L, P> Admits<Role> for (L, P)
where
    L: Admits<Role>,
    P: super::Layer<Role: Above<Role>>,
{
}
