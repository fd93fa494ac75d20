//! The arguments as a fallback given by its path is called with: each of them whole, whatever its pattern takes of it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, FieldPat, FnArg, Pat, PatIdent, PatType, Signature, Token, Type, TypeReference};

use super::arguments::{cfg_of, strip_pat};
use super::peel;

/// Said at a part of a pattern that keeps the argument from being put together again.
const WHOLE: &str = "and `#[fallback(path)]` is called with the whole: name the argument, and take it apart in the body, or write a closure: `#[fallback(|error| ..)]`";

/// What becomes of the arguments.
#[derive(Default)]
pub(crate) struct HandedOn {
    /// Statements that bind the names of patterns which the signature no longer has.
    pub(crate) bindings: TokenStream,
    /// The arguments again, with a comma behind each.
    pub(crate) values: TokenStream,
}

impl HandedOn {
    /// Names what `sig` leaves without a name, so that it can be handed on.
    // Input:  fn f(_: u32, (a, ref b): (A, B), &c: &C)
    // Output: fn f(n0: u32, (a, n1): (A, B), n2: &C), bindings: let ref b = n1; let &c = n2;, values: n0, (a, n1), n2,
    pub(crate) fn of(sig: &mut Signature) -> syn::Result<Self> {
        let mut all = Self::default();
        let mut names = 0;
        for input in &mut sig.inputs {
            if let FnArg::Typed(typed) = input {
                all.argument(typed, &mut names)?;
            }
        }
        Ok(all)
    }

    fn argument(&mut self, typed: &mut PatType, names: &mut usize) -> syn::Result<()> {
        let mut parts = Parts { names, cfg: cfg_of(&typed.attrs), bindings: TokenStream::new(), wrong: None };
        let exclusive = |reference: &TypeReference| reference.mutability.is_some();
        let reference = match peel(&typed.ty) {
            Type::Reference(reference) => Some(reference),
            _ => None,
        };
        match reference {
            // Behind a reference nothing can be taken away: the name of the reference is as good as the pattern.
            Some(reference) if !matches!(&*typed.pat, Pat::Ident(pat) if pat.by_ref.is_none()) => {
                let reborrow = exclusive(reference).then(|| quote!(&mut *));
                parts.replace(&mut typed.pat, reborrow);
            }
            _ => parts.visit_pat_mut(&mut typed.pat),
        }
        let Parts { cfg, bindings, wrong, .. } = parts;
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
        let mut value = typed.pat.clone();
        strip_pat(&mut value);
        let span = Span::mixed_site().located_at(value.span());
        let value = match reference.is_some_and(exclusive) {
            true => quote_spanned!(span=> &mut *#value),
            false => value.to_token_stream(),
        };
        self.bindings.extend(bindings);
        self.values.extend(quote!(#(#cfg)* #value,));
        Ok(())
    }
}

/// Replaces the parts of a pattern that are no expression as well.
struct Parts<'a> {
    /// Names given so far.
    names: &'a mut usize,
    cfg: Vec<Attribute>,
    bindings: TokenStream,
    wrong: Option<syn::Error>,
}

impl Parts<'_> {
    /// Puts a name where `pat` stands, and binds it to what comes under that name.
    fn replace(&mut self, pat: &mut Pat, reborrow: Option<TokenStream>) {
        let span = Span::mixed_site().located_at(pat.span());
        let ident: Ident = format_ident!("__resilience_argument_{}", *self.names, span = span);
        *self.names += 1;
        let by_ref_mut = matches!(pat, Pat::Ident(pat) if pat.by_ref.is_some() && pat.mutability.is_some());
        if !matches!(pat, Pat::Wild(_)) {
            let cfg = &self.cfg;
            self.bindings.extend(quote_spanned! {span=>
                #(#cfg)*
                #[allow(clippy::toplevel_ref_arg)]
                let #pat = #reborrow #ident;
            });
        }
        let mutability = by_ref_mut.then(|| Token![mut](span));
        *pat = Pat::Ident(PatIdent { attrs: Vec::new(), by_ref: None, mutability, ident, subpat: None });
    }

    fn wrong(&mut self, span: Span, what: &str) {
        self.wrong.get_or_insert_with(|| syn::Error::new(span, format_args!("{what}, {WHOLE}")));
    }
}

impl VisitMut for Parts<'_> {
    fn visit_pat_mut(&mut self, pat: &mut Pat) {
        match pat {
            Pat::Wild(_) | Pat::Reference(_) => self.replace(pat, None),
            // `rest @ ..` has no value of its own.
            Pat::Ident(PatIdent { subpat: Some((_, rest)), .. }) if matches!(**rest, Pat::Rest(_)) => {
                self.visit_pat_mut(rest);
            }
            Pat::Ident(PatIdent { by_ref: Some(_), .. } | PatIdent { subpat: Some(_), .. }) => self.replace(pat, None),
            Pat::Rest(rest) => self.wrong(rest.span(), "`..` leaves out a part of the argument"),
            Pat::Struct(fields) if fields.rest.is_some() => {
                self.wrong(fields.rest.span(), "`..` leaves out a part of the argument");
            }
            Pat::Or(_) | Pat::Macro(_) => self.wrong(pat.span(), "this pattern does not say what the argument is"),
            _ => visit_mut::visit_pat_mut(self, pat),
        }
    }

    fn visit_field_pat_mut(&mut self, field: &mut FieldPat) {
        self.visit_pat_mut(&mut field.pat);
        // `Point { ref x }` names the field by the binding.
        let renamed =
            matches!((&*field.pat, &field.member), (Pat::Ident(pat), syn::Member::Named(name)) if pat.ident != *name);
        if renamed && field.colon_token.is_none() {
            field.colon_token = Some(Token![:](field.member.span()));
        }
    }

    // Patterns inside constants are none of the argument's.
    fn visit_expr_mut(&mut self, _: &mut syn::Expr) {}
}
