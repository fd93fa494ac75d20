//! A retry: a plain `loop`, without a closure that would have to borrow.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Expr;

use super::closure::Kind as Returns;
use super::{Emitted, Expansion, Place, generated, local, with_cloned_self};
use crate::retry::Plan;

impl Expansion<'_> {
    // Input:  #[retry(clone(req), before_retry = refresh)] over INNER
    // Output: loop { attempts.begin(); let caught = match { let req = clone(&req); INNER } { Ok(value) => break Ok(value), Err(caught) => caught }; match attempts.judge_failure(&caught, ..) { Done => break Err(caught), Retry(delay) => { sleep; refresh } } }
    pub(super) fn retry(&self, index: usize, plan: &Plan, place: Place) -> Emitted {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (frame, attempts, out, delay) =
            (local("frame", at), local("attempts", at), local("out", at), local("delay", at));
        let (value, caught) = (local("value", at), local("caught", at));
        let failed = if plan.retry_if_result.is_some() { &out } else { &caught };
        let retry = local("retry", at);
        let policy = self.retry_policy(index, plan);
        let clones = self.clones(&plan.clone, at);
        let inner = self.layer(index + 1, place);
        let inner_tokens = with_cloned_self(inner.tokens, &plan.clone, &self.this());
        let or = |code: &Option<TokenStream>, default: &str| {
            let default = proc_macro2::Ident::new(default, span);
            code.clone().unwrap_or_else(|| quote!(#door::#default))
        };
        let retry_if = or(&plan.retry_if, "always");
        let abort_if = or(&plan.abort_if, "never");
        let retry_after = or(&plan.retry_after, "no_hint");
        let sleep = if self.form.is_async {
            self.watched(&quote_spanned!(span=> #door::sleep(#delay)), at)
        } else {
            quote_spanned!(span=> #door::sleep_blocking(#delay))
        };
        let begin = proc_macro2::Ident::new(if self.form.is_async { "attempts_async" } else { "attempts" }, span);
        let error = local("error", at);
        let describe = quote_spanned! {span=>
            |#error| {
                #[allow(unused_imports)]
                use #door::{ShowDebug as _, ShowType as _};
                (&#door::Show(#error)).text()
            }
        };
        let attempt = if clones.is_empty() { inner_tokens } else { quote_spanned!(span=> { #clones #inner_tokens }) };
        // A success is taken apart and put together again: moved as a whole it would be copied, with the room that its
        // error needs.
        let (attempt, judge, done) = match &plan.retry_if_result {
            Some(retry_if_result) => (
                quote_spanned!(span=> let #out = #attempt;),
                quote!(judge(&#out, #retry_if, #abort_if, #retry_if_result, #retry_after, #describe)),
                quote!(#out),
            ),
            None => (
                quote_spanned! {span=>
                    let #caught = match #attempt {
                        #door::Ok(#value) => {
                            #attempts.stop(true);
                            break #door::Ok(#value);
                        }
                        #door::Err(#caught) => #caught,
                    };
                },
                quote!(judge_failure(&#caught, #retry_if, #abort_if, #retry_after, #describe)),
                quote!(#door::Err(#caught)),
            ),
        };
        let pause = match &plan.before_retry {
            // The failed result goes before the sleep: a future that sleeps should not carry it.
            None => quote_spanned!(span=> #door::core::mem::drop(#failed); #sleep;),
            Some(hook) => {
                let hook = self.hook(hook, plan, place);
                // A hook may take its time.
                quote_spanned!(span=> #sleep; #hook if #attempts.is_late() { break #done; })
            }
        };
        let tokens = quote_spanned! {span=> {
            #policy
            let mut #attempts = #door::#begin(#retry, &#frame);
            loop {
                #attempts.begin();
                #attempt
                match #attempts.#judge {
                    #door::Step::Done => break #done,
                    #door::Step::Retry(#delay) => { #pause }
                }
            }
        }};
        Emitted { tokens, refusable: inner.refusable }
    }

    /// `let __resilience_retry: &Retry = ..;`
    fn retry_policy(&self, index: usize, plan: &Plan) -> TokenStream {
        let door = &self.door;
        let span = generated(plan.common.span);
        let retry = local("retry", plan.common.span);
        let config = self.config_call(index, &self.layers[index], &plan.settings);
        let site = quote_spanned! {span=>
            static __RESILIENCE_SITE: #door::Site<#door::Retry> = #door::Site::new();
        };
        if self.is_static(&plan.settings) {
            return quote_spanned! {span=>
                #site
                let #retry: &#door::Retry = __RESILIENCE_SITE.get(|| #door::retry(&__RESILIENCE_FUNCTION, #config));
            };
        }
        let (owned, builder) = (local("owned", plan.common.span), local("builder", plan.common.span));
        quote_spanned! {span=>
            #site
            let #builder = #config;
            let #owned = __RESILIENCE_SITE
                .get(|| #door::retry(&__RESILIENCE_FUNCTION, #door::Clone::clone(&#builder).within_bounds()))
                .configured(#builder);
            let #retry: &#door::Retry = &#owned;
        }
    }

    /// Runs `before_retry` for an error of the body; its own error ends the retry.
    fn hook(&self, hook: &Expr, plan: &Plan, place: Place) -> TokenStream {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (attempts, out, caught, error, result) =
            (local("attempts", at), local("out", at), local("caught", at), local("error", at), local("result", at));
        let attempt = quote_spanned!(span=> #attempts.attempt());
        let given = quote_spanned!(span=> #error);
        let value = match hook {
            Expr::Closure(closure) => {
                let subject = self.subject();
                let ty = quote!(#door::Result<(), <#subject as #door::Outcome>::Err>);
                self.inline(closure, &[attempt, given], &Returns::Hook(ty), at)
            }
            path => self.resolve(&quote_spanned!(span=> (#path)(#attempt, #given)), at),
        };
        // The error is the hook's own, whatever a breaker made of the one before.
        let call = local("call", at);
        let judged = place.sees_call.then(|| quote_spanned!(span=> #call.judged(false);));
        let failed = match plan.retry_if_result {
            Some(_) => {
                quote_spanned!(span=> let #door::Err(#caught) = &#out && let #door::Some(#error) = #door::Caught::user(#caught))
            }
            None => quote_spanned!(span=> let #door::Some(#error) = #door::Caught::user(&#caught)),
        };
        quote_spanned! {span=>
            if #failed {
                let #result = #value;
                if let #door::Err(#error) = #door::hook_result(#result) {
                    #judged
                    #attempts.hook_failed();
                    break #door::Err(#door::Caught::from_user(#error));
                }
            }
        }
    }
}
