//! Where a body consumes an argument that somebody needs afterwards, as far as its tokens tell: another attempt, or a
//! fallback. Whether the use is a move depends on types, so the expansion asks the compiler about each of them, or about the
//! body as a whole. What is not asked, the compiler finds by itself, without a word of `clone(..)`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::parse::Parser as _;
use syn::{Block, FnArg, ReceiverKind, Signature, Type};

use crate::args::Kind;
use crate::input::{Argument, Form, Function, Tail, mentions, peel};
use crate::moves::{Moved, find, find_captured, unclear};
use crate::returns::is_plain;
use crate::shape::is_owned;
use crate::stack::Layer;
use crate::timeout::Mode;

/// Uses of an argument that may move it.
pub(crate) struct Consumed {
    /// The argument, as the signature binds it; or `self`.
    pub(crate) name: Ident,
    /// One of the whole, or those of parts.
    pub(crate) moved: Vec<Moved>,
    /// The attribute that needs it afterwards.
    pub(crate) needed_by: Kind,
}

/// What the compiler is asked.
pub(crate) enum Question {
    /// Whether these uses move.
    Uses(Vec<Consumed>),
    /// Whether the body as a whole does, where uses are unclear: the arguments that it may be about, and where the last of
    /// them is used.
    Body(Vec<Ident>, Ident),
}

impl Question {
    /// About the arguments that somebody needs after the body.
    pub(crate) fn of(function: &Function, form: &Form, arguments: &[Argument], layers: &[Layer]) -> Option<Self> {
        let candidates: Vec<_> = candidates(function, form, arguments, layers).collect();
        if candidates.is_empty() {
            return None;
        }
        let uses = Consumed::all(form, layers, &candidates);
        let is_found = |name: &Ident| uses.iter().any(|consumed| consumed.name == *name);
        // One that is visibly owned leaves nothing open.
        let is_sure = |consumed: &Consumed| ty(&function.sig, &consumed.name).is_some_and(is_owned);
        if uses.iter().any(is_sure) || !is_repeatable(function, form, layers) {
            return (!uses.is_empty()).then_some(Self::Uses(uses));
        }
        let unclear: Vec<_> = candidates
            .iter()
            .filter(|(_, name, _)| !is_found(name))
            .filter_map(|(called, name, _)| Some((name, unclear(form.block.stream(), called)?)))
            .collect();
        let Some((_, last)) = unclear.last() else { return (!uses.is_empty()).then_some(Self::Uses(uses)) };
        let names = uses.iter().map(|consumed| &consumed.name).chain(unclear.iter().map(|(name, _)| *name));
        Some(Self::Body(names.cloned().collect(), last.clone()))
    }
}

/// Whether the body as a whole can be asked: a closure of it that moves nothing can be called again. Not if it owns clones,
/// and not if what it borrows exclusively would have to outlive a call of such a closure: that of an async body gives a
/// future, which keeps what it borrows.
fn is_repeatable(function: &Function, form: &Form, layers: &[Layer]) -> bool {
    let own = |layer: &Layer| !layer.cloned().is_empty();
    let worker = |layer: &Layer| matches!(layer, Layer::Timeout(plan) if plan.mode == Mode::Thread);
    let again = |layer: &Layer| matches!(layer, Layer::Retry(plan) if !plan.is_single());
    let lends = |input: &FnArg| match input {
        FnArg::Receiver(receiver) => !matches!(receiver.kind, ReceiverKind::Reference(_, _, None)),
        FnArg::Typed(typed) => match peel(&typed.ty) {
            Type::Reference(reference) => reference.mutability.is_some(),
            ty => names_a_lifetime(ty.to_token_stream()),
        },
    };
    matches!(form.tail, Tail::Body)
        && form.around.is_empty()
        && layers.iter().any(again)
        && !layers.iter().any(|layer| own(layer) || !form.is_async && worker(layer))
        && !(form.is_async && function.sig.inputs.iter().any(lends))
}

/// Whether a type has a lifetime in it, or may have one by being `Self`.
fn names_a_lifetime(ty: TokenStream) -> bool {
    ty.into_iter().any(|token| match token {
        TokenTree::Group(group) => names_a_lifetime(group.stream()),
        TokenTree::Punct(punct) => matches!(punct.as_char(), '\'' | '&'),
        TokenTree::Ident(ident) => ident == "Self",
        TokenTree::Literal(_) => false,
    })
}

impl Consumed {
    /// Where the first of them is.
    pub(crate) fn used(&self) -> &Ident {
        self.moved.first().map_or(&self.name, Moved::used)
    }

    /// The first use of each of the candidates that moves, as far as tokens tell.
    fn all(form: &Form, layers: &[Layer], candidates: &[Candidate]) -> Vec<Self> {
        // A body under conditions is not all there; and nobody knows the names that are hidden in items.
        let body = form.block.stream();
        if mentions(&body, &|ident| ident == "cfg" || ident == "cfg_attr") {
            return Vec::new();
        }
        let Ok(statements) = Block::parse_within.parse2(body.clone()) else { return Vec::new() };
        let is_worker = |layer: &Layer| matches!(layer, Layer::Timeout(plan) if plan.mode == Mode::Thread);
        candidates
            .iter()
            .filter(|(called, ..)| !is_item(&body, called))
            .filter_map(|(called, name, index)| {
                // Further out, it takes the retry along as well, and the body borrows there.
                let on_thread = !form.is_async && layers[*index..].iter().any(is_worker);
                let needed_by = layers[*index].kind();
                let mut moved = find(&mut statements.clone(), called);
                if moved.is_empty() && on_thread {
                    moved.extend(find_captured(body.clone(), called));
                }
                (!moved.is_empty()).then(|| Self { name: name.clone(), moved, needed_by })
            })
            .collect()
    }
}

/// The name that the body knows an argument by, its own name, and the layer that needs it.
type Candidate = (Ident, Ident, usize);

/// What may be consumed.
fn candidates<'a>(
    function: &'a Function,
    form: &'a Form,
    arguments: &'a [Argument],
    layers: &'a [Layer],
) -> impl Iterator<Item = Candidate> + 'a {
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

/// The innermost layer that needs the argument once the body has run, or the one with the `refused` that does; unless it or
/// one below gives the body its own.
fn needed_by(layers: &[Layer], name: &Ident) -> Option<usize> {
    let is_it = |ident: &Ident| ident == name;
    let needs = |layer: &Layer| match layer {
        Layer::Retry(plan) => !plan.is_single(),
        Layer::Fallback(plan) => plan.needs(&is_it),
        Layer::CircuitBreaker(_) | Layer::Timeout(_) => false,
    };
    let refuses = |layer: &Layer| layer.common().refused.as_ref().is_some_and(|refused| refused.needs(&is_it));
    let index = layers.iter().rposition(needs).or_else(|| layers.iter().position(refuses))?;
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
