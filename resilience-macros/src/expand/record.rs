//! The record of the function: what the inventory shows before its first call.

use proc_macro2::{Ident, Literal, Punct, Spacing, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt as _, quote, quote_spanned};

use super::value::word;
use super::{Expansion, generated, local};
use crate::args::Kind;
use crate::args::common::Setting;
use crate::stack::{Layer, MARKER};

impl Expansion<'_> {
    /// The static record with the places of the policies, and what makes it known before the first call.
    // Input:  #[retry(max_attempts = 3)] #[timeout("2s")]
    // Output: static FUNCTION: Record<(Site<Retry>, (Site<Timeout>, ()))> = Record::new("app::f", 12884901898, &["#retry", "max_attempts", "3", "#timeout", ..], &[(0, Retry(..))]); enlist!(FUNCTION);
    pub(super) fn record(&self, span: Span) -> TokenStream {
        let door = &self.door;
        let marker = Ident::new(MARKER, span);
        let path = self.path();
        let place = place(self.function.sig.ident.span());
        let (mut layers, mut settings) = (TokenStream::new(), TokenStream::new());
        for (index, layer) in self.layers.iter().enumerate() {
            let kind = layer.kind().name();
            layers.extend(match &layer.common().name {
                Some((name, _)) => {
                    let (kind, name) = (format!("={kind}"), self.value(name));
                    quote!(#kind, #name,)
                }
                None => {
                    let kind = format!("#{kind}");
                    quote!(#kind,)
                }
            });
            for (key, text) in &layer.common().written {
                layers.extend(quote!(#key, #text,));
            }
            if let Some(set) = self.settings(layer) {
                let index = Literal::usize_unsuffixed(index);
                settings.extend(quote!((#index, #door::Settings::#set),));
            }
        }
        let sites = self.layers.iter().rfold(quote!(()), |below, layer| {
            let policy = match layer {
                Layer::CircuitBreaker(plan) if plan.key.is_some() => "KeyedCircuitBreaker",
                layer => kind_variant(layer.kind()),
            };
            let policy = word(policy);
            quote!((#door::Site<#door::#policy>, #below))
        });
        quote_spanned! {span=>
            static #marker: #door::Record<#sites> = #door::Record::new(#path, #place, &[#layers], &[#settings]);
            #door::enlist! { #marker }
        }
    }

    /// The place of the policy of the layer at `index`, and the record that finds it.
    // Input:  1
    // Output: (FUNCTION.1.1.0, &FUNCTION.0)
    pub(super) fn site(index: usize, span: Span) -> (Site, Record) {
        let marker = Ident::new(MARKER, generated(span));
        (Site { marker: marker.clone(), index }, Record { marker })
    }

    /// The record alone.
    pub(super) fn record_of(span: Span) -> Record {
        Record { marker: Ident::new(MARKER, generated(span)) }
    }

    /// What the attribute sets, as the tail of a path; `None` for the defaults.
    // Input:  max_attempts = 3
    // Output: Retry(|builder| builder.max_attempts(3u32))
    fn settings(&self, layer: &Layer) -> Option<TokenStream> {
        let (settings, max_keys) = match layer {
            Layer::Retry(plan) => (&plan.settings, None),
            Layer::CircuitBreaker(plan) => (&plan.settings, self.max_keys(plan)),
            Layer::Timeout(_) | Layer::Fallback(_) => return None,
        };
        if !self.is_declared(layer) {
            return Some(quote!(OfEachCall));
        }
        let variant = match max_keys {
            Some(_) => word("Keyed"),
            None if settings.0.is_empty() => return None,
            None => word(kind_variant(layer.kind())),
        };
        let span = generated(layer.span());
        let builder = local("builder", layer.span());
        let calls = self.calls(settings);
        let value = match max_keys {
            Some(max_keys) => quote_spanned!(span=> (#builder #calls, #max_keys)),
            None => quote_spanned!(span=> #builder #calls),
        };
        Some(quote_spanned!(span=> #variant(|#builder| #value)))
    }

    /// Whether every option of a policy is known without a call: then it can be registered before the first one.
    pub(super) fn is_declared(&self, layer: &Layer) -> bool {
        let depends = |setting: &Setting| self.depends_on_call(&setting.tokens);
        match layer {
            Layer::Retry(plan) => !plan.settings.0.iter().any(depends),
            Layer::CircuitBreaker(plan) => {
                let max_keys = plan.max_keys_tokens.as_ref();
                !plan.settings.0.iter().any(depends) && !max_keys.is_some_and(|tokens| self.depends_on_call(tokens))
            }
            Layer::Timeout(_) | Layer::Fallback(_) => true,
        }
    }
}

/// The place of a policy. Not quoted: a quote hands a stream of its own to the compiler, which copies it into the next,
/// and it writes numbers as texts to be parsed.
pub(super) struct Site {
    marker: Ident,
    index: usize,
}

/// The record that finds it.
pub(super) struct Record {
    marker: Ident,
}

impl ToTokens for Site {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append(self.marker.clone());
        for _ in 0..=self.index {
            field(tokens, 1, self.marker.span());
        }
        field(tokens, 0, self.marker.span());
    }
}

impl ToTokens for Record {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append(punct('&', self.marker.span()));
        tokens.append(self.marker.clone());
        field(tokens, 0, self.marker.span());
    }
}

/// `.0`
fn field(tokens: &mut TokenStream, index: usize, span: Span) {
    let mut index = Literal::usize_unsuffixed(index);
    index.set_span(span);
    tokens.append(punct('.', span));
    tokens.append(index);
}

fn punct(sign: char, span: Span) -> Punct {
    let mut punct = Punct::new(sign, Spacing::Alone);
    punct.set_span(span);
    punct
}

fn kind_variant(kind: Kind) -> &'static str {
    match kind {
        Kind::Retry => "Retry",
        Kind::CircuitBreaker => "CircuitBreaker",
        Kind::Timeout => "Timeout",
        Kind::Fallback => "Fallback",
    }
}

/// Line and column of the function's name, in one number of 64 bits: each argument costs the compiler. Where the record is
/// made, which the runtime sees, is the attribute, or the macro call around it.
fn place(span: Span) -> Literal {
    let [line, column] = match proc_macro::is_available() {
        true => [span.unwrap().line(), span.unwrap().column()].map(|number| u32::try_from(number).unwrap_or(0)),
        false => [0, 0],
    };
    Literal::u64_unsuffixed(u64::from(line) << 32 | u64::from(column))
}
