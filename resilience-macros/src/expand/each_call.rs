//! An expression of an option that each call evaluates. What it leaves early with, by `?`, by `return` or behind a macro,
//! must not leave the function: the layers above have to see it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::Expr;

use super::body::typed_edge;
use super::{Expansion, generated, local};
use crate::exits::Exits;
use crate::input::Form;

impl Expansion<'_> {
    /// A `let` of `value` under the name `temporary`; it can leave as `exits` says. The error of the user's type with which
    /// it leaves is bound to `error` in `exit`.
    // Input:  b.try_clone()?
    // Output: let made = match into_result(once(|| -> With<B> { carry(b.try_clone()?) })) {
    //             Ok(value) => value,
    //             Err(error) => EXIT,
    //         };
    pub(super) fn each_call(
        &self,
        temporary: &Ident,
        ty: Option<TokenStream>,
        exits: &Exits,
        value: &TokenStream,
        exit: impl Fn(&Ident) -> TokenStream,
    ) -> TokenStream {
        let door = &self.door;
        let place = temporary.span();
        let at = generated(place);
        if self.leaves(exits) {
            let result = self.carried(ty, exits, value, place);
            let (value, error) = (local("value", place), local("error", place));
            let exit = exit(&error);
            return quote_spanned! {at=>
                let #temporary = match #door::Outcome::into_result(#result) {
                    #door::Ok(#value) => #value,
                    #door::Err(#error) => #exit,
                };
            };
        }
        let value = self.contained(ty.as_ref(), exits, value, place);
        let ty = ty.map(|ty| quote_spanned!(at=> : #ty));
        quote_spanned!(at=> let #temporary #ty = #value;)
    }

    /// Whether what `exits` says may end the call. A plain value has no failure that a macro could leave with.
    pub(super) fn leaves(&self, exits: &Exits) -> bool {
        exits.early() || exits.hidden && !self.any_shape
    }

    /// `value` as a success of the function, or the failure with which it leaves early.
    pub(super) fn carried(
        &self,
        ty: Option<TokenStream>,
        exits: &Exits,
        value: &TokenStream,
        place: Span,
    ) -> TokenStream {
        let door = &self.door;
        let at = generated(place);
        let ty = ty.unwrap_or_else(|| quote_spanned!(at=> _));
        let subject = Form::carrier(self.function);
        let carried = quote_spanned!(at=> <#subject as #door::Carrier>::With<#ty>);
        let carry = quote_spanned!(at=> #door::carry::<#subject, _>(#value));
        if self.waits(exits) {
            let edge = typed_edge(&carried, place);
            return self.watched(&quote_spanned!(at=> async { #edge #carry }), place);
        }
        quote_spanned!(at=> #door::once(|| -> #carried { #carry }))
    }

    /// `value` as it is, with nothing in it that could leave more than itself.
    fn contained(&self, ty: Option<&TokenStream>, exits: &Exits, value: &TokenStream, place: Span) -> TokenStream {
        let door = &self.door;
        let at = generated(place);
        if self.waits(exits) {
            return match syn::parse2(value.clone()) {
                Ok(Expr::Await(awaited)) => self.watched(&awaited.base.to_token_stream(), place),
                _ => self.watched(&quote_spanned!(at=> async { #value }), place),
            };
        }
        match exits.hidden {
            true => {
                let arrow = ty.map(|ty| quote_spanned!(at=> -> #ty));
                quote_spanned!(at=> #door::once(|| #arrow { #value }))
            }
            false => value.clone(),
        }
    }

    /// Whether an expression has to be awaited.
    fn waits(&self, exits: &Exits) -> bool {
        self.form.is_async && (exits.awaits || exits.hidden)
    }

    /// The value of an expression that leaves nothing but itself.
    pub(super) fn evaluated(&self, expr: &Expr, place: Span) -> TokenStream {
        self.contained(None, &Exits::of(expr), &expr.to_token_stream(), place)
    }
}
