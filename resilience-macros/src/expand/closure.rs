//! Closure literals of hooks and fallbacks are written out in place, so that they may await and use `self` and the
//! arguments.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{Expr, ExprClosure, Pat, ReturnType, Stmt};

use super::body::typed_edge;
use super::{Expansion, generated, local};
use crate::exits::{Exits, diverges};
use crate::hook::ends_with_result;

/// What the value of a closure has to become.
pub(super) enum Kind {
    /// The return type of the function, when its type is known.
    Outcome(Option<TokenStream>),
    /// `()` or this result.
    Hook(TokenStream),
}

impl Expansion<'_> {
    /// The value of `closure` applied to `inputs`; in an async function a future is awaited.
    // Input:  |attempt, error| self.refresh(attempt).await
    // Output: watch(&frame, async { let attempt = 1; let error = &e; self.refresh(attempt).await }).await
    pub(super) fn inline(&self, closure: &ExprClosure, inputs: &[TokenStream], kind: &Kind, at: Span) -> TokenStream {
        let door = &self.door;
        let span = generated(at);
        let bindings = closure.inputs.iter().zip(inputs).map(
            |(pat, input)| quote_spanned!(span=> #[allow(clippy::no_effect_underscore_binding)] let #pat = #input;),
        );
        let body = &closure.body;
        let written = match &closure.output {
            ReturnType::Type(_, ty) => Some(ty.to_token_stream()),
            ReturnType::Default => None,
        };
        // `|e| async { .. }` returns a future; what is inside has the type that is wanted.
        if self.form.is_async
            && let Expr::Async(block) = &**body
        {
            let exits = Exits::of_block(&block.block);
            let edge = wanted(kind, written.as_ref(), &exits, body).map(|ty| typed_edge(&ty, at));
            let capture = &block.capture;
            let statements = &block.block.stmts;
            let future = quote_spanned!(span=> async { #(#bindings)* async #capture { #edge #(#statements)* }.await });
            return self.watched(&future, at);
        }
        let exits = Exits::of(body);
        // A call may return a future; anything else is the value.
        let value = is_value(body) || exits.awaits || closure.asyncness.is_some();
        let leaves = exits.early() || exits.hidden;
        let typed = match value || leaves || written.is_some() {
            true => wanted(kind, written.as_ref(), &exits, body),
            false => None,
        };
        if !self.form.is_async {
            let ty = match (kind, typed, written) {
                (_, _, Some(written)) => Some(written),
                (Kind::Outcome(ty), _, None) => ty.clone(),
                (Kind::Hook(_), typed, None) => typed,
            };
            let arrow = ty.map(|ty| quote!(-> #ty));
            return quote_spanned!(span=> #door::once(|| #arrow { #(#bindings)* #body }));
        }
        if typed.is_none() && !value && !leaves {
            // No `async` block around what may be a future itself: it neither awaits nor returns early.
            return self.resolve(&quote_spanned!(span=> { #(#bindings)* #body }), at);
        }
        let edge = typed.as_ref().map(|ty| typed_edge(ty, at));
        if !value && !exits.early() {
            // A macro may return early, and what follows be a future all the same.
            let resolved =
                self.settled(&quote_spanned!(span=> { #body }), at, |future| quote_spanned!(span=> #future.await));
            return self.watched(&quote_spanned!(span=> async { #edge #(#bindings)* #resolved }), at);
        }
        self.watched(&quote_spanned!(span=> async { #edge #(#bindings)* #body }), at)
    }

    /// The value of `value`, which in an async function may be a future of it.
    pub(super) fn resolve(&self, value: &TokenStream, at: Span) -> TokenStream {
        if !self.form.is_async {
            return value.clone();
        }
        self.settled(value, at, |future| self.watched(future, at))
    }

    /// The same, with what awaits the future.
    fn settled(&self, value: &TokenStream, at: Span, awaited: impl Fn(&TokenStream) -> TokenStream) -> TokenStream {
        let door = &self.door;
        let span = generated(at);
        let slot = local("slot", at);
        // Two traits, one behind a reference more than the other: a future is preferred to any value.
        let awaited = awaited(&quote_spanned!(span=> (&mut &mut #slot).take()));
        quote_spanned! {span=> {
            let mut #slot = #door::Slot(#door::Some(#value));
            {
                #[allow(unused_imports)]
                use #door::{TakeFuture as _, TakeValue as _};
                #awaited
            }
        }}
    }
}

/// The type that a closure is held to. A hook is only held to one when it needs it: `()` is fine, too.
fn wanted(kind: &Kind, written: Option<&TokenStream>, exits: &Exits, body: &Expr) -> Option<TokenStream> {
    match (kind, written) {
        (_, Some(written)) => Some(written.clone()),
        (Kind::Outcome(ty), None) => ty.clone(),
        // A `return` without a value says by itself what it is; code that ends in a macro of no value says nothing.
        (Kind::Hook(ty), None) => {
            let needed = exits.with_value || diverges(body) || exits.hidden && ends_with_result(body);
            needed.then(|| ty.clone())
        }
    }
}

/// Whether an expression is visibly no future: not the result of an unknown call, not a variable.
pub(super) fn is_value(expr: &Expr) -> bool {
    match expr {
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => path
                .path
                .segments
                .last()
                .is_some_and(|segment| ["Ok", "Err", "Some"].iter().any(|known| segment.ident == known)),
            _ => false,
        },
        Expr::Block(block) => match block.block.stmts.last() {
            Some(Stmt::Expr(expr, None)) => is_value(expr),
            _ => true,
        },
        Expr::Path(path) => path.path.is_ident("None"),
        Expr::Macro(_) => diverges(expr),
        Expr::MethodCall(_) | Expr::Async(_) | Expr::Field(_) | Expr::Paren(_) | Expr::Group(_) => false,
        _ => true,
    }
}

/// The type annotated on a closure parameter.
pub(super) fn annotated(pat: &Pat) -> Option<(&Pat, &syn::Type)> {
    match pat {
        Pat::Type(typed) => Some((&typed.pat, &typed.ty)),
        _ => None,
    }
}
