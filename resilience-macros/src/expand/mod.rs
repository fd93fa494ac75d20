//! Plan to tokens: the only place that names `#krate::__private`, and that once, with an alias for the rest.
//!
//! Everything is one flat expansion, emitted from the innermost layer outwards. Each layer is an expression of its failure,
//! of type `C`, which is `UserOnly<E>` until a layer that may refuse makes it `Fault<E>`; a success leaves all layers at
//! once (see `exit`).

mod body;
mod circuit_breaker;
mod clones;
mod closure;
mod consumed;
mod each_call;
mod ended;
mod exit;
mod fallback;
mod none;
mod record;
mod refused;
mod retry;
mod timeout;
mod value;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::{Signature, Token};

use self::refused::Becomes;
use crate::consumed::Question;
use crate::input::{Argument, Form, Function, HandedOn, Tail, arguments, is_fallible, rewrite_self, strip_mut};
use crate::one_shot::is_one_shot;
use crate::returns::may_be_plain;
use crate::stack::Layer;
use exit::{Emitted, Exit};

/// Everything that the layers need to know about the function.
pub(crate) struct Expansion<'a> {
    function: &'a Function,
    layers: &'a [Layer],
    form: Form,
    /// `#krate::__private`
    home: TokenStream,
    /// What the expansion calls it: half of all tokens would be its path.
    door: Ident,
    arguments: Vec<Argument>,
    handed_on: HandedOn,
    /// The type that the policies look at.
    subject: Option<TokenStream>,
    /// Where the return type is: looked up once, for it takes the type apart.
    returned: Span,
    /// Whether a plain return type is possible, so that its shape has to be looked up.
    any_shape: bool,
    /// The return type, where it has to be an outcome, and its name does not tell whether it is one.
    doubtful: Option<TokenStream>,
    /// Whether it is `impl Trait`, of which only the body tells the type.
    opaque: bool,
    /// What a refusal becomes, unless `From` of the error type says it.
    refused: Option<Becomes<'a>>,
    /// Whether the body has to stay in the function itself.
    tracked: bool,
    /// Whether nobody needs the arguments after the body has run once.
    one_shot: bool,
    /// What the compiler is asked about arguments that somebody needs.
    question: Option<Question>,
}

/// Where an expression is evaluated.
#[derive(Clone, Copy)]
struct Place {
    /// `call` of the outermost coroutine can be reached by reference.
    sees_call: bool,
}

/// A function with its layers around its body.
pub(crate) fn expand(function: &Function, layers: &[Layer], krate: &TokenStream, seen: &TokenStream) -> TokenStream {
    let Some(body) = &function.body else {
        return function.to_token_stream();
    };
    let mut body = body.clone();
    let inner = take_inner_attributes(&mut body);
    let mut form = Form::new(function, &body);
    let one_shot = is_one_shot(function, layers);
    let tracked = crate::caller::attribute(function).is_some();
    if !one_shot && !tracked {
        form.lend(function);
    }
    let mut sig = function.sig.clone();
    strip_mut(&mut sig, &form.before);
    let passes = layers.iter().any(|layer| matches!(layer, Layer::Fallback(plan) if plan.passes_arguments()));
    let handed_on = if passes { HandedOn::of(&mut sig).unwrap_or_default() } else { HandedOn::default() };
    let door = Ident::new("__resilience", Span::mixed_site());
    let subject = Form::subject(function);
    let opaque = function.return_type().is_some() && subject.is_none();
    let fallible = function.outcome().is_some_and(|(ty, _)| is_fallible(&ty));
    let any_shape = may_be_plain(layers) && !fallible;
    let doubtful = if any_shape || fallible { None } else { subject };
    let subject = match &doubtful {
        Some(ty) => Some(protected(ty, &door, function.return_span())),
        None => Form::subject(function),
    };
    let arguments = arguments(&function.sig);
    // A body that stands in the function itself may end in a move and never come back.
    let question = if one_shot || tracked { None } else { Question::of(function, &form, &arguments, layers) };
    let expansion = Expansion {
        arguments,
        handed_on,
        opaque,
        subject,
        returned: function.return_span(),
        any_shape,
        doubtful,
        refused: Becomes::of(function, layers),
        one_shot,
        question,
        tracked,
        home: quote!(#krate::__private),
        door,
        function,
        layers,
        form,
    };
    let ours = expansion.doubtful.as_ref().and_then(|_| own_where(&mut sig, expansion.returned));
    let content = expansion.content(seen);
    let mut group = Group::new(Delimiter::Brace, content);
    group.set_span(generated(body.span()));

    let Function { attrs, vis, defaultness, .. } = function;
    quote!(#(#attrs)* #inner #vis #defaultness #sig #ours #group)
}

/// `#![allow(..)]` at the start of a body becomes `#[allow(..)]` of the function.
fn take_inner_attributes(block: &mut Group) -> TokenStream {
    let mut tokens = block.stream().into_iter().peekable();
    let mut attributes = TokenStream::new();
    let mut rest = TokenStream::new();
    while let Some(token) = tokens.next() {
        let bang = matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == '!');
        if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#') && bang {
            tokens.next();
            attributes.extend([token]);
            attributes.extend(tokens.next());
            continue;
        }
        rest.extend([token]);
        rest.extend(tokens);
        break;
    }
    let mut without = Group::new(Delimiter::Brace, rest);
    without.set_span(block.span());
    *block = without;
    attributes
}

