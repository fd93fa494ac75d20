//! Which part of the function is the body that the policies run.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::visit_mut::{self, VisitMut};
use syn::{AngleBracketedGenericArguments, GenericArgument, PathArguments, Type, TypeParamBound};

use super::Function;

/// The body that the policies run, and what stays around it.
pub(crate) struct Form {
    /// Whether the expansion may await.
    pub(crate) is_async: bool,
    /// Statements before the expansion, in the function itself.
    pub(crate) before: TokenStream,
    pub(crate) tail: Tail,
    /// Statements that run once, inside the coroutine: what `#[async_trait]` puts first.
    pub(crate) prologue: TokenStream,
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
    AsyncBlock { head: TokenStream, boxed: Option<TokenStream> },
    /// It awaits the future that the body returns.
    Future { boxed: bool },
}

/// The type that the policies look at, and whether it is inside a future: `Ok(T)` of `-> impl Future<Output = T>`.
pub(crate) fn output(ty: &Type) -> (Type, Option<FutureKind>) {
    match future_output(ty) {
        Some((output, kind)) => (output, Some(kind)),
        None => (ty.clone(), None),
    }
}

/// How a returned future is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum FutureKind {
    Opaque,
    Boxed,
}

impl Form {
    pub(crate) fn new(function: &Function, body: &Group) -> Self {
        let plain = |is_async| Self {
            is_async,
            before: TokenStream::new(),
            tail: Tail::Body,
            prologue: TokenStream::new(),
            block: body.clone(),
            this: None,
            mutable: Vec::new(),
        };
        if function.is_async() {
            return plain(true);
        }
        let Some(kind) = function.return_type().and_then(|ty| output(ty).1) else {
            return plain(false);
        };
        let Some((before, tail, block)) = trailing_async(body) else {
            return Self { tail: Tail::Future { boxed: kind == FutureKind::Boxed }, ..plain(true) };
        };
        let hoisted = async_trait(&block);
        let (prologue, block) = match hoisted {
            Some((prologue, block)) => (prologue, block),
            None => (TokenStream::new(), block),
        };
        let (prologue, mutable, this) = strip_prologue(prologue);
        Self { is_async: true, before, tail, prologue, block, this, mutable }
    }
}

/// Splits a body that ends in `async { .. }` or `Box::pin(async { .. })`.
// Input:  { let a = 1; Box::pin(async move { BODY }) }
// Output: (let a = 1;) (Box::pin(async move _)) ({ BODY })
fn trailing_async(body: &Group) -> Option<(TokenStream, Tail, Group)> {
    let mut tokens: Vec<TokenTree> = body.stream().into_iter().collect();
    let TokenTree::Group(last) = tokens.pop()? else {
        return None;
    };
    let (call, inner, block) = match last.delimiter() {
        Delimiter::Brace => (None, None, last),
        Delimiter::Parenthesis => {
            let start = tokens.iter().rposition(ends_statement).map_or(0, |index| index + 1);
            let call: TokenStream = tokens.drain(start..).collect();
            let compact = call.to_string().replace(' ', "");
            if !compact.trim_start_matches("::").ends_with("Box::pin") {
                return None;
            }
            let mut inner: Vec<TokenTree> = last.stream().into_iter().collect();
            if matches!(inner.last(), Some(TokenTree::Punct(punct)) if punct.as_char() == ',') {
                inner.pop();
            }
            let Some(TokenTree::Group(block)) = inner.pop() else {
                return None;
            };
            if block.delimiter() != Delimiter::Brace {
                return None;
            }
            (Some(call), Some(inner), block)
        }
        _ => return None,
    };
    let before_braces = inner.as_ref().unwrap_or(&tokens);
    let is = |token: Option<&TokenTree>, word: &str| matches!(token, Some(TokenTree::Ident(ident)) if ident == word);
    let length = before_braces.len();
    let moved = is(before_braces.last(), "move");
    let at = length.checked_sub(if moved { 2 } else { 1 })?;
    if !is(before_braces.get(at), "async") {
        return None;
    }
    let head: TokenStream = before_braces.iter().skip(at).cloned().collect();
    let rest: Vec<TokenTree> = match inner {
        Some(inner) if inner.len() > length - at => return None,
        Some(_) => tokens,
        None => {
            tokens.truncate(at);
            tokens
        }
    };
    if rest.last().is_some_and(|token| !ends_statement(token)) {
        return None;
    }
    Some((rest.into_iter().collect(), Tail::AsyncBlock { head, boxed: call }, block))
}

fn ends_statement(token: &TokenTree) -> bool {
    match token {
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => false,
    }
}

