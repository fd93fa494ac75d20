//! `before_retry`: what a hook that is a closure must look like.

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::{Block, Expr, ExprClosure, Stmt};

use crate::args::Given;
use crate::exits::Exits;

/// The hook as it was written, if it can be one.
pub(crate) fn hook(given: &Given) -> syn::Result<Expr> {
    given.code()?;
    let expr = given.expr()?;
    if let Expr::Closure(closure) = &expr {
        check(closure, given.span())?;
    }
    Ok(expr)
}

fn check(closure: &ExprClosure, given: Span) -> syn::Result<()> {
    if closure.inputs.len() != 2 {
        return Err(syn::Error::new(
            closure.inputs.first().map_or(given, |input| input.span()),
            "`before_retry` takes the number of the failed attempt and its error: `|attempt, error| ..`, and `_` for what it does not look at",
        ));
    }
    let exits = match &*closure.body {
        Expr::Async(block) => Exits::of_block(&block.block),
        body => Exits::of(body),
    };
    match exits.bare {
        Some(place) if exits.with_value || ends_with_result(&closure.body) => {
            Err(syn::Error::new(place, "this hook returns a `Result`: write `return Ok(())`"))
        }
        _ => Ok(()),
    }
}

/// Whether the last expression is visibly a `Result`.
pub(crate) fn ends_with_result(expr: &Expr) -> bool {
    let last = |block: &Block| matches!(block.stmts.last(), Some(Stmt::Expr(expr, None)) if ends_with_result(expr));
    match expr {
        Expr::Block(block) => last(&block.block),
        Expr::Async(block) => last(&block.block),
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => path.path.segments.last().is_some_and(|name| name.ident == "Ok" || name.ident == "Err"),
            _ => false,
        },
        _ => false,
    }
}
