//! `#[track_caller]`: the body has to stay in the function itself, for nobody sees the caller from inside a closure.

use proc_macro2::{Group, Ident, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::parse::Parser as _;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Item, Lifetime, Macro, Token};

use crate::args::Kind;
use crate::diagnostics::Errors;
use crate::exits::{Exits, never_returns};
use crate::input::{Form, Function, Tail, mentions};
use crate::stack::Layer;

/// Where `#[track_caller]` stands, on a function that is not async: on async ones the compiler says that it does nothing.
pub(crate) fn attribute(function: &Function) -> Option<Span> {
    let tracks = |attr: &&syn::Attribute| {
        attr.path().is_ident("track_caller")
            || attr.path().is_ident("cfg_attr")
                && mentions(&attr.meta.to_token_stream(), &|ident| ident == "track_caller")
    };
    function.attrs.iter().find(tracks).filter(|_| !function.is_async()).map(|attr| attr.path().span())
}

/// Reports what would lose the caller.
pub(crate) fn check(function: &Function, layers: &[Layer], errors: &mut Errors) {
    let (Some(attribute), Some(body)) = (attribute(function), &function.body) else { return };
    let form = Form::new(function, body);
    if let Tail::Future { .. } = form.tail {
        errors.at(
            attribute,
            "`#[track_caller]` is lost: this body runs when its future is polled, which has no caller; end it with `async move { .. }`, and what stands before that still runs in the call",
        );
    } else if !form.is_async && layers.iter().any(|layer| layer.kind() == Kind::Timeout) {
        errors.at(
            attribute,
            "`#[track_caller]` is lost: under a `#[timeout]` this body runs in a closure or on a worker thread, which the caller did not call; take `Location::caller()` in a function without policies, and hand it on",
        );
    } else if !form.is_async {
        let (_, wrong) = in_place(&form.block, &Ident::new("door", Span::call_site()));
        wrong.into_iter().for_each(|error| errors.push(error));
    }
}

/// The statements of a body as they can stand in the function itself, with what cannot; and the label that ends them.
// Input:  { if n == 0 { return Err(e); } Ok(go(n)?) }
// Output: if n == 0 { break 'body Err(e); } Ok(match branch(go(n)) { Ok(value) => value, Err(early) => break 'body from_early(early) })
pub(crate) fn in_place(block: &Group, door: &Ident) -> (TokenStream, Option<syn::Error>) {
    let mut exits = InPlace { door, label: label(), wrong: None };
    // What cannot be parsed is a matter for the compiler.
    let Ok(mut statements) = Block::parse_within.parse2(block.stream()) else { return (block.stream(), None) };
    statements.iter_mut().for_each(|statement| exits.visit_stmt_mut(statement));
    (statements.iter().map(quote::ToTokens::to_token_stream).collect(), exits.wrong)
}

/// The label of a body that stands in the function itself.
pub(crate) fn label() -> Lifetime {
    Lifetime::new("'__resilience_body", Span::mixed_site())
}

/// Turns what would leave the function into what leaves the body.
struct InPlace<'a> {
    door: &'a Ident,
    label: Lifetime,
    wrong: Option<syn::Error>,
}

impl InPlace<'_> {
    fn wrong(&mut self, span: Span, what: &str) {
        let error = syn::Error::new(span, what);
        match &mut self.wrong {
            Some(wrong) => wrong.combine(error),
            None => self.wrong = Some(error),
        }
    }
}

impl VisitMut for InPlace<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if let Expr::Closure(_) | Expr::Async(_) | Expr::Const(_) = expr {
            return;
        }
        visit_mut::visit_expr_mut(self, expr);
        let (door, label) = (self.door, &self.label);
        let written = match expr {
            Expr::Return(returned) => {
                let span = returned.return_token.span;
                let value = &returned.expr;
                quote_spanned!(span=> break #label #value)
            }
            Expr::Try(tried) => {
                let span = Span::mixed_site().located_at(tried.question_token.span);
                let value = &tried.expr;
                quote_spanned! {span=>
                    match #door::branch(#value) {
                        #door::Ok(value) => value,
                        #door::Err(early) => break #label #door::FromEarly::from_early(early),
                    }
                }
            }
            _ => return,
        };
        *expr = Expr::Verbatim(quote!((#written)));
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}

    /// What stands in a macro of the standard library is an expression like any other; of others nobody knows whether
    /// they return.
    fn visit_macro_mut(&mut self, call: &mut Macro) {
        if !never_returns(call) {
            return self.wrong(
                call.path.span(),
                "under `#[track_caller]` this macro cannot be told from one that returns: call it in a function of its own",
            );
        }
        match call.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated) {
            Ok(mut arguments) if arguments.iter().any(|argument| Exits::of(argument).early()) => {
                arguments.iter_mut().for_each(|argument| self.visit_expr_mut(argument));
                call.tokens = arguments.to_token_stream();
            }
            Ok(_) => {}
            Err(_) if Exits::of_tokens(call.tokens.clone()).early() => self.wrong(
                call.path.span(),
                "under `#[track_caller]` this macro hides a `?` or `return`: take it out, into a `let` before",
            ),
            Err(_) => {}
        }
    }
}
