//! What each attempt gets for itself: the clones that `clone(a, b = ..)` promises.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Expr, FnArg, ReceiverKind, Token};

use super::{Expansion, generated, local};
use crate::args::Cloned;
use crate::exits::Exits;
use crate::input::{argument_type, rewrite_self};

impl Expansion<'_> {
    /// `inner` with an argument of its own for each name in `clone(..)`. What an expression leaves early with, an error of
    /// the user's type, is bound to `error` in `exit`.
    // Input:  clone(a, b = b.try_clone()?) over INNER
    // Output: { let made = match .. { Ok(value) => value, Err(error) => EXIT }; let a = clone(&a); let b = made; INNER }
    pub(super) fn with_clones(
        &self,
        inner: TokenStream,
        clones: &[Cloned],
        span: Span,
        exit: impl Fn(&Ident) -> TokenStream,
    ) -> TokenStream {
        if clones.is_empty() {
            return inner;
        }
        let at = generated(span);
        // First all expressions, which see the arguments of the function.
        let mut made = TokenStream::new();
        let mut bound = TokenStream::new();
        for (index, Cloned { name, made: expr }) in clones.iter().enumerate() {
            let value = expr.as_ref().map(|expr| {
                let temporary = local(&format!("made_{index}"), name.span());
                made.extend(self.used(name));
                made.extend(self.made(name, expr, &temporary, &exit));
                temporary
            });
            bound.extend(self.bound(name, value));
        }
        let inner = match clones.iter().any(|cloned| cloned.name == "self") {
            true => rewrite_self(inner, &self.this()),
            false => inner,
        };
        quote_spanned!(at=> { #made #bound #inner })
    }

    /// The attempt's own argument, which is a clone unless it was made.
    fn bound(&self, name: &Ident, made: Option<Ident>) -> TokenStream {
        let door = &self.door;
        // What cannot be cloned is blamed on the name.
        let at = generated(name.span());
        if name == "self" {
            let (this, mutable, receiver) = (self.this(), self.mutable_self(), self.receiver(name.span()));
            let value =
                made.map_or_else(|| quote_spanned!(at=> #door::Clone::clone(&#receiver)), Ident::into_token_stream);
            return quote_spanned!(at=> let #mutable #this = #value;);
        }
        let value = made.map_or_else(|| quote_spanned!(at=> #door::Clone::clone(&#name)), Ident::into_token_stream);
        let cfg = self.cfg(name);
        quote_spanned! {at=>
            #cfg
            #[allow(clippy::shadow_same, clippy::shadow_reuse)]
            let #name = #value;
        }
    }

    /// What an expression makes, under the name `temporary`.
    fn made(&self, name: &Ident, expr: &Expr, temporary: &Ident, exit: &impl Fn(&Ident) -> TokenStream) -> TokenStream {
        let at = generated(name.span());
        let ty = argument_type(&self.function.sig, name).map(ToTokens::into_token_stream);
        let cfg = self.cfg(name);
        let made = self.each_call(temporary, ty, &Exits::of(expr), &expr.to_token_stream(), exit);
        quote_spanned!(at=> #cfg #made)
    }

    /// An argument that nothing is made of is used all the same.
    fn used(&self, name: &Ident) -> TokenStream {
        let at = generated(name.span());
        let cfg = self.cfg(name);
        let name = if name == "self" { self.receiver(name.span()) } else { Some(name.clone()) };
        quote_spanned!(at=> #cfg let _ = &#name;)
    }

    pub(super) fn cfg(&self, name: &Ident) -> TokenStream {
        let argument = self.arguments.iter().find(|argument| argument.ident == *name);
        argument.iter().flat_map(|argument| &argument.cfg).map(quote::ToTokens::to_token_stream).collect()
    }

    /// The name of a cloned `self`: the one that the body knows it by.
    fn this(&self) -> Ident {
        self.form.this.clone().unwrap_or_else(|| local("self", self.function.sig.ident.span()))
    }

    fn mutable_self(&self) -> Option<Token![mut]> {
        self.function.sig.inputs.iter().find_map(|input| match input {
            FnArg::Receiver(receiver) if !matches!(receiver.kind, ReceiverKind::Reference(..)) => receiver.mutability,
            _ => None,
        })
    }
}
