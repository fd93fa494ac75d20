//! The annotated item: a parsed signature and the body as the tokens it was written with.
//!
//! The body is not parsed: a half-typed expression inside it must still complete in an editor, and the compiler's own
//! message about it is better than ours.

mod arguments;
mod async_trait;
mod form;
mod future;
mod handed_on;
mod outcome;
mod tail;
mod this;
mod traced;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Pat, ReturnType, Signature, Token, Type, Visibility};

pub(crate) use self::arguments::{Argument, argument_type, arguments, strip_mut};
pub(crate) use self::form::{Form, Tail};
pub(crate) use self::future::{FutureKind, erase, is_fallible, is_future, names_future};
pub(crate) use self::handed_on::HandedOn;
pub(crate) use self::outcome::{error, success};
pub(crate) use self::this::{mentions, rewrite_self};
pub(crate) use self::traced::mistaken;

/// A function as it was written.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) defaultness: Option<Token![default]>,
    pub(crate) sig: Signature,
    /// `None` for a declaration.
    pub(crate) body: Option<Group>,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let defaultness =
            if input.peek(Token![default]) && !input.peek2(Token![!]) { Some(input.parse()?) } else { None };
        let ahead = input.fork();
        let sig = input.parse().map_err(|error| not_a_function(&ahead, error))?;
        let body = if input.peek(Token![;]) {
            input.parse::<Token![;]>()?;
            None
        } else {
            let token: TokenTree = input.parse()?;
            Some(braces(&token).ok_or_else(|| syn::Error::new(token.span(), "expected the body of the function"))?)
        };
        Ok(Self { attrs, vis, defaultness, sig, body })
    }
}

/// The braces of a body; `$body:block` of a `macro_rules!` macro comes inside an invisible group.
fn braces(token: &TokenTree) -> Option<Group> {
    let TokenTree::Group(group) = token else {
        return None;
    };
    match group.delimiter() {
        Delimiter::Brace => Some(group.clone()),
        Delimiter::None => braces(&group.stream().into_iter().next()?),
        _ => None,
    }
}

fn not_a_function(input: ParseStream<'_>, error: syn::Error) -> syn::Error {
    let tokens: Vec<TokenTree> = input.cursor().token_stream().into_iter().collect();
    let is_fn = tokens
        .iter()
        .take_while(|token| !matches!(token, TokenTree::Punct(_)))
        .any(|token| matches!(token, TokenTree::Ident(ident) if ident == "fn"));
    match tokens.first() {
        Some(first) if !is_fn => syn::Error::new(first.span(), ITEM),
        _ => error,
    }
}

/// Whether a pattern takes no notice of what it is given: `_`, `_error`.
pub(crate) fn is_ignored(pat: &Pat) -> bool {
    match pat {
        Pat::Wild(_) => true,
        Pat::Ident(pat) => pat.ident.to_string().starts_with('_'),
        _ => false,
    }
}

/// Said of a struct, an `impl` block, and so on.
pub(crate) const ITEM: &str = "goes on a function or method: write it above each `fn` that it protects";

impl Function {
    /// Whether calling it gives a future because it says so.
    pub(crate) fn is_async(&self) -> bool {
        self.sig.asyncness.is_some()
    }

    /// The type after the arrow.
    pub(crate) fn return_type(&self) -> Option<&Type> {
        match &self.sig.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(peel(ty)),
        }
    }

    /// Where the return type is, or the name when there is none.
    pub(crate) fn return_span(&self) -> Span {
        self.return_type().map_or_else(
            || self.sig.ident.span(),
            |ty| ty.to_token_stream().into_iter().next().map_or_else(Span::call_site, |token| token.span()),
        )
    }
}

/// The type inside the invisible group that `$ty:ty` of a `macro_rules!` macro comes in.
pub(crate) fn peel(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => peel(&group.elem),
        Type::Paren(paren) => peel(&paren.elem),
        ty => ty,
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for attr in &self.attrs {
            attr.to_tokens(tokens);
        }
        self.vis.to_tokens(tokens);
        self.defaultness.to_tokens(tokens);
        self.sig.to_tokens(tokens);
        match &self.body {
            Some(body) => body.to_tokens(tokens),
            None => <Token![;]>::default().to_tokens(tokens),
        }
    }
}
