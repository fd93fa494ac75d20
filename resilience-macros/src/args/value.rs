//! Values of options: checked where they are literal, left to the compiler where they are expressions.

use std::time::Duration;

use proc_macro2::TokenStream;
use syn::parse::Parser as _;
use syn::{Expr, ExprUnary, Lit, LitStr, Path, UnOp};

use super::{Given, Kind, duration, suggest};

/// A value that has passed its checks. Expansion turns it into tokens.
pub(crate) enum Value {
    Duration(Duration),
    Count(u32),
    Float(f64),
    Text(LitStr),
    /// A word that stands for a variant of an enum of the runtime.
    Variant {
        of: &'static str,
        variant: &'static str,
    },
    /// A value that becomes a variant: `Jitter::Fraction(0.1)`.
    Wrapped {
        of: &'static str,
        variant: &'static str,
        inner: Box<Value>,
    },
    /// An expression that is converted into an enum of the runtime.
    Into {
        of: &'static str,
        expr: Expr,
    },
    Expr(Expr),
}

/// Whether a literal zero says something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zero {
    Allowed,
    Refused,
}

impl Given {
    /// The value as an expression.
    pub(crate) fn expr(&self) -> syn::Result<Expr> {
        self.expr.clone().ok_or_else(|| syn::Error::new(self.key.span(), format_args!("write `{} = ...`", self.key)))
    }

    /// The value as an expression that is left to the compiler.
    pub(crate) fn expr_value(&self) -> syn::Result<Value> {
        self.expr().map(Value::Expr)
    }

    pub(super) fn error<T>(&self, message: impl std::fmt::Display) -> syn::Result<T> {
        Err(syn::Error::new(self.span(), message))
    }

