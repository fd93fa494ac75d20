//! Where a body consumes an argument that somebody needs afterwards, as far as its tokens tell: another attempt, or a
//! fallback. Whether the use is a move depends on types, so the expansion asks the compiler about each of them. What is not
//! found here, the compiler finds by itself, without a word of `clone(..)`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::parse::Parser as _;
use syn::{Block, FnArg, ReceiverKind, Signature, Type};

use crate::args::Kind;
use crate::input::{Argument, Form, Function, mentions, peel};
use crate::moves::{Moved, find, find_captured};
use crate::returns::is_plain;
use crate::stack::Layer;
use crate::timeout::Mode;

/// A use of an argument that may move it.
pub(crate) struct Consumed {
    /// The argument, as the signature binds it; or `self`.
    pub(crate) name: Ident,
    pub(crate) moved: Moved,
    /// The attribute that needs it afterwards.
    pub(crate) needed_by: Kind,
}

impl Consumed {
    /// The first use of each argument that somebody needs afterwards.
    pub(crate) fn all(function: &Function, form: &Form, arguments: &[Argument], layers: &[Layer]) -> Vec<Self> {
        let candidates: Vec<_> = candidates(function, form, arguments, layers).collect();
        // A body under conditions is not all there; and nobody knows the names that are hidden in items.
        let body = form.block.stream();
        if candidates.is_empty() || mentions(&body, &|ident| ident == "cfg" || ident == "cfg_attr") {
            return Vec::new();
        }
        let Ok(statements) = Block::parse_within.parse2(body.clone()) else { return Vec::new() };
        let is_worker = |layer: &Layer| matches!(layer, Layer::Timeout(plan) if plan.mode == Mode::Thread);
        candidates
            .into_iter()
            .filter(|(called, ..)| !is_item(&body, called))
            .filter_map(|(called, name, index)| {
                // Further out, it takes the retry along as well, and the body borrows there.
                let on_thread = !form.is_async && layers[index..].iter().any(is_worker);
                let needed_by = layers[index].kind();
                let captured = || on_thread.then(|| find_captured(body.clone(), &called)).flatten();
                let moved = find(&mut statements.clone(), &called).or_else(captured)?;
                Some(Self { name, moved, needed_by })
            })
            .collect()
    }
}

/// What may be consumed: the name that the body knows it by, its own name, and the layer that needs it.
fn candidates<'a>(
    function: &'a Function,
    form: &'a Form,
    arguments: &'a [Argument],
    layers: &'a [Layer],
) -> impl Iterator<Item = (Ident, Ident, usize)> + 'a {
    let borrowed = |name: &Ident| ty(&function.sig, name).is_some_and(is_never_moved);
    // A `mut` one is a clone already.
    let owned = arguments.iter().filter(|argument| !argument.mutable && !form.mutable.contains(&argument.ident));
    let receiver = function.sig.receiver().filter(|receiver| match &receiver.kind {
        ReceiverKind::Reference(..) => false,
        ReceiverKind::Typed(_, ty) => !is_never_moved(ty),
        _ => true,
    });
    let this = receiver.map(|receiver| {
        let this = Ident::new("self", receiver.self_token.span);
        (form.this.clone().unwrap_or_else(|| this.clone()), this)
    });
    owned
        .map(|argument| (argument.ident.clone(), argument.ident.clone()))
        .filter(move |(_, name)| !borrowed(name))
        .chain(this)
        .filter(|(called, _)| !mentions(&form.before, &|ident| ident == called))
        .filter_map(|(called, name)| needed_by(layers, &name).map(|index| (called, name, index)))
}

/// The innermost layer that needs the argument once the body has run, unless it or one below gives the body its own.
fn needed_by(layers: &[Layer], name: &Ident) -> Option<usize> {
    let is_it = |ident: &Ident| ident == name;
    let needs = |layer: &Layer| match layer {
        Layer::Retry(plan) => !plan.is_single(),
        Layer::Fallback(plan) => plan.needs(&is_it),
        Layer::CircuitBreaker(_) | Layer::Timeout(_) => false,
    };
    let index = layers.iter().rposition(needs)?;
    let given = layers[index..].iter().flat_map(Layer::cloned).any(|cloned| is_it(&cloned.name));
    (!given).then_some(index)
}

/// The type of an argument that is one name.
fn ty<'a>(sig: &'a Signature, name: &Ident) -> Option<&'a Type> {
    sig.inputs.iter().find_map(|input| match input {
        FnArg::Typed(typed) => match &*typed.pat {
            syn::Pat::Ident(pat) if pat.ident == *name => Some(&*typed.ty),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    })
}

/// Whether a type is visibly copied, or borrowed again, when it is used.
fn is_never_moved(ty: &Type) -> bool {
    match peel(ty) {
        Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) => true,
        Type::Path(path) => {
            let name = path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
            is_plain(ty) && name != "String" && name != "Vec" || name == "Duration"
        }
        _ => false,
    }
}

/// Whether an item in the body has the name.
fn is_item(body: &TokenStream, name: &Ident) -> bool {
    let mut keyword = false;
    body.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => {
            let found = keyword && ident == *name;
            keyword = ident == "fn" || ident == "const" || ident == "static" || ident == "use";
            found
        }
        TokenTree::Group(group) => {
            keyword = false;
            is_item(&group.stream(), name)
        }
        _ => false,
    })
}
