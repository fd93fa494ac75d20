//! `none_is = success`: a `None` that is an answer.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

use super::{Expansion, generated, local};
use crate::args::Kind;

impl Expansion<'_> {
    /// Whether a `None` of the body is a success of the call: the outermost attribute that can say so says so.
    pub(super) fn none_succeeds(&self) -> bool {
        let judge = self.layers.iter().find(|layer| layer.kind() != Kind::Timeout);
        judge.is_some_and(|layer| layer.common().none_succeeds().is_some())
    }

    /// A function of the door, called with a reference to the local `subject`, and blamed on the word that asks for it.
    pub(super) fn of_none(&self, function: &str, subject: &str, word: Span) -> TokenStream {
        let (door, subject) = (self.door_at(word), local(subject, word));
        let function = Ident::new(function, generated(word));
        quote_spanned!(generated(word)=> #door::#function(&#subject))
    }

    /// What a breaker's `failure_if` is then.
    pub(super) fn is_no_failure(&self, word: Span) -> TokenStream {
        let (door, error) = (self.door_at(word), local("error", word));
        quote_spanned!(generated(word)=> |#error| #door::is_no_failure(#error))
    }
}
