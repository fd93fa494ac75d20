//! A circuit breaker: a pass around the inner part.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Lifetime;

use super::{Emitted, Expansion, Place, generated, local};
use crate::args::value::Value;
use crate::circuit_breaker::Plan;

impl Expansion<'_> {
    // Input:  #[circuit_breaker(name = "db")] over INNER
    // Output: 'breaker: { let mut pass = Pass::new(breaker, &frame); if let Err(refused) = pass.ask() { break 'breaker Err(Refused(refused)) } match INNER { Ok(value) => { pass.success(); Ok(value) } Err(caught) => { pass.judge_failure(&caught, ..); Err(caught) } } }
    pub(super) fn circuit_breaker(&self, index: usize, plan: &Plan, place: Place) -> Emitted {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (frame, breaker, pass, out, refused, call, value, caught) = (
            local("frame", at),
            local("breaker", at),
            local("pass", at),
            local("out", at),
            local("refused", at),
            local("call", at),
            local("value", at),
            local("caught", at),
        );
        let policy = self.breaker_policy(index, plan);
        let inner = self.layer(index + 1, place).tokens;
        let or = |code: &Option<TokenStream>, default: &str| {
            let default = proc_macro2::Ident::new(default, span);
            code.clone().unwrap_or_else(|| quote!(#door::#default))
        };
        let failure_if = or(&plan.failure_if, "always");
        let ignore_if = or(&plan.ignore_if, "never");
        // Only an error can be ignored, and only where the option says so.
        let noted = |judge: TokenStream| match place.sees_call && plan.ignore_if.is_some() {
            true => quote_spanned!(span=> #call.judged(#judge);),
            false => quote_spanned!(span=> #judge;),
        };
        // A success is taken apart and put together again: moved as a whole it would be copied, with the room that its
        // error needs.
        let report = match &plan.failure_if_result {
            Some(failure_if_result) => {
                let judge = quote!(#pass.judge(&#out, #failure_if, #ignore_if, #failure_if_result));
                let judge = noted(judge);
                quote_spanned!(span=> let #out = #door::lift(#inner); #judge #out)
            }
            None => {
                let judge = noted(quote!(#pass.judge_failure(&#caught, #failure_if, #ignore_if)));
                quote_spanned! {span=>
                    match #inner {
                        #door::Ok(#value) => {
                            #pass.success();
                            #door::Ok(#value)
                        }
                        #door::Err(#caught) => {
                            let #caught = #door::fault(#caught);
                            #judge
                            #door::Err(#caught)
                        }
                    }
                }
            }
        };
        let label = Lifetime { apostrophe: span, ident: local("breaker", at) };
        let tokens = quote_spanned! {span=> #label: {
            #policy
            let mut #pass = #door::Pass::new(#breaker, &#frame);
            if let #door::Err(#refused) = #pass.ask() {
                break #label #door::refused(#refused);
            }
            #report
        }};
        Emitted { tokens, refusable: true }
    }

    /// `let __resilience_breaker: &CircuitBreaker = ..;`
    fn breaker_policy(&self, index: usize, plan: &Plan) -> TokenStream {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let breaker = local("breaker", at);
        let config = self.config_call(index, &self.layers[index], &plan.settings);
        let (Some(key), Some(max_keys)) = (&plan.key, self.max_keys(plan)) else {
            return quote_spanned! {span=>
                static __RESILIENCE_SITE: #door::Site<#door::CircuitBreaker> = #door::Site::new();
                let #breaker: &#door::CircuitBreaker =
                    __RESILIENCE_SITE.get(|| #door::circuit_breaker(&__RESILIENCE_FUNCTION, #config));
            };
        };
        let keyed = local("keyed", at);
        quote_spanned! {span=>
            static __RESILIENCE_SITE: #door::Site<#door::KeyedCircuitBreaker> = #door::Site::new();
            let #keyed = __RESILIENCE_SITE
                .get(|| #door::keyed_circuit_breaker(&__RESILIENCE_FUNCTION, #config, #max_keys))
                .get(&(#key));
            let #breaker: &#door::CircuitBreaker = &#keyed;
        }
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
