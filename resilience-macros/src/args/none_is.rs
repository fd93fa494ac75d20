//! `none_is = success`: whether the `None` of an `Option` is a failure.

use proc_macro2::Span;
use syn::Lit;

use super::{Args, Given, suggest};
use crate::diagnostics::Errors;

const WORDS: [&str; 2] = ["failure", "success"];

/// What an attribute says of `None`.
#[derive(Clone, Copy)]
pub(crate) struct NoneIs {
    pub(crate) success: bool,
    pub(crate) span: Span,
}

impl NoneIs {
    pub(super) fn take(args: &mut Args, errors: &mut Errors) -> Option<Self> {
        let given = args.take("none_is")?;
        errors.keep(read(&given))
    }
}

fn read(given: &Given) -> syn::Result<NoneIs> {
    let span = given.span();
    let word = match given.literal() {
        Some(Lit::Str(text)) => text.value(),
        _ => given.word().map(ToString::to_string).unwrap_or_default(),
    };
    let error = |message: String| Err(syn::Error::new(span, message));
    match (WORDS.contains(&word.as_str()), given.literal()) {
        (true, None) => Ok(NoneIs { success: word == "success", span }),
        (true, Some(_)) => error(format!("`none_is` is a word without quotes: write `none_is = {word}`")),
        (false, _) => error(match suggest::closest(&word, WORDS) {
            Some(meant) => format!("unknown none_is `{word}`; did you mean `{meant}`?"),
            None => "`none_is` is `failure` or `success`".into(),
        }),
    }
}
