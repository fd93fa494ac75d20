//! A fallback: a plain `match` on the inner result.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::{Lifetime, ReceiverKind};

use super::closure::{Kind as Returns, annotated, is_value};
use super::exit::{Emitted, Exit, Gives};
use super::{Expansion, Place, generated, local};
use crate::args::start;
use crate::exits::Exits;
use crate::fallback::{Handler, Plan};
use crate::input::{erase, is_ignored, success};

/// How the type of a success can be said.
enum Success {
    /// It is written in the return type.
    Visible(TokenStream),
    /// The shape of the return type knows.
    Of(TokenStream),
    /// Nobody has written it.
    Unknown,
}

impl Expansion<'_> {
    // Input:  #[fallback(cached)] over INNER
    // Output: let caught = INNER; FUNCTION.1.0.apply(&FUNCTION.0, &frame).answer(split::<R>(cached(..)))
    // With `when`: let caught = INNER; if matches(&caught, |e| e.is_gone()) { .. } else { Err(caught) }
    pub(super) fn fallback(&self, index: usize, plan: &Plan, place: Place, exit: &Exit) -> Emitted {
        if let Some(when_result) = &plan.when_result {
            return self.fallback_with_result(index, plan, when_result, place);
        }
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let caught = local("caught", at);
        let inner = self.failure(index + 1, place, exit);
        let inner_tokens = self.prepared(inner.tokens, index, plan, inner.gives, place);
        let (answer, refusable) = self.taken_over(index, plan, place, inner.refusable);
        let answer = match &plan.when {
            None => answer,
            Some(when) => {
                let picks = self.picks(&caught, when, inner.refusable);
                quote_spanned!(span=> if #picks { #answer } else { #door::Err(#caught) })
            }
        };
        let answer = match self.left_alone(plan) {
            None => answer,
            Some([is_none, none]) => quote_spanned!(span=> if #is_none { #door::Err(#none) } else { #answer }),
        };
        let checked = self.has_failures(index, at);
        let tokens = quote_spanned!(span=> { #checked let #caught = #inner_tokens; #answer });
        Emitted { tokens, gives: Gives::Answer, refusable }
    }

    // Output: match lacks(INNER, |v| v.is_empty()) { Ok(value) => Ok(value), Err(caught) => .. }
    fn fallback_with_result(&self, index: usize, plan: &Plan, when_result: &TokenStream, place: Place) -> Emitted {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (value, caught) = (local("value", at), local("caught", at));
        let inner = self.outcome(index + 1, place);
        let inner_tokens = self.prepared(inner.tokens, index, plan, inner.gives, place);
        let (answer, refusable) = self.taken_over(index, plan, place, inner.refusable);
        let none = self
            .left_alone(plan)
            .map(|[is_none, none]| quote_spanned!(span=> #door::Err(#caught) if #is_none => #door::Err(#none),));
        let failed = quote_spanned!(span=> #door::Err(#door::Lack::Failed(#caught)));
        let unmatched = plan.when.as_ref().map(|when| {
            let picks = self.picks(&caught, when, inner.refusable);
            quote_spanned!(span=> #failed if !#picks => #door::Err(#caught),)
        });
        let checked = self.has_failures(index, at);
        let matched = quote_spanned! {span=>
            match #door::lacks(#inner_tokens, #when_result) {
                #door::Ok(#value) => #door::Ok(#value),
                #none
                #unmatched
                #door::Err(#caught) => { #answer }
            }
        };
        let tokens = if checked.is_some() { quote_spanned!(span=> { #checked #matched }) } else { matched };
        Emitted { tokens, gives: Gives::Outcome, refusable }
    }

    /// Where a `None` is a success: whether what was caught is one, and what is handed on then.
    fn left_alone(&self, plan: &Plan) -> Option<[TokenStream; 2]> {
        plan.common.none_succeeds().map(|word| ["is_none", "none"].map(|name| self.of_none(name, "caught", word)))
    }

    /// Statements and the result of a fallback that takes over, and whether its failure is a `Fault`.
    fn taken_over(&self, index: usize, plan: &Plan, place: Place, inner_refusable: bool) -> (TokenStream, bool) {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (call, frame) = (local("call", at), local("frame", at));
        let (site, record) = Self::site(index, at);
        let lower = self.lower(index, at);
        let fell_back = place.sees_call.then(|| quote_spanned!(span=> #call.fell_back();));
        let refusable = inner_refusable && !plan.catches_refusals();
        let applied = quote_spanned!(span=> #site.apply(#record, &#frame));
        let answer = self.answer(plan, &applied, inner_refusable && plan.when_result.is_none());
        let answer = if refusable { quote_spanned!(span=> #door::lift(#answer)) } else { answer };
        (quote_spanned!(span=> #lower #fell_back #answer), refusable)
    }

    /// The inner part with what `clone(..)` gives it. An expression that fails is a failure like any other.
    // Output: 'clones: { let req = match .. { Ok(value) => value, Err(error) => break 'clones from_user(error) }; INNER }
    fn prepared(&self, inner: TokenStream, index: usize, plan: &Plan, gives: Gives, place: Place) -> TokenStream {
        let at = plan.common.span;
        let span = generated(at);
        let label = Lifetime { apostrophe: span, ident: local("clones", at) };
        let exit = |error: &Ident| self.ends(index, place, &label, gives, error);
        let prepared = self.with_clones(inner, &plan.clone, at, exit);
        if self.is_fallible(&self.layers[index]) { quote_spanned!(span=> #label: #prepared) } else { prepared }
    }

    /// The result that the fallback gives, as the result of a layer; `applied` is the fallback that runs. A failure that is
    /// `refusable` may be a refusal.
    fn answer(&self, plan: &Plan, applied: &TokenStream, refusable: bool) -> TokenStream {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let caught = local("caught", at);
        let origin = start(&plan.handler_tokens).unwrap_or(at);
        let value = match &plan.handler {
            // What it leaves early with is the fallback's own error.
            Handler::Value(expr) if self.leaves(&Exits::of(expr)) => {
                self.carried(None, &Exits::of(expr), &expr.to_token_stream(), origin)
            }
            Handler::Value(expr) => {
                let value = match self.form.is_async && Exits::of(expr).awaits {
                    true => self.named(&self.evaluated(expr, at), origin),
                    false => self.evaluated(expr, at),
                };
                return self.standby(applied, &caught, &value, origin);
            }
            Handler::Default => {
                let door = &self.door_at(origin);
                let value = quote_spanned!(generated(origin)=> #door::Default::default());
                return self.standby(applied, &caught, &value, origin);
            }
            Handler::Closure(closure) => {
                let mut closure = closure.clone();
                let input = match closure.inputs.first() {
                    None => TokenStream::new(),
                    Some(pat) => match annotated(pat) {
                        Some((pat, ty)) => {
                            let (pat, ty) = (pat.clone(), ty.to_token_stream());
                            if let Some(first) = closure.inputs.first_mut() {
                                *first = pat;
                            }
                            let told = self.told(&caught, refusable);
                            quote_spanned!(span=> #door::catch(#told, #door::core::marker::PhantomData::<#ty>))
                        }
                        None if is_ignored(pat) => quote_spanned!(span=> #caught),
                        None => self.own(&caught, refusable),
                    },
                };
                let value = self.inline(&closure, &[input], &Returns::Outcome(self.subject.clone()), at);
                // What is inlined under its type is blamed where it is.
                if !self.form.is_async || is_value(&closure.body) {
                    let result = self.split(&value);
                    return quote_spanned!(span=> #applied.answer(#result));
                }
                value
            }
            Handler::Path(path) => self.resolve(&self.call(path, plan, refusable), origin),
        };
        let result = self.split_from(&value, origin);
        quote_spanned!(span=> #applied.answer(#result))
    }

    /// A success with `value`, which comes from `origin`; said of which type, so that another one is blamed on the value.
    fn standby(&self, applied: &TokenStream, caught: &Ident, value: &TokenStream, origin: Span) -> TokenStream {
        let span = generated(origin);
        let success = match self.success() {
            Success::Visible(success) => success,
            Success::Of(shape) => return quote_spanned!(span=> #applied.standby_of(#shape, #caught, #value)),
            Success::Unknown => return quote_spanned!(span=> #applied.standby(#caught, #value)),
        };
        quote_spanned!(span=> #applied.standby::<#success, _>(#caught, #value))
    }

    /// The type of a success, as far as it can be said.
    fn success(&self) -> Success {
        let returned = self.function.outcome().map(|(ty, _)| ty);
        match (&self.subject, returned.as_ref().and_then(success)) {
            (_, Some(success)) => Success::Visible(erase(success).into_token_stream()),
            _ if self.opaque => Success::Unknown,
            (Some(subject), None) if !self.any_shape => {
                let door = &self.door_at(self.returned);
                Success::Visible(quote_spanned!(generated(self.returned)=> <#subject as #door::Outcome>::Ok))
            }
            _ => Success::Of(self.splitter()),
        }
    }

    /// A function that takes whatever its signature says: the trait behind `fallback_call` tells the forms apart.
    fn call(&self, path: &syn::Expr, plan: &Plan, refusable: bool) -> TokenStream {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let caught = local("caught", at);
        let exclusive = self
            .function
            .sig
            .receiver()
            .is_some_and(|receiver| matches!(&receiver.kind, ReceiverKind::Reference(_, _, Some(_))));
        let receiver = match self.receiver(at) {
            // A method call would reborrow; a tuple does not.
            Some(receiver) if exclusive => quote_spanned!(span=> (&mut *#receiver,)),
            Some(receiver) => quote_spanned!(span=> (#receiver,)),
            None => quote_spanned!(span=> ()),
        };
        let values = &self.handed_on.values;
        if plan.when_result.is_some() {
            return quote_spanned!(span=> #door::stand_in_call(#receiver, (#values), #caught, #path));
        }
        let told = self.told(&caught, refusable);
        quote_spanned!(span=> #door::fallback_call(#receiver, (#values), #told, #path))
    }
}
