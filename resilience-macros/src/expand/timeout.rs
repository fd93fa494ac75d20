//! A timeout: the only layer that needs the inner part as a value of its own, a future or a closure.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::Lifetime;

use super::exit::{Emitted, Gives};
use super::{Expansion, Place, generated, local};
use crate::args::Kind;
use crate::args::value::Value;
use crate::exits::Exits;
use crate::stack::Layer;
use crate::timeout::{Mode, Plan};

impl Expansion<'_> {
    // Input:  #[timeout("2s")] over INNER
    // Output: FUNCTION.1.0.limit(&FUNCTION.0, 2000000000u64, &frame, async { INNER }, Inner).await
    pub(super) fn timeout(&self, index: usize, plan: &Plan, place: Place) -> Emitted {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let Value::Expr(expr) = &plan.limit else {
            let tokens = self.run(index, plan, &self.value(&plan.limit), place);
            return Emitted { tokens, gives: Gives::Outcome, refusable: true };
        };
        let limit = local("limit", at);
        let label = Lifetime { apostrophe: span, ident: local("timeout", at) };
        let (exits, ty) = (Exits::of(expr), quote_spanned!(span=> #door::Duration));
        let labelled = self.leaves(&exits).then(|| quote_spanned!(span=> #label:));
        let exit = |error: &Ident| self.ends(index, place, &label, Gives::Outcome, error);
        // Before the body is built: the limit may use what the body will own.
        let limited = self.each_call(&limit, Some(ty), &exits, &expr.to_token_stream(), exit);
        let run = self.run(index, plan, &quote!(#limit), place);
        let tokens = quote_spanned!(span=> #labelled { #limited #run });
        Emitted { tokens, gives: Gives::Outcome, refusable: true }
    }

    fn run(&self, index: usize, plan: &Plan, limit: &TokenStream, place: Place) -> TokenStream {
        match self.form.is_async {
            true => self.limited(index, plan, limit, place),
            false => self.bounded(index, plan, limit, place),
        }
    }

    /// The inner part as a future under a limit.
    fn limited(&self, index: usize, plan: &Plan, limit: &TokenStream, place: Place) -> TokenStream {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let frame = local("frame", at);
        let (site, record) = Self::site(index, at);
        let (future, split) = if index + 1 == self.layers.len() && !(self.any_shape && self.opaque) {
            // The body is a future already: no second one around it. Of an `impl Trait` the type is looked at inside.
            (self.body_future(), self.splitter())
        } else {
            let inner = self.outcome(index + 1, place).tokens;
            let inside = self.layers[index + 1..].iter().take_while(|layer| layer.kind() != Kind::Timeout);
            let new_frame = self.frame(at, inside.map(Layer::kind).any(|kind| kind != Kind::CircuitBreaker));
            let future = quote_spanned!(span=> async { let #frame = #new_frame; #inner });
            (future, quote_spanned!(span=> #door::Inner))
        };
        let limit = match plan.limit {
            Value::Duration(limit) => u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX).to_token_stream(),
            _ => quote_spanned!(span=> #door::nanos(#limit)),
        };
        quote_spanned!(span=> #site.limit(#record, #limit, &#frame, #future, #split).await)
    }

    /// The inner part as a closure under a limit, in place or on a worker thread.
    fn bounded(&self, index: usize, plan: &Plan, limit: &TokenStream, place: Place) -> TokenStream {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let frame = local("frame", at);
        let (site, record) = Self::site(index, at);
        let (out, error) = (local("out", at), local("error", at));
        let here = Place { sees_call: place.sees_call && plan.mode == Mode::Deadline };
        let inner = self.outcome(index + 1, here).tokens;
        // The body alone needs no frame: it holds no permit.
        let innermost = index + 1 == self.layers.len();
        let frame = (!innermost).then(|| quote_spanned!(span=> let #frame = #door::Frame::new();));
        let (run, out_of_it) = match plan.mode {
            Mode::Deadline => (
                quote_spanned!(span=> #site.within(#record, #limit, || { #frame #inner })),
                quote_spanned!(span=> #door::lift(#out)),
            ),
            Mode::Thread => {
                let (inner, out_of_it) = self.across_threads(index, at, inner, &out);
                (quote_spanned!(span=> #site.on_worker(#record, #limit, move || { #frame #inner })), out_of_it)
            }
        };
        quote_spanned! {span=>
            match #run {
                #door::Ok(#out) => #out_of_it,
                #door::Err(#error) => #door::refused(#error),
            }
        }
    }
}
