//! `#[retry(..)]`: arguments to plan.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::{Expr, Lit};

use crate::args::common::{Common, Setting, Settings, code, literal_bool};
use crate::args::value::{Value, Zero};
use crate::args::{Args, Cloned, Given};
use crate::diagnostics::Errors;
use crate::hook::hook;
use crate::input::mentions;

/// A retry as it will be expanded.
pub(crate) struct Plan {
    pub(crate) common: Common,
    pub(crate) settings: Settings,
    /// A strategy that is a function: a closure, or anything else that can be called.
    pub(crate) strategy: Option<Expr>,
    pub(crate) retry_if: Option<TokenStream>,
    pub(crate) abort_if: Option<TokenStream>,
    pub(crate) retry_if_result: Option<TokenStream>,
    pub(crate) retry_after: Option<TokenStream>,
    pub(crate) before_retry: Option<Expr>,
    pub(crate) clone: Vec<Cloned>,
}

impl Plan {
    pub(crate) fn new(mut args: Args, span: Span, errors: &mut Errors) -> Self {
        let args = &mut args;
        let common = Common::take(args, span, errors);
        let (settings, strategy) = settings(args, errors);
        let before_retry = args.take("before_retry").and_then(|given| errors.keep(hook(&given)));
        Self {
            retry_if: code(args, errors, "retry_if"),
            abort_if: code(args, errors, "abort_if"),
            retry_if_result: code(args, errors, "retry_if_result"),
            retry_after: code(args, errors, "retry_after"),
            clone: args.take("clone").and_then(|given| errors.keep(given.cloned())).unwrap_or_default(),
            common,
            settings,
            strategy,
            before_retry,
        }
    }

    /// Whether every error is retried, as the policy is configured.
    pub(crate) fn is_plain(&self) -> bool {
        let code = [&self.retry_if, &self.abort_if, &self.retry_if_result, &self.retry_after];
        code.into_iter().all(Option::is_none) && self.strategy.is_none()
    }
}

impl Plan {
    /// Whether it is written out that the body runs once: then it may consume its arguments.
    pub(crate) fn is_single(&self) -> bool {
        self.settings.count("max_attempts").is_some_and(|(attempts, _)| attempts == 1)
    }

    /// Whether what it looks at after an attempt needs a name of the function.
    pub(crate) fn needs(&self, is_one: &dyn Fn(&Ident) -> bool) -> bool {
        let code = [&self.retry_if, &self.abort_if, &self.retry_if_result, &self.retry_after].into_iter().flatten();
        let exprs = [&self.strategy, &self.before_retry].into_iter().flatten();
        code.cloned().chain(exprs.map(ToTokens::to_token_stream)).any(|tokens| mentions(&tokens, is_one))
    }
}

/// What the builder is told, and the strategy that it cannot be told.
fn settings(args: &mut Args, errors: &mut Errors) -> (Settings, Option<Expr>) {
    let mut settings = Settings::default();
    settings.take(args, errors, "max_attempts", |given| given.count("it counts the first call"));
    let mut function = None;
    if let Some(given) = args.take("strategy") {
        match errors.keep(strategy(&given)) {
            Some(Strategy::Known(value)) => {
                settings.0.push(Setting { method: "strategy", value, tokens: given.tokens });
            }
            Some(Strategy::Function(expr)) => function = Some(expr),
            None => {}
        }
    }
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
    if let (None, Some((max, at))) = (settings.get("base_delay"), settings.duration("max_delay"))
        && max.is_zero()
    {
        errors.at(at, "for attempts at once write `base_delay = \"0ms\"`");
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
    (settings, function)
}

enum Strategy {
    Known(Value),
    /// Its delays are those of a call: it may see the error.
    Function(Expr),
}

/// One of the strategies that the runtime knows, or a function.
fn strategy(given: &Given) -> syn::Result<Strategy> {
    const WORDS: &[(&str, &str)] = &[
        ("exponential", "Exponential"),
        ("linear", "Linear"),
        ("constant", "Constant"),
        ("fibonacci", "Fibonacci"),
        ("decorrelated", "Decorrelated"),
    ];
    if let Some(value) = given.one_of("Strategy", WORDS)? {
        return Ok(Strategy::Known(value));
    }
    if let Some(Lit::Str(text)) = given.literal() {
        return given.quoted(text, WORDS);
    }
    given.code()?;
    let expr = given.expr()?;
    match &expr {
        Expr::Closure(closure) if !matches!(closure.inputs.len(), 1 | 2) => Err(syn::Error::new(
            given.span(),
            "a strategy takes the number of the failed attempt, and its error if it likes: `|attempt, error| ..`",
        )),
        // `Strategy::Linear`, the value itself
        expr if is_value(expr) => Ok(Strategy::Known(Value::Expr(expr.clone()))),
        _ => Ok(Strategy::Function(expr)),
    }
}

/// `Strategy::Linear`, `Strategy::Custom(f)`
fn is_value(expr: &Expr) -> bool {
    match expr {
        Expr::Path(path) => path.path.segments.iter().rev().nth(1).is_some_and(|segment| segment.ident == "Strategy"),
        Expr::Call(call) => is_value(&call.func),
        _ => false,
    }
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