    /// A duration: `"250ms"`, `250ms` or an expression.
    pub(crate) fn duration(&self, zero: Zero) -> syn::Result<Value> {
        let expr = self.expr()?;
        let text = match &expr {
            Expr::Lit(lit) => match &lit.lit {
                Lit::Str(text) => text.value(),
                Lit::Int(number) => without_type(&number.to_string()).to_owned(),
                Lit::Float(number) => without_type(&number.to_string()).to_owned(),
                _ => return self.error("expected a duration: write for example `\"250ms\"`"),
            },
            Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) if matches!(**expr, Expr::Lit(_)) => {
                return self.error("a duration cannot be negative");
            }
            _ => return Ok(Value::Expr(expr)),
        };
        let duration = duration::parse(&text).or_else(|message| self.error(message))?;
        if duration.is_zero() && zero == Zero::Refused {
            return self.error(format_args!("`{}` must be longer than zero", self.key));
        }
        Ok(Value::Duration(duration))
    }

    /// A count from 1; `why` says what it counts.
    pub(crate) fn count(&self, why: &str) -> syn::Result<Value> {
        let expr = self.expr()?;
        match self.literal() {
            Some(Lit::Int(number)) => {
                let number: u64 = number.base10_parse()?;
                match u32::try_from(number) {
                    Ok(0) => self.error(format_args!("`{}` must be at least 1 ({why})", self.key)),
                    Ok(number) => Ok(Value::Count(number)),
                    Err(_) => self.error(format_args!("`{}` must be at most {}", self.key, u32::MAX)),
                }
            }
            Some(_) => self.error(format_args!("`{}` is a whole number: write `{} = 3`", self.key, self.key)),
            None => match expr {
                Expr::Unary(ExprUnary { op: UnOp::Neg(_), .. }) => {
                    self.error(format_args!("`{}` must be at least 1 ({why})", self.key))
                }
                expr => Ok(Value::Expr(expr)),
            },
        }
    }

    /// A literal number, with its sign.
    pub(super) fn number(&self) -> Option<f64> {
        literal_number(self.expr.as_ref()?)
    }

    /// A share of calls: above 0 and at most 1.
    pub(crate) fn ratio(&self, zero: Zero) -> syn::Result<Value> {
        if let Some(number) = self.number() {
            return self.in_unit_range(number, zero).map(Value::Float);
        }
        match self.literal() {
            Some(_) => self.error(format_args!("`{}` is a share: write a number like `0.5`", self.key)),
            None => self.expr().map(Value::Expr),
        }
    }

    pub(super) fn in_unit_range(&self, number: f64, zero: Zero) -> syn::Result<f64> {
        if (2.0..=100.0).contains(&number) && number.fract() == 0.0 {
            return self.error(format_args!(
                "`{}` is a share between 0 and 1: for {number} percent write `{}`",
                self.key,
                number / 100.0
            ));
        }
        if !(0.0..=1.0).contains(&number) {
            return self.error(format_args!("`{}` must be between 0 and 1", self.key));
        }
        if number == 0.0 && zero == Zero::Refused {
            return self.error(format_args!("`{}` must be above 0", self.key));
        }
        Ok(number)
    }

    /// A factor of at least 1.
    pub(crate) fn factor(&self) -> syn::Result<Value> {
        match (self.number(), self.literal()) {
            (Some(number), _) if !number.is_finite() => self.error(format_args!("`{}` is too large", self.key)),
            (Some(number), _) if number < 1.0 => {
                self.error(format_args!("`{}` must be at least 1: delays do not shrink", self.key))
            }
            (Some(number), _) => Ok(Value::Float(number)),
            (None, Some(_)) => self.error(format_args!("`{}` is a number: write `{} = 2.0`", self.key, self.key)),
            (None, None) => self.expr().map(Value::Expr),
        }
    }

    /// `true`, `false` or an expression.
    pub(crate) fn boolean(&self) -> syn::Result<Value> {
        match self.literal() {
            Some(Lit::Bool(_)) | None => self.expr().map(Value::Expr),
            Some(_) => self.error(format_args!("`{}` is `true` or `false`", self.key)),
        }
    }

    /// One of `words`, as the variant of the same name; other single words are mistakes unless they name a path.
    pub(crate) fn one_of(
        &self,
        of: &'static str,
        words: &'static [(&'static str, &'static str)],
    ) -> syn::Result<Option<Value>> {
        let Some(word) = self.word() else {
            return Ok(None);
        };
        let text = word.to_string();
        if let Some((_, variant)) = words.iter().find(|(known, _)| *known == text) {
            return Ok(Some(Value::Variant { of, variant }));
        }
        match suggest::closest(&text, words.iter().map(|(known, _)| *known)) {
            Some(meant) => self.error(format_args!(
                "unknown {} `{text}`; did you mean `{meant}`? (for an item of that name write `self::{text}`)",
                self.key
            )),
            None => Ok(None),
        }
    }

    /// A word in quotes: say that it goes without.
    pub(crate) fn quoted<T>(&self, text: &LitStr, words: &[(&str, &str)]) -> syn::Result<T> {
        let words: Vec<_> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        self.error(format_args!(
            "`{}` is a word without quotes, not {:?}: one of {}",
            self.key,
            text.value(),
            words.join(", ")
        ))
    }

    /// A name: a literal that is not empty, or a constant expression.
    pub(crate) fn name(&self, kind: Kind) -> syn::Result<Value> {
        let expr = self.expr()?;
        match self.literal() {
            Some(Lit::Str(text)) if text.value().trim().is_empty() => self.error("`name` must not be empty"),
            Some(Lit::Str(text)) => Ok(Value::Text(text.clone())),
            Some(_) => self.error("`name` is a string: write `name = \"...\"`"),
            None if !is_made(&expr) => Ok(Value::Expr(expr)),
            None if kind.options().contains(&"key") => self.error(
                "`name` is the same for all calls: a string, a `const` or another `&'static str`; for a policy of its own for each endpoint, tenant or user write `key = ...` beside it",
            ),
            None => self.error("`name` is the same for all calls: a string, a `const` or another `&'static str`"),
        }
    }

    /// The path of our crate.
    pub(crate) fn path(&self) -> syn::Result<Path> {
        let parsed = match self.literal() {
            // serde's spelling
            Some(Lit::Str(text)) => text.parse_with(Path::parse_mod_style),
            _ => Path::parse_mod_style.parse2(self.tokens.clone()),
        };
        parsed.map_err(|_| syn::Error::new(self.span(), "`crate` is a path: write `crate = ::my_resilience`"))
    }

    /// The tokens of a closure or path that the expansion calls.
    pub(crate) fn code(&self) -> syn::Result<TokenStream> {
        match self.literal() {
            Some(_) => self.error(format_args!("`{}` is a closure or the path of a function", self.key)),
            None => Ok(self.tokens.clone()),
        }
    }
}

/// Whether an expression visibly makes a new string.
fn is_made(expr: &Expr) -> bool {
    match expr {
        Expr::Macro(call) => call.mac.path.segments.last().is_some_and(|name| name.ident == "format"),
        Expr::MethodCall(call) => ["to_string", "to_owned"].iter().any(|made| call.method == made),
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => path.path.segments.iter().any(|name| name.ident == "String"),
            _ => false,
        },
        Expr::Reference(reference) => is_made(&reference.expr),
        Expr::Paren(inner) => is_made(&inner.expr),
        Expr::Group(inner) => is_made(&inner.expr),
        _ => false,
    }
}

/// A literal number, with its sign.
pub(super) fn literal_number(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::Lit(lit) => match &lit.lit {
            Lit::Int(number) => number.base10_parse().ok(),
            Lit::Float(number) => number.base10_parse().ok(),
            _ => None,
        },
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => literal_number(expr).map(|number| -number),
        _ => None,
    }
}

/// `500u64` is a bare number too: the type is no unit of time.
fn without_type(literal: &str) -> &str {
    const TYPES: &[&str] =
        &["u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64"];
    TYPES.iter().find_map(|suffix| literal.strip_suffix(suffix)).unwrap_or(literal)
}
