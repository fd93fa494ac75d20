//! The body itself: the innermost expression.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::exit::{Emitted, Gives};
use super::{Expansion, generated, local};
use crate::caller;
use crate::input::Tail;
use crate::returns::is_idle;
use crate::stack::Layer;

impl Expansion<'_> {
    /// The body as a layer of its own.
    // Input:  { client.get(url).await?; Ok(1) }
    // Output: split::<R>(watch(&frame, async { <edge> client.get(url).await?; Ok(1) }).await)
    pub(super) fn body(&self) -> Emitted {
        let span = self.function.sig.ident.span();
        let run = match () {
            () if self.form.is_async => self.watched(&self.body_future(), span),
            () if self.tracked => self.body_in_place(),
            () => self.body_once(),
        };
        Emitted { tokens: self.split(&run), gives: Gives::Outcome, refusable: false }
    }

    /// A value of the return type as the result of a layer.
    pub(super) fn split(&self, value: &TokenStream) -> TokenStream {
        // A block that is left early has the type that is said first.
        let subject = self.subject();
        let ty = self.tracked.then(|| quote_spanned!(generated(self.returned)=> : #subject));
        self.split_typed(value, ty)
    }

    /// The same of a value that comes from `origin`, and is of another type, perhaps.
    pub(super) fn split_from(&self, value: &TokenStream, origin: Span) -> TokenStream {
        let subject = self.subject();
        let ty = quote_spanned!(generated(self.returned)=> : #subject);
        self.split_typed(&self.named(value, origin), Some(ty))
    }

    /// A value under a name, on which its type is blamed: for an expression of ours the compiler would advise to change it.
    pub(super) fn named(&self, value: &TokenStream, origin: Span) -> TokenStream {
        let name = local("value", origin);
        quote_spanned!(generated(origin)=> { let #name = #value; #name })
    }

    fn split_typed(&self, value: &TokenStream, ty: Option<TokenStream>) -> TokenStream {
        let subject = self.subject();
        let place = self.returned;
        let door = &self.door_at(place);
        let span = generated(place);
        let raw = local("raw", place);
        if self.any_shape {
            let split = match self.opaque {
                true => quote_spanned!(span=> #door::Shape::of(&#raw).split_hidden(#raw)),
                false => quote_spanned!(span=> #door::Shape::<#subject>::NEW.split(#raw)),
            };
            // `Plain` is in scope where the body is not.
            return quote_spanned! {span=> {
                #[allow(clippy::type_complexity)]
                let #raw: #subject = #value;
                {
                    #[allow(unused_imports)]
                    use #door::Plain as _;
                    #split
                }
            }};
        }
        quote_spanned!(span=> { let #raw #ty = #value; #door::split::<#subject>(#raw) })
    }

    /// [`split`](Self::split) as a type.
    pub(super) fn splitter(&self) -> TokenStream {
        let place = self.returned;
        let door = &self.door_at(place);
        let span = generated(place);
        let subject = self.subject();
        if self.any_shape && self.opaque {
            return quote_spanned!(span=> #door::PlainValue::<_>::NEW);
        }
        if self.any_shape {
            return quote_spanned! {span=> {
                #[allow(unused_imports)]
                use #door::Plain as _;
                #door::Shape::<#subject>::NEW.splits()
            }};
        }
        if let Some(doubtful) = &self.doubtful {
            return quote_spanned! {span=> {
                #[allow(unused_imports)]
                use #door::{Judged as _, Unjudged as _};
                #door::Shape::<#doubtful>::NEW.judged()
            }};
        }
        quote_spanned!(span=> #door::Returned::<#subject>::NEW)
    }

    /// Where the layer at `index` waits for failures of the body alone, and only the compiler knows whether there are any: a
    /// statement that it does not accept unless there are.
    pub(super) fn has_failures(&self, index: usize, at: Span) -> Option<TokenStream> {
        if !self.any_shape || !is_idle(self.layers, index) {
            return None;
        }
        let (door, subject) = (&self.door_at(at), self.subject());
        Some(quote_spanned! {generated(at)=> {
            #[allow(unused_imports)]
            use #door::{Judged as _, Unjudged as _};
            #door::Shape::<#subject>::NEW.may_fail();
        }})
    }

    /// The body as a future.
    pub(super) fn body_future(&self) -> TokenStream {
        let span = generated(self.function.sig.ident.span());
        if matches!(self.form.tail, Tail::Future { .. }) {
            return self.once(&self.rebinds(), self.future_type().as_ref());
        }
        let edge = self.edge();
        let block = self.block(&edge.unwrap_or_default(), &self.rebinds());
        let capture = self.one_shot.then(|| quote_spanned!(span=> move));
        if self.asks_body() {
            let (door, body) = (&self.door, self.asked(quote_spanned!(span=> || async #block)));
            return quote_spanned!(span=> #door::once(#body));
        }
        quote_spanned!(span=> async #capture #block)
    }

    /// The body as a value, of a function that is not async.
    fn body_once(&self) -> TokenStream {
        let ty = self.subject.as_ref().map(|ty| quote!(-> #ty));
        self.once(&self.rebinds(), ty.as_ref())
    }

    /// The body as a block of the function itself, which alone sees the caller.
    // Input:  { BODY }
    // Output: 'body: { let mut n = n; BODY }
    fn body_in_place(&self) -> TokenStream {
        let span = generated(self.function.sig.ident.span());
        let label = caller::label();
        let (statements, _) = caller::in_place(&self.form.block, &self.door);
        let rebinds = self.rebinds();
        quote_spanned!(span=> #label: { #rebinds #statements })
    }

    // Input:  { BODY }
    // Output: once(|| -> R { let mut n = n; BODY })
    fn once(&self, rebinds: &TokenStream, ty: Option<&TokenStream>) -> TokenStream {
        let door = &self.door;
        let span = generated(self.function.sig.ident.span());
        let capture = self.one_shot.then(|| quote_spanned!(span=> move));
        // A closure with a return type needs braces, and the user's own do.
        let block = self.block(&TokenStream::new(), rebinds);
        let body = self.asked(quote_spanned!(span=> #capture || #ty #block));
        quote_spanned!(span=> #door::once(#body))
    }

    /// The boxed future that the body itself returns: `Box::pin(..)` coerces to it.
    fn future_type(&self) -> Option<TokenStream> {
        match self.form.tail {
            Tail::Future { boxed: true } => self.function.return_type().map(|ty| quote!(-> #ty)),
            _ => None,
        }
    }

    /// The user's braces with `first` in front of the statements: a second pair would be "unnecessary braces".
    fn block(&self, first: &TokenStream, rebinds: &TokenStream) -> Group {
        let braces = |content: TokenStream, like: &Group| {
            let mut block = Group::new(Delimiter::Brace, content);
            block.set_span(like.span());
            block
        };
        let form = &self.form;
        let statements = form.block.stream();
        if form.around.is_empty() {
            return braces(quote!(#first #rebinds #statements), &form.block);
        }
        let around = form.around.wrap(braces(quote!(#rebinds #statements), &form.block));
        let statements = around.stream();
        braces(quote!(#first #statements), &around)
    }

    /// A `return` that is never taken tells the compiler the type of the `async` block.
    fn edge(&self) -> Option<TokenStream> {
        let ty = self.subject.as_ref()?;
        Some(typed_edge(ty, self.returned))
    }

    /// What the body owns for one attempt.
    // Input:  fn f(mut n: u32, req: Request) under retry(clone(req))
    // Output: let mut n = n; let req = req;
    fn rebinds(&self) -> TokenStream {
        let door = &self.door;
        let mut tokens = TokenStream::new();
        let cloned = self.cloned();
        for argument in &self.arguments {
            let name = &argument.ident;
            let mutable = argument.mutable;
            let owned = cloned.contains(&name);
            if !mutable && !owned {
                continue;
            }
            let cfg = &argument.cfg;
            let at = generated(argument.ty_span);
            let mutability = argument.mutable.then(|| quote_spanned!(name.span()=> mut));
            let value = match (mutable, argument.exclusive, self.one_shot) {
                (true, true, false) => quote_spanned!(at=> &mut *#name),
                (true, false, false) if !owned => quote_spanned!(at=> #door::Clone::clone(&#name)),
                _ => quote_spanned!(at=> #name),
            };
            tokens.extend(quote_spanned! {at=>
                #(#cfg)*
                #[allow(clippy::shadow_same, clippy::shadow_reuse)]
                let #mutability #name = #value;
            });
        }
        for name in &self.form.mutable {
            let at = generated(name.span());
            let value = if self.one_shot { quote!(#name) } else { quote_spanned!(at=> #door::Clone::clone(&#name)) };
            tokens.extend(quote_spanned!(at=> let mut #name = #value;));
        }
        tokens
    }

    /// The names in every `clone(..)`.
    fn cloned(&self) -> Vec<&Ident> {
        self.layers.iter().flat_map(Layer::cloned).map(|cloned| &cloned.name).collect()
    }
}

/// `if false { let r: T = loop {}; return r; }`
// Of all that names a type and never runs, this is what the compiler is done with soonest.
pub(super) fn typed_edge(ty: &TokenStream, place: proc_macro2::Span) -> TokenStream {
    let span = generated(place);
    let value = local("value", place);
    quote_spanned! {span=>
        #[allow(unreachable_code, clippy::diverging_sub_expression, clippy::empty_loop, clippy::type_complexity)]
        if false {
            let #value: #ty = loop {};
            return #value;
        }
    }
}
