//! `#[timeout(..)]`: arguments to plan.

use proc_macro2::Span;

use crate::args::Args;
use crate::args::common::Common;
use crate::args::value::{Value, Zero};
use crate::args::{Given, suggest};
use crate::diagnostics::Errors;

/// How a sync function is limited.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The body runs on a worker thread.
    Thread,
    /// The body runs in place and is asked to look at its deadline.
    Deadline,
}

/// A timeout as it will be expanded.
pub(crate) struct Plan {
    pub(crate) common: Common,
    pub(crate) limit: Value,
    pub(crate) mode: Mode,
    /// Where the mode was written.
    pub(crate) mode_span: Option<Span>,
}

impl Plan {
    pub(crate) fn new(mut args: Args, span: Span, errors: &mut Errors) -> Self {
        let missing = args.lacks(&["duration"]);
        let common = Common::take(&mut args, span, errors);
        let given = args.take("duration");
        if missing {
            errors.at(span, "`#[timeout]` needs a duration: `#[timeout(\"500ms\")]`");
        }
        let limit = given.and_then(|given| errors.keep(given.duration(Zero::Refused)));
        let mode = args.take("mode");
        let mode_span = mode.as_ref().map(Given::span);
        let mode = mode.and_then(|given| errors.keep(mode_word(&given))).unwrap_or(Mode::Thread);
        // Without a limit an error has been collected, and nothing is expanded.
        let limit = limit.unwrap_or(Value::Count(0));
        Self { common, limit, mode, mode_span }
    }
}

fn mode_word(given: &Given) -> syn::Result<Mode> {
    let word = match given.literal() {
        Some(syn::Lit::Str(text)) => text.value(),
        _ => given.word().map(ToString::to_string).unwrap_or_default(),
    };
    let error = |message: String| Err(syn::Error::new(given.span(), message));
    match (word.as_str(), given.literal()) {
        ("thread", None) => Ok(Mode::Thread),
        ("deadline", None) => Ok(Mode::Deadline),
        ("thread" | "deadline", Some(_)) => error(format!("`mode` is a word without quotes: write `mode = {word}`")),
        _ => error(match suggest::closest(&word, ["thread", "deadline"]) {
            Some(meant) => format!("unknown mode `{word}`; did you mean `{meant}`?"),
            None => "`mode` is `thread` (the body runs on a worker thread) or `deadline` (it runs in place)".into(),
        }),
    }
}
