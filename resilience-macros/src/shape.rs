//! What the function itself must be like.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens as _;
use syn::spanned::Spanned as _;
use syn::{FnArg, GenericParam, Pat, Receiver, ReceiverKind, Type, Visibility};

use crate::args::value::Value;
use crate::args::{Cloned, Kind, suggest};
use crate::diagnostics::Errors;
use crate::futures;
use crate::input::{Argument, Function, HandedOn, arguments, mentions, peel};
use crate::refused::Refused;
use crate::returns;
use crate::stack::{Layer, already_expanded};
use crate::timeout::Mode;

/// Reports what the policies of `layers` cannot do to `function`.
pub(crate) fn check(function: &Function, layers: &[Layer], errors: &mut Errors) {
    let Some(top) = layers.first() else { return };
    let sig = &function.sig;
    let name = top.kind().name();
    let Some(body) = &function.body else {
        errors.at(sig.ident.span(), format_args!("`#[{name}]` needs a body: put it on the method in the `impl`"));
        return;
    };
    if already_expanded(&body.stream()) {
        errors.at(
            top.span(),
            format_args!(
                "this `#[{name}]` is below another resilience attribute that could not recognise it, so their order would be inverted: import it as `{name}`, not under another name, or give all of them the same `crate = path`"
            ),
        );
        return;
    }
    if let Some(constness) = &sig.constness {
        errors.at(constness.span, format_args!("`#[{name}]` cannot be used on a `const fn`"));
    }
    if let Some(variadic) = &sig.variadic {
        errors.at(variadic.dots.span(), format_args!("`#[{name}]` cannot be used on a variadic function"));
    }
    if !futures::are_seen(function, body, layers, errors) {
        return;
    }
    returns::check(function, layers, errors);
    let names = arguments(sig);
    clones(function, &names, layers, errors);
    static_names(function, &names, layers, errors);
    if layers.iter().any(|layer| matches!(layer, Layer::Fallback(plan) if plan.passes_arguments())) {
        errors.keep(HandedOn::of(&mut sig.clone()));
    }
    let is_async = function.is_async() || function.outcome().is_some_and(|(_, future)| future.is_some());
    for (index, layer) in layers.iter().enumerate() {
        let Layer::Timeout(plan) = layer else {
            continue;
        };
        match (is_async, plan.mode_span) {
            // One attribute serves both forms of a function that is written once: `mode = deadline` says nothing here.
            (true, Some(span)) if plan.mode == Mode::Thread => errors.at(
                span,
                "`mode = thread` is for functions that are not async: an async body is dropped at the limit, and needs no `mode`",
            ),
            (false, _) if plan.mode == Mode::Thread => on_thread(function, body.stream(), layers, index, errors),
            _ => {}
        }
    }
}

/// `clone(..)` names arguments.
fn clones(function: &Function, names: &[Argument], layers: &[Layer], errors: &mut Errors) {
    for layer in layers {
        let clone = layer.cloned();
        for (index, Cloned { name: ident, .. }) in clone.iter().enumerate() {
            if clone[..index].iter().any(|other| other.name == *ident) {
                errors.at(ident.span(), format_args!("`{ident}` is named twice"));
            } else if ident == "self" {
                match function.sig.receiver() {
                    None => errors.at(ident.span(), "this function has no `self`"),
                    Some(Receiver { kind: ReceiverKind::Reference(..), .. }) => errors.at(
                        ident.span(),
                        "`self` is borrowed here, and every attempt borrows it again: leave it out of `clone(..)`",
                    ),
                    Some(_) => {}
                }
            } else if !names.iter().any(|argument| argument.ident == *ident) {
                let all: Vec<String> = names.iter().map(|argument| argument.ident.to_string()).collect();
                let meant = suggest::closest(&ident.to_string(), all.iter().map(String::as_str))
                    .map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
                errors.at(ident.span(), format_args!("no argument named `{ident}`{meant}"));
            }
        }
    }
}

/// A name is registered before the first call, so it cannot depend on one.
fn static_names(function: &Function, names: &[Argument], layers: &[Layer], errors: &mut Errors) {
    for layer in layers {
        if let Some((Value::Expr(expr), tokens)) = &layer.common().name
            && mentions(tokens, &|ident| is_dynamic(function, names, ident))
        {
            let advice = match layer.kind() {
                _ if mentions(tokens, &|ident| ident == "Self") => ": instead of `Self` write the name of the type",
                Kind::CircuitBreaker => "; to split by a run-time value write `key = ...`",
                _ => "",
            };
            errors.at(expr.span(), format_args!("`name` must be known at compile time{advice}"));
        }
    }
}

/// Whether `ident` means something only inside one call.
pub(crate) fn is_dynamic(function: &Function, names: &[Argument], ident: &Ident) -> bool {
    ident == "self"
        || ident == "Self"
        || names.iter().any(|argument| argument.ident == *ident)
        || function.sig.generics.params.iter().any(|parameter| match parameter {
            GenericParam::Type(ty) => ty.ident == *ident,
            GenericParam::Const(value) => value.ident == *ident,
            GenericParam::Lifetime(_) => false,
        })
}

