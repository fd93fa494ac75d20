//! Looking for names in tokens, and the one case in which `self` gets another name.

use proc_macro2::{Group, Ident, Spacing, TokenStream, TokenTree};

/// Whether any identifier in `tokens` satisfies `is_one`, groups included, and what a text would print: `"{name}"`.
pub(crate) fn mentions(tokens: &TokenStream, is_one: &dyn Fn(&Ident) -> bool) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => is_one(&ident),
        TokenTree::Group(group) => mentions(&group.stream(), is_one),
        TokenTree::Literal(literal) => prints(&literal.to_string(), is_one),
        TokenTree::Punct(_) => false,
    })
}

/// Whether a literal has `{name}` or `{name:?}` in it.
fn prints(literal: &str, is_one: &dyn Fn(&Ident) -> bool) -> bool {
    literal.split('{').skip(1).any(|rest| {
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        rest.starts_with(['}', ':']) && syn::parse_str(name).is_ok_and(|name| is_one(&name))
    })
}

/// `self` becomes `name`; `self::path`, nested functions and nested `impl` blocks have a `self` of their own.
// Input:  { self.client.get(self::URL) }
// Output: { __resilience_self.client.get(self::URL) }
pub(crate) fn rewrite_self(tokens: TokenStream, name: &Ident) -> TokenStream {
    let mut output = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    // Inside an item, up to and with its braces or semicolon, tokens are copied.
    let mut item = false;
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) if ident == "self" && !item => {
                let is_path = matches!(tokens.peek(), Some(TokenTree::Punct(p)) if p.as_char() == ':' && p.spacing() == Spacing::Joint);
                let renamed = if is_path { ident } else { located(name, &ident) };
                output.extend([TokenTree::Ident(renamed)]);
            }
            TokenTree::Ident(ident) => {
                // `fn` also starts a function pointer type; that has no name after it.
                let named = matches!(tokens.peek(), Some(TokenTree::Ident(_)));
                let generic = matches!(tokens.peek(), Some(TokenTree::Punct(p)) if p.as_char() == '<');
                if (ident == "fn" && named) || (ident == "impl" && starts_item(&output) && (named || generic)) {
                    item = true;
                }
                output.extend([TokenTree::Ident(ident)]);
            }
            TokenTree::Group(group) if item => {
                item = group.delimiter() != proc_macro2::Delimiter::Brace;
                output.extend([TokenTree::Group(group)]);
            }
            TokenTree::Group(group) => {
                let mut renamed = Group::new(group.delimiter(), rewrite_self(group.stream(), name));
                renamed.set_span(group.span());
                output.extend([TokenTree::Group(renamed)]);
            }
            TokenTree::Punct(punct) => {
                item &= punct.as_char() != ';';
                output.extend([TokenTree::Punct(punct)]);
            }
            literal => output.extend([literal]),
        }
    }
    output
}

/// Whether an item can start after `before`: `impl` is also a type.
fn starts_item(before: &TokenStream) -> bool {
    match before.clone().into_iter().last() {
        None => true,
        Some(TokenTree::Group(group)) => group.delimiter() != proc_macro2::Delimiter::Parenthesis,
        Some(TokenTree::Punct(punct)) => punct.as_char() == ';',
        Some(TokenTree::Ident(ident)) => ident == "unsafe",
        Some(TokenTree::Literal(_)) => false,
    }
}

/// `name`, shown to the user where `place` is.
fn located(name: &Ident, place: &Ident) -> Ident {
    Ident::new(&name.to_string(), name.span().located_at(place.span()))
}

#[cfg(test)]
mod tests {
    use proc_macro2::{Ident, Span, TokenStream};
    use quote::quote;

    use super::{mentions, rewrite_self};

    #[test]
    fn self_is_renamed_where_it_is_the_receiver() {
        let this = Ident::new("this", Span::call_site());
        for (input, output) in [
            (quote!(self.a(self)), quote!(this.a(this))),
            (quote!(self::f(self)), quote!(self::f(this))),
            (quote!(vec![self.a]), quote!(vec![this.a])),
            (
                quote!({
                    fn f(self) {}
                    self.a
                }),
                quote!({
                    fn f(self) {}
                    this.a
                }),
            ),
            (quote!(impl T { fn f(&self) { self.b } } self.a), quote!(impl T { fn f(&self) { self.b } } this.a)),
            (quote!(let f: fn(u8) = self.f;), quote!(let f: fn(u8) = this.f;)),
            (quote!(let f: Box<impl T> = self.f; self), quote!(let f: Box<impl T> = this.f; this)),
        ] as [(TokenStream, TokenStream); 7]
        {
            assert_eq!(rewrite_self(input, &this).to_string(), output.to_string());
        }
    }

    #[test]
    fn names_are_found_in_groups() {
        assert!(mentions(&quote!(f(a, [b.c])), &|ident| ident == "c"));
        assert!(!mentions(&quote!(f(a, [b.c])), &|ident| ident == "d"));
    }

    #[test]
    fn names_are_found_in_what_a_text_prints() {
        for (text, found) in [
            ("{c}", true),
            ("a {c:?} b", true),
            ("{b} {c:>3}", true),
            ("{{{c}", true),
            ("c", false),
            ("{cc}", false),
            ("{c", false),
            ("{} {0} {:?} {é}", false),
            ("", false),
        ] {
            assert_eq!(mentions(&quote!(format!(#text)), &|ident| ident == "c"), found, "{text}");
        }
    }
}
