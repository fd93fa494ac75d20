//! Whether a body takes with it what it is given, or leaves it to the next attempt, or to a fallback.

use proc_macro2::Ident;

use crate::input::{Function, arguments, mentions};
use crate::refused::Refused;
use crate::stack::Layer;

/// Whether the body runs once, and nobody needs the arguments after it.
pub(crate) fn is_one_shot(function: &Function, layers: &[Layer]) -> bool {
    let names = arguments(&function.sig);
    let is_one = |ident: &Ident| ident == "self" || names.iter().any(|argument| argument.ident == *ident);
    let leaves_alone = |layer: &Layer| match layer {
        Layer::Retry(plan) => plan.is_single() && !plan.needs(&is_one),
        Layer::Timeout(_) => true,
        Layer::CircuitBreaker(plan) => [&plan.failure_if, &plan.ignore_if, &plan.failure_if_result]
            .into_iter()
            .all(|code| !code.as_ref().is_some_and(|code| mentions(code, &is_one))),
        Layer::Fallback(plan) => !plan.needs(&is_one),
    };
    layers.iter().all(leaves_alone) && !Refused::of(layers).is_some_and(|refused| refused.needs(&is_one))
}
