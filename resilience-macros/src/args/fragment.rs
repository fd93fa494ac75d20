//! What a fragment of a `macro_rules!` macro stands for, in the value of an option.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::Expr;
use syn::parse::ParseStream;

/// An expression and the tokens it was parsed from. What a fragment that is all of it stands for is looked at; its tokens
/// are as they came.
pub(super) fn expression(input: ParseStream<'_>) -> syn::Result<(Expr, TokenStream)> {
    let begin = input.cursor();
    let mut expr: Expr = input.parse()?;
    let end = input.cursor();
    let mut tokens = TokenStream::new();
    let mut cursor = begin;
    while cursor != end {
        let Some((token, next)) = cursor.token_tree() else {
            break;
        };
        tokens.extend([token]);
        cursor = next;
    }
    if let Some(kept) = kept_together(&tokens) {
        expr = syn::parse2(kept.clone())?;
        tokens = kept;
    }
    while let Expr::Group(group) = expr {
        expr = *group.expr;
    }
    Ok((expr, tokens))
}

/// The tokens with parentheses where an operation is a part of another expression, if there is any. The compiler takes no
/// notice of the invisible groups that come out of an attribute: of `$a * 2`, where `$a` is `2 + 3`, it would see
/// `2 + 3 * 2`.
fn kept_together(tokens: &TokenStream) -> Option<TokenStream> {
    let mut trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is_part = trees.len() > 1;
    let mut changed = false;
    for tree in &mut trees {
        let TokenTree::Group(group) = tree else { continue };
        let stream = kept_together(&group.stream());
        let splits = is_part && group.delimiter() == Delimiter::None && is_operation(group.stream());
        if stream.is_some() || splits {
            let delimiter = if splits { Delimiter::Parenthesis } else { group.delimiter() };
            let mut kept = Group::new(delimiter, stream.unwrap_or_else(|| group.stream()));
            kept.set_span(group.span());
            *group = kept;
            changed = true;
        }
    }
    changed.then(|| trees.into_iter().collect())
}

/// Patterns and types that look alike may be in parentheses as well.
fn is_operation(tokens: TokenStream) -> bool {
    matches!(syn::parse2(tokens), Ok(Expr::Binary(_) | Expr::Cast(_) | Expr::Range(_) | Expr::Unary(_)))
}
