//! The record of the function: what the inventory shows before its first call.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::{Expansion, generated};
use crate::args::Kind;
use crate::args::common::Settings;
use crate::stack::{Layer, MARKER};

impl Expansion<'_> {
    /// The static record, its entry in the inventory and the configurations that are known without a call.
    pub(super) fn record(&self, span: Span) -> TokenStream {
        let door = &self.door;
        let marker = Ident::new(MARKER, span);
        let path = self.path();
        let line = line(self.function.sig.ident.span());
        let layers = self.layers.iter().enumerate().map(|(index, layer)| {
            let kind = kind_variant(layer.kind());
            let name = self.name(index);
            let options = layer.common().written.iter().map(|(key, text)| quote!((#key, #text)));
            quote!(#door::Layer::new(#door::Kind::#kind, #name, &[#(#options),*]))
        });
        let configs = self.layers.iter().enumerate().filter_map(|(index, layer)| self.config(index, layer));
        let registrar = format_ident!("__resilience_registrar", span = span);
        let registrations: Vec<_> = self
            .layers
            .iter()
            .enumerate()
            .filter_map(|(index, layer)| self.registration(index, layer, &registrar))
            .collect();
        let parameter = if registrations.is_empty() { quote!(_) } else { quote!(#registrar) };
        quote_spanned! {span=>
            #(#configs)*
            static #marker: #door::Function = #door::Function::new(#door::Declared {
                path: #path,
                file: #door::core::file!(),
                line: #line,
                layers: &[#(#layers),*],
                register: |#parameter: &#door::Registrar| { #(#registrations)* },
            });
            #door::inventory::submit! { #door::Entry(&#marker) }
        }
    }

    /// `fn __resilience_retry_1() -> RetryBuilder { .. }`
    fn config(&self, index: usize, layer: &Layer) -> Option<TokenStream> {
        let (policy, settings) = configured(layer)?;
        if !self.is_static(settings) {
            return None;
        }
        let door = &self.door;
        let span = generated(layer.span());
        let name = config_name(index, layer);
        let builder = format_ident!("{policy}Builder");
        let body = self.builder(policy, index, settings, layer.span());
        Some(quote_spanned!(span=> fn #name() -> #door::#builder { #body }))
    }

    /// The builder of a retry or breaker where the call site needs it.
    pub(super) fn config_call(&self, index: usize, layer: &Layer, settings: &Settings) -> TokenStream {
        let policy = configured(layer).map_or("", |(policy, _)| policy);
        if self.is_static(settings) {
            let name = config_name(index, layer);
            return quote!(#name());
        }
        self.builder(policy, index, settings, layer.span())
    }

    fn registration(&self, index: usize, layer: &Layer, registrar: &Ident) -> Option<TokenStream> {
        let name = self.name(index);
        let config = config_name(index, layer);
        Some(match layer {
            Layer::Timeout(_) => quote!(#registrar.timeout(#name);),
            Layer::Fallback(_) => quote!(#registrar.fallback(#name);),
            Layer::Retry(plan) if self.is_static(&plan.settings) => {
                quote!(#registrar.retry(#config());)
            }
            Layer::CircuitBreaker(plan) if self.is_static(&plan.settings) => match &plan.key {
                None => quote!(#registrar.circuit_breaker(#config());),
                Some(_) => {
                    if plan.max_keys_tokens.as_ref().is_some_and(|tokens| self.depends_on_call(tokens)) {
                        return None;
                    }
                    let max_keys = self.max_keys(plan)?;
                    quote!(#registrar.keyed_circuit_breaker(#config(), #max_keys);)
                }
            },
            Layer::Retry(_) | Layer::CircuitBreaker(_) => return None,
        })
    }
}

fn configured(layer: &Layer) -> Option<(&'static str, &Settings)> {
    match layer {
        Layer::Retry(plan) => Some(("Retry", &plan.settings)),
        Layer::CircuitBreaker(plan) => Some(("CircuitBreaker", &plan.settings)),
        Layer::Timeout(_) | Layer::Fallback(_) => None,
    }
}

fn config_name(index: usize, layer: &Layer) -> Ident {
    format_ident!("__resilience_{}_{index}", layer.kind().name(), span = generated(layer.span()))
}

fn kind_variant(kind: Kind) -> Ident {
    let variant = match kind {
        Kind::Retry => "Retry",
        Kind::CircuitBreaker => "CircuitBreaker",
        Kind::Timeout => "Timeout",
        Kind::Fallback => "Fallback",
    };
    Ident::new(variant, Span::mixed_site())
}

/// The line of the function's name: `line!()` would give that of the attribute.
fn line(span: Span) -> u32 {
    if !proc_macro::is_available() {
        return 0;
    }
    u32::try_from(span.unwrap().line()).unwrap_or(0)
}
