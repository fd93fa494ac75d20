//! Finds the first use of a name that moves what it stands for, if its type is not copied. Where it is in doubt it finds
//! nothing: it stops at the first pattern or item that may bind the name anew.

mod unclear;

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{BinOp, Block, Expr, ExprMethodCall, Item, Local, Macro, Pat, Stmt, Token, UnOp};

use crate::input::mentions;

pub(crate) use self::unclear::unclear;

/// A use that moves, unless its type says otherwise.
pub(crate) enum Moved {
    /// As a value: `send(request)`.
    Value(Ident),
    /// A part of it as a value: `send(request.body)`.
    Part(Ident, TokenStream),
    /// It or a part as the receiver of a method that takes it by value, by its name: the call itself tells.
    Call(Ident, TokenStream),
}

impl Moved {
    /// Where the name is used.
    pub(crate) const fn used(&self) -> &Ident {
        match self {
            Self::Value(used) | Self::Part(used, _) | Self::Call(used, _) => used,
        }
    }
}

/// The first such use of `name`, or those of its parts where there is none of the whole.
pub(crate) fn find(statements: &mut [Stmt], name: &Ident) -> Vec<Moved> {
    let mut finder = Finder { name, found: None, parts: Vec::new(), stopped: false };
    finder.statements(statements);
    finder.found.map_or(finder.parts, |found| vec![found])
}

/// The same for a body that is taken to another thread, with all that it names.
pub(crate) fn find_captured(body: TokenStream, name: &Ident) -> Option<Moved> {
    whole(body, name).map(Moved::Value)
}

struct Finder<'a> {
    name: &'a Ident,
    found: Option<Moved>,
    parts: Vec<Moved>,
    /// The name may stand for something else from here on.
    stopped: bool,
}

impl Finder<'_> {
    fn is_done(&self) -> bool {
        self.stopped || self.found.is_some()
    }

    fn statements(&mut self, statements: &mut [Stmt]) {
        for statement in statements {
            match statement {
                // `words;` moves as well.
                Stmt::Expr(expr, _) => self.value(expr),
                statement => self.visit_stmt_mut(statement),
            }
        }
    }

    /// An expression whose value is taken.
    fn value(&mut self, expr: &mut Expr) {
        match expr {
            _ if self.is_done() => {}
            Expr::Paren(inner) => self.value(&mut inner.expr),
            Expr::Group(inner) => self.value(&mut inner.expr),
            expr => match (self.itself(expr), self.part(expr)) {
                (Some(ident), _) => self.found = Some(Moved::Value(ident)),
                (_, Some(ident)) => self.parts.push(Moved::Part(ident, expr.to_token_stream())),
                (None, None) => self.visit_expr_mut(expr),
            },
        }
    }

    fn values<'e>(&mut self, exprs: impl IntoIterator<Item = &'e mut Expr>) {
        exprs.into_iter().for_each(|expr| self.value(expr));
    }

    /// The name alone.
    fn itself(&self, expr: &Expr) -> Option<Ident> {
        match expr {
            Expr::Path(path) => path.path.get_ident().filter(|ident| *ident == self.name).cloned(),
            _ => None,
        }
    }

    /// The name in front of fields of it: `name.field`.
    fn part(&self, expr: &Expr) -> Option<Ident> {
        match expr {
            Expr::Field(field) => self.itself(&field.base).or_else(|| self.part(&field.base)),
            _ => None,
        }
    }

    fn call(&mut self, call: &mut ExprMethodCall) {
        let method = call.method.to_string();
        let (whole, part) = (self.itself(&call.receiver), self.part(&call.receiver));
        let is_whole = whole.is_some();
        match whole.or(part).filter(|_| call.args.is_empty()) {
            // Every type has these, by value.
            Some(_) if matches!(method.as_str(), "into" | "try_into") => self.value(&mut call.receiver),
            Some(ident) if method.starts_with("into_") || TAKING.contains(&method.as_str()) => {
                let taken = Moved::Call(ident, call.to_token_stream());
                if is_whole {
                    self.found = Some(taken);
                } else {
                    self.parts.push(taken);
                }
            }
            _ => {
                self.visit_expr_mut(&mut call.receiver);
                self.values(&mut call.args);
            }
        }
    }

    fn binds(&self, pat: &Pat) -> bool {
        mentions(&pat.to_token_stream(), &|ident| ident == self.name)
    }

    /// A `move` closure or block takes along what it names, all of it, unless it names a field.
    fn captured(&mut self, body: TokenStream) {
        if let Some(ident) = whole(body, self.name) {
            self.found = Some(Moved::Value(ident));
        }
    }
}

/// Methods of `Option` and `Result` that take them by value, and leave no type open.
const TAKING: &[&str] = &["unwrap", "unwrap_or_default", "ok", "err"];

