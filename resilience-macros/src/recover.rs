//! What is left of a function when its attributes are wrong.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// The errors and the function without our attributes: whoever calls it gets no second error out of the first.
pub(crate) fn recover(error: &syn::Error, item: &impl ToTokens) -> TokenStream {
    let errors = error.to_compile_error();
    quote!(#errors #item)
}

/// Says which attribute cannot stand here.
pub(crate) fn blame(kind: crate::args::Kind, error: syn::Error) -> syn::Error {
    let message = error.to_string();
    if message == crate::input::ITEM {
        return syn::Error::new(error.span(), format_args!("`#[{}]` {message}", kind.name()));
    }
    error
}
