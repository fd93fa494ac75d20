//! What leaves or suspends the code of a closure itself. A `?`, `return` or `.await` in a closure, an `async` block or an
//! item inside it belongs to that one.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, Item, Macro, Stmt, Token};

/// How code can leave before its last expression.
#[derive(Default)]
pub(crate) struct Exits {
    /// By `?`, or by `return` with a value.
    pub(crate) with_value: bool,
    /// By `return` without one: where the first of them is.
    pub(crate) bare: Option<Span>,
    /// By `.await`, for a while.
    pub(crate) awaits: bool,
    /// By a macro, perhaps, which may return or wait: nobody sees what it stands for.
    pub(crate) hidden: bool,
}

impl Exits {
    /// Whether it can.
    pub(crate) fn early(&self) -> bool {
        self.with_value || self.bare.is_some()
    }

    pub(crate) fn of(expr: &Expr) -> Self {
        let mut exits = Self::default();
        exits.visit_expr_mut(&mut expr.clone());
        exits
    }

    /// The same of an option as it was written.
    pub(crate) fn of_option(tokens: &TokenStream) -> Self {
        syn::parse2(tokens.clone()).map_or_else(|_| Self::of_tokens(tokens.clone()), |expr| Self::of(&expr))
    }

    /// How code that is made of both can leave.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            with_value: self.with_value || other.with_value,
            bare: self.bare.or(other.bare),
            awaits: self.awaits || other.awaits,
            hidden: self.hidden || other.hidden,
        }
    }

    pub(crate) fn of_block(block: &Block) -> Self {
        let mut exits = Self::default();
        exits.visit_block_mut(&mut block.clone());
        exits
    }

    /// The same of code that cannot be parsed, as far as its signs tell.
    pub(crate) fn of_tokens(tokens: TokenStream) -> Self {
        let mut exits = Self::default();
        exits.scan(tokens);
        exits
    }

    /// What cannot be parsed is searched for the signs themselves.
    fn scan(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(punct) => self.with_value |= punct.as_char() == '?',
                TokenTree::Ident(ident) if ident == "return" => match tokens.peek() {
                    Some(TokenTree::Punct(end)) if matches!(end.as_char(), ';' | ',') => self.leaves_at(ident.span()),
                    None => self.leaves_at(ident.span()),
                    Some(_) => self.with_value = true,
                },
                TokenTree::Ident(ident) => self.awaits |= ident == "await",
                TokenTree::Group(group) => self.scan(group.stream()),
                TokenTree::Literal(_) => {}
            }
        }
    }

    fn leaves_at(&mut self, place: Span) {
        self.bare.get_or_insert(place);
    }
}

impl VisitMut for Exits {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        match expr {
            Expr::Closure(_) | Expr::Async(_) | Expr::Const(_) => return,
            Expr::Return(exit) if exit.expr.is_none() => self.leaves_at(exit.return_token.span),
            Expr::Try(_) | Expr::Return(_) => self.with_value = true,
            Expr::Await(_) => self.awaits = true,
            Expr::Verbatim(tokens) => self.scan(tokens.clone()),
            _ => {}
        }
        visit_mut::visit_expr_mut(self, expr);
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}

    /// Most macros take expressions.
    fn visit_macro_mut(&mut self, call: &mut Macro) {
        self.hidden |= !never_returns(call);
        match call.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated) {
            Ok(mut arguments) => arguments.iter_mut().for_each(|argument| self.visit_expr_mut(argument)),
            Err(_) => self.scan(call.tokens.clone()),
        }
    }
}

/// Whether a macro is known not to return from where it stands.
pub(crate) fn never_returns(call: &Macro) -> bool {
    call.path.segments.last().is_some_and(|name| KNOWN.iter().any(|known| name.ident == known))
}

/// Whether code visibly ends in a macro that gives no value.
pub(crate) fn diverges(expr: &Expr) -> bool {
    const DIVERGING: &[&str] = &["bail", "panic", "todo", "unimplemented", "unreachable"];
    let is_one =
        |call: &Macro| call.path.segments.last().is_some_and(|name| DIVERGING.iter().any(|known| name.ident == known));
    match expr {
        Expr::Macro(call) => is_one(&call.mac),
        Expr::Block(block) => match block.block.stmts.last() {
            Some(Stmt::Macro(call)) => is_one(&call.mac),
            Some(Stmt::Expr(expr, _)) => diverges(expr),
            _ => false,
        },
        _ => false,
    }
}

/// Macros of the standard library, and those that log: none of them returns.
const KNOWN: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "cfg",
    "column",
    "concat",
    "dbg",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "env",
    "eprint",
    "eprintln",
    "error",
    "event",
    "file",
    "format",
    "format_args",
    "include_bytes",
    "include_str",
    "info",
    "line",
    "log",
    "matches",
    "module_path",
    "option_env",
    "panic",
    "print",
    "println",
    "span",
    "stringify",
    "todo",
    "trace",
    "unimplemented",
    "unreachable",
    "vec",
    "warn",
    "write",
    "writeln",
];
