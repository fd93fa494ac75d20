//! What stands between the parentheses of an attribute.

mod cloned;
pub(crate) mod common;
mod duration;
mod fragment;
mod jitter;
mod kind;
mod none_is;
mod option;
pub(crate) mod suggest;
pub(crate) mod value;

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Expr, Token, token};

pub(crate) use self::cloned::Cloned;
use self::fragment::expression;
pub(crate) use self::kind::Kind;
pub(crate) use self::none_is::NoneIs;
pub(crate) use self::option::{Given, printed};
use crate::diagnostics::Errors;

/// The options of one attribute, each known to it and given once.
pub(crate) struct Args {
    pub(crate) kind: Kind,
    given: Vec<Given>,
    /// Key and value as written, for the inventory.
    written: Vec<(String, String)>,
    /// Whether every option could be read.
    complete: bool,
    /// What unknown options were taken for.
    meant: Vec<&'static str>,
}

impl Args {
    /// Reads every option; what is wrong goes to `errors` and is left out.
    pub(crate) fn parse(kind: Kind, span: Span, tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self { kind, given: Vec::new(), written: Vec::new(), complete: true, meant: Vec::new() };
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                match one(kind, span, input) {
                    Ok(given) => args.add(given, errors),
                    Err(error) => {
                        errors.push(error);
                        args.complete = false;
                        skip_to_next(input);
                    }
                }
                if input.is_empty() {
                    break;
                }
                if input.peek(Token![,]) {
                    input.parse::<Token![,]>()?;
                } else {
                    errors.at(input.span(), format_args!("expected `,` before `{}`", head(input)));
                    if !starts_option(input) {
                        skip_to_next(input);
                    }
                }
            }
            Ok(())
        };
        if let Err(error) = parser.parse2(tokens) {
            errors.push(error);
        }
        args
    }

    fn add(&mut self, given: Given, errors: &mut Errors) {
        let key = given.key.to_string();
        if let Some(message) = self.unknown(&key) {
            errors.at(given.key.span(), message);
            self.meant.extend(self.meant(&key));
        } else if self.written.iter().any(|(known, _)| *known == key) {
            errors.at(given.key.span(), format_args!("option `{key}` given twice"));
        } else {
            self.written.push((key, given.source()));
            self.given.push(given);
        }
    }

    fn unknown(&self, key: &str) -> Option<String> {
        let kind = self.kind;
        let options = kind.options();
        if options.contains(&key) || kind.positional() == Some(key) {
            return None;
        }
        if let Some(meant) = self.meant(key) {
            return Some(format!("unknown option `{key}`; did you mean `{meant}`?"));
        }
        Some(match owner(key) {
            Some(owner) => {
                format!("`{key}` is not an option of `#[{}]`; it belongs to `#[{}]`", kind.name(), owner.name())
            }
            None => {
                let list: Vec<_> = options.iter().map(|option| format!("`{option}`")).collect();
                format!("unknown option `{key}`; the options of `#[{}]` are {}", kind.name(), list.join(", "))
            }
        })
    }

    /// The option that an unknown one is taken for: misspelt, or not whole. One of another attribute is what it is.
    fn meant(&self, key: &str) -> Option<&'static str> {
        let options = || self.kind.options().iter().copied();
        suggest::closest(key, options()).or_else(|| match owner(key) {
            Some(_) => None,
            None => suggest::longer(key, options()),
        })
    }

    /// The option `key`, if it was given; a second call finds nothing.
    pub(crate) fn take(&mut self, key: &str) -> Option<Given> {
        let index = self.given.iter().position(|given| given.key == key)?;
        Some(self.given.remove(index))
    }

    /// The expression given for `key`, if it was and is one.
    pub(crate) fn peek(&self, key: &str) -> Option<&Expr> {
        self.given.iter().find(|given| given.key == key)?.expr.as_ref()
    }

    /// Whether `key` was given and not yet taken.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.key_span(key).is_some()
    }

    /// Where `key` was written, if it was.
    pub(crate) fn key_span(&self, key: &str) -> Option<Span> {
        self.given.iter().find(|given| given.key == key).map(|given| given.key.span())
    }

    /// Whether none of `keys` was given, not even misspelt or half written.
    pub(crate) fn lacks(&self, keys: &[&str]) -> bool {
        self.complete && !keys.iter().any(|key| self.has(key) || self.meant.contains(key))
    }

    /// What was written, in order, without the option that only serves the expansion.
    pub(crate) fn written(&self) -> Vec<(String, String)> {
        self.written.iter().filter(|(key, _)| key != "crate" && key != "name").cloned().collect()
    }
}

