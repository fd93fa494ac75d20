//! A fallback: a plain `match` on the inner result.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::{ToTokens as _, quote_spanned};
use syn::{GenericArgument, Lifetime, PathArguments, ReceiverKind, Type};

use super::closure::{Kind as Returns, annotated};
use super::ended::is_fallible;
use super::{Emitted, Expansion, Place, generated, local};
use crate::fallback::{Handler, Plan};
use crate::input::is_ignored;

impl Expansion<'_> {
    // Input:  #[fallback(cached)] over INNER
    // Output: match INNER { Ok(v) => Ok(v), Err(caught) => FUNCTION.1.0.apply(&FUNCTION.0, &frame).answer(split::<R>(cached(..))) }
    // With `when_result`: match lacks(INNER, |v| v.is_empty()) { .. }
    pub(super) fn fallback(&self, index: usize, plan: &Plan, place: Place) -> Emitted {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let (value, caught, call, frame) =
            (local("value", at), local("caught", at), local("call", at), local("frame", at));
        let inner = self.layer(index + 1, place);
        let inner_tokens = self.prepared(inner.tokens, index, plan);
        let (site, record) = Self::site(index, at);
        let fell_back = place.sees_call.then(|| quote_spanned!(span=> #call.fell_back();));
        let lower = self.lower(index, at);
        let refusable = inner.refusable && !plan.catches_refusals();
        let applied = quote_spanned!(span=> #site.apply(#record, &#frame));
        let answer = self.answer(plan, &applied, inner.refusable && plan.when_result.is_none());
        let answer = if refusable { quote_spanned!(span=> #door::lift(#answer)) } else { answer };
        let failed = match plan.when_result {
            Some(_) => quote_spanned!(span=> #door::Err(#door::Lack::Failed(#caught))),
            None => quote_spanned!(span=> #door::Err(#caught)),
        };
        let none = plan.common.none_succeeds().map(|word| {
            let (is_none, none) = (self.of_none("is_none", "caught", word), self.of_none("none", "caught", word));
            quote_spanned!(span=> #door::Err(#caught) if #is_none => #door::Err(#none),)
        });
        let unmatched = plan.when.as_ref().map(|when| {
            let picks = self.picks(&caught, when, inner.refusable);
            quote_spanned!(span=> #failed if !#picks => #door::Err(#caught),)
        });
        let outcome = match &plan.when_result {
            Some(when) => quote_spanned!(span=> #door::lacks(#inner_tokens, #when)),
            None => inner_tokens,
        };
        let tokens = quote_spanned! {span=>
            match #outcome {
                #door::Ok(#value) => #door::Ok(#value),
                #none
                #unmatched
                #door::Err(#caught) => {
                    #lower
                    #fell_back
                    #answer
                }
            }
        };
        Emitted { tokens, refusable }
    }

    /// The inner part with what `clone(..)` gives it. An expression that fails is a failure like any other.
    // Output: 'clones: { let req = match .. { Ok(value) => value, Err(error) => break 'clones Err(from_user(error)) }; INNER }
    fn prepared(&self, inner: TokenStream, index: usize, plan: &Plan) -> TokenStream {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let label = Lifetime { apostrophe: span, ident: local("clones", at) };
        let raise = self.raise(index, at);
        let exit = |error: &Ident| quote_spanned!(span=> { #raise break #label #door::Err(#door::Caught::from_user(#error)); });
        let prepared = self.with_clones(inner, &plan.clone, at, exit);
        if is_fallible(&self.layers[index]) { quote_spanned!(span=> #label: #prepared) } else { prepared }
    }

    /// The type of a success, where a value may have to become one: `Box<dyn Page>` of `Box::new(Cached)`.
    fn coerced_success(&self) -> Option<Type> {
        let returned: Type = syn::parse2(self.subject.clone()?).ok()?;
        let success = success(&returned).unwrap_or(&returned);
        is_coerced(&success.to_token_stream()).then(|| success.clone())
    }

    /// The result that the fallback gives, as the result of a layer; `applied` is the fallback that runs. A failure that is
    /// `refusable` may be a refusal.
    fn answer(&self, plan: &Plan, applied: &TokenStream, refusable: bool) -> TokenStream {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let caught = local("caught", at);
        let result = match &plan.handler {
            Handler::Value(expr) => {
                let value = self.evaluated(expr, at);
                let coerced = self.coerced_success().map(|ty| quote_spanned!(span=> ::<#ty, _>));
                return quote_spanned!(span=> #applied.standby #coerced (#caught, #value));
            }
            Handler::Default => {
                return quote_spanned!(span=> #applied.standby(#caught, #door::Default::default()));
            }
            Handler::Closure(closure) => {
                let mut closure = closure.clone();
                let input = match closure.inputs.first() {
                    None => TokenStream::new(),
                    Some(pat) => match annotated(pat) {
                        Some((pat, ty)) => {
                            let (pat, ty) = (pat.clone(), ty.to_token_stream());
                            if let Some(first) = closure.inputs.first_mut() {
                                *first = pat;
                            }
                            let told = self.told(&caught, refusable);
                            quote_spanned!(span=> #door::catch::<#ty, _>(#told))
                        }
                        None if is_ignored(pat) => quote_spanned!(span=> #caught),
                        None => self.own(&caught, refusable),
                    },
                };
                let value = self.inline(&closure, &[input], &Returns::Outcome(self.subject.clone()), at);
                self.split(&value)
            }
            Handler::Path(path) => {
                let call = self.call(path, plan, refusable);
                self.split(&self.resolve(&call, at))
            }
        };
        quote_spanned!(span=> #applied.answer(#result))
    }

    /// A function that takes whatever its signature says: the trait behind `fallback_call` tells the forms apart.
    fn call(&self, path: &syn::Expr, plan: &Plan, refusable: bool) -> TokenStream {
        let door = &self.door;
        let at = plan.common.span;
        let span = generated(at);
        let caught = local("caught", at);
        let exclusive = self
            .function
            .sig
            .receiver()
            .is_some_and(|receiver| matches!(&receiver.kind, ReceiverKind::Reference(_, _, Some(_))));
        let receiver = match self.receiver(at) {
            // A method call would reborrow; a tuple does not.
            Some(receiver) if exclusive => quote_spanned!(span=> (&mut *#receiver,)),
            Some(receiver) => quote_spanned!(span=> (#receiver,)),
            None => quote_spanned!(span=> ()),
        };
        let values = &self.handed_on.values;
        let told = self.told(&caught, refusable);
        quote_spanned!(span=> #door::fallback_call(#path, #receiver, (#values), #told))
    }
}

/// What is in a `Result` or an `Option`.
fn success(returned: &Type) -> Option<&Type> {
    let Type::Path(path) = returned else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Result" || last.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// Whether values of other types become one of this type: of trait objects, slices and pointers to functions.
fn is_coerced(ty: &TokenStream) -> bool {
    ty.clone().into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "dyn" || word == "fn",
        TokenTree::Group(group) => group.delimiter() == Delimiter::Bracket || is_coerced(&group.stream()),
        _ => false,
    })
}
