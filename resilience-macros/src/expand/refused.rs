//! Where a refusal becomes what `refused = ..` says, or what a generic error type does. It is written out wherever one is looked at or leaves the
//! function: bound to a name it would borrow the arguments all along.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::{Expr, Type};

use super::{Expansion, generated, local};
use crate::args::start;
use crate::input::{Function, error, mentions, rewrite_self};
use crate::refused::{Answer, Refused};
use crate::stack::Layer;

/// What a refusal becomes, where it is not asked of the error type.
pub(super) enum Becomes<'a> {
    /// What the option says.
    Said(&'a Answer),
    /// What `From` makes of it, looked for by name: of an error type that may be generic the compiler must not ask for a
    /// trait of ours, for it would advise to write that as a bound.
    Converted(TokenStream),
}

impl<'a> Becomes<'a> {
    pub(super) fn of(function: &Function, layers: &'a [Layer]) -> Option<Self> {
        match Refused::of(layers) {
            Some(refused) => refused.answer.as_ref().map(Self::Said),
            None => generic_error(function).map(Self::Converted),
        }
    }
}

/// The error type of the function, if it is visible and may be a type parameter, also one of the `impl` around it.
fn generic_error(function: &Function) -> Option<TokenStream> {
    let returned = function.outcome()?.0;
    let error = error(&returned)?;
    let parameters = &function.sig.generics;
    let is_one = |ident: &Ident| {
        let name = ident.to_string();
        name == "Self"
            || name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
            || parameters.type_params().any(|parameter| parameter.ident == name)
    };
    let is_generic = match error {
        // Nearly every one: no tokens need be made of it.
        Type::Path(path) if path.path.get_ident().is_some() => path.path.get_ident().is_some_and(is_one),
        error => {
            let tokens = error.to_token_stream();
            mentions(&tokens, &is_one) && !mentions(&tokens, &|ident| ident == "impl")
        }
    };
    is_generic.then(|| error.to_token_stream())
}

impl Expansion<'_> {
    /// What the option says, as an expression that can be called: a closure literal, which is told the types by what it is
    /// handed to, or one around anything else, which is asked whether it fits. And where it is.
    // Input:  refused = to_status
    // Output: |error| answer_refusal(Returned::<R>::NEW, error, to_status)
    fn becomes(&self, becomes: &Becomes<'_>) -> (TokenStream, Span) {
        let place = match becomes {
            Becomes::Said(Answer { tokens, .. }) => start(tokens),
            Becomes::Converted(ty) => start(ty),
        };
        let place = place.unwrap_or_else(Span::call_site);
        let span = generated(place);
        let (door, error) = (&self.door_at(place), local("error", place));
        let answer = match becomes {
            Becomes::Said(Answer { expr: Expr::Closure(_), tokens }) => tokens.clone(),
            Becomes::Said(Answer { tokens, .. }) => {
                let shape = self.splitter();
                quote_spanned!(span=> |#error| #door::answer_refusal(#shape, #error, #tokens))
            }
            Becomes::Converted(ty) => quote_spanned! {span=> |#error| {
                #[allow(unused_imports)]
                use #door::NoConversion as _;
                #door::Conversion::<#ty>::NEW.convert(#error)
            }},
        };
        (answer, place)
    }

    /// The way out, if the error type is not asked.
    pub(super) fn finish_refused(&self, call: &Ident, out: &Ident, refusable: bool) -> Option<TokenStream> {
        // What the option says is checked also where nothing refuses.
        let becomes = self.refused.as_ref().filter(|becomes| refusable || matches!(becomes, Becomes::Said(_)))?;
        let (answer, place) = self.becomes(becomes);
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
        let Some(refused) = self.refused.as_ref().filter(|_| refusable) else {
            let span = generated(caught.span());
            return quote_spanned!(span=> #door::catch_user(#caught));
        };
        let (answer, place) = self.becomes(refused);
        let shape = self.splitter();
        quote_spanned!(generated(place)=> #door::own(#shape, #caught, #answer))
    }

    /// A failure that becomes what it is asked for as.
    pub(super) fn told(&self, caught: &Ident, refusable: bool) -> TokenStream {
        let Some(refused) = self.refused.as_ref().filter(|_| refusable) else { return caught.to_token_stream() };
        let (answer, place) = self.becomes(refused);
        let (door, shape) = (&self.door, self.splitter());
        quote_spanned!(generated(place)=> #door::told(#shape, #caught, #answer))
    }

    /// Whether `when` is for a failure.
    pub(super) fn picks(&self, caught: &Ident, when: &TokenStream, refusable: bool) -> TokenStream {
        let door = &self.door;
        let Some(refused) = self.refused.as_ref().filter(|_| refusable) else {
            let span = generated(caught.span());
            return quote_spanned!(span=> #door::matches(&#caught, #when));
        };
        let (answer, place) = self.becomes(refused);
        let shape = self.splitter();
        quote_spanned!(generated(place)=> #door::picks(#shape, &#caught, #answer, #when))
    }
}
