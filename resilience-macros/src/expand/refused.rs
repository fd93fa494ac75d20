//! `refused = ..`: where a refusal becomes what the closure says. It is written out wherever one is looked at or leaves the
//! function: bound to a name it would borrow the arguments all along.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::Expr;

use super::{Expansion, generated, local};
use crate::args::start;
use crate::input::rewrite_self;
use crate::refused::Answer;

impl Expansion<'_> {
    /// What the option says, as an expression that can be called: a closure literal, which is told the types by what it is
    /// handed to, or one around anything else, which is asked whether it fits. And where it is.
    // Input:  refused = to_status
    // Output: |error| answer_refusal(Returned::<R>::NEW, error, to_status)
    fn answer_of(&self, refused: &Answer) -> (TokenStream, Span) {
        let Answer { expr, tokens } = refused;
        let place = start(tokens).unwrap_or_else(Span::call_site);
        if matches!(expr, Expr::Closure(_)) {
            return (tokens.clone(), place);
        }
        let door = &self.door_at(place);
        let error = local("error", place);
        let shape = self.splitter();
        (quote_spanned!(generated(place)=> |#error| #door::answer_refusal(#shape, #error, #tokens)), place)
    }

    /// The way out, if the option is given.
    pub(super) fn finish_refused(&self, call: &Ident, out: &Ident) -> Option<TokenStream> {
        let (answer, place) = self.answer_of(self.refused?);
        let door = &self.door_at(place);
        let shape = self.splitter();
        let finish = if self.none_succeeds() { "finish_refused_none" } else { "finish_refused" };
        let finish = Ident::new(finish, generated(place));
        let finish = quote_spanned!(generated(place)=> #door::#finish(#shape, &mut #call, #out, #answer));
        Some(match &self.form.this {
            Some(this) => rewrite_self(finish, this),
            None => finish,
        })
    }

    /// A failure as the error of the function: what a fallback is given that says nothing else.
    pub(super) fn own(&self, caught: &Ident, refusable: bool) -> TokenStream {
        let door = &self.door;
        let Some(refused) = self.refused.filter(|_| refusable) else {
            let span = generated(caught.span());
            return quote_spanned!(span=> #door::catch_user(#caught));
        };
        let (answer, place) = self.answer_of(refused);
        let shape = self.splitter();
        quote_spanned!(generated(place)=> #door::own(#shape, #caught, #answer))
    }

    /// A failure that becomes what it is asked for as.
    pub(super) fn told(&self, caught: &Ident, refusable: bool) -> TokenStream {
        let Some(refused) = self.refused.filter(|_| refusable) else { return caught.to_token_stream() };
        let (answer, place) = self.answer_of(refused);
        let (door, shape) = (&self.door, self.splitter());
        quote_spanned!(generated(place)=> #door::told(#shape, #caught, #answer))
    }

    /// Whether `when` is for a failure.
    pub(super) fn picks(&self, caught: &Ident, when: &TokenStream, refusable: bool) -> TokenStream {
        let door = &self.door;
        let Some(refused) = self.refused.filter(|_| refusable) else {
            let span = generated(caught.span());
            return quote_spanned!(span=> #door::matches(&#caught, #when));
        };
        let (answer, place) = self.answer_of(refused);
        let shape = self.splitter();
        quote_spanned!(generated(place)=> #door::picks(#shape, &#caught, #answer, #when))
    }
}
