//! How the layers hand on what came of the inner part: a failure from layer to layer, a success past all of them at once.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::Lifetime;

use super::{Expansion, Place, generated, local};
use crate::stack::Layer;

/// The expression of a layer.
pub(super) struct Emitted {
    pub(super) tokens: TokenStream,
    pub(super) gives: Gives,
    /// Whether its failure is a `Fault`.
    pub(super) refusable: bool,
}

/// What the expression of a layer is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Gives {
    /// The failure, of type `C`: a success has left through the exit.
    Failure,
    /// A `Result<T, C>` of what follows a failure: a success of what is inside has left through the exit.
    Answer,
    /// A `Result<T, C>`: nothing has left.
    Outcome,
}

impl Gives {
    /// A failure as such an expression has it.
    pub(super) fn failure(self, door: &Ident, caught: TokenStream) -> TokenStream {
        match self {
            Self::Failure => caught,
            Self::Answer | Self::Outcome => quote_spanned!(door.span()=> #door::Err(#caught)),
        }
    }
}

/// Where a success leaves to, past all layers up to the next place that has to look at it as a value.
#[derive(Clone)]
pub(super) struct Exit {
    label: Lifetime,
    /// What the layers that it passes do about it, the innermost first. Only guards are told: what a user wrote would be
    /// read among the copies that an attempt has of the arguments.
    steps: TokenStream,
}

impl Exit {
    /// The exit of the block that a layer begins.
    fn new(index: usize, at: Span) -> Self {
        let label = Lifetime { apostrophe: generated(at), ident: local(&format!("out{index}"), at) };
        Self { label, steps: TokenStream::new() }
    }

    /// The same, for what is inside of a layer that does `step`.
    pub(super) fn after(&self, step: &TokenStream) -> Self {
        let outer = &self.steps;
        Self { label: self.label.clone(), steps: quote_spanned!(self.label.apostrophe=> #step #outer) }
    }
}

impl Expansion<'_> {
    /// The layer at `index` as a `Result`, with the block that its successes leave.
    // Output: 'out: { Err(FAILURE) }
    pub(super) fn outcome(&self, index: usize, place: Place) -> Emitted {
        let door = &self.door;
        let at = self.layers.get(index).map_or(self.returned, Layer::span);
        let span = generated(at);
        let exit = Exit::new(index, at);
        let Emitted { tokens, gives, refusable } = self.layer(index, place, &exit);
        let label = &exit.label;
        let tokens = match gives {
            Gives::Failure => quote_spanned!(span=> #label: { #door::Err(#tokens) }),
            Gives::Answer => quote_spanned!(span=> #label: { #tokens }),
            Gives::Outcome => tokens,
        };
        Emitted { tokens, gives: Gives::Outcome, refusable }
    }

    /// The layer at `index` as its failure; a success leaves.
    // Output: match OUTCOME { Ok(value) => { pass.success(); break 'out Ok(value) } Err(caught) => caught }
    // A success is taken apart and put together again: moved as a whole it would be copied, with the room that its error
    // needs.
    pub(super) fn failure(&self, index: usize, place: Place, exit: &Exit) -> Emitted {
        let Emitted { tokens, gives, refusable } = self.layer(index, place, exit);
        if gives == Gives::Failure {
            return Emitted { tokens, gives, refusable };
        }
        let door = &self.door;
        let at = self.layers.get(index).map_or(self.returned, Layer::span);
        let span = generated(at);
        let (value, caught) = (local("value", at), local("caught", at));
        let Exit { label, steps } = exit;
        let tokens = quote_spanned! {span=>
            match #tokens {
                #door::Ok(#value) => {
                    #steps
                    break #label #door::Ok(#value);
                }
                #door::Err(#caught) => #caught,
            }
        };
        Emitted { tokens, gives: Gives::Failure, refusable }
    }
}
