//! One written option: `key = value`, `key(list)` or a value alone.

use proc_macro2::{Ident, Span, TokenStream};
use syn::Expr;

/// An option as the user wrote it. Each is taken once: see [`Args::take`](super::Args::take).
pub(crate) struct Given {
    /// The key; for a value alone, the key it stands for.
    pub(crate) key: Ident,
    /// The value as an expression; a list has none.
    pub(crate) expr: Option<Expr>,
    /// The value, or the content of the parentheses of a list.
    pub(crate) tokens: TokenStream,
}

impl Given {
    /// Where the value is.
    pub(crate) fn span(&self) -> Span {
        super::start(&self.tokens).unwrap_or_else(|| self.key.span())
    }

    /// The value as a single word: `mode = thread`.
    pub(crate) fn word(&self) -> Option<&Ident> {
        match self.expr.as_ref()? {
            Expr::Path(path) if path.qself.is_none() => path.path.get_ident(),
            _ => None,
        }
    }

    /// The value as a literal.
    pub(crate) fn literal(&self) -> Option<&syn::Lit> {
        match self.expr.as_ref()? {
            Expr::Lit(lit) => Some(&lit.lit),
            _ => None,
        }
    }

    /// The value as written, for the inventory: `2s` for `"2s"`.
    pub(crate) fn source(&self) -> String {
        if let Some(syn::Lit::Str(text)) = self.literal() {
            return text.value();
        }
        printed(self.tokens.clone())
    }
}

/// Tokens as they were written.
pub(crate) fn printed(tokens: TokenStream) -> String {
    let mut printer = Printer::default();
    printer.tokens(tokens);
    printer.text
}

/// Prints tokens with the white space they were written with: `|e| e.is_timeout()`, not `| e | e . is_timeout ()`.
#[derive(Default)]
struct Printer {
    text: String,
    /// Line and column after the last token.
    end: Option<(usize, usize)>,
}

impl Printer {
    fn tokens(&mut self, tokens: TokenStream) {
        use proc_macro2::{Delimiter, TokenTree};
        for token in tokens {
            match token {
                TokenTree::Group(group) if group.delimiter() == Delimiter::None => self.tokens(group.stream()),
                TokenTree::Group(group) => {
                    let (open, close) = match group.delimiter() {
                        Delimiter::Parenthesis => ("(", ")"),
                        Delimiter::Bracket => ("[", "]"),
                        Delimiter::Brace => ("{", "}"),
                        Delimiter::None => ("", ""),
                    };
                    self.token(open, group.span_open());
                    self.tokens(group.stream());
                    self.token(close, group.span_close());
                }
                token => self.token(&token.to_string(), token.span()),
            }
        }
    }

    fn token(&mut self, token: &str, span: Span) {
        let Some((start, end)) = lines(span) else {
            // Outside a compiler there are no positions to go by.
            self.text.push_str(token);
            return;
        };
        if self.end.is_some_and(|last| last != start) {
            self.text.push(' ');
        }
        self.text.push_str(token);
        self.end = Some(end);
    }
}

/// Line and column where `span` starts and ends.
fn lines(span: Span) -> Option<((usize, usize), (usize, usize))> {
    if !proc_macro::is_available() {
        return None;
    }
    let (start, end) = (span.unwrap().start(), span.unwrap().end());
    Some(((start.line(), start.column()), (end.line(), end.column())))
}
