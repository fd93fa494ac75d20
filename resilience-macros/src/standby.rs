//! `#[fallback(value = ..)]` is the success value: a `Result` or `Option` that visibly holds one is a slip.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::{Expr, GenericArgument, PathArguments, PathSegment, Type};

use crate::args::printed;
use crate::diagnostics::Errors;
use crate::fallback::Handler;
use crate::input::{Function, peel};
use crate::returns::is_plain;
use crate::shape::is_owned;
use crate::stack::Layer;

/// Reports values that are the whole outcome.
pub(crate) fn check(function: &Function, layers: &[Layer], errors: &mut Errors) {
    let Some((returned, _)) = function.outcome() else { return };
    for layer in layers {
        if let Layer::Fallback(plan) = layer
            && let Handler::Value(value) = &plan.handler
            && let Some(variant) = Variant::of(value)
            && !may_be(variant.of, &returned)
        {
            let mut advice = variant.advice(&printed(arguments(plan.handler_tokens.clone())));
            if may_hide(variant.of, &returned) {
                // What is written with a path is taken as it is.
                let Variant { of, name } = variant;
                advice += &format!("; if its type is another name for `{of}<..>`, write `{of}::{name}`");
            }
            errors.at(value.span(), advice);
        }
    }
}

/// A variant of `Result` or `Option`, as it is written without a path: with one, somebody means it.
struct Variant<'a> {
    of: &'static str,
    name: &'a Ident,
}

impl<'a> Variant<'a> {
    fn of(expr: &'a Expr) -> Option<Self> {
        let (path, holds) = match expr {
            Expr::Call(call) => (&*call.func, call.args.len()),
            expr => (expr, 0),
        };
        let Expr::Path(path) = path else { return None };
        let name = path.path.get_ident()?;
        let of = match (name.to_string().as_str(), holds) {
            ("Ok" | "Err", 1) => "Result",
            ("Some", 1) | ("None", 0) => "Option",
            _ => return None,
        };
        Some(Self { of, name })
    }

    fn advice(&self, inner: &str) -> String {
        let name = self.name.to_string();
        match name.as_str() {
            "Err" => format!("`value` is the success value: for an error write `#[fallback(|_| Err({inner}))]`"),
            "None" => "`value` is the success value, which `None` is not: for a failure write a closure, `#[fallback(|_| ...)]`".into(),
            _ => format!("`value` is the success value, without `{name}(..)` around it: write `value = {inner}`"),
        }
    }
}

/// What stands between the parentheses, token by token: parsed, it has lost where its brackets were.
fn arguments(call: TokenStream) -> TokenStream {
    match call.into_iter().last() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::None => arguments(group.stream()),
        Some(TokenTree::Group(group)) => group.stream(),
        _ => TokenStream::new(),
    }
}

/// Whether the success value of a function that returns `returned` may be a `family`, as far as tokens tell.
fn may_be(family: &str, returned: &Type) -> bool {
    let Type::Path(path) = peel(returned) else { return !is_plain(returned) };
    let Some(last) = path.path.segments.last() else { return true };
    let success = success(last);
    // Nobody hides a `Result` in a `Result` behind a name that does not say so, or hardly anybody.
    if last.ident == family {
        success.is_some_and(|success| is_named(family, success))
    } else {
        !is_other(success.unwrap_or(returned))
    }
}

/// Whether the success value may be a `family` behind a name that does not say so.
fn may_hide(family: &str, returned: &Type) -> bool {
    let Type::Path(path) = peel(returned) else { return false };
    path.path.segments.last().is_some_and(|last| last.ident == family && success(last).is_some_and(|ty| !is_other(ty)))
}

/// The first type between the angle brackets.
pub(crate) fn success(last: &PathSegment) -> Option<&Type> {
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(peel(ty)),
            _ => None,
        }),
        _ => None,
    }
}

/// Whether a type is visibly neither a `Result` nor an `Option`.
fn is_other(ty: &Type) -> bool {
    is_plain(ty) || is_owned(ty)
}

/// `Result<..>`, `io::Result<..>`, `ReadResult`.
fn is_named(family: &str, ty: &Type) -> bool {
    match ty {
        Type::Path(path) => path.path.segments.last().is_some_and(|last| last.ident.to_string().ends_with(family)),
        Type::Macro(_) | Type::Infer(_) => true,
        _ => false,
    }
}
