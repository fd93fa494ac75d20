//! Mentions of a name of which the tokens do not tell whether they move what it stands for.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

/// The last such mention of `name`: what moves is rarely used again.
pub(crate) fn unclear(tokens: TokenStream, name: &Ident) -> Option<Ident> {
    let all: Vec<TokenTree> = tokens.into_iter().collect();
    let found = |(index, token): (usize, &TokenTree)| match token {
        TokenTree::Ident(ident) if ident == name && !is_clear(&all, index) => Some(ident.clone()),
        TokenTree::Group(group) => unclear(group.stream(), name),
        _ => None,
    };
    all.iter().enumerate().rev().find_map(found)
}

/// Whether the name at `index` is borrowed, a field is named of it, or it is something else of that name.
fn is_clear(all: &[TokenTree], index: usize) -> bool {
    let sign = |index: Option<usize>, sign: char| matches!(index.and_then(|index| all.get(index)), Some(TokenTree::Punct(punct)) if punct.as_char() == sign);
    let (before, after) = (index.checked_sub(1), Some(index + 1));
    let word = match before.and_then(|before| all.get(before)) {
        Some(TokenTree::Ident(word)) => word.to_string(),
        _ => String::new(),
    };
    let path = sign(before, ':') && sign(index.checked_sub(2), ':') || sign(after, ':') && sign(Some(index + 2), ':');
    if path || sign(before, '.') || BINDING.contains(&word.as_str()) {
        return true;
    }
    match (sign(after, '.'), all.get(index + 2)) {
        (false, _) => sign(before, '&'),
        (true, Some(TokenTree::Ident(member))) => !is_called(all, index + 3) || borrows(&member.to_string()),
        (true, _) => true,
    }
}

/// Before a name, these bind it.
const BINDING: &[&str] = &["let", "mut", "ref", "fn", "const", "static", "use"];

/// Whether the arguments of a call stand at `index`, or its types.
fn is_called(all: &[TokenTree], index: usize) -> bool {
    match all.get(index) {
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Parenthesis,
        Some(TokenTree::Punct(punct)) => punct.as_char() == ':',
        _ => false,
    }
}

/// Whether a method borrows its receiver, by the conventions of its name.
fn borrows(method: &str) -> bool {
    ["as_", "is_", "to_"].iter().any(|start| method.starts_with(start))
        || ["borrow", "clone", "contains", "get", "iter", "len"].contains(&method)
}
