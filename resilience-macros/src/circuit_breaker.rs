//! `#[circuit_breaker(..)]`: arguments to plan.

use proc_macro2::{Span, TokenStream};
use syn::{Expr, Lit};

use crate::args::common::{Common, Settings, code};
use crate::args::value::{Value, Zero};
use crate::args::{Args, Given};
use crate::diagnostics::Errors;

/// A circuit breaker as it will be expanded.
pub(crate) struct Plan {
    pub(crate) common: Common,
    pub(crate) settings: Settings,
    pub(crate) failure_if: Option<TokenStream>,
    pub(crate) ignore_if: Option<TokenStream>,
    pub(crate) failure_if_result: Option<TokenStream>,
    /// One breaker per value of this expression.
    pub(crate) key: Option<TokenStream>,
    pub(crate) max_keys: Option<Value>,
    pub(crate) max_keys_tokens: Option<TokenStream>,
}

impl Plan {
    pub(crate) fn new(mut args: Args, span: Span, errors: &mut Errors) -> Self {
        let args = &mut args;
        let unnamed = args.lacks(&["name"]);
        let common = Common::take(args, span, errors);
        if unnamed {
            errors
                .at(span, "`#[circuit_breaker]` needs `name = \"...\"`: functions that name the same breaker share it");
        }
        let settings = settings(args, errors);
        let key = args.take("key").map(|given| given.tokens);
        let given = args.take("max_keys");
        let max_keys_tokens = given.as_ref().map(|given| given.tokens.clone());
        let max_keys = given.and_then(|given| {
            if key.is_none() {
                errors.at(given.key.span(), "`max_keys` bounds the keys of `key = ...`, which is not given");
            }
            errors.keep(given.count("it counts the keys kept"))
        });
        Self {
            failure_if: code(args, errors, "failure_if"),
            ignore_if: code(args, errors, "ignore_if"),
            failure_if_result: code(args, errors, "failure_if_result"),
            common,
            settings,
            key,
            max_keys,
            max_keys_tokens,
        }
    }
}

fn settings(args: &mut Args, errors: &mut Errors) -> Settings {
    let mut settings = Settings::default();
    let rate = args.has("failure_rate");
    let latency = args.has("max_average_latency");
    let slow = args.has("slow_call_duration");
    let failure_window = args.key_span("failure_window");
    let slow_rate = args.key_span("slow_call_rate");
    let window = args.key_span("window");
    let minimum = args.key_span("minimum_calls");

    settings.take(args, errors, "failure_threshold", |given| given.count("it counts failures"));
    settings.take(args, errors, "failure_window", |given| given.duration(Zero::Refused));
    settings.take(args, errors, "failure_rate", |given| given.ratio(Zero::Refused));
    settings.take(args, errors, "window", window_value);
    settings.take(args, errors, "minimum_calls", |given| given.count("it counts calls"));
    settings.take(args, errors, "slow_call_duration", |given| given.duration(Zero::Refused));
    settings.take(args, errors, "slow_call_rate", |given| given.ratio(Zero::Refused));
    settings.take(args, errors, "max_average_latency", |given| given.duration(Zero::Refused));
    match args.peek("recovery_timeout") {
        Some(Expr::Closure(_)) => {
            settings.take_as(args, errors, "recovery_timeout", "recovery_timeout_fn", Given::expr_value)
        }
        Some(Expr::Path(_)) => {
            settings.take_as(args, errors, "recovery_timeout", "recovery_timeout_of", Given::expr_value)
        }
        _ => settings.take(args, errors, "recovery_timeout", |given| given.duration(Zero::Refused)),
    }
    settings.take(args, errors, "max_recovery_timeout", |given| given.duration(Zero::Refused));
    settings.take(args, errors, "half_open_max_calls", |given| given.count("with no probe it could never close"));
    settings.take(args, errors, "success_threshold", |given| given.count("it counts successful probes"));
    settings.take(args, errors, "half_open_failure_rate", |given| given.ratio(Zero::Allowed));

    let needed = |errors: &mut Errors, at: Option<Span>, present: bool, message: &str| {
        if let Some(at) = at
            && !present
        {
            errors.at(at, message);
        }
    };
    let any_rate = rate || latency || slow;
    needed(
        errors,
        window,
        any_rate,
        "`window` belongs to `failure_rate`, `slow_call_duration` or `max_average_latency`, and none is given; for failures in a row within a time write `failure_window`",
    );
    needed(
        errors,
        minimum,
        any_rate,
        "`minimum_calls` belongs to `failure_rate`, `slow_call_duration` or `max_average_latency`, and none is given",
    );
    needed(errors, slow_rate, slow, "`slow_call_rate` needs `slow_call_duration = ...`: which calls are slow?");
    let threshold = settings.get("failure_threshold").is_some();
    needed(
        errors,
        failure_window,
        threshold || !any_rate,
        "`failure_window` belongs to `failure_threshold`, which is off while a rate or latency rule is given: write both",
    );
    if let (Some((first, _)), Some((last, at))) =
        (settings.duration("recovery_timeout"), settings.duration("max_recovery_timeout"))
        && last < first
    {
        errors.at(at, "`max_recovery_timeout` is shorter than `recovery_timeout`");
    }
    if let (Some((calls, _)), Some((minimum, at))) = (settings.count("window"), settings.count("minimum_calls"))
        && minimum > calls
    {
        errors.at(
            at,
            format_args!("`minimum_calls` is more than the {calls} calls that `window` keeps: it would never trip"),
        );
    }
    settings
}

/// A number of calls, or a duration when it has a unit.
fn window_value(given: &Given) -> syn::Result<Value> {
    match (given.literal(), &given.expr) {
        (Some(Lit::Int(number)), _) if number.suffix().is_empty() => given.count("it counts calls"),
        (Some(_), _) => given.duration(Zero::Refused),
        (None, Some(Expr::Unary(_))) => given.count("it counts calls"),
        (None, Some(expr)) => Ok(Value::Into { of: "Window", expr: expr.clone() }),
        (None, None) => given.duration(Zero::Refused),
    }
}
