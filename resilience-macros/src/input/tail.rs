//! A body that ends in an `async` block: what is inside is what the policies run.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The parts of `{ let a = 1; Box::pin(async move { BODY }) }` and `{ let a = 1; async move { BODY }.boxed() }`.
pub(super) struct AsyncBlock {
    /// `let a = 1;`
    pub(super) before: TokenStream,
    /// `async move`
    pub(super) head: TokenStream,
    /// `Box::pin`
    pub(super) boxed: Option<TokenStream>,
    /// `.boxed()`
    pub(super) kept: TokenStream,
    /// `{ BODY }`
    pub(super) block: Group,
}

impl AsyncBlock {
    pub(super) fn of(body: &Group) -> Option<Self> {
        let mut tokens: Vec<TokenTree> = body.stream().into_iter().collect();
        let kept = tokens.split_off(tokens.len() - boxed_by_method(&tokens));
        let kept = kept.into_iter().collect::<TokenStream>();
        let (boxed, mut inner) = match call(&tokens) {
            Some((start, end, arguments)) if kept.is_empty() => {
                let path = tokens[start..end].iter().cloned().collect();
                tokens.truncate(start);
                (Some(path), arguments.into_iter().collect())
            }
            _ => (None, std::mem::take(&mut tokens)),
        };
        if boxed.is_some() && is_punct(inner.last(), ',') {
            inner.pop();
        }
        let Some(TokenTree::Group(block)) = inner.pop() else { return None };
        let moved = is_ident(inner.last(), "move");
        let at = inner.len().checked_sub(if moved { 2 } else { 1 })?;
        if block.delimiter() != Delimiter::Brace || !is_ident(inner.get(at), "async") {
            return None;
        }
        let head = inner.split_off(at).into_iter().collect();
        // What is left stands before the block, or before the call of which the block is the only argument.
        if boxed.is_none() {
            tokens = inner;
        } else if !inner.is_empty() {
            return None;
        }
        if tokens.last().is_some_and(|token| !ends_statement(token)) {
            return None;
        }
        Some(Self { before: tokens.into_iter().collect(), head, boxed, kept, block })
    }
}

/// Whether the last expression of `body` visibly makes a box of something, as futures are returned.
pub(super) fn is_boxed(body: &Group) -> bool {
    let tokens: Vec<TokenTree> = body.stream().into_iter().collect();
    boxed_by_method(&tokens) > 0 || call(&tokens).is_some()
}

/// Whether the last expression of `body` is `something.boxed()`.
pub(super) fn is_boxed_by_method(body: &Group) -> bool {
    boxed_by_method(&body.stream().into_iter().collect::<Vec<_>>()) > 0
}

/// How many tokens at the end are `.boxed()`.
fn boxed_by_method(tokens: &[TokenTree]) -> usize {
    match tokens {
        [.., TokenTree::Punct(dot), TokenTree::Ident(name), TokenTree::Group(arguments)]
            if dot.as_char() == '.' && (name == "boxed" || name == "boxed_local") && arguments.stream().is_empty() =>
        {
            3
        }
        _ => 0,
    }
}

/// Where the path of a trailing `Box::pin(..)` starts and ends, and its arguments.
fn call(tokens: &[TokenTree]) -> Option<(usize, usize, TokenStream)> {
    let (TokenTree::Group(last), rest) = tokens.split_last()? else { return None };
    if last.delimiter() != Delimiter::Parenthesis {
        return None;
    }
    let start = rest.iter().rposition(ends_statement).map_or(0, |index| index + 1);
    let path: String = rest[start..].iter().map(ToString::to_string).collect();
    path.trim_start_matches("::").ends_with("Box::pin").then(|| (start, rest.len(), last.stream()))
}

fn ends_statement(token: &TokenTree) -> bool {
    match token {
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => false,
    }
}

fn is_ident(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == word)
}

fn is_punct(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}
