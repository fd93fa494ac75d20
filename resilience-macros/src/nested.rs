//! `Option<Result<T, E>>`: its failure is `None`, and an `Err` inside of it a value. Options that look at errors would be
//! shown none, which is hardly what their author has in mind.

use proc_macro2::{Span, TokenStream};
use syn::{Expr, Pat};

use crate::args::{Kind, start};
use crate::diagnostics::Errors;
use crate::fallback::Handler;
use crate::input::{Function, error, is_ignored, mentions, success};
use crate::stack::Layer;

/// Reports each option that looks at errors of such a function.
pub(crate) fn check(function: &Function, layers: &[Layer], errors: &mut Errors) {
    let Some(returned) = function.outcome().map(|(ty, _)| ty) else { return };
    let is_option = error(&returned).is_none();
    if !is_option || success(&returned).and_then(error).is_none() {
        return;
    }
    let name = &function.sig.ident;
    for layer in layers {
        for (option, at) in looking(layer) {
            let instead = match layer.kind() {
                Kind::Retry => "retry_if_result",
                Kind::CircuitBreaker => "failure_if_result",
                Kind::Fallback | Kind::Timeout => "when_result",
            };
            errors.at(
                at,
                format_args!(
                    "{option} looks at errors, and the failure of `{name}` is `None`, which has none: `Some(Err(_))` is a success; write `{instead} = |value| ...`, or return `Result<Option<T>, E>`"
                ),
            );
        }
    }
}

/// The options of a layer that look at errors, and where they are.
fn looking(layer: &Layer) -> Vec<(&'static str, Span)> {
    let given = match layer {
        Layer::Retry(plan) => vec![
            ("`retry_if`", plan.retry_if.as_ref()),
            ("`abort_if`", plan.abort_if.as_ref()),
            ("`retry_after`", plan.retry_after.as_ref()),
        ],
        Layer::CircuitBreaker(plan) => {
            vec![("`failure_if`", plan.failure_if.as_ref()), ("`ignore_if`", plan.ignore_if.as_ref())]
        }
        Layer::Fallback(plan) => vec![
            ("`when`", plan.when.as_ref()),
            // A path may take the arguments.
            ("this fallback", matches!(plan.handler, Handler::Closure(_)).then_some(&plan.handler_tokens)),
        ],
        Layer::Timeout(_) => Vec::new(),
    };
    given
        .into_iter()
        .filter_map(|(option, code)| code.filter(|code| looks(code)).map(|code| (option, code)))
        .filter_map(|(option, code)| Some((option, start(code)?)))
        .collect()
}

/// Whether code takes notice of the error that it is given, and does not know that it is none.
fn looks(code: &TokenStream) -> bool {
    let parameter = match syn::parse2(code.clone()) {
        Ok(Expr::Closure(closure)) => closure.inputs.first().cloned(),
        _ => return true,
    };
    match parameter {
        None => false,
        Some(Pat::Type(typed)) if is_ignored(&typed.pat) => false,
        Some(parameter) => !is_ignored(&parameter) && !mentions(code, &|word| word == "Nothing" || word == "Fault"),
    }
}