/// A return type that may be no outcome, as the compiler says once, wherever it is named.
// Input:  Page
// Output: <Page as Protected>::Return
fn protected(ty: &TokenStream, door: &Ident, place: Span) -> TokenStream {
    let span = generated(place);
    let mut door = door.clone();
    door.set_span(span);
    quote_spanned!(span=> <#ty as #door::Protected>::Return)
}

/// Makes the `where` of a signature ours: of a return type that is generic and no outcome, the compiler would advise to bound
/// it by a trait of ours, which nothing satisfies. It edits no `where` that a macro wrote; one that is missing it is given.
fn own_where(sig: &mut Signature, place: Span) -> Option<Token![where]> {
    let span = generated(place);
    match &mut sig.generics.where_clause {
        Some(clause) => {
            clause.where_token.span = generated(clause.where_token.span);
            None
        }
        None => Some(Token![where](span)),
    }
}

/// The span of generated code that is blamed on `place`: hygienic, and outside the reach of lints for written code.
fn generated(place: Span) -> Span {
    Span::mixed_site().located_at(place)
}

/// The braces of an `async` block that the function returns. Unlike all else here they are named as the attributes beside
/// ours are: `#[tracing::instrument(err)]` gives its own locals the context of the braces that it finds.
fn coroutine(content: TokenStream, place: Span) -> Group {
    let mut braces = Group::new(Delimiter::Brace, content);
    braces.set_span(Span::call_site().located_at(place));
    braces
}

/// A generated local, blamed on `place`.
fn local(name: &str, place: Span) -> Ident {
    format_ident!("__resilience_{name}", span = generated(place))
}

impl Expansion<'_> {
    fn content(&self, seen: &TokenStream) -> TokenStream {
        let door = &self.door;
        let top = self.layers.first().map_or_else(Span::call_site, Layer::span);
        let span = generated(top);
        let home = &self.home;
        let record = self.record(span);
        let frame = local("frame", top);
        let call = local("call", top);
        let onion = self.outcome(0, Place { sees_call: true });
        let onion_tokens = match &self.form.this {
            Some(this) => rewrite_self(onion.tokens.clone(), this),
            None => onion.tokens.clone(),
        };
        // The compiler blames the argument of `finish` when the error type cannot carry a refusal: show the return type.
        let out = local("out", self.returned);
        let finish = self.finish(&call, &out, onion.refusable);
        let enter = self.enter(top);
        let new_frame = self.frame(top, true);
        let prologue = &self.form.prologue;
        let ended = self.ended_flag(top);
        let consumed = self.consumed();
        let run = quote_spanned! {span=>
            #prologue
            #consumed
            #ended
            let #frame = #new_frame;
            let mut #call = #enter;
            let #out = #onion_tokens;
            #finish
        };
        let (bindings, before) = (&self.handed_on.bindings, &self.form.before);
        let run = match &self.form.tail {
            Tail::Body => quote_spanned!(span=> #bindings #run),
            Tail::AsyncBlock { head, boxed, kept } => {
                let block = coroutine(run, top);
                let kept = (!kept.is_empty())
                    .then(|| quote_spanned!(span=> if false { #door::core::mem::drop(async {} #kept); }));
                let future = match boxed {
                    None => quote_spanned!(span=> #head #block),
                    Some(call) => quote_spanned!(span=> #call(#head #block)),
                };
                quote_spanned!(span=> #bindings #before #kept #future)
            }
            Tail::Future { boxed } => {
                let block = coroutine(quote!(#bindings #run), top);
                match boxed {
                    false => quote_spanned!(span=> async move #block),
                    true => quote_spanned!(span=> ::std::boxed::Box::pin(async move #block)),
                }
            }
        };
        quote_spanned!(span=> use #home as #door; #record #seen #run)
    }

    /// The outcome of the onion as the return type.
    fn finish(&self, call: &Ident, out: &Ident, refusable: bool) -> TokenStream {
        if let Some(finish) = self.finish_refused(call, out, refusable) {
            return finish;
        }
        let span = generated(self.returned);
        let door = &self.door_at(self.returned);
        let subject = self.subject();
        if self.any_shape && self.opaque {
            return quote_spanned!(span=> #door::Plain::finish(#door::Shape::<_>::NEW, &mut #call, #out));
        }
        if self.any_shape {
            return quote_spanned! {span=> {
                #[allow(unused_imports)]
                use #door::Plain as _;
                #door::Shape::<#subject>::NEW.finish(&mut #call, #out)
            }};
        }
        let finish = match (self.none_succeeds(), refusable) {
            (false, true) => quote!(finish),
            (false, false) => quote!(finish_user),
            (true, true) => quote!(finish_none),
            (true, false) => quote!(finish_none_user),
        };
        quote_spanned!(span=> #door::#finish::<#subject>(&mut #call, #out))
    }

    /// The door, blamed on `place`: where a bound fails, the compiler shows the first token of the path to it.
    fn door_at(&self, place: Span) -> Ident {
        let mut door = self.door.clone();
        door.set_span(generated(place));
        door
    }

    /// The type that the policies look at.
    fn subject(&self) -> TokenStream {
        match &self.subject {
            Some(subject) => subject.clone(),
            None if self.function.return_type().is_none() => quote!(()),
            None => quote!(_),
        }
    }

    /// The layer at `index` with everything below it, whose successes may leave through `exit`.
    fn layer(&self, index: usize, place: Place, exit: &Exit) -> Emitted {
        match self.layers.get(index) {
            None => self.body(),
            Some(Layer::Retry(plan)) => self.retry(index, plan, place, exit),
            Some(Layer::CircuitBreaker(plan)) => self.circuit_breaker(index, plan, place, exit),
            Some(Layer::Timeout(plan)) => self.timeout(index, plan, place),
            Some(Layer::Fallback(plan)) => self.fallback(index, plan, place, exit),
        }
    }

    /// `future.await` on behalf of the coroutine that `frame` belongs to.
    fn watched(&self, future: &TokenStream, span: Span) -> TokenStream {
        let door = &self.door;
        let frame = local("frame", span);
        let span = generated(span);
        quote_spanned!(span=> #door::watch(&#frame, #future).await)
    }

    /// The frame of a coroutine or sync call.
    // A sync call is never dropped while it waits, and a breaker keeps in mind by itself when it was asked: then nobody
    // asks the frame when the call began, and no clock is read for it.
    fn frame(&self, place: Span, is_asked: bool) -> TokenStream {
        let door = &self.door;
        let new = Ident::new(if self.form.is_async && is_asked { "begun" } else { "new" }, generated(place));
        quote_spanned!(generated(place)=> #door::Frame::#new())
    }

    /// A predicate as it was given, or the one of that name in the runtime.
    fn or(&self, code: Option<&TokenStream>, default: &str, span: Span) -> TokenStream {
        let door = &self.door;
        let default = Ident::new(default, generated(span));
        code.map_or_else(|| quote!(#door::#default), TokenStream::clone)
    }

    /// `self` as the signature means it: the keyword is hygienic.
    fn receiver(&self, place: Span) -> Option<Ident> {
        let receiver = self.function.sig.receiver()?;
        Some(Ident::new("self", generated(place).resolved_at(receiver.self_token.span)))
    }
}
