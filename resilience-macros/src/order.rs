//! Which stacks mean what they say.

use crate::args::Kind;
use crate::diagnostics::Errors;
use crate::fallback;
use crate::stack::Layer;

/// Reports every pair that cannot work as written; `layers` are outermost first.
pub(crate) fn check(layers: &[Layer], errors: &mut Errors) {
    for (index, layer) in layers.iter().enumerate() {
        let above = &layers[..index];
        match layer {
            Layer::Fallback(inner) => below(above, inner, errors),
            Layer::Timeout(_) => {
                if above.iter().filter(|other| other.kind() == Kind::Timeout).count() == 2 {
                    errors.at(
                        layer.span(),
                        "a third `#[timeout]` on one function: two are enough, one above `#[retry]` for the whole call and one below it for each attempt",
                    );
                }
            }
            Layer::Retry(_) => once(
                above,
                layer,
                "attempts multiply, three times three are nine: raise `max_attempts` instead",
                errors,
            ),
            Layer::CircuitBreaker(_) => {
                once(
                    above,
                    layer,
                    "one breaker guards one dependency: put the call to the other one into a function of its own",
                    errors,
                );
            }
        }
    }
}

fn once(above: &[Layer], layer: &Layer, advice: &str, errors: &mut Errors) {
    if above.iter().any(|other| other.kind() == layer.kind()) {
        errors.at(layer.span(), format_args!("`#[{}]` twice on one function: {advice}", layer.kind().name()));
    }
}

/// A fallback with other layers above it.
fn below(above: &[Layer], inner: &fallback::Plan, errors: &mut Errors) {
    for outer in above {
        match outer {
            Layer::Retry(_) if inner.catches_all() => errors.at(
                outer.span(),
                "`#[retry]` above a `#[fallback]` that catches everything never sees a failure: write `#[fallback(..)]` above `#[retry]`, or limit the fallback with `when = |error| ...`",
            ),
            Layer::CircuitBreaker(_) if inner.catches_all() => errors.at(
                outer.span(),
                "`#[circuit_breaker]` above a `#[fallback]` that catches everything never sees a failure, so it would never open: write `#[fallback(..)]` above `#[circuit_breaker]`, or limit the fallback with `when = |error| ...`",
            ),
            Layer::Fallback(outer) => fallbacks(outer, inner, errors),
            _ => {}
        }
    }
}

fn fallbacks(outer: &fallback::Plan, inner: &fallback::Plan, errors: &mut Errors) {
    let leaves = |plan: &fallback::Plan| {
        let when = plan.when.as_ref().map(ToString::to_string);
        (when, plan.common.none_succeeds().is_some())
    };
    match (outer.catches_all(), inner.catches_all()) {
        (true, true) => errors.at(
            inner.common.span,
            "`#[fallback]` twice on one function, and both catch everything: limit this one with `when = |error| ...`",
        ),
        (false, true) => errors.at(
            outer.common.span,
            "this `#[fallback]` stands above one that catches everything and never sees a failure: write the one without `when` on top",
        ),
        (false, false) if leaves(outer) == leaves(inner) && inner.when.is_none() => errors.at(
            inner.common.span,
            "`#[fallback]` twice on one function, and both catch everything but `None`: limit this one with `when = |error| ...`",
        ),
        (false, false) if leaves(outer) == leaves(inner) => errors.at(
            inner.common.span,
            "two `#[fallback]`s with the same `when`: the upper one never sees a failure; give them different conditions",
        ),
        _ => {}
    }
}