/// A body that runs on a worker thread takes what it needs with it.
fn on_thread(function: &Function, body: TokenStream, layers: &[Layer], index: usize, errors: &mut Errors) {
    let (above, layer) = (&layers[..index], &layers[index]);
    const ADVICE: &str = "or write `mode = deadline` to run the body in place";
    for input in &function.sig.inputs {
        match input {
            FnArg::Receiver(receiver) => {
                let borrowed = match &receiver.kind {
                    ReceiverKind::Reference(..) => true,
                    ReceiverKind::Typed(_, ty) => borrows(ty),
                    _ => false,
                };
                if borrowed {
                    let advice = match shared_self(function, receiver) {
                        true => format!("take `self: Arc<Self>`, {ADVICE}"),
                        false => ADVICE.trim_start_matches("or ").to_owned(),
                    };
                    errors.at(
                        receiver.span(),
                        format_args!("a `#[timeout]` on a function that is not async runs the body on a worker thread, which cannot borrow `self`: {advice}"),
                    );
                }
            }
            FnArg::Typed(typed) if borrows(&typed.ty) => errors.at(
                typed.ty.span(),
                format_args!("a `#[timeout]` on a function that is not async runs the body on a worker thread, which cannot borrow an argument: take it by value, {ADVICE}"),
            ),
            FnArg::Typed(_) => {}
        }
    }
    for name in moved(function) {
        let is_it = |ident: &Ident| *ident == name;
        let clones = |other: &Layer| other.cloned().iter().any(|cloned| cloned.name == name);
        let needed_by = above.iter().find(|other| match other {
            _ if clones(other) => false,
            Layer::Retry(plan) => !plan.is_single(),
            Layer::Fallback(plan) => plan.needs(&is_it),
            _ => false,
        });
        if !mentions(&body, &is_it) {
            continue;
        }
        let Some(other) = needed_by else {
            if !above.iter().any(clones) && Refused::of(layers).is_some_and(|refused| refused.needs(&is_it)) {
                errors.at(
                    layer.span(),
                    format_args!("the body takes `{name}` to its worker thread, and `refused` needs it: write `mode = deadline` to run the body in place, or do without it in `refused`"),
                );
            }
            continue;
        };
        let what = match other.kind() {
            Kind::Retry => format!("every attempt moves `{name}` to its worker thread"),
            _ => format!("the body takes `{name}` to its worker thread, and the fallback needs it"),
        };
        errors.at(
            layer.span(),
            format_args!(
                "{what}: write `clone({name})` in `#[{}]`, or `mode = deadline` to run the body in place",
                other.kind().name()
            ),
        );
    }
}

/// The names that a body visibly moves when it uses them.
fn moved(function: &Function) -> Vec<Ident> {
    let mut moved = Vec::new();
    if let Some(receiver) = function.sig.receiver()
        && !matches!(receiver.kind, ReceiverKind::Reference(..))
    {
        moved.push(Ident::new("self", receiver.self_token.span));
    }
    for input in &function.sig.inputs {
        if let FnArg::Typed(typed) = input
            && let Pat::Ident(pat) = &*typed.pat
            && is_owned(&typed.ty)
        {
            moved.push(pat.ident.clone());
        }
    }
    moved
}

/// Whether a type is visibly moved when it is used; of others the compiler knows.
pub(crate) fn is_owned(ty: &Type) -> bool {
    const OWNED: &[&str] = &[
        "String", "Vec", "Box", "Arc", "Rc", "PathBuf", "OsString", "HashMap", "HashSet", "BTreeMap", "BTreeSet",
        "VecDeque",
    ];
    match peel(ty) {
        Type::Path(path) => {
            path.path.segments.last().is_some_and(|segment| OWNED.iter().any(|owned| segment.ident == owned))
        }
        _ => false,
    }
}

/// Whether `self: Arc<Self>` can stand in place of a borrowed `self`: of `&mut self`, or where the outcome borrows from it,
/// it cannot. Without a visibility the method may be a trait's, which fixes its signature.
fn shared_self(function: &Function, receiver: &Receiver) -> bool {
    let shared = matches!(receiver.kind, ReceiverKind::Reference(_, _, None));
    shared && !matches!(function.vis, Visibility::Inherited) && !function.return_type().is_some_and(borrows)
}

/// Whether a type visibly borrows: `&T`, `Cow<'_, T>`, not `&'static T`.
fn borrows(ty: &Type) -> bool {
    use proc_macro2::TokenTree;
    fn scan(tokens: TokenStream) -> bool {
        let mut tokens = tokens.into_iter().peekable();
        let mut named = false;
        while let Some(token) = tokens.next() {
            // The parameters of `dyn Fn(&str)` are borrowed by whoever calls it.
            let parameters = std::mem::replace(&mut named, matches!(token, TokenTree::Ident(_)));
            match token {
                TokenTree::Group(group) if !parameters && scan(group.stream()) => return true,
                // A bare `&` borrows; `&'a` is decided by its lifetime.
                TokenTree::Punct(punct)
                    if punct.as_char() == '&'
                        && !matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == '\'') =>
                {
                    return true;
                }
                TokenTree::Punct(punct)
                    if punct.as_char() == '\''
                        && !matches!(tokens.peek(), Some(TokenTree::Ident(name)) if name == "static") =>
                {
                    return true;
                }
                _ => {}
            }
        }
        false
    }
    scan(ty.to_token_stream())
}
