//! Values of options as tokens, and builders out of them.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};

use super::{Expansion, generated};
use crate::args::common::{Setting, Settings};
use crate::args::value::Value;
use crate::input::mentions;
use crate::shape::is_dynamic;
use crate::stack::MARKER;

impl Expansion<'_> {
    pub(super) fn value(&self, value: &Value) -> TokenStream {
        let door = &self.door;
        match value {
            Value::Duration(duration) => {
                let (secs, nanos) = (duration.as_secs(), duration.subsec_nanos());
                quote!(#door::Duration::new(#secs, #nanos))
            }
            Value::Count(count) => quote!(#count),
            Value::Float(number) => quote!(#number),
            Value::Text(text) => text.to_token_stream(),
            Value::Variant { of, variant } => {
                let (of, variant) = (word(of), word(variant));
                quote!(#door::#of::#variant)
            }
            Value::Wrapped { of, variant, inner } => {
                let (of, variant) = (word(of), word(variant));
                let inner = self.value(inner);
                quote!(#door::#of::#variant(#inner))
            }
            Value::Into { of, expr } => {
                let of = word(of);
                quote!(#door::#of::from(#expr))
            }
            Value::Expr(expr) => expr.to_token_stream(),
        }
    }

    /// The name of the policy of the layer at `index`: as written, or that of the function, which the record knows.
    fn name(&self, index: usize, span: Span) -> TokenStream {
        match self.layers.get(index).and_then(|layer| layer.common().name.as_ref()) {
            Some((name, _)) => self.value(name),
            None => {
                let record = Ident::new(MARKER, generated(span));
                quote_spanned!(generated(span)=> #record.0.name())
            }
        }
    }

    /// `module::path::function`
    pub(super) fn path(&self) -> TokenStream {
        let door = &self.door;
        let ident = self.function.sig.ident.to_string();
        let ident = ident.trim_start_matches("r#");
        quote!(#door::concat!(#door::module_path!(), "::", #ident))
    }

    /// `.option(value)…`
    pub(super) fn calls(&self, settings: &Settings) -> TokenStream {
        let call = |setting: &Setting| {
            let method = word(setting.method);
            let value = self.value(&setting.value);
            quote!(.#method(#value))
        };
        settings.0.iter().map(call).collect()
    }

    /// `Policy::builder(name).option(value)…`
    pub(super) fn builder(&self, policy: &str, index: usize, settings: &Settings, span: Span) -> TokenStream {
        let door = &self.door;
        let policy = word(policy);
        let name = self.name(index, span);
        let calls = self.calls(settings);
        quote_spanned!(generated(span)=> #door::#policy::builder(#name) #calls)
    }

    pub(super) fn depends_on_call(&self, tokens: &TokenStream) -> bool {
        mentions(tokens, &|ident| is_dynamic(self.function, &self.arguments, ident))
    }
}

/// A name of the runtime's.
pub(super) fn word(word: &str) -> Ident {
    Ident::new(word, Span::mixed_site())
}
