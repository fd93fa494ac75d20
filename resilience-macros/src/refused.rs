//! `refused = ..`: what a refusal becomes where `From<resilience::Error>` cannot say it, written once for a whole stack.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Expr, ExprClosure};

use crate::args::{Args, Given};
use crate::diagnostics::Errors;
use crate::exits::Exits;
use crate::input::mentions;
use crate::stack::Layer;

/// A closure or the path of a function from `resilience::Error`.
pub(crate) struct Refused {
    /// Where the option is; nowhere, if it was misspelt or half written, which has been reported.
    span: Option<Span>,
    /// As written, if it can be one.
    pub(crate) answer: Option<Answer>,
}

/// What the option says.
pub(crate) struct Answer {
    pub(crate) expr: Expr,
    pub(crate) tokens: TokenStream,
}

impl Refused {
    /// Takes the option, if it was given.
    pub(crate) fn take(args: &mut Args, errors: &mut Errors) -> Option<Self> {
        if args.lacks(&["refused"]) {
            return None;
        }
        let span = args.key_span("refused");
        let answer = args.take("refused").and_then(|given| errors.keep(answer(given)));
        Some(Self { span, answer })
    }

    /// Whether what it says needs a name of the function.
    pub(crate) fn needs(&self, is_one: &dyn Fn(&Ident) -> bool) -> bool {
        self.answer.as_ref().is_some_and(|answer| mentions(&answer.tokens, is_one))
    }

    /// The one of a stack.
    pub(crate) fn of(layers: &[Layer]) -> Option<&Self> {
        layers.iter().find_map(|layer| layer.common().refused.as_ref())
    }
}

fn answer(given: Given) -> syn::Result<Answer> {
    given.code()?;
    let expr = given.expr()?;
    let wrong = match &expr {
        Expr::Closure(closure) => misfit(closure),
        _ => None,
    };
    match wrong {
        Some(wrong) => Err(syn::Error::new(given.span(), wrong)),
        None => Ok(Answer { expr, tokens: given.tokens }),
    }
}

/// Why a closure cannot say what a refusal becomes.
fn misfit(closure: &ExprClosure) -> Option<&'static str> {
    if closure.inputs.len() != 1 {
        return Some(
            "`refused` takes the refusal and nothing else: `|error| ...`; `self` and the arguments are in scope",
        );
    }
    let waits =
        closure.asyncness.is_some() || matches!(*closure.body, Expr::Async(_)) || Exits::of(&closure.body).awaits;
    waits.then_some(
        "`refused` says what a refusal becomes, and waits for nothing: for an answer that is awaited write `#[fallback(|error| ...)]`",
    )
}

/// Reports a second one in a stack.
pub(crate) fn check(layers: &[Layer], errors: &mut Errors) {
    for another in layers.iter().filter_map(|layer| layer.common().refused.as_ref()?.span).skip(1) {
        errors.at(
            another,
            "`refused` is given by another attribute of this function: it is for the refusals of all of them, so say it once",
        );
    }
}
