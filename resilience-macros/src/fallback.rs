//! `#[fallback(..)]`: arguments to plan.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens as _;
use syn::spanned::Spanned as _;
use syn::{Expr, ExprClosure};

use crate::args::common::{Common, code};
use crate::args::{Args, Cloned, Given};
use crate::diagnostics::Errors;
use crate::input::{is_ignored, mentions};

/// What stands in for the failed call.
pub(crate) enum Handler {
    /// A function; it takes what its signature says.
    Path(Expr),
    Closure(ExprClosure),
    /// The success value.
    Value(Expr),
    Default,
}

/// A fallback as it will be expanded.
pub(crate) struct Plan {
    pub(crate) common: Common,
    pub(crate) handler: Handler,
    pub(crate) handler_tokens: TokenStream,
    pub(crate) when: Option<TokenStream>,
    pub(crate) when_result: Option<TokenStream>,
    pub(crate) clone: Vec<Cloned>,
}

impl Plan {
    pub(crate) fn new(mut args: Args, span: Span, errors: &mut Errors) -> Self {
        let missing = args.lacks(&["handler", "value", "default"]);
        let args = &mut args;
        let mut common = Common::take(args, span, errors);
        let mut given: Vec<Given> =
            ["handler", "value", "default"].into_iter().filter_map(|key| args.take(key)).collect();
        if given.len() > 1 {
            errors.at(given[1].key.span(), "a fallback is one of a function, a closure, `value = ...` and `default`");
        }
        if missing {
            errors.at(
                span,
                "`#[fallback]` needs something to fall back to: a function `#[fallback(cached)]`, a closure `#[fallback(|error| ...)]`, `value = ...` or `default`",
            );
        }
        let first = (!given.is_empty()).then(|| given.remove(0));
        let handler_tokens = first.as_ref().map(|given| given.tokens.clone()).unwrap_or_default();
        let handler = first.and_then(|given| errors.keep(handler(given))).unwrap_or(Handler::Default);
        for (key, text) in &mut common.written {
            match (key.as_str(), &handler) {
                ("handler", Handler::Closure(_)) => *key = "closure".into(),
                ("handler", _) => *key = "path".into(),
                ("default", _) => *text = "true".into(),
                _ => {}
            }
        }
        let when_result = code(args, errors, "when_result");
        if when_result.is_some()
            && let Handler::Closure(closure) = &handler
            && let Some(error) = closure.inputs.first().filter(|error| !is_ignored(error))
        {
            errors.at(
                error.span(),
                "under `when_result` there may be a value in place of an error: write `|_| ...`; to look at errors put a second `#[fallback(..)]` below, with `when = |error| ...`",
            );
        }
        Self {
            when: code(args, errors, "when"),
            when_result,
            clone: args.take("clone").and_then(|given| errors.keep(given.cloned())).unwrap_or_default(),
            common,
            handler,
            handler_tokens,
        }
    }

    /// Whether what it does needs a name of the function: a path is called with all of them.
    pub(crate) fn needs(&self, is_one: &dyn Fn(&Ident) -> bool) -> bool {
        let handler = self.passes_arguments() || mentions(&self.handler_tokens, is_one);
        handler || [&self.when, &self.when_result].into_iter().flatten().any(|when| mentions(when, is_one))
    }

    /// Whether it is called with the arguments of the function.
    pub(crate) fn passes_arguments(&self) -> bool {
        matches!(self.handler, Handler::Path(_))
    }

    /// Whether no failure gets past it.
    pub(crate) fn catches_all(&self) -> bool {
        self.catches_refusals() && self.common.none_succeeds().is_none()
    }

    /// Whether no refusal gets past it.
    pub(crate) fn catches_refusals(&self) -> bool {
        self.when.is_none()
    }
}

fn handler(given: Given) -> syn::Result<Handler> {
    let span = given.span();
    let key = given.key.to_string();
    let source = given.source();
    let Some(expr) = given.expr else {
        return Err(syn::Error::new(span, "expected a fallback"));
    };
    match (key.as_str(), expr) {
        ("value", expr) => Ok(Handler::Value(expr)),
        ("default", Expr::Path(path)) if path.path.is_ident("default") => Ok(Handler::Default),
        ("default", _) => Err(syn::Error::new(span, "`default` takes no value; for a value write `value = ...`")),
        (_, Expr::Closure(closure)) if closure.inputs.len() > 1 => Err(syn::Error::new(
            span,
            "a fallback closure takes the error and nothing else: `|error| ...`; `self` and the arguments are in scope",
        )),
        (_, Expr::Closure(closure)) => Ok(Handler::Closure(closure)),
        (_, path @ Expr::Path(_)) => Ok(Handler::Path(path)),
        (_, Expr::Lit(lit)) => {
            Err(syn::Error::new(span, format_args!("for a value write `value = {}`", lit.to_token_stream())))
        }
        (_, Expr::Call(_) | Expr::MethodCall(_)) => {
            Err(syn::Error::new(span, format_args!("a call is made only after a failure: write `|_| {source}`")))
        }
        _ => Err(syn::Error::new(
            span,
            "a fallback is the path of a function, a closure `|error| ...`, `value = ...` or `default`",
        )),
    }
}
