//! A circuit breaker: a pass around the inner part.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Lifetime;

use super::{Emitted, Expansion, Place, generated, local};
use crate::args::value::Value;
use crate::circuit_breaker::Plan;

impl Expansion<'_> {
    // Input:  #[circuit_breaker(name = "db")] over INNER
    // Output: 'breaker: { let mut pass = FUNCTION.1.0.pass(&FUNCTION.0, &frame); if let Err(refused) = pass.ask() { break 'breaker refused(refused) } match INNER { Ok(value) => { pass.success(); Ok(value) } Err(caught) => pass.fail(caught, ..) } }
    pub(super) fn circuit_breaker(&self, index: usize, plan: &Plan, place: Place) -> Emitted {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (pass, out, refused, call, value, caught, words_of) = (
            local("pass", at),
            local("out", at),
            local("refused", at),
            local("call", at),
            local("value", at),
            local("caught", at),
            local("words", at),
        );
        let (policy, made) = self.pass(index, plan);
        let inner = self.layer(index + 1, place);
        let inner_tokens = inner.tokens;
        let or = |code: &Option<TokenStream>, default| self.or(code.as_ref(), default, at);
        let none_succeeds = plan.common.none_succeeds();
        let failure_if = match none_succeeds {
            Some(word) => self.is_no_failure(word),
            None => or(&plan.failure_if, "always"),
        };
        let ignore_if = or(&plan.ignore_if, "never");
        // Only an error can be ignored, and only where the option says so.
        let noted = |judge: TokenStream| match place.sees_call && plan.ignore_if.is_some() {
            true => quote_spanned!(span=> #call.judged(#judge);),
            false => quote_spanned!(span=> #judge;),
        };
        let ignored = quote_spanned!(span=> #pass.ignore(););
        // A success is taken apart and put together again: moved as a whole it would be copied, with the room that its
        // error needs.
        let report = match &plan.failure_if_result {
            Some(failure_if_result) => {
                let words = self.words(&quote!(of_result(&#out)), at);
                let judge = quote!(#pass.judge(&#out, #failure_if, #ignore_if, #failure_if_result, #words));
                let judge = self.unless_ended(index, at, &ignored, noted(judge));
                quote_spanned!(span=> let #out = #door::lift(#inner_tokens); #judge #out)
            }
            None => {
                let plain = plan.failure_if.is_none() && plan.ignore_if.is_none() && none_succeeds.is_none();
                let words = self.words(&quote!(of(&#caught)), at);
                let failed = match plain {
                    true => quote_spanned!(span=> { let #words_of = #words; #pass.fail(#caught, #words_of) }),
                    false => {
                        let judge = noted(quote!(#pass.judge_failure(&#caught, #failure_if, #ignore_if, #words)));
                        quote_spanned!(span=> #judge #door::Err(#caught))
                    }
                };
                let failed = self.unless_ended(index, at, &quote_spanned!(span=> #ignored #door::Err(#caught)), failed);
                let fault = (!inner.refusable).then(|| quote_spanned!(span=> let #caught = #door::fault(#caught);));
                quote_spanned! {span=>
                    match #inner_tokens {
                        #door::Ok(#value) => {
                            #pass.success();
                            #door::Ok(#value)
                        }
                        #door::Err(#caught) => {
                            #fault
                            #failed
                        }
                    }
                }
            }
        };
        let label = Lifetime { apostrophe: span, ident: local("breaker", at) };
        let tokens = quote_spanned! {span=> #label: {
            #policy
            let mut #pass = #made;
            if let #door::Err(#refused) = #pass.ask() {
                break #label #door::refused(#refused);
            }
            #report
        }};
        Emitted { tokens, refusable: true }
    }

    /// Statements that find the breaker, and the call that makes a pass of it.
    fn pass(&self, index: usize, plan: &Plan) -> (TokenStream, TokenStream) {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (frame, breaker, keyed, function) =
            (local("frame", at), local("breaker", at), local("keyed", at), local("function", at));
        let (site, record) = Self::site(index, at);
        let declared = self.is_declared(&self.layers[index]);
        let builder = self.builder("CircuitBreaker", index, &plan.settings, at);
        let policy = match self.max_keys(plan) {
            None if declared => return (TokenStream::new(), quote_spanned!(span=> #site.pass(#record, &#frame))),
            _ if declared => quote_spanned!(span=> #site.get(#record)),
            None => {
                quote_spanned!(span=> #site.get_with(#record, |#function| #door::circuit_breaker(#function, #builder)))
            }
            Some(max_keys) => quote_spanned! {span=>
                #site.get_with(#record, |#function| #door::keyed_circuit_breaker(#function, #builder, #max_keys))
            },
        };
        let found = match &plan.key {
            None => quote_spanned!(span=> let #breaker = #policy;),
            Some(key) => quote_spanned! {span=>
                let #keyed = #policy.get(&(#key));
                let #breaker: &#door::CircuitBreaker = &#keyed;
            },
        };
        (found, quote_spanned!(span=> #door::Pass::new(#breaker, &#frame)))
    }

    /// The bound of a keyed breaker; `None` without a key.
    pub(super) fn max_keys(&self, plan: &Plan) -> Option<TokenStream> {
        plan.key.as_ref()?;
        Some(match &plan.max_keys {
            None => quote!(10_000),
            Some(Value::Count(count)) => {
                let count = proc_macro2::Literal::u32_unsuffixed(*count);
                quote!(#count)
            }
            Some(value) => self.value(value),
        })
    }
}
