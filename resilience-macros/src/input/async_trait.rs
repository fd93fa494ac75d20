//! What `#[async_trait]` makes of a method: it always expands first.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::parse::Parser as _;
use syn::{Block, Expr, GenericParam, Pat, Signature, Stmt};

use super::arguments::take_mut;

/// The parts of `{ if let Some(__ret) = None::<R> { .. } let __self = self; let x = x; let __ret: R = { BODY }; __ret }`.
pub(super) struct Boxed {
    /// `if let Some(__ret) = None::<R> { .. }`: tells the compiler the type of the block.
    pub(super) edge: TokenStream,
    /// `let __self = self; let x = x;`: again for each attempt it would move the arguments twice.
    pub(super) owned: TokenStream,
    /// `let __ret: R =`
    pub(super) before: TokenStream,
    /// `{ BODY }`
    pub(super) body: Group,
    /// `; __ret`
    pub(super) after: TokenStream,
}

/// Whether `sig` is the work of `#[async_trait]`.
pub(super) fn is_async_trait(sig: &Signature) -> bool {
    sig.generics.params.iter().any(
        |parameter| matches!(parameter, GenericParam::Lifetime(lifetime) if lifetime.lifetime.ident == "async_trait"),
    )
}

impl Boxed {
    pub(super) fn of(block: &Group) -> Option<Self> {
        let tokens: Vec<TokenTree> = block.stream().into_iter().collect();
        let is = |index: usize, word: &str| matches!(tokens.get(index), Some(TokenTree::Ident(ident)) if ident == word);
        let brace =
            |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        // A method without a return type ends in `let _: () = { BODY };`.
        let value =
            (0..tokens.len()).rfind(|index| is(*index, "let") && (is(index + 1, "__ret") || is(index + 1, "_")))?;
        let at = (value..tokens.len()).find(|index| {
            brace(&tokens[*index])
                && matches!(tokens.get(index + 1), Some(TokenTree::Punct(punct)) if punct.as_char() == ';')
        })?;
        let TokenTree::Group(body) = &tokens[at] else { return None };
        let edge = if is(0, "if") { tokens[..value].iter().position(brace).map_or(0, |index| index + 1) } else { 0 };
        let part = |range: std::ops::Range<usize>| tokens[range].iter().cloned().collect();
        Some(Self {
            edge: part(0..edge),
            owned: part(edge..value),
            before: part(value..at),
            body: body.clone(),
            after: part(at + 1..tokens.len()),
        })
    }
}

/// The `let`s of `#[async_trait]`, without what an attempt may change.
#[derive(Default)]
pub(super) struct Owned {
    pub(super) lets: TokenStream,
    /// Names that were bound as `mut`.
    pub(super) mutable: Vec<Ident>,
    /// The name that stands for `self`.
    pub(super) this: Option<Ident>,
}

impl Owned {
    // Input:  let __self = self; let mut x = x; let (mut a, b) = { let __arg2 = __arg2; __arg2 };
    // Output: let __self = self; let x = x; let (a, b) = { .. }; mutable: x, a; this: __self
    pub(super) fn of(lets: TokenStream) -> Self {
        let Ok(mut statements) = Block::parse_within.parse2(lets.clone()) else {
            return Self { lets, ..Self::default() };
        };
        let mut owned = Self::default();
        for statement in &mut statements {
            let Stmt::Local(local) = statement else { continue };
            let of_self = matches!(&local.init, Some(init) if matches!(&*init.expr, Expr::Path(path) if path.path.is_ident("self")));
            match &local.pat {
                // `mut self` and `&mut self` become `mut __self`, which has to stay: mutations persist.
                Pat::Ident(pat) if of_self => owned.this = Some(pat.ident.clone()),
                _ => owned.mutable.extend(take_mut(&mut local.pat)),
            }
        }
        owned.lets = statements.iter().map(Stmt::to_token_stream).collect();
        owned
    }
}
