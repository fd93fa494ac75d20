//! What every attribute has: a place, a name, a crate path and its options as written.

use proc_macro2::{Span, TokenStream};
use syn::{Lit, Path};

use super::value::Value;
use super::{Args, Kind, NoneIs};
use crate::diagnostics::Errors;
use crate::refused::Refused;

/// The part of a plan that all attributes share.
pub(crate) struct Common {
    pub(crate) kind: Kind,
    /// The attribute: what the expansion is blamed on.
    pub(crate) span: Span,
    /// The name of the policy and the tokens it was written with.
    pub(crate) name: Option<(Value, TokenStream)>,
    pub(crate) krate: Option<Path>,
    /// What a refusal by any policy of the stack becomes.
    pub(crate) refused: Option<Refused>,
    /// What `None` is, where it was said.
    pub(crate) none_is: Option<NoneIs>,
    /// Key and value as written, for the inventory.
    pub(crate) written: Vec<(String, String)>,
}

impl Common {
    pub(crate) fn take(args: &mut Args, span: Span, errors: &mut Errors) -> Self {
        let name = args
            .take("name")
            .and_then(|given| errors.keep(given.name(args.kind)).map(|name| (name, given.tokens.clone())));
        let krate = args.take("crate").and_then(|given| errors.keep(given.path()));
        let refused = Refused::take(args, errors);
        let none_is = NoneIs::take(args, errors);
        Self { kind: args.kind, span, name, krate, refused, none_is, written: args.written() }
    }

    /// Where `none_is = success` was written, if it was.
    pub(crate) fn none_succeeds(&self) -> Option<Span> {
        self.none_is.filter(|none| none.success).map(|none| none.span)
    }
}

/// An option of a policy: a method of its builder.
pub(crate) struct Setting {
    pub(crate) method: &'static str,
    pub(crate) value: Value,
    /// As written: tells whether it depends on the arguments of the call.
    pub(crate) tokens: TokenStream,
}

/// The settings of one policy, in the order in which the table of its reference page lists them.
#[derive(Default)]
pub(crate) struct Settings(pub(crate) Vec<Setting>);

impl Settings {
    /// Takes the option `method`, if it was given, and reads its value.
    pub(crate) fn take(
        &mut self,
        args: &mut Args,
        errors: &mut Errors,
        method: &'static str,
        read: impl FnOnce(&super::Given) -> syn::Result<Value>,
    ) {
        self.take_as(args, errors, method, method, read);
    }

    /// Takes the option `key` as the builder's `method`, whose name says what kind of value it is.
    pub(crate) fn take_as(
        &mut self,
        args: &mut Args,
        errors: &mut Errors,
        key: &str,
        method: &'static str,
        read: impl FnOnce(&super::Given) -> syn::Result<Value>,
    ) {
        if let Some(given) = args.take(key)
            && let Some(value) = errors.keep(read(&given))
        {
            self.0.push(Setting { method, value, tokens: given.tokens });
        }
    }

    pub(crate) fn get(&self, method: &str) -> Option<&Setting> {
        self.0.iter().find(|setting| setting.method == method)
    }

    /// The literal count given for `method`.
    pub(crate) fn count(&self, method: &str) -> Option<(u32, Span)> {
        let setting = self.get(method)?;
        match setting.value {
            Value::Count(count) => Some((count, setting.span())),
            _ => None,
        }
    }

    /// The literal duration given for `method`.
    pub(crate) fn duration(&self, method: &str) -> Option<(std::time::Duration, Span)> {
        let setting = self.get(method)?;
        match setting.value {
            Value::Duration(duration) => Some((duration, setting.span())),
            _ => None,
        }
    }
}

impl Setting {
    pub(crate) fn span(&self) -> Span {
        super::start(&self.tokens).unwrap_or_else(Span::call_site)
    }
}

/// Takes a closure or the path of a function.
pub(crate) fn code(args: &mut Args, errors: &mut Errors, key: &str) -> Option<TokenStream> {
    let given = args.take(key)?;
    errors.keep(given.code())
}

/// What a literal `true` or `false` says.
pub(crate) fn literal_bool(setting: &Setting) -> Option<bool> {
    match &setting.value {
        Value::Expr(syn::Expr::Lit(lit)) => match &lit.lit {
            Lit::Bool(value) => Some(value.value),
            _ => None,
        },
        _ => None,
    }
}
