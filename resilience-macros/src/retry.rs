//! `#[retry(..)]`: arguments to plan.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Expr, Lit};

use crate::args::common::{Common, Settings, code, literal_bool};
use crate::args::value::{Value, Zero};
use crate::args::{Args, Given};
use crate::diagnostics::Errors;

/// A retry as it will be expanded.
pub(crate) struct Plan {
    pub(crate) common: Common,
    pub(crate) settings: Settings,
    pub(crate) retry_if: Option<TokenStream>,
    pub(crate) abort_if: Option<TokenStream>,
    pub(crate) retry_if_result: Option<TokenStream>,
    pub(crate) retry_after: Option<TokenStream>,
    pub(crate) before_retry: Option<Expr>,
    pub(crate) clone: Vec<Ident>,
}

impl Plan {
    pub(crate) fn new(mut args: Args, span: Span, errors: &mut Errors) -> Self {
        let args = &mut args;
        let common = Common::take(args, span, errors);
        let settings = settings(args, errors);
        let before_retry = args.take("before_retry").and_then(|given| {
            errors.keep(given.code())?;
            given.expr
        });
        Self {
            retry_if: code(args, errors, "retry_if"),
            abort_if: code(args, errors, "abort_if"),
            retry_if_result: code(args, errors, "retry_if_result"),
            retry_after: code(args, errors, "retry_after"),
            clone: args.take("clone").and_then(|given| errors.keep(given.names())).unwrap_or_default(),
            common,
            settings,
            before_retry,
        }
    }
}

fn settings(args: &mut Args, errors: &mut Errors) -> Settings {
    let mut settings = Settings::default();
    settings.take(args, errors, "max_attempts", |given| given.count("it counts the first call"));
    settings.take(args, errors, "strategy", strategy);
    settings.take(args, errors, "base_delay", |given| given.duration(Zero::Allowed));
    settings.take(args, errors, "max_delay", |given| given.duration(Zero::Allowed));
    settings.take(args, errors, "factor", Given::factor);
    settings.take(args, errors, "jitter", Given::jitter);
    settings.take(args, errors, "max_elapsed", |given| given.duration(Zero::Refused));
    settings.take(args, errors, "max_hint", |given| given.duration(Zero::Refused));
    settings.take(args, errors, "budget", budget);
    settings.take(args, errors, "idempotent", Given::boolean);
    settings.take(args, errors, "retry_on_open", Given::boolean);

    if let (Some((base, _)), Some((max, at))) = (settings.duration("base_delay"), settings.duration("max_delay"))
        && max < base
    {
        errors.at(at, "`max_delay` is shorter than `base_delay`");
    }
    let word = |method| match settings.get(method).map(|setting| &setting.value) {
        Some(Value::Variant { variant, .. }) => Some(*variant),
        _ => None,
    };
    if let (Some(variant @ ("Constant" | "Linear" | "Fibonacci" | "Decorrelated")), Some(factor)) =
        (word("strategy"), settings.get("factor"))
    {
        let strategy = variant.to_lowercase();
        errors.at(
            factor.span(),
            format_args!("`factor` does nothing with `strategy = {strategy}`: it belongs to `exponential`"),
        );
    }
    // A fact that is stated as true is the default; nothing to carry.
    settings.0.retain(|setting| setting.method != "idempotent" || literal_bool(setting) != Some(true));
    settings
}

fn strategy(given: &Given) -> syn::Result<Value> {
    const WORDS: &[(&str, &str)] = &[
        ("exponential", "Exponential"),
        ("linear", "Linear"),
        ("constant", "Constant"),
        ("fibonacci", "Fibonacci"),
        ("decorrelated", "Decorrelated"),
    ];
    if let Some(value) = given.one_of("Strategy", WORDS)? {
        return Ok(value);
    }
    if let Some(Lit::Str(text)) = given.literal() {
        return given.quoted(text, WORDS);
    }
    given.code()?;
    let expr = given.expr()?;
    // `Strategy::Linear`, the value itself
    if let Expr::Path(path) = &expr
        && path.path.segments.iter().rev().nth(1).is_some_and(|segment| segment.ident == "Strategy")
    {
        return Ok(Value::Expr(expr));
    }
    Ok(Value::Wrapped { of: "Strategy", variant: "Custom", inner: Box::new(Value::Expr(expr)) })
}

fn budget(given: &Given) -> syn::Result<Value> {
    match given.literal() {
        Some(Lit::Str(name)) if name.value().trim().is_empty() => {
            Err(syn::Error::new(given.span(), "the name of a budget must not be empty"))
        }
        Some(Lit::Str(name)) => Ok(Value::Text(name.clone())),
        _ => given.ratio(Zero::Refused),
    }
}
