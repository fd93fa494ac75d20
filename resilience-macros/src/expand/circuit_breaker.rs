//! A circuit breaker: a pass around the inner part.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Lifetime;

use super::exit::{Emitted, Exit, Gives};
use super::{Expansion, Place, generated, local};
use crate::args::value::Value;
use crate::circuit_breaker::Plan;
use crate::exits::Exits;

impl Expansion<'_> {
    pub(super) fn circuit_breaker(&self, index: usize, plan: &Plan, place: Place, exit: &Exit) -> Emitted {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (pass, refused) = (local("pass", at), local("refused", at));
        let label = Lifetime { apostrophe: span, ident: local("breaker", at) };
        let (gives, refusal, report) = match &plan.failure_if_result {
            Some(failure_if_result) => {
                (Gives::Outcome, quote!(refused), self.judged(index, plan, place, failure_if_result))
            }
            None => (Gives::Failure, quote!(Fault::Refused), self.failed(index, plan, place, exit)),
        };
        let (policy, made) = self.pass(index, plan, place, &label, gives);
        let tokens = quote_spanned! {span=> #label: {
            #policy
            let mut #pass = #made;
            if let #door::Err(#refused) = #pass.ask() {
                break #label #door::#refusal(#refused);
            }
            #report
        }};
        Emitted { tokens, gives, refusable: true }
    }

    /// The failure of the inner part, reported.
    // Input:  #[circuit_breaker(name = "db")] over INNER
    // Output: 'breaker: { let mut pass = FUNCTION.1.0.pass(&FUNCTION.0, &frame); if let Err(refused) = pass.ask() { break 'breaker Fault::Refused(refused) } let caught = INNER; pass.fail(.., caught) }
    fn failed(&self, index: usize, plan: &Plan, place: Place, exit: &Exit) -> TokenStream {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (pass, caught) = (local("pass", at), local("caught", at));
        let inner = self.failure(index + 1, place, &exit.after(&quote_spanned!(span=> #pass.success();)));
        let inner_tokens = inner.tokens;
        let inner_tokens =
            if inner.refusable { inner_tokens } else { quote_spanned!(span=> #door::fault(#inner_tokens)) };
        let words = self.words(&quote!(of(&#caught)), at);
        let is_plain = plan.failure_if.is_none() && plan.ignore_if.is_none() && plan.common.none_succeeds().is_none();
        let report = match is_plain {
            true => quote_spanned!(span=> #pass.fail(#words, #caught)),
            false => {
                let [failure_if, ignore_if] = self.blame(plan);
                let judge = quote!(#pass.judge_failure(&#caught, #failure_if, #ignore_if, #words));
                let judge = noted(&judge, plan, place);
                quote_spanned!(span=> #judge #caught)
            }
        };
        let ignored = quote_spanned!(span=> #pass.ignore(); #caught);
        let report = self.unless_ended(index, at, &ignored, report);
        quote_spanned!(span=> let #caught = #inner_tokens; #report)
    }

    /// The outcome of the inner part, reported: a value may be a failure.
    // Input:  #[circuit_breaker(failure_if_result = |v| v.is_empty())] over INNER
    // Output: 'breaker: { .. let out = lift(INNER); pass.judge(&out, ..); out }
    fn judged(&self, index: usize, plan: &Plan, place: Place, failure_if_result: &TokenStream) -> TokenStream {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (pass, out) = (local("pass", at), local("out", at));
        let inner_tokens = self.outcome(index + 1, place).tokens;
        let words = self.words(&quote!(of_result(&#out)), at);
        let [failure_if, ignore_if] = self.blame(plan);
        let judge = quote!(#pass.judge(&#out, #failure_if, #ignore_if, #failure_if_result, #words));
        let ignored = quote_spanned!(span=> #pass.ignore(););
        let judge = self.unless_ended(index, at, &ignored, noted(&judge, plan, place));
        quote_spanned!(span=> let #out = #door::lift(#inner_tokens); #judge #out)
    }

    /// Which errors are failures, and which are ignored: as given, or by default.
    fn blame(&self, plan: &Plan) -> [TokenStream; 2] {
        let or = |code: &Option<TokenStream>, default| self.or(code.as_ref(), default, plan.common.span);
        let failure_if = match plan.common.none_succeeds() {
            Some(word) => self.is_no_failure(word),
            None => or(&plan.failure_if, "always"),
        };
        [failure_if, or(&plan.ignore_if, "never")]
    }

    /// Statements that find the breaker, and the call that makes a pass of it.
    fn pass(
        &self,
        index: usize,
        plan: &Plan,
        place: Place,
        label: &Lifetime,
        gives: Gives,
    ) -> (TokenStream, TokenStream) {
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
            Some(key) => {
                let exit = |error: &Ident| self.ends(index, place, label, gives, error);
                let found = quote_spanned!(span=> #policy.get(&(#key)));
                let found = self.each_call(&keyed, None, &Exits::of_option(key), &found, exit);
                quote_spanned!(span=> #found let #breaker: &#door::CircuitBreaker = &#keyed;)
            }
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

/// The judgement as a statement. Only an error can be ignored, and only where the option says so.
fn noted(judge: &TokenStream, plan: &Plan, place: Place) -> TokenStream {
    let at = plan.common.span;
    let span = generated(at);
    let call = local("call", at);
    match place.sees_call && plan.ignore_if.is_some() {
        true => quote_spanned!(span=> #call.judged(#judge);),
        false => quote_spanned!(span=> #judge;),
    }
}
