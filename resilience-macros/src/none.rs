//! `none_is` belongs to functions that return an `Option`, and leaves the options that look at errors nothing to see.

use syn::Type;

use crate::args::Kind;
use crate::diagnostics::Errors;
use crate::input::{Function, peel};
use crate::returns::is_plain;
use crate::stack::Layer;
use crate::standby::success;

/// Reports each `none_is` that says nothing, as far as the signature tells; of aliases the compiler knows.
pub(crate) fn check(function: &Function, layers: &[Layer], errors: &mut Errors) {
    let returned = function.outcome().map(|(ty, _)| ty);
    for layer in layers {
        let Some(none) = layer.common().none_is else { continue };
        if let Some(returns) = other_than_option(returned.as_ref()) {
            let ident = &function.sig.ident;
            let instead = instead(layer.kind(), returned.as_ref());
            errors.at(
                none.span,
                format_args!(
                    "`none_is` says what the `None` of an `Option<T>` means; `{ident}` returns {returns}{instead}"
                ),
            );
        } else if none.success
            && let Some(option) = idle(layer)
        {
            errors.at(
                none.span,
                format_args!(
                    "`{option}` looks at errors, and with `none_is = success` this function has none: leave it out"
                ),
            );
        }
    }
}

/// What a function visibly returns that is no `Option`.
fn other_than_option(returned: Option<&Type>) -> Option<&'static str> {
    match returned.map(peel) {
        None => Some("nothing"),
        Some(Type::Path(path)) if path.path.segments.last().is_some_and(|last| last.ident == "Result") => {
            Some("a `Result`")
        }
        Some(ty) if is_plain(ty) => Some("a plain value"),
        Some(_) => None,
    }
}

/// What somebody may have meant whose `Result` has an `Option` in it.
fn instead(kind: Kind, returned: Option<&Type>) -> String {
    let Some(Type::Path(path)) = returned.map(peel) else { return String::new() };
    let inner = path.path.segments.last().and_then(success);
    let has_option =
        matches!(inner, Some(Type::Path(path)) if path.path.segments.last().is_some_and(|last| last.ident == "Option"));
    if !has_option {
        return String::new();
    }
    let option = match kind {
        Kind::Retry => "retry_if_result",
        Kind::CircuitBreaker => "failure_if_result",
        Kind::Timeout | Kind::Fallback => "when_result",
    };
    format!(", whose `Ok(None)` is a success unless `{option} = |value| value.is_none()` says otherwise")
}

/// An option of `layer` that is asked about errors of the body only.
fn idle(layer: &Layer) -> Option<&'static str> {
    let options = match layer {
        Layer::Retry(plan) => vec![
            ("retry_if", plan.retry_if.is_some()),
            ("abort_if", plan.abort_if.is_some()),
            ("retry_after", plan.retry_after.is_some()),
            ("before_retry", plan.before_retry.is_some()),
        ],
        Layer::CircuitBreaker(plan) => {
            vec![("failure_if", plan.failure_if.is_some()), ("ignore_if", plan.ignore_if.is_some())]
        }
        // Its `when` is asked about refusals, too.
        Layer::Timeout(_) | Layer::Fallback(_) => Vec::new(),
    };
    options.into_iter().find(|(_, given)| *given).map(|(option, _)| option)
}
