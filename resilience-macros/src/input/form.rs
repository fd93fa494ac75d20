//! Which part of the function is the body that the policies run.

use proc_macro2::{Group, Ident, TokenStream};
use quote::{ToTokens as _, quote};

use super::Function;
use super::async_trait::{Boxed, Owned, is_async_trait};
use super::future::{FutureKind, erase, replace_opaque};
use super::tail::AsyncBlock;
use super::traced::Around;

/// The body that the policies run, and what stays around it.
pub(crate) struct Form {
    /// Whether the expansion may await.
    pub(crate) is_async: bool,
    /// Statements before the expansion, in the function itself.
    pub(crate) before: TokenStream,
    pub(crate) tail: Tail,
    /// Statements that run once, inside the coroutine: what `#[async_trait]` puts first.
    pub(crate) prologue: TokenStream,
    /// What stands around the block, and runs for each attempt with it.
    pub(crate) around: Around,
    /// What runs for each attempt.
    pub(crate) block: Group,
    /// The name that `#[async_trait]` gives to `self`.
    pub(crate) this: Option<Ident>,
    /// Names that the prologue bound as `mut`.
    pub(crate) mutable: Vec<Ident>,
}

/// How the expansion sits in the function.
pub(crate) enum Tail {
    /// It is the body.
    Body,
    /// It is the content of a trailing `async` block; the tokens before and after its braces are kept.
    AsyncBlock {
        head: TokenStream,
        boxed: Option<TokenStream>,
        /// `.boxed()`, in place of which another call boxes it: its trait has been imported.
        kept: TokenStream,
    },
    /// It awaits the future that the body returns.
    Future { boxed: bool },
}

impl Form {
    pub(crate) fn new(function: &Function, body: &Group) -> Self {
        let plain = |is_async| Self {
            is_async,
            before: TokenStream::new(),
            tail: Tail::Body,
            prologue: TokenStream::new(),
            around: Around::default(),
            block: body.clone(),
            this: None,
            mutable: Vec::new(),
        };
        if function.is_async() {
            return plain(true);
        }
        let Some((_, Some(kind))) = function.outcome() else {
            return plain(false);
        };
        let Some(AsyncBlock { before, head, boxed, kept, block }) = AsyncBlock::of(body) else {
            return Self { tail: Tail::Future { boxed: kind == FutureKind::Boxed }, ..plain(true) };
        };
        let boxed = match boxed {
            // Whatever it is called as: `#[instrument]` below looks for this name.
            None if kind == FutureKind::Boxed => Some(quote!(::std::boxed::Box::pin)),
            boxed => boxed,
        };
        let mut form = Self { before, tail: Tail::AsyncBlock { head, boxed, kept }, block, ..plain(true) };
        if is_async_trait(&function.sig)
            && let Some(Boxed { edge, owned, body, .. }) = Boxed::of(&form.block)
        {
            form.prologue = edge;
            form.own(owned);
            form.block = body;
        }
        form
    }

    /// Lets every attempt borrow from the function what `#[instrument]` above would move into the first.
    pub(crate) fn lend(&mut self, function: &Function) {
        let Some((around, block)) = Around::of(&self.block) else { return };
        (self.around, self.block) = (around, block);
        if is_async_trait(&function.sig)
            && let Some(Boxed { edge, owned, before, body, after }) = Boxed::of(&self.block)
        {
            self.own(owned);
            let before = edge.into_iter().chain(before).collect();
            self.around.push(&self.block, before, after);
            self.block = body;
        }
    }

    /// Takes the `let`s of `#[async_trait]` out of the attempts.
    fn own(&mut self, lets: TokenStream) {
        let Owned { lets, mutable, this } = Owned::of(lets);
        self.prologue.extend(lets);
        (self.mutable, self.this) = (mutable, this);
    }
}

impl Form {
    /// The type that the policies look at, ready to be repeated; `None` when nothing is known about it.
    pub(crate) fn subject(function: &Function) -> Option<TokenStream> {
        let erased = erase(&function.outcome()?.0).to_token_stream();
        (erased.to_string() != "_").then_some(erased)
    }
    /// The same where only the error matters: a success of any type is put in place of this one's.
    // Input:  Result<impl Iterator<Item = u8>, E>
    // Output: Result<(), E>
    pub(crate) fn carrier(function: &Function) -> TokenStream {
        let nothing = quote!(());
        function.outcome().map_or_else(|| nothing.clone(), |(ty, _)| replace_opaque(&ty, &nothing).to_token_stream())
    }
}