/// The attribute that has this option.
fn owner(key: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| kind.options().contains(&key))
}

/// `key = value`, `clone(a, b)` or a value alone.
fn one(kind: Kind, span: Span, input: ParseStream<'_>) -> syn::Result<Given> {
    if assigns(input) {
        let key = input.call(Ident::parse_any)?;
        input.parse::<Token![=]>()?;
        if input.is_empty() || input.peek(Token![,]) {
            return Err(syn::Error::new(key.span(), format_args!("`{key}` needs a value: `{key} = ...`")));
        }
        let (expr, tokens) = expression(input)?;
        if key == "clone" && kind.options().contains(&"clone") {
            return Err(syn::Error::new(
                key.span(),
                "write `clone(a, b = ..)`: the names of the arguments, some with an expression",
            ));
        }
        return Ok(Given { key, expr: Some(expr), tokens });
    }
    if input.peek(syn::Ident::peek_any) && input.peek2(token::Paren) {
        let ahead = input.fork();
        let key = ahead.call(Ident::parse_any)?;
        let name = key.to_string();
        // Also where it is no option: there is no call of that name, and the message says whose it is.
        if name == "clone" {
            let key = input.call(Ident::parse_any)?;
            let content;
            syn::parenthesized!(content in input);
            return Ok(Given { key, expr: None, tokens: content.parse()? });
        }
        if kind.options().contains(&name.as_str()) {
            return Err(syn::Error::new(key.span(), format_args!("write `{name} = ...`")));
        }
    }
    let (expr, tokens) = expression(input)?;
    let start = start(&tokens).unwrap_or(span);
    let word = match &expr {
        Expr::Path(path) => path.path.get_ident().map(ToString::to_string),
        _ => None,
    };
    if let Some(word) = word {
        // `#[fallback(default)]`
        if word == "default" && kind == Kind::Fallback {
            return Ok(Given { key: Ident::new("default", start), expr: Some(expr), tokens });
        }
        if kind.options().contains(&word.as_str()) {
            return Err(syn::Error::new(start, format_args!("`{word}` needs a value: `{word} = ...`")));
        }
    }
    let Some(key) = kind.positional() else {
        return Err(syn::Error::new(
            start,
            format_args!("expected `option = value`, for example `{} = ...`", kind.first_option()),
        ));
    };
    Ok(Given { key: Ident::new(key, start), expr: Some(expr), tokens })
}

/// Whether the input starts with `key =`.
fn assigns(input: ParseStream<'_>) -> bool {
    input.peek(syn::Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]) && !input.peek2(Token![=>])
}

/// Where `tokens` start, inside invisible groups.
pub(crate) fn start(tokens: &TokenStream) -> Option<Span> {
    match tokens.clone().into_iter().next()? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => start(&group.stream()),
        token => Some(token.span()),
    }
}

fn starts_option(input: ParseStream<'_>) -> bool {
    assigns(input) || (input.peek(syn::Ident::peek_any) && input.peek2(token::Paren))
}

fn head(input: ParseStream<'_>) -> String {
    input.cursor().token_tree().map_or_else(String::new, |(token, _)| match token {
        TokenTree::Group(group) => match group.delimiter() {
            Delimiter::Parenthesis => "(".into(),
            Delimiter::Bracket => "[".into(),
            Delimiter::Brace => "{".into(),
            Delimiter::None => group.to_string(),
        },
        token => token.to_string(),
    })
}

/// Skips what cannot be read, up to a comma that an option follows: the commas of a half-written closure do not count.
fn skip_to_next(input: ParseStream<'_>) {
    while !input.is_empty() {
        if input.peek(Token![,]) {
            let ahead = input.fork();
            if ahead.parse::<Token![,]>().is_ok() && (ahead.is_empty() || starts_option(&ahead)) {
                return;
            }
        }
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}
