//! The arguments of the function, by the names that its patterns bind.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens as _;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, FnArg, Pat, PatIdent, ReceiverKind, Signature, Type, parse_quote};

use super::future::erase;
use super::this::mentions;

/// One name bound by the arguments.
pub(crate) struct Argument {
    pub(crate) ident: Ident,
    /// `#[cfg(..)]` of the parameter: an attribute macro sees it unresolved and has to repeat it.
    pub(crate) cfg: Vec<Attribute>,
    /// `mut name`
    pub(crate) mutable: bool,
    /// The type is written as `&mut T`.
    pub(crate) exclusive: bool,
    /// Where the type is.
    pub(crate) ty_span: Span,
}

/// Every name bound by the patterns of `sig`, without `self`.
pub(crate) fn arguments(sig: &Signature) -> Vec<Argument> {
    let mut all = Vec::new();
    for input in &sig.inputs {
        let FnArg::Typed(typed) = input else { continue };
        let ty_span = typed.ty.to_token_stream().into_iter().next().map_or_else(Span::call_site, |token| token.span());
        let mut bindings = Bindings { strip: false, found: Vec::new() };
        bindings.visit_pat_mut(&mut typed.pat.clone());
        let simple = matches!(*typed.pat, Pat::Ident(_));
        for (ident, mutable) in bindings.found {
            all.push(Argument {
                ident,
                cfg: cfg_of(&typed.attrs),
                mutable,
                exclusive: simple
                    && matches!(super::peel(&typed.ty), Type::Reference(reference) if reference.mutability.is_some()),
                ty_span,
            });
        }
    }
    all
}

/// The type that the signature gives to the argument `name`, or to `self`, ready to be repeated. Of a part of a pattern it
/// says none.
pub(crate) fn argument_type(sig: &Signature, name: &Ident) -> Option<Type> {
    sig.inputs.iter().find_map(|input| match input {
        FnArg::Receiver(receiver) if name == "self" => match &receiver.kind {
            ReceiverKind::Typed(_, ty) => Some((**ty).clone()),
            ReceiverKind::Value => Some(parse_quote!(Self)),
            _ => None,
        },
        FnArg::Typed(typed) => match &*typed.pat {
            Pat::Ident(pat) if pat.ident == *name && pat.subpat.is_none() => Some(erase(&typed.ty)),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    })
}

/// The `cfg` attributes among `attrs`.
pub(super) fn cfg_of(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect()
}

/// Takes `mut` from the patterns: the body gets its own mutable binding, fresh for each attempt. What `before` names may
/// be changed there, too.
// Input:  fn f(mut a: A, (mut b, c): (B, C))
// Output: fn f(a: A, (b, c): (B, C))
pub(crate) fn strip_mut(sig: &mut Signature, before: &TokenStream) {
    for input in &mut sig.inputs {
        let FnArg::Typed(typed) = input else { continue };
        let mut all = Bindings { strip: false, found: Vec::new() };
        all.visit_pat_mut(&mut typed.pat);
        if all.found.iter().any(|(ident, mutable)| *mutable && mentions(before, &|other| other == ident)) {
            typed.attrs.push(parse_quote!(#[allow(unused_mut)]));
        } else {
            strip_pat(&mut typed.pat);
        }
    }
}

/// Collects the names that a pattern binds by value.
struct Bindings {
    strip: bool,
    found: Vec<(Ident, bool)>,
}

impl VisitMut for Bindings {
    fn visit_pat_ident_mut(&mut self, pat: &mut PatIdent) {
        let by_value = pat.by_ref.is_none();
        self.found.push((pat.ident.clone(), by_value && pat.mutability.is_some()));
        if self.strip && by_value {
            pat.mutability = None;
        }
        visit_mut::visit_pat_ident_mut(self, pat);
    }

    // Closures and blocks inside const patterns bind names of their own.
    fn visit_expr_mut(&mut self, _: &mut syn::Expr) {}
}

/// The pattern as the expression that builds the value again: without `mut`.
pub(super) fn strip_pat(pat: &mut Pat) {
    Bindings { strip: true, found: Vec::new() }.visit_pat_mut(pat);
}

/// Takes `mut` from the pattern, and names what it stood before.
pub(super) fn take_mut(pat: &mut Pat) -> impl Iterator<Item = Ident> + use<> {
    let mut bindings = Bindings { strip: true, found: Vec::new() };
    bindings.visit_pat_mut(pat);
    bindings.found.into_iter().filter_map(|(ident, mutable)| mutable.then_some(ident))
}
