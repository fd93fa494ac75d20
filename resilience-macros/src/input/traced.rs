//! What `#[tracing::instrument]` above ours makes of a body: it has expanded, and its `async move` would take in the
//! first attempt what the next one needs.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

use super::tail;
use super::this::mentions;

/// What stands around the body that the policies run, from the outside in.
#[derive(Default)]
pub(crate) struct Around(Vec<Frame>);

/// One pair of brackets, and what is in it beside the next one.
struct Frame {
    brackets: (Delimiter, Span),
    before: TokenStream,
    after: TokenStream,
}

impl Around {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `body` with all of it around, in the outermost brackets.
    pub(crate) fn wrap(&self, body: Group) -> Group {
        self.0.iter().rfold(body, |inner, Frame { brackets: (delimiter, span), before, after }| {
            let mut content = before.clone();
            content.extend([TokenTree::Group(inner)]);
            content.extend(after.clone());
            let mut outer = Group::new(*delimiter, content);
            outer.set_span(*span);
            outer
        })
    }

    pub(super) fn push(&mut self, outer: &Group, before: TokenStream, after: TokenStream) {
        self.0.push(Frame { brackets: (outer.delimiter(), outer.span()), before, after });
    }

    /// Goes on to the group at `index` of `outer`, which lends from now on: without the `move` of its coroutine or
    /// closure.
    fn enter(&mut self, outer: &Group, tokens: &[TokenTree], index: usize) -> Option<Group> {
        let TokenTree::Group(inner) = tokens.get(index)? else { return None };
        let before = tokens[..index].iter().enumerate();
        let before = before.filter(|(at, token)| !(*at + 3 >= index && is_ident(Some(token), "move")));
        self.push(
            outer,
            before.map(|(_, token)| token.clone()).collect(),
            tokens[index + 1..].iter().cloned().collect(),
        );
        Some(inner.clone())
    }

    /// Takes `block` apart down to the body that was written.
    pub(super) fn of(block: &Group) -> Option<(Self, Group)> {
        let tokens: Vec<TokenTree> = block.stream().into_iter().collect();
        if !tokens.iter().any(|token| is_ident(Some(token), "__tracing_attr_span")) {
            return None;
        }
        let mut around = Self::default();
        let body = match tokens.iter().position(|token| is_ident(Some(token), "__tracing_instrument_future")) {
            Some(name) => around.future(block, &tokens, name)?,
            None => around.closure(block, &tokens)?,
        };
        Some((around, body))
    }

    // Input:  { let __tracing_attr_span = ..; let __tracing_instrument_future = async move { BODY }; .. }
    // With `err` or `ret`: .. async move { match async move { BODY }.await { .. } } ..
    fn future(&mut self, block: &Group, tokens: &[TokenTree], name: usize) -> Option<Group> {
        let index = (name..tokens.len()).find(|index| coroutine(tokens, *index))?;
        let outer = self.enter(block, tokens, index)?;
        let tokens: Vec<TokenTree> = outer.stream().into_iter().collect();
        match (0..tokens.len()).find(|index| coroutine(&tokens, *index)) {
            Some(index) if tells(&tokens[index + 1..]) => self.enter(&outer, &tokens, index),
            _ => Some(outer),
        }
    }

    // Input:  { let __tracing_attr_guard; .. match (move || { BODY })() { .. } }
    fn closure(&mut self, block: &Group, tokens: &[TokenTree]) -> Option<Group> {
        let parentheses = self.enter(block, tokens, called(tokens)?)?;
        let tokens: Vec<TokenTree> = parentheses.stream().into_iter().collect();
        self.enter(&parentheses, &tokens, tokens.len().checked_sub(1)?)
    }
}

/// Whether `body`, of a function that returns a future, was taken for one that gives its outcome at once: then the future
/// is asked for its outcome, or, unless it is `once`, takes from the first attempt what the next one needs.
pub(crate) fn mistaken(body: &Group, once: bool) -> bool {
    let tokens: Vec<TokenTree> = body.stream().into_iter().collect();
    match tokens.last() {
        _ if called(&tokens).is_some() => true,
        Some(TokenTree::Group(inner)) if mentions(&inner.stream(), &|ident| ident == "__tracing_attr_guard") => {
            !once && tail::is_boxed_by_method(&innermost(inner))
        }
        _ => false,
    }
}

// Input:  { let __tracing_attr_guard; .. { if false { .. } { BODY } } }
// Output: { BODY }
fn innermost(block: &Group) -> Group {
    match block.stream().into_iter().last() {
        Some(TokenTree::Group(inner)) if inner.delimiter() == Delimiter::Brace => innermost(&inner),
        _ => block.clone(),
    }
}

/// Where `(move || { BODY })` stands that is called at once and told of.
fn called(tokens: &[TokenTree]) -> Option<usize> {
    if !tokens.iter().any(|token| is_ident(Some(token), "__tracing_attr_guard")) {
        return None;
    }
    let is_closure = |token: &TokenTree| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => {
            is_ident(group.stream().into_iter().next().as_ref(), "move")
        }
        _ => false,
    };
    tokens.iter().position(is_closure).filter(|index| tells(&tokens[index + 1..]))
}

/// Whether the group at `index` is that of an `async move { .. }`.
fn coroutine(tokens: &[TokenTree], index: usize) -> bool {
    matches!(&tokens[index], TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
        && index >= 2
        && is_ident(tokens.get(index - 1), "move")
        && is_ident(tokens.get(index - 2), "async")
}

/// Whether what follows the body tells of its outcome, as `err` and `ret` do.
fn tells(after: &[TokenTree]) -> bool {
    let text: String = after.iter().map(ToString::to_string).collect();
    text.replace(' ', "").contains("::tracing::event!")
}

fn is_ident(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == word)
}
