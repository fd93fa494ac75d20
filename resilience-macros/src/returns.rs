//! What the function may return.
//!
//! A type is judged by its name here: what is no `Result` and no `Option` for sure. Of any other the compiler knows, and
//! says the same in the same words: see `Protected` and `Shape` in the runtime.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens as _;
use syn::Type;
use syn::spanned::Spanned as _;

use crate::args::Kind;
use crate::diagnostics::Errors;
use crate::input::{Function, mentions};
use crate::refused::Refused;
use crate::stack::Layer;

/// Whether any return type will do: there is an answer to a refusal that needs no error.
pub(crate) fn may_be_plain(layers: &[Layer]) -> bool {
    let covered = matches!(layers.first(), Some(Layer::Fallback(plan)) if plan.catches_all());
    covered || Refused::of(layers).is_some()
}

/// Reports a return type that the policies of `layers` cannot deal with.
pub(crate) fn check(function: &Function, layers: &[Layer], errors: &mut Errors) {
    let Some(top) = layers.first() else { return };
    let (top, name) = (top.kind().name(), &function.sig.ident);
    let returned = function.outcome().map(|(ty, _)| ty);
    if let Some(Type::Never(never)) = &returned {
        errors.at(
            never.bang_token.span(),
            format_args!(
                "`#[{top}]` needs a function that returns `Result<T, E>` or `Option<T>`; `{name}` never returns"
            ),
        );
        return;
    }
    let Some((what, at)) = plain(function, returned.as_ref()) else { return };
    if !may_be_plain(layers) {
        errors.at(
            at,
            format_args!(
                "`#[{top}]` needs a function that returns `Result<T, E>` or `Option<T>`; `{name}` returns {what}: say with `refused = |error| ...` what it returns in place of a refusal, or put a `#[fallback(..)]` that catches everything on top"
            ),
        );
    }
}

/// What is returned that is visibly no outcome, and where that is said.
fn plain(function: &Function, returned: Option<&Type>) -> Option<(&'static str, Span)> {
    match returned {
        None => Some(("nothing", function.sig.ident.span())),
        Some(Type::Tuple(unit)) if unit.elems.is_empty() => Some(("nothing", unit.span())),
        Some(Type::ImplTrait(_)) => {
            Some(("an `impl Trait`, behind which failures cannot be seen", function.return_span()))
        }
        Some(ty) if is_plain(ty) => Some(("a plain value", function.return_span())),
        Some(ty) if is_parameter(function, ty) => {
            Some(("a type parameter, behind which failures cannot be seen", function.return_span()))
        }
        Some(_) => None,
    }
}

/// Whether a type is a parameter of the function that stands for any type, not only for outcomes.
fn is_parameter(function: &Function, ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let generics = &function.sig.generics;
    let named = path.path.get_ident().is_some_and(|name| generics.type_params().any(|one| one.ident == *name));
    let is_outcome = |tokens: &TokenStream| mentions(tokens, &|ident| ident == "Outcome");
    named && !is_outcome(&generics.to_token_stream()) && !is_outcome(&generics.where_clause.to_token_stream())
}

/// Whether a type is visibly no outcome.
pub(crate) fn is_plain(ty: &Type) -> bool {
    const PLAIN: &[&str] = &[
        "bool", "char", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32",
        "f64", "String", "Vec",
    ];
    match ty {
        Type::Tuple(_) | Type::Array(_) | Type::Reference(_) | Type::Ptr(_) => true,
        Type::Path(path) => path.path.segments.last().is_some_and(|last| PLAIN.iter().any(|plain| last.ident == plain)),
        _ => false,
    }
}

/// Whether a layer waits for failures of which there are none: below it nothing refuses, a plain value does not fail, and
/// it does not look at values.
pub(crate) fn is_idle(layers: &[Layer], index: usize) -> bool {
    let refuses = |layer: &Layer| matches!(layer.kind(), Kind::Timeout | Kind::CircuitBreaker);
    let looks = match &layers[index] {
        Layer::Fallback(plan) => plan.when_result.is_some(),
        Layer::Retry(plan) => plan.retry_if_result.is_some() || plan.is_single(),
        Layer::CircuitBreaker(_) | Layer::Timeout(_) => return false,
    };
    !looks && !layers[index + 1..].iter().any(refuses)
}

/// Reports what has nothing to do above a plain value, if that is all there is to report.
pub(crate) fn idle(function: &Function, layers: &[Layer], errors: &mut Errors) {
    let returned = function.outcome().map(|(ty, _)| ty);
    if !errors.is_empty() || plain(function, returned.as_ref()).is_none() {
        return;
    }
    let name = &function.sig.ident;
    for (_, layer) in layers.iter().enumerate().filter(|(index, _)| is_idle(layers, *index)) {
        let (never, instead) = match layer.kind() {
            Kind::Fallback => ("never answers", "`when_result = |value| ...`"),
            _ => ("never tries again", "`retry_if_result = |value| ...`"),
        };
        errors.at(
            layer.span(),
            format_args!(
                "this `#[{}]` {never}: what `{name}` returns is no failure, and nothing below may refuse; write {instead}, or return `Result<T, E>` or `Option<T>`",
                layer.kind().name()
            ),
        );
    }
}
