//! A timeout: the only layer that needs the inner part as a value of its own, a future or a closure.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::{Emitted, Expansion, Place, generated, local};
use crate::timeout::{Mode, Plan};

impl Expansion<'_> {
    // Input:  #[timeout("2s")] over INNER
    // Output: limit(timeout, limit, &frame, pin!(async { INNER }), split).await
    pub(super) fn timeout(&self, index: usize, plan: &Plan, place: Place) -> Emitted {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (limit, timeout) = (local("limit", at), local("timeout", at));
        let name = self.name(index);
        let value = self.value(&plan.limit);
        let run = if self.form.is_async { self.limited(index, plan, place) } else { self.bounded(index, plan, place) };
        let tokens = quote_spanned! {span=> {
            static __RESILIENCE_SITE: #door::Site<#door::Timeout> = #door::Site::new();
            let #timeout = __RESILIENCE_SITE.get(|| #door::timeout(&__RESILIENCE_FUNCTION, #name));
            // Before the body is built: the limit may use what the body will own.
            let #limit: #door::Duration = #value;
            #run
        }};
        Emitted { tokens, refusable: true }
    }

    /// The inner part as a future under a limit.
    fn limited(&self, index: usize, plan: &Plan, place: Place) -> TokenStream {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (limit, timeout, frame) = (local("limit", at), local("timeout", at), local("frame", at));
        let (future, split) = if index + 1 == self.layers.len() {
            // The body is a future already: no second one around it.
            (self.body_future(), self.splitter())
        } else {
            let inner = self.layer(index + 1, place).tokens;
            let future = quote_spanned!(span=> async { let #frame = #door::Frame::new(); #inner });
            (future, quote_spanned!(span=> #door::same))
        };
        // Pinned in the coroutine itself: a limit that owned the body would be one more type around it.
        quote_spanned!(span=> #door::limit(#timeout, #limit, &#frame, #door::pin!(#future), #split).await)
    }

    /// The inner part as a closure under a limit, in place or on a worker thread.
    fn bounded(&self, index: usize, plan: &Plan, place: Place) -> TokenStream {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (limit, timeout, frame) = (local("limit", at), local("timeout", at), local("frame", at));
        let (out, error) = (local("out", at), local("error", at));
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
        quote_spanned! {span=>
            match #run {
                #door::Ok(#out) => #door::lift(#out),
                #door::Err(#error) => #door::refused(#error),
            }
        }
    }
}
