//! A circuit breaker: a `match` around a permit.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Lifetime;

use super::{Emitted, Expansion, Place, generated, local};
use crate::args::value::Value;
use crate::circuit_breaker::Plan;

impl Expansion<'_> {
    // Input:  #[circuit_breaker(name = "db")] over INNER
    // Output: 'breaker: { let permit = match admit(breaker, &frame) { Ok(permit) => permit, Err(refused) => break 'breaker Err(Refused(refused)) }; let out = INNER; permit.judge(&out, ..); out }
    pub(super) fn circuit_breaker(&self, index: usize, plan: &Plan, place: Place) -> Emitted {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (frame, breaker, permit, out, refused, call) = (
            local("frame", at),
            local("breaker", at),
            local("permit", at),
            local("out", at),
            local("refused", at),
            local("call", at),
        );
        let policy = self.breaker_policy(index, plan);
        let inner = self.layer(index + 1, place).tokens;
        let or = |code: &Option<TokenStream>, default: &str| {
            let default = proc_macro2::Ident::new(default, span);
            code.clone().unwrap_or_else(|| quote!(#door::#default))
        };
        let failure_if = or(&plan.failure_if, "always");
        let ignore_if = or(&plan.ignore_if, "never");
        let failure_if_result = or(&plan.failure_if_result, "never");
        let judge = quote_spanned!(span=> #permit.judge(&#out, #failure_if, #ignore_if, #failure_if_result));
        let judge =
            if place.sees_call { quote_spanned!(span=> #call.judged(#judge);) } else { quote_spanned!(span=> #judge;) };
        // The permit is moved out of the `match`: what a `match` looks at lives as long as its arms, and a future would
        // carry it beside the permit.
        let label = Lifetime { apostrophe: span, ident: local("breaker", at) };
        let tokens = quote_spanned! {span=> #label: {
            #policy
            let #permit = match #door::admit(#breaker, &#frame) {
                #door::Ok(#permit) => #permit,
                #door::Err(#refused) => break #label #door::Err(#door::Fault::Refused(#refused)),
            };
            let #out = #door::lift(#inner);
            #judge
            #out
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
