//! Gathers the attributes of one function, in written order.
//!
//! Attribute macros expand top-down and each wraps the body, so on their own they would nest inverted. The first of
//! ours to run takes the others with it.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::spanned::Spanned as _;
use syn::{Attribute, Meta, Path};

use crate::args::common::Common;
use crate::args::{Args, Cloned, Kind};
use crate::diagnostics::Errors;
use crate::input::mentions;
use crate::{circuit_breaker, fallback, retry, timeout};

/// One attribute with its arguments unread.
pub(crate) struct Written {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
    pub(crate) tokens: TokenStream,
    /// How a sibling was named.
    pub(crate) path: Option<Path>,
}

/// One policy around the body.
pub(crate) enum Layer {
    Retry(retry::Plan),
    CircuitBreaker(circuit_breaker::Plan),
    Timeout(timeout::Plan),
    Fallback(fallback::Plan),
}

impl Layer {
    pub(crate) fn common(&self) -> &Common {
        match self {
            Self::Retry(plan) => &plan.common,
            Self::CircuitBreaker(plan) => &plan.common,
            Self::Timeout(plan) => &plan.common,
            Self::Fallback(plan) => &plan.common,
        }
    }

    /// What `clone(..)` says.
    pub(crate) fn cloned(&self) -> &[Cloned] {
        match self {
            Self::Retry(plan) => &plan.clone,
            Self::Fallback(plan) => &plan.clone,
            Self::CircuitBreaker(_) | Self::Timeout(_) => &[],
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        self.common().kind
    }

    pub(crate) fn span(&self) -> Span {
        self.common().span
    }
}

/// Takes our attributes out of `attrs`; the one that is running comes first.
// Input:  #[retry] (running), attrs = #[doc = ".."] #[inline] #[timeout("2s")]
// Output: [retry, timeout("2s")], attrs = #[doc = ".."] #[inline]
pub(crate) fn gather(running: Written, attrs: &mut Vec<Attribute>, errors: &mut Errors) -> Vec<Written> {
    let ours = Ours { krate: crate_option(&running.tokens) };
    let mut written = vec![running];
    attrs.retain(|attr| {
        if let Some(kind) = ours.kind(attr.path()) {
            written.push(sibling(kind, attr, errors));
            return false;
        }
        if let Some(kind) = ours.hidden(attr) {
            errors.at(
                attr.path().span(),
                format_args!(
                    "`#[{}]` inside a `cfg_attr` that is not resolved yet: its place in the order is unknown; write the condition on two versions of the function",
                    kind.name()
                ),
            );
            return false;
        }
        true
    });
    written
}

fn sibling(kind: Kind, attr: &Attribute, errors: &mut Errors) -> Written {
    let span = attr.path().segments.last().map_or_else(|| attr.path().span(), |segment| segment.ident.span());
    let tokens = match &attr.meta {
        Meta::List(list) => list.tokens.clone(),
        Meta::Path(_) => TokenStream::new(),
        Meta::NameValue(_) => {
            errors.at(span, format_args!("write `#[{}(...)]`", kind.name()));
            TokenStream::new()
        }
    };
    Written { kind, span, tokens, path: Some(attr.path().clone()) }
}

/// Tells our attributes from others of the same name.
struct Ours {
    /// `crate = path` of the running attribute.
    krate: Option<String>,
}

impl Ours {
    /// By last segment alone `ntest::timeout` and `backon::retry` would be taken for ours.
    fn kind(&self, path: &Path) -> Option<Kind> {
        let kind = Kind::from_ident(&path.segments.last()?.ident)?;
        if path.get_ident().is_some() {
            return Some(kind);
        }
        let prefix: Vec<_> =
            path.segments.iter().rev().skip(1).rev().map(|segment| segment.ident.to_string()).collect();
        let prefix = prefix.join("::");
        (prefix == "resilience" || self.krate.as_ref() == Some(&prefix)).then_some(kind)
    }

    /// One of ours inside `cfg_attr(condition, ..)`.
    fn hidden(&self, attr: &Attribute) -> Option<Kind> {
        let Meta::List(list) = &attr.meta else {
            return None;
        };
        if !attr.path().is_ident("cfg_attr") {
            return None;
        }
        let parser = syn::punctuated::Punctuated::<Meta, syn::Token![,]>::parse_terminated;
        let metas = list.parse_args_with(parser).ok()?;
        metas.iter().skip(1).find_map(|meta| self.kind(meta.path()))
    }
}

/// The path given as `crate = path`, before the options are read.
fn crate_option(tokens: &TokenStream) -> Option<String> {
    let mut tokens = tokens.clone().into_iter();
    while let Some(token) = tokens.next() {
        if !matches!(&token, TokenTree::Ident(ident) if ident == "crate") {
            continue;
        }
        if !matches!(tokens.next(), Some(TokenTree::Punct(punct)) if punct.as_char() == '=') {
            continue;
        }
        let path: TokenStream =
            tokens.take_while(|token| !matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')).collect();
        return Some(path.to_string().replace(' ', "").trim_matches('"').trim_start_matches("::").to_owned());
    }
    None
}

/// Reads the options of every attribute.
pub(crate) fn plan(written: &[Written], errors: &mut Errors) -> Vec<Layer> {
    written
        .iter()
        .map(|attribute| {
            let Written { kind, span, tokens, .. } = attribute;
            let args = Args::parse(*kind, *span, tokens.clone(), errors);
            match kind {
                Kind::Retry => Layer::Retry(retry::Plan::new(args, *span, errors)),
                Kind::CircuitBreaker => Layer::CircuitBreaker(circuit_breaker::Plan::new(args, *span, errors)),
                Kind::Timeout => Layer::Timeout(timeout::Plan::new(args, *span, errors)),
                Kind::Fallback => Layer::Fallback(fallback::Plan::new(args, *span, errors)),
            }
        })
        .collect()
}

/// The one crate that the expansion names.
pub(crate) fn krate(layers: &[Layer], errors: &mut Errors) -> TokenStream {
    let mut given = layers.iter().filter_map(|layer| layer.common().krate.as_ref());
    let Some(first) = given.next() else {
        return quote!(::resilience);
    };
    let text = |path: &Path| path.to_token_stream().to_string().replace(' ', "");
    for other in given {
        if text(other) != text(first) {
            errors.at(other.span(), format_args!("another attribute of this function says `crate = {}`", text(first)));
        }
    }
    first.to_token_stream()
}

/// The static that every expansion declares, and by which a later one knows that it is too late.
pub(crate) const MARKER: &str = "__RESILIENCE_FUNCTION";

/// Whether `body` is the work of another attribute of ours that did not recognise this one.
pub(crate) fn already_expanded(body: &TokenStream) -> bool {
    mentions(body, &|ident| ident == MARKER)
}

/// Whether these are the arguments by which an expansion mentions a collapsed sibling.
pub(crate) fn is_seen(args: &TokenStream) -> bool {
    args.to_string() == "__resilience_seen"
}
