//! An error of an option's expression, in `clone(..)` for instance, ends the call: no retry and no breaker above may take
//! it for the answer of an attempt. It comes to them as any error of the user's does, so they are told beside it, by a flag.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::Lifetime;

use super::exit::Gives;
use super::{Expansion, Place, generated, local};
use crate::args::Kind;
use crate::args::common::Settings;
use crate::args::value::Value;
use crate::exits::Exits;
use crate::stack::Layer;
use crate::timeout::Plan;

impl Expansion<'_> {
    /// The flag, where somebody looks at it.
    pub(super) fn ended_flag(&self, at: Span) -> Option<TokenStream> {
        let needed = (0..self.layers.len()).any(|index| self.passes_flag(index, index));
        let (door, ended) = (&self.door, local("ended", at));
        needed.then(|| quote_spanned!(generated(at)=> let #ended = #door::Ended::new();))
    }

    /// Raises the flag for those above: an expression of the layer at `index` has failed.
    pub(super) fn raise(&self, index: usize, at: Span) -> Option<TokenStream> {
        let ended = local("ended", at);
        self.passes_flag(index, index).then(|| quote_spanned!(generated(at)=> #ended.raise();))
    }

    /// Leaves the layer at `index`, whose block has the `label`, with an `error` of one of its expressions.
    pub(super) fn ends(
        &self,
        index: usize,
        place: Place,
        label: &Lifetime,
        gives: Gives,
        error: &Ident,
    ) -> TokenStream {
        let (door, at) = (&self.door, self.layers[index].span());
        let span = generated(at);
        let raise = self.raise(index, at);
        let judged = self.judged_anew(place, at);
        let failure = gives.failure(door, quote_spanned!(span=> #door::Caught::from_user(#error)));
        quote_spanned!(span=> { #raise #judged break #label #failure; })
    }

    /// The error of an expression is a failure of the call, whatever a breaker made of the attempt before it.
    pub(super) fn judged_anew(&self, place: Place, at: Span) -> Option<TokenStream> {
        let call = local("call", at);
        place.sees_call.then(|| quote_spanned!(generated(at)=> #call.judged(false);))
    }

    /// Lowers the flag: the fallback at `index` has taken the error.
    pub(super) fn lower(&self, index: usize, at: Span) -> Option<TokenStream> {
        let ended = local("ended", at);
        self.passes_flag(index, index).then(|| quote_spanned!(generated(at)=> #ended.lower();))
    }

    /// What the layer at `index`, a retry or a breaker, does about an error: `instead` while the flag is raised.
    pub(super) fn unless_ended(
        &self,
        index: usize,
        at: Span,
        instead: &TokenStream,
        judge: TokenStream,
    ) -> TokenStream {
        let ended = local("ended", at);
        match self.layers[index + 1..].iter().any(|layer| self.is_fallible(layer)) {
            true => quote_spanned!(generated(at)=> if #ended.is_raised() { #instead } else { #judge }),
            false => judge,
        }
    }

    /// A worker thread has a flag of its own: what runs on it, and what becomes of its result here, under the name `out`.
    pub(super) fn across_threads(
        &self,
        index: usize,
        at: Span,
        run: TokenStream,
        out: &Ident,
    ) -> (TokenStream, TokenStream) {
        let (door, ended, there) = (&self.door, local("ended", at), local("ended_there", at));
        let span = generated(at);
        match self.passes_flag(index, index + 1) {
            true => (
                quote_spanned!(span=> let #ended = #door::Ended::new(); (#run, #ended)),
                quote_spanned!(span=> { let (#out, #there) = #out; #ended.raise_if(&#there); #door::lift(#out) }),
            ),
            false => (run, quote_spanned!(span=> #door::lift(#out))),
        }
    }

    /// Whether the flag may be raised at `from` or below, and somebody above `index` looks at it.
    fn passes_flag(&self, index: usize, from: usize) -> bool {
        // No fallback that catches everything is between them: it could not stand below those who look.
        let looks = |layer: &Layer| matches!(layer.kind(), Kind::Retry | Kind::CircuitBreaker);
        self.layers[..index].iter().any(looks) && self.layers[from..].iter().any(|layer| self.is_fallible(layer))
    }

    /// Whether an expression of a layer that each call evaluates may end the call.
    pub(super) fn is_fallible(&self, layer: &Layer) -> bool {
        let cloned = layer.cloned().iter().filter_map(|cloned| cloned.made.as_ref()).map(Exits::of);
        let other = match layer {
            Layer::Timeout(Plan { limit: Value::Expr(expr), .. }) => Some(Exits::of(expr)),
            Layer::CircuitBreaker(plan) => plan.key.as_ref().map(Exits::of_option),
            Layer::Retry(plan) if !self.is_declared(layer) => Some(exits(&plan.settings)),
            _ => None,
        };
        cloned.chain(other).any(|exits| self.leaves(&exits))
    }
}

/// How the values of options can leave.
pub(super) fn exits(settings: &Settings) -> Exits {
    let each = settings.0.iter().map(|setting| Exits::of_option(&setting.tokens));
    each.fold(Exits::default(), Exits::and)
}
