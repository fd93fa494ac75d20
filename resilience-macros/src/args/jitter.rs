//! `jitter`: a word, a share to add, `symmetric(share)`, or an expression.

use syn::{Expr, Lit};

use super::value::{Value, Zero, literal_number};
use super::{Given, suggest};

const WORDS: &[(&str, &str)] = &[("full", "Full"), ("equal", "Equal"), ("none", "None")];

const SYMMETRIC: &str = "symmetric";

impl Given {
    /// A delay's jitter.
    pub(crate) fn jitter(&self) -> syn::Result<Value> {
        if let Some(value) = self.symmetric()? {
            return Ok(value);
        }
        if let Some(value) = self.one_of("Jitter", WORDS)? {
            return Ok(value);
        }
        if let Some(number) = self.number() {
            let inner = Box::new(Value::Float(self.in_unit_range(number, Zero::Allowed)?));
            return Ok(Value::Wrapped { of: "Jitter", variant: "Fraction", inner });
        }
        match self.literal() {
            Some(Lit::Str(text)) => self.quoted(text, WORDS),
            Some(_) => {
                self.error("`jitter` is `full`, `equal`, `none`, a fraction like `0.1`, or `symmetric(..)` around one")
            }
            None => Ok(Value::Into { of: "Jitter", expr: self.expr()? }),
        }
    }

    /// `symmetric(0.25)`
    fn symmetric(&self) -> syn::Result<Option<Value>> {
        let (word, shares) = match &self.expr {
            Some(Expr::Call(call)) => match &*call.func {
                Expr::Path(path) => (path.path.get_ident(), Some(&call.args)),
                _ => return Ok(None),
            },
            _ => (self.word(), None),
        };
        let Some(word) = word.map(ToString::to_string) else {
            return Ok(None);
        };
        if suggest::closest(&word, [SYMMETRIC]).is_none() {
            return Ok(None);
        }
        let share = match shares.map(|shares| (shares.first(), shares.len())) {
            _ if word != SYMMETRIC => {
                return self.error(format_args!(
                    "unknown jitter `{word}`; did you mean `symmetric(0.25)`? (for an item of that name write \
                     `self::{word}`)"
                ));
            }
            Some((Some(share), 1)) => share,
            _ => return self.error("`symmetric` takes one share: write `symmetric(0.25)`"),
        };
        let inner = match (literal_number(share), share) {
            (Some(number), _) => Value::Float(self.in_unit_range(number, Zero::Allowed)?),
            (None, Expr::Lit(_)) => return self.error("`symmetric` takes one share: write `symmetric(0.25)`"),
            (None, share) => Value::Expr(share.clone()),
        };
        Ok(Some(Value::Wrapped { of: "Jitter", variant: "Symmetric", inner: Box::new(inner) }))
    }
}
