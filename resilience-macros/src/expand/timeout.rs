//! A timeout: the only layer that needs the inner part as a value of its own, a future or a closure.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{Emitted, Expansion, Place, generated, local};
use crate::timeout::{Mode, Plan};

impl Expansion<'_> {
    // Input:  #[timeout("2s")] over INNER
    // Output: match limit(timeout, limit, &frame, async { INNER }, failed).await { Ok(out) => out, Err(e) => Err(Refused(e)) }
    pub(super) fn timeout(&self, index: usize, plan: &Plan, place: Place) -> Emitted {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (limit, timeout, out, error) =
            (local("limit", at), local("timeout", at), local("out", at), local("error", at));
        let name = self.name(index);
        let value = self.value(&plan.limit);
        let (run, lifted) =
            if self.form.is_async { self.limited(index, plan, place) } else { self.bounded(index, plan, place) };
        let tokens = quote_spanned! {span=> {
            static __RESILIENCE_SITE: #door::Site<#door::Timeout> = #door::Site::new();
            let #timeout = __RESILIENCE_SITE.get(|| #door::timeout(&__RESILIENCE_FUNCTION, #name));
            // Before the body is built: the limit may use what the body will own.
            let #limit: #door::Duration = #value;
            match #run {
                #door::Ok(#out) => #door::lift(#lifted),
                #door::Err(#error) => #door::Err(#door::Fault::Refused(#error)),
            }
        }};
        Emitted { tokens, refusable: true }
    }

    /// The inner part as a future under a limit, and what to make of its output.
    fn limited(&self, index: usize, plan: &Plan, place: Place) -> (TokenStream, TokenStream) {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (limit, timeout, out, frame) =
            (local("limit", at), local("timeout", at), local("out", at), local("frame", at));
        let innermost = index + 1 == self.layers.len();
        let (future, lifted) = if innermost {
            // The body is a future already: no second one around it.
            (self.body_future(), self.split(&quote!(#out)))
        } else {
            let inner = self.layer(index + 1, place).tokens;
            let future = quote_spanned!(span=> async { let #frame = #door::Frame::new(); #inner });
            (future, quote!(#out))
        };
        let failed = match (innermost, self.any_shape) {
            (false, _) => quote_spanned!(span=> #door::Result::is_err),
            (true, false) => quote_spanned!(span=> #door::Outcome::is_failure),
            // A value of any type cannot fail.
            (true, true) => quote_spanned!(span=> #door::never),
        };
        // Pinned in the coroutine itself: a limit that owned the body would be one more type around it.
        (quote_spanned!(span=> #door::limit(#timeout, #limit, &#frame, #door::pin!(#future), #failed).await), lifted)
    }

    /// The inner part as a closure under a limit, in place or on a worker thread.
    fn bounded(&self, index: usize, plan: &Plan, place: Place) -> (TokenStream, TokenStream) {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (limit, timeout, out, frame) =
            (local("limit", at), local("timeout", at), local("out", at), local("frame", at));
        let here = Place { sees_call: place.sees_call && plan.mode == Mode::Deadline };
        let inner = self.layer(index + 1, here).tokens;
        // The body alone needs no frame: it holds no permit.
        let innermost = index + 1 == self.layers.len();
        let frame = (!innermost).then(|| quote_spanned!(span=> let #frame = #door::Frame::new();));
        let run = match plan.mode {
            Mode::Deadline => {
                quote_spanned!(span=> #door::within(#timeout, #limit, || { #frame #inner }))
            }
            Mode::Thread => {
                quote_spanned!(span=> #door::on_worker(#timeout, #limit, move || { #frame #inner }))
            }
        };
        (run, quote!(#out))
    }
}
