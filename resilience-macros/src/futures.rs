//! Functions that give a future where the policies, or another attribute, see none.

use proc_macro2::{Delimiter, Group};
use quote::quote;
use syn::parse_quote;

use crate::diagnostics::Errors;
use crate::input::{Form, Function, FutureKind, Tail, is_future, mistaken, names_future};
use crate::one_shot::is_one_shot;
use crate::stack::Layer;

/// Reports a future that nobody would wait for; then nothing else that is said of the return type is of use.
pub(crate) fn are_seen(function: &Function, body: &Group, layers: &[Layer], errors: &mut Errors) -> bool {
    let Some(top) = layers.first() else { return true };
    let (name, ident) = (top.kind().name(), &function.sig.ident);
    let Some((outcome, future)) = function.outcome() else { return true };
    if function.is_async() && is_future(&outcome) {
        errors.at(
            function.return_span(),
            format_args!(
                "`{ident}` is async and returns a future as well: leave out `async`, or return what the future comes to"
            ),
        );
        return false;
    }
    if !function.is_async() && future.is_none() && names_future(&outcome) {
        errors.at(
            function.return_span(),
            format_args!(
                "`#[{name}]` does not see what this future comes to: end `{ident}` with `Box::pin(async move {{ .. }})`, or write the type out, `Pin<Box<dyn Future<Output = Result<T, E>> + Send>>` or `impl Future<Output = Result<T, E>>`"
            ),
        );
        return false;
    }
    if future.is_some() && is_mistaken(function, body, layers) {
        errors.at(
            top.span(),
            format_args!(
                "`#[instrument]` above `#[{name}]` takes the future that `{ident}` returns for its outcome: write `#[{name}]` above `#[instrument]`"
            ),
        );
        return false;
    }
    true
}

/// Whether `#[instrument]` above ours took the future that the function returns for its outcome.
fn is_mistaken(function: &Function, body: &Group, layers: &[Layer]) -> bool {
    mistaken(body, is_one_shot(function, layers)) && matches!(Form::new(function, body).tail, Tail::Future { .. })
}

/// Puts a future in the place of a body that `#[instrument]` has made uncompilable: one mistake is one error.
pub(crate) fn stand_in(function: &mut Function, layers: &[Layer]) {
    let Some(body) = &function.body else { return };
    let Some((_, Some(kind))) = function.outcome() else { return };
    if !is_mistaken(function, body, layers) {
        return;
    }
    let future = match kind {
        FutureKind::Opaque => quote!(async { loop {} }),
        FutureKind::Boxed => quote!(::std::boxed::Box::pin(async { loop {} })),
    };
    function.body = Some(Group::new(Delimiter::Brace, future));
    function.attrs.push(parse_quote!(#[allow(unused_variables, clippy::empty_loop)]));
}