/// Splits what `#[async_trait]` makes of a body. Re-running its `let`s would move the arguments twice.
// Input:  { if let Some(__ret) = None::<R> { .. } let __self = self; let x = x; let __ret: R = { BODY }; __ret }
// Output: (if let .. let __self = self; let x = x;) ({ BODY })
fn async_trait(block: &Group) -> Option<(TokenStream, Group)> {
    let tokens: Vec<TokenTree> = block.stream().into_iter().collect();
    let is = |index: usize, word: &str| matches!(tokens.get(index), Some(TokenTree::Ident(ident)) if ident == word);
    let start = (0..tokens.len()).find(|index| is(*index, "let") && is(index + 1, "__ret"))?;
    let end = (start..tokens.len()).find(|index| {
        matches!(&tokens[*index], TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
            && matches!(tokens.get(index + 1), Some(TokenTree::Punct(punct)) if punct.as_char() == ';')
    })?;
    let TokenTree::Group(body) = &tokens[end] else {
        return None;
    };
    Some((tokens[..start].iter().cloned().collect(), body.clone()))
}

/// Takes `mut` from `let mut x = x;` and finds the name of `self`.
fn strip_prologue(prologue: TokenStream) -> (TokenStream, Vec<Ident>, Option<Ident>) {
    let tokens: Vec<TokenTree> = prologue.into_iter().collect();
    let ident = |index: usize| match tokens.get(index) {
        Some(TokenTree::Ident(ident)) => Some(ident),
        _ => None,
    };
    let mut output = TokenStream::new();
    let mut mutable = Vec::new();
    let mut this = None;
    for (index, token) in tokens.iter().enumerate() {
        let after_let = index > 0 && ident(index - 1).is_some_and(|word| word == "let");
        if let TokenTree::Ident(word) = token {
            if after_let && word == "mut"
                && let Some(name) = ident(index + 1)
                // `mut self` and `&mut self` become `mut __self`, which has to stay: mutations persist.
                && name != "__self"
            {
                mutable.push(name.clone());
                continue;
            }
            if word == "__self" && this.is_none() {
                this = Some(word.clone());
            }
        }
        output.extend([token.clone()]);
    }
    (output, mutable, this)
}

/// The `Output` of `impl Future<Output = T>`, `Pin<Box<dyn Future<Output = T>>>` or `BoxFuture<'_, T>`.
fn future_output(ty: &Type) -> Option<(Type, FutureKind)> {
    match ty {
        Type::ImplTrait(opaque) => bounds_output(&opaque.bounds).map(|ty| (ty, FutureKind::Opaque)),
        Type::TraitObject(object) => bounds_output(&object.bounds).map(|ty| (ty, FutureKind::Boxed)),
        Type::Group(group) => future_output(&group.elem),
        Type::Paren(paren) => future_output(&paren.elem),
        Type::Path(path) => {
            let segment = path.path.segments.last()?;
            let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
                return None;
            };
            if segment.ident == "Pin" || segment.ident == "Box" {
                let (output, _) = future_output(type_argument(arguments)?)?;
                return Some((output, FutureKind::Boxed));
            }
            if segment.ident == "BoxFuture" || segment.ident == "LocalBoxFuture" {
                return type_argument(arguments).map(|ty| (ty.clone(), FutureKind::Boxed));
            }
            None
        }
        _ => None,
    }
}

fn type_argument(arguments: &AngleBracketedGenericArguments) -> Option<&Type> {
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

fn bounds_output<'a>(bounds: impl IntoIterator<Item = &'a TypeParamBound>) -> Option<Type> {
    bounds.into_iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else {
            return None;
        };
        let segment = bound.path.segments.last().filter(|segment| segment.ident == "Future")?;
        let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
            return None;
        };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(assoc) if assoc.ident == "Output" => Some(assoc.ty.clone()),
            _ => None,
        })
    })
}

/// `impl Trait` becomes `_`: it may not be repeated inside the body.
// Input:  Result<impl Iterator<Item = u8>, E>
// Output: Result<_, E>
pub(super) fn erase(ty: &Type) -> Type {
    replace_opaque(ty, &quote!(_))
}

fn replace_opaque(ty: &Type, by: &TokenStream) -> Type {
    struct Replace<'a>(&'a TokenStream);
    impl VisitMut for Replace<'_> {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            if matches!(ty, Type::ImplTrait(_)) {
                *ty = Type::Verbatim(self.0.clone());
            }
            visit_mut::visit_type_mut(self, ty);
        }
    }
    let mut ty = ty.clone();
    Replace(by).visit_type_mut(&mut ty);
    ty
}

impl Form {
    /// The type that the policies look at, ready to be repeated; `None` when nothing is known about it.
    pub(crate) fn subject(function: &Function) -> Option<TokenStream> {
        let erased = erase(&output(function.return_type()?).0).to_token_stream();
        (erased.to_string() != "_").then_some(erased)
    }

    /// The same where only the error matters: a success of any type is put in place of this one's.
    // Input:  Result<impl Iterator<Item = u8>, E>
    // Output: Result<(), E>
    pub(crate) fn carrier(function: &Function) -> TokenStream {
        let nothing = quote!(());
        function
            .return_type()
            .map_or_else(|| nothing.clone(), |ty| replace_opaque(&output(ty).0, &nothing).to_token_stream())
    }
}
