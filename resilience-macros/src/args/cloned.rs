//! `clone(a, b = ..)`: what each attempt gets for itself.

use proc_macro2::Ident;
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Error, Expr, Token};

use super::fragment::expression;
use super::{Given, printed};

/// An argument that each attempt has one of for itself.
pub(crate) struct Cloned {
    pub(crate) name: Ident,
    /// What makes one; without it a clone is made.
    pub(crate) made: Option<Expr>,
}

impl Given {
    /// The arguments in `clone(a, b = ..)`.
    pub(crate) fn cloned(&self) -> syn::Result<Vec<Cloned>> {
        let all = list.parse2(self.tokens.clone())?;
        if all.is_empty() {
            return Err(Error::new(self.key.span(), "`clone()` names no argument"));
        }
        Ok(all)
    }
}

fn list(input: ParseStream<'_>) -> syn::Result<Vec<Cloned>> {
    let mut all = Vec::new();
    while !input.is_empty() {
        all.push(one(input)?);
        if input.is_empty() {
            break;
        }
        input.parse::<Token![,]>()?;
    }
    Ok(all)
}

fn one(input: ParseStream<'_>) -> syn::Result<Cloned> {
    const NAMES: &str =
        "`clone(..)` takes the names of arguments: `clone(a, b)`, or `clone(a = ..)` with an expression";
    let ahead = input.fork();
    let name = input.call(Ident::parse_any).map_err(|error| Error::new(error.span(), NAMES))?;
    if input.peek(Token![=]) && !input.peek(Token![==]) {
        input.parse::<Token![=]>()?;
        if input.is_empty() || input.peek(Token![,]) {
            let message = format!("`{name}` needs an expression: `clone({name} = ..)`, or `clone({name})` for a clone");
            return Err(Error::new(name.span(), message));
        }
        let (made, _) = expression(input)?;
        return Ok(Cloned { name, made: Some(made) });
    }
    if !input.is_empty() && !input.peek(Token![,]) {
        // `clone(request.try_clone()?)`
        let message = match expression(&ahead) {
            Ok((_, tokens)) => {
                format!("an expression needs the name of its argument: `clone({name} = {})`", printed(tokens))
            }
            Err(_) => NAMES.to_owned(),
        };
        return Err(Error::new(name.span(), message));
    }
    Ok(Cloned { name, made: None })
}
