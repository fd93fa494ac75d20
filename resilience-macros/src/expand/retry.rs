//! A retry: a plain `loop`, without a closure that would have to borrow.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Expr, Lifetime};

use super::closure::Kind as Returns;
use super::ended::exits;
use super::exit::{Emitted, Exit, Gives};
use super::{Expansion, Place, generated, local};
use crate::args::Kind;
use crate::retry::Plan;
use crate::stack::Layer;

impl Expansion<'_> {
    // Input:  #[retry(clone(req))] over INNER
    // Output: { let mut attempts = FUNCTION.1.0.attempts(&FUNCTION.0, &frame); loop { let delay = { let caught = { let req = clone(&req); INNER }; .. }; sleep(delay); attempts.begin(); } }
    pub(super) fn retry(&self, index: usize, plan: &Plan, place: Place, exit: &Exit) -> Emitted {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (frame, attempts, delay) = (local("frame", at), self.tries(at), local("delay", at));
        let label = Lifetime { apostrophe: span, ident: local("retry", at) };
        let (found, begin) = self.attempts(index, plan, place, &label);
        let inner = match plan.retry_if_result {
            None => self.failure(index + 1, place, &exit.after(&quote_spanned!(span=> #attempts.stop(true);))),
            Some(_) => self.outcome(index + 1, place),
        };
        let raise = self.raise(index, at);
        let ended = |error: &Ident| {
            let ended = self.ended(error, plan, place, at);
            quote_spanned!(span=> { #raise #ended })
        };
        let attempt = self.with_clones(inner.tokens, &plan.clone, at, ended);
        let sleep = if self.form.is_async {
            quote_spanned!(span=> #door::sleep(&#frame, #delay).await;)
        } else {
            quote_spanned!(span=> #door::sleep_blocking(#delay);)
        };
        let hook = plan.before_retry.as_ref().map(|hook| self.hook(hook, plan, place));
        let round = match (&plan.retry_if_result, hook) {
            (Some(retry_if_result), hook) => {
                self.round_with_result(index, plan, retry_if_result, &attempt, &sleep, hook)
            }
            (None, Some(hook)) => self.round_with_hook(index, plan, &attempt, &sleep, &hook),
            (None, None) => self.round(index, plan, &attempt, &sleep),
        };
        let begun = self.tried().is_none().then(|| quote_spanned!(span=> #found let mut #attempts = #begin;));
        let next = (!plan.is_single()).then(|| quote_spanned!(span=> #attempts.begin();));
        let checked = self.has_failures(index, at);
        let leaves = !self.is_declared(&self.layers[index]) && self.leaves(&exits(&plan.settings));
        let labelled = leaves.then(|| quote_spanned!(span=> #label:));
        let tokens = quote_spanned! {span=> #labelled {
            #checked
            #begun
            loop {
                #round
                #next
            }
        }};
        Emitted { tokens, gives: gives(plan), refusable: inner.refusable }
    }

    // Output: let delay = { let caught = INNER; match attempts.judge_error(.., caught) { Err(caught) => break caught, Ok(delay) => delay } }; sleep(delay);
    fn round(&self, index: usize, plan: &Plan, attempt: &TokenStream, sleep: &TokenStream) -> TokenStream {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (attempts, delay, caught) = (self.tries(at), local("delay", at), local("caught", at));
        let judged = if plan.is_plain() && !plan.is_single() {
            let words = self.words(&quote!(of(&#caught)), at);
            quote_spanned! {span=>
                match #attempts.judge_error(#words, #caught) {
                    #door::Err(#caught) => break #caught,
                    #door::Ok(#delay) => #delay,
                }
            }
        } else {
            let done = quote_spanned!(span=> break #caught);
            self.decided(plan, self.judge(plan, &caught), &done, &quote!(#delay), None)
        };
        let given_up = quote_spanned!(span=> #attempts.give_up(); break #caught;);
        let judged = self.unless_none(plan, at, judged);
        let judged = self.unless_ended(index, at, &given_up, judged);
        // The error goes before the sleep: a future that sleeps should not carry it.
        let judged = quote_spanned!(span=> { let #caught = #attempt; #judged });
        if plan.is_single() { judged } else { quote_spanned!(span=> let #delay = #judged; #sleep) }
    }

    /// What is done about an answer of `judge`. A retry of one attempt is done, and the compiler sees it: the body may
    /// consume its arguments. Its hook is never asked, and only checked.
    fn decided(
        &self,
        plan: &Plan,
        judge: TokenStream,
        done: &TokenStream,
        again: &TokenStream,
        hook: Option<&TokenStream>,
    ) -> TokenStream {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (attempts, delay) = (self.tries(at), local("delay", at));
        match (plan.is_single(), hook) {
            (true, None) => quote_spanned!(span=> { #attempts.#judge; #done; }),
            (true, Some(hook)) => {
                quote_spanned!(span=> { if let #door::Step::Retry(_) = #attempts.#judge { #hook } #done; })
            }
            (false, _) => quote_spanned! {span=>
                match #attempts.#judge {
                    #door::Step::Done => #done,
                    #door::Step::Retry(#delay) => #again,
                }
            },
        }
    }

    // Output: let caught = INNER; match attempts.judge_failure(&caught, ..) { Done => break caught, Retry(delay) => { sleep(delay); refresh(&caught) } }
    fn round_with_hook(
        &self,
        index: usize,
        plan: &Plan,
        attempt: &TokenStream,
        sleep: &TokenStream,
        hook: &TokenStream,
    ) -> TokenStream {
        let at = plan.common.span;
        let span = generated(at);
        let (attempts, caught) = (self.tries(at), local("caught", at));
        let judge = self.judge(plan, &caught);
        let given_up = quote_spanned!(span=> #attempts.give_up(); break #caught;);
        let done = quote_spanned!(span=> break #caught);
        // A hook may take its time.
        let again = quote_spanned!(span=> { #sleep #hook if #attempts.is_late() { #done; } });
        let judged = self.decided(plan, judge, &done, &again, Some(hook));
        let judged = self.unless_ended(index, at, &given_up, judged);
        quote_spanned!(span=> let #caught = #attempt; #judged)
    }

    // Output: let out = INNER; match attempts.judge(&out, ..) { Done => break out, Retry(delay) => { sleep(delay); refresh(..) } }
    fn round_with_result(
        &self,
        index: usize,
        plan: &Plan,
        retry_if_result: &TokenStream,
        attempt: &TokenStream,
        sleep: &TokenStream,
        hook: Option<TokenStream>,
    ) -> TokenStream {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (attempts, out) = (self.tries(at), local("out", at));
        let [retry_if, abort_if, retry_after] = self.predicates(plan);
        let words = self.words(&quote!(of_result(&#out)), at);
        let own = self.own_delay(plan.strategy.as_ref(), &quote_spanned!(span=> #out.as_ref().err()), at);
        let pause = match &hook {
            None => quote_spanned!(span=> #door::core::mem::drop(#out); #sleep),
            Some(hook) => quote_spanned!(span=> #sleep #hook if #attempts.is_late() { break #out; }),
        };
        let given_up = quote_spanned!(span=> #attempts.give_up(); break #out;);
        let done = quote_spanned!(span=> break #out);
        let judge = quote! {
            judge(&#out, #retry_if, #abort_if, #retry_if_result, #retry_after, #words, #own)
        };
        let judged = self.decided(plan, judge, &done, &quote_spanned!(span=> { #pause }), hook.as_ref());
        let judged = match plan.common.none_succeeds() {
            Some(word) => {
                let is_none = self.of_none("is_none_in", "out", word);
                quote_spanned!(span=> if #is_none { #attempts.stop(true); break #out; } else { #judged })
            }
            None => judged,
        };
        let judged = self.unless_ended(index, at, &given_up, judged);
        quote_spanned!(span=> let #out = #attempt; #judged)
    }

    /// `judged` for what is no `None`, where that is a success.
    fn unless_none(&self, plan: &Plan, at: Span, judged: TokenStream) -> TokenStream {
        let Some(word) = plan.common.none_succeeds() else { return judged };
        let span = generated(at);
        let (attempts, caught) = (self.tries(at), local("caught", at));
        let is_none = self.of_none("is_none", "caught", word);
        quote_spanned! {span=>
            if #is_none {
                #attempts.stop(true);
                break #caught;
            } else {
                #judged
            }
        }
    }

    /// Which errors are retried, and when: as given, or by default.
    fn predicates(&self, plan: &Plan) -> [TokenStream; 3] {
        let given = [(&plan.retry_if, "always"), (&plan.abort_if, "never"), (&plan.retry_after, "no_hint")];
        given.map(|(code, default)| self.or(code.as_ref(), default, plan.common.span))
    }

    /// What to do after an error: a call of `attempts`.
    fn judge(&self, plan: &Plan, caught: &Ident) -> TokenStream {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let words = self.words(&quote!(of(&#caught)), at);
        let [retry_if, abort_if, retry_after] = self.predicates(plan);
        let own = self.own_delay(plan.strategy.as_ref(), &quote_spanned!(span=> #door::Some(&#caught)), at);
        quote_spanned!(span=> judge_failure(&#caught, #retry_if, #abort_if, #retry_after, #words, #own))
    }

    /// The delay by a strategy that is a function, given the number of the failed attempt. A closure literal is handed to
    /// what says the types of its parameters; of anything else the compiler is asked which of the two functions it is.
    fn own_delay(&self, strategy: Option<&Expr>, caught: &TokenStream, at: Span) -> TokenStream {
        let door = &self.door;
        let span = generated(at);
        let attempt = local("attempt", at);
        let delay = match strategy {
            None => return quote_spanned!(span=> #door::as_configured),
            Some(Expr::Closure(closure)) if closure.inputs.len() == 1 => {
                quote_spanned!(span=> #door::delay_by_attempt(#attempt, #strategy))
            }
            Some(Expr::Closure(_)) => quote_spanned!(span=> #door::delay_by_error(#attempt, #caught, #strategy)),
            Some(_) => quote_spanned!(span=> #door::delay_by(#attempt, #caught, &#strategy)),
        };
        quote_spanned!(span=> |#attempt| #delay)
    }

    /// How the error is put into words, for the log and for those who ask why a circuit is open.
    pub(super) fn words(&self, of: &TokenStream, at: Span) -> TokenStream {
        let door = &self.door;
        let span = generated(at);
        quote_spanned! {span=> {
            #[allow(unused_imports)]
            use #door::{WordsDebug as _, WordsType as _};
            (&#door::Words::#of).text()
        }}
    }

    /// The retry whose attempts the guard of the call counts as well: of an async function, whose future is the smaller
    /// for it, and with nothing above but fallbacks, which let a success pass.
    fn tried(&self) -> Option<usize> {
        let index = self.layers.iter().position(|layer| layer.kind() != Kind::Fallback)?;
        let layer = &self.layers[index];
        // A `None` that is a success to the retry may not be one to the call.
        let plain = matches!(layer, Layer::Retry(plan) if plan.retry_if_result.is_none() && plan.common.none_succeeds().is_none());
        (self.form.is_async && plain && self.is_declared(layer)).then_some(index)
    }

    /// The guard of the attempts.
    fn tries(&self, at: Span) -> Ident {
        local(if self.tried().is_some() { "call" } else { "attempts" }, at)
    }

    /// The guard of the call.
    // Output: enter(&FUNCTION.0, &frame), or FUNCTION.1.0.enter(&FUNCTION.0, &frame)
    pub(super) fn enter(&self, at: Span) -> TokenStream {
        let door = &self.door;
        let span = generated(at);
        let frame = local("frame", at);
        let Some(index) = self.tried() else {
            let record = Self::record_of(at);
            return quote_spanned!(span=> #door::enter(#record, &#frame));
        };
        let (site, record) = Self::site(index, at);
        quote_spanned!(span=> #site.enter(#record, &#frame))
    }

    /// Statements that find the retry, and the call that begins the attempts.
    fn attempts(&self, index: usize, plan: &Plan, place: Place, label: &Lifetime) -> (TokenStream, TokenStream) {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let begin = Ident::new(if self.form.is_async { "attempts_async" } else { "attempts" }, span);
        let frame = local("frame", at);
        let (site, record) = Self::site(index, at);
        if self.is_declared(&self.layers[index]) {
            return (TokenStream::new(), quote_spanned!(span=> #site.#begin(#record, &#frame)));
        }
        let (retry, builder, function) = (local("retry", at), local("builder", at), local("function", at));
        let config = self.builder("Retry", index, &plan.settings, at);
        let exit = |error: &Ident| self.ends(index, place, label, gives(plan), error);
        let configured = self.each_call(&builder, None, &exits(&plan.settings), &config, exit);
        let found = quote_spanned! {span=>
            #configured
            let #retry = #site
                .get_with(#record, |#function| #door::retry(#function, #door::Clone::clone(&#builder).within_bounds()))
                .configured(#builder);
        };
        (found, quote_spanned!(span=> #door::#begin(&#retry, &#frame)))
    }

    /// Runs `before_retry` for an error of the body; its own error ends the retry.
    fn hook(&self, hook: &Expr, plan: &Plan, place: Place) -> TokenStream {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (attempts, out, caught, error, result) =
            (self.tries(at), local("out", at), local("caught", at), local("error", at), local("result", at));
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
        let ended = self.ended(&error, plan, place, at);
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
                    #ended
                }
            }
        }
    }

    /// Ends the call with an error that is not that of an attempt.
    fn ended(&self, error: &Ident, plan: &Plan, place: Place, at: Span) -> TokenStream {
        let door = &self.door;
        let span = generated(at);
        let attempts = self.tries(at);
        let judged = self.judged_anew(place, at);
        // What ends a look-up early is its `None`.
        let end = match plan.common.none_succeeds() {
            Some(_) => quote_spanned!(span=> #attempts.stop(true);),
            None => quote_spanned!(span=> #attempts.give_up();),
        };
        let failure = gives(plan).failure(door, quote_spanned!(span=> #door::Caught::from_user(#error)));
        quote_spanned! {span=> {
            #judged
            #end
            break #failure;
        }}
    }
}

/// What the loop of a retry is: with an eye on the values it has to have them.
fn gives(plan: &Plan) -> Gives {
    if plan.retry_if_result.is_some() { Gives::Outcome } else { Gives::Failure }
}