impl VisitMut for Finder<'_> {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        if self.is_done() {
            return;
        }
        match expr {
            Expr::Call(call) => {
                self.visit_expr_mut(&mut call.func);
                self.values(&mut call.args);
            }
            Expr::MethodCall(call) => self.call(call),
            Expr::Struct(fields) => self.values(fields.fields.iter_mut().map(|field| &mut field.expr)),
            Expr::Tuple(tuple) => self.values(&mut tuple.elems),
            Expr::Array(array) => self.values(&mut array.elems),
            Expr::Return(returned) => self.values(returned.expr.as_deref_mut()),
            Expr::Break(broken) => self.values(broken.expr.as_deref_mut()),
            Expr::Try(tried) => self.value(&mut tried.expr),
            Expr::Await(awaited) => self.value(&mut awaited.base),
            Expr::Assign(assign) => {
                self.value(&mut assign.right);
                self.visit_expr_mut(&mut assign.left);
            }
            Expr::Binary(binary) if takes_values(&binary.op) => {
                self.value(&mut binary.left);
                self.value(&mut binary.right);
            }
            Expr::Unary(unary) if !matches!(unary.op, UnOp::Deref(_)) => self.value(&mut unary.expr),
            Expr::ForLoop(each) => {
                self.value(&mut each.expr);
                self.visit_pat_mut(&mut each.pat);
                self.visit_block_mut(&mut each.body);
            }
            Expr::Match(matched) => {
                self.visit_expr_mut(&mut matched.expr);
                for arm in &mut matched.arms {
                    self.visit_pat_mut(&mut arm.pat);
                    self.value(&mut arm.body);
                }
            }
            Expr::Let(condition) => {
                self.visit_expr_mut(&mut condition.expr);
                self.visit_pat_mut(&mut condition.pat);
            }
            // Its parameters are its own.
            Expr::Closure(closure) if closure.inputs.iter().any(|pat| self.binds(pat)) => {}
            Expr::Closure(closure) if closure.capture.is_some() => self.captured(closure.body.to_token_stream()),
            Expr::Closure(closure) => self.value(&mut closure.body),
            Expr::Async(block) if block.capture.is_some() => self.captured(block.block.to_token_stream()),
            Expr::Verbatim(_) => {}
            expr => visit_mut::visit_expr_mut(self, expr),
        }
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        self.statements(&mut block.stmts);
    }

    fn visit_local_mut(&mut self, local: &mut Local) {
        if let Some(init) = &mut local.init {
            match &local.pat {
                pat if takes(pat) => self.value(&mut init.expr),
                _ => self.visit_expr_mut(&mut init.expr),
            }
            if let Some((_, diverge)) = &mut init.diverge {
                self.visit_expr_mut(diverge);
            }
        }
        self.visit_pat_mut(&mut local.pat);
    }

    fn visit_pat_mut(&mut self, pat: &mut Pat) {
        self.stopped |= self.binds(pat);
    }

    fn visit_item_mut(&mut self, item: &mut Item) {
        self.stopped |= mentions(&item.to_token_stream(), &|ident| ident == self.name);
    }

    /// Of macros only this one is known to take values.
    fn visit_macro_mut(&mut self, call: &mut Macro) {
        if call.path.is_ident("vec")
            && let Ok(mut values) = call.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated)
        {
            self.values(&mut values);
        }
        // What others bind, nobody sees.
        self.stopped |= mentions(&call.tokens, &|ident| ident == "let");
    }
}

/// Whether a pattern is a name for the whole, and does not borrow it.
fn takes(pat: &Pat) -> bool {
    match pat {
        Pat::Ident(pat) => pat.by_ref.is_none() && pat.subpat.is_none(),
        Pat::Type(typed) => takes(&typed.pat),
        _ => false,
    }
}

/// Whether an operator takes its operands, and does not borrow them.
fn takes_values(op: &BinOp) -> bool {
    matches!(
        op,
        BinOp::Add(_)
            | BinOp::Sub(_)
            | BinOp::Mul(_)
            | BinOp::Div(_)
            | BinOp::Rem(_)
            | BinOp::BitAnd(_)
            | BinOp::BitOr(_)
            | BinOp::BitXor(_)
            | BinOp::Shl(_)
            | BinOp::Shr(_)
    )
}

/// The first mention of `name` as a whole: neither `name.field` nor a field or binding of that name.
fn whole(tokens: TokenStream, name: &Ident) -> Option<Ident> {
    let all: Vec<TokenTree> = tokens.into_iter().collect();
    let is =
        |index: usize, sign: char| matches!(all.get(index), Some(TokenTree::Punct(punct)) if punct.as_char() == sign);
    let word = |index: usize, word: &str| matches!(all.get(index), Some(TokenTree::Ident(ident)) if ident == word);
    for (index, token) in all.iter().enumerate() {
        match token {
            TokenTree::Ident(ident) if ident == name => {
                let call = matches!(all.get(index + 3), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
                let field = is(index + 1, '.') && !call;
                let after = index.checked_sub(1);
                let own = after.is_some_and(|before| {
                    is(before, '.')
                        || is(before, '|')
                        || word(before, "let")
                        || word(before, "mut")
                        || word(before, "ref")
                });
                let path = is(index + 1, ':')
                    || after.is_some_and(|before| is(before, ':') && is(before.wrapping_sub(1), ':'));
                if own || path {
                    // Something else of that name: what follows may mean it.
                    return None;
                }
                if !field {
                    return Some(ident.clone());
                }
            }
            TokenTree::Group(group) => {
                if let Some(found) = whole(group.stream(), name) {
                    return Some(found);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests;
