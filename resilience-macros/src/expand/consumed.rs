//! The question whether a use of an argument consumes it, put to the compiler.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, quote_spanned};

use super::{Expansion, generated, local};
use crate::args::Kind;
use crate::consumed::{Consumed, Question};
use crate::input::rewrite_self;
use crate::moves::Moved;

impl Expansion<'_> {
    /// Closures with such uses in them, never called, of which the compiler is asked whether they could be called again.
    // Input:  fn f(words: Vec<u32>) { Ok(count(words)) } under retry
    // Output: if false { ..Again.. let closure = || { let like = Like::of(&words); like.takes(words); }; again(&closure); }
    pub(super) fn consumed(&self) -> Option<TokenStream> {
        match &self.question {
            Some(Question::Uses(all)) => Some(all.iter().map(|consumed| self.about(consumed)).collect()),
            _ => None,
        }
    }

    fn about(&self, consumed: &Consumed) -> TokenStream {
        let name = &consumed.name;
        let used = consumed.used();
        let at = generated(used.span());
        let taken = consumed.moved.iter().map(|moved| self.taken(name, moved));
        let closure = local("closure", used.span());
        let again = self.again(&closure, texts(consumed));
        let cfg = self.cfg(name);
        let tokens = quote_spanned! {at=>
            #cfg
            {
                if false {
                    let #closure = || { #(#taken)* };
                    #again
                }
            }
        };
        match &self.form.this {
            Some(this) => rewrite_self(tokens, this),
            None => tokens,
        }
    }

    fn taken(&self, name: &Ident, moved: &Moved) -> TokenStream {
        let door = &self.door;
        let place = moved.used().span();
        let (at, like) = (generated(place), local("like", place));
        let argument = match moved {
            Moved::Call(_, call) => return quote_spanned!(at=> let _ = #call;),
            Moved::Part(_, part) => part.clone(),
            Moved::Value(_) if name == "self" => self.receiver(place).to_token_stream(),
            Moved::Value(_) => name.to_token_stream(),
        };
        quote_spanned!(at=> let #like = #door::Like::of(&#argument); #like.takes(#argument);)
    }

    /// A closure that is the body, and is asked itself where its uses are unclear.
    // Input:  || BODY
    // Output: { let closure = || BODY; ..Again.. again(&closure); closure }
    pub(super) fn asked(&self, body: TokenStream) -> TokenStream {
        let Some(Question::Body(names, last)) = &self.question else { return body };
        let at = generated(last.span());
        let closure = local("closure", last.span());
        let again = self.again(&closure, texts_of_body(names, last));
        quote_spanned!(at=> { let #closure = #body; #again #closure })
    }

    /// Whether the body is such a closure.
    pub(super) const fn asks_body(&self) -> bool {
        matches!(self.question, Some(Question::Body(..)))
    }

    /// Asks whether `closure` could be called again. A trait of its own is what lets the compiler say what to write.
    fn again(&self, closure: &Ident, [message, label, note]: [String; 3]) -> TokenStream {
        let door = &self.door;
        quote_spanned! {closure.span()=>
            #[diagnostic::on_unimplemented(message = #message, label = #label, note = #note)]
            trait Again {}
            #[diagnostic::do_not_recommend]
            impl<F: #door::core::ops::FnMut() -> R, R> Again for F {}
            fn again<F: Again>(_: &F) {}
            again(&#closure);
        }
    }
}

/// What is wrong, where, and what to write.
fn texts(consumed: &Consumed) -> [String; 3] {
    let Consumed { name, moved, needed_by } = consumed;
    let what = match &moved[..] {
        [Moved::Part(_, part)] => format!("`{}`", part.to_string().replace(' ', "")),
        [_] => format!("`{name}`"),
        _ => format!("a part of `{name}`"),
    };
    let (who, whom) = match needed_by {
        Kind::Retry => ("every attempt needs", "each attempt"),
        Kind::Fallback => ("the fallback needs", "the body"),
        // They run the body once, and need an argument for their `refused` only.
        Kind::CircuitBreaker | Kind::Timeout => {
            return [
                format!("the body consumes {what}, which `refused` needs"),
                format!("{what} is consumed here: consume a clone of it, or let `refused` do without `{name}`"),
                format!("`refused` looks at `{name}` after the body; what the body only borrows is still there then"),
            ];
        }
    };
    let attribute = needed_by.name();
    [
        format!("the body consumes {what}, which {who}"),
        format!("{what} is consumed here: write `clone({name})` in `#[{attribute}(..)]`"),
        note(name, whom),
    ]
}

/// The same where it is one of `names`, and perhaps not at the place that is shown, of `last`.
fn texts_of_body(names: &[Ident], last: &Ident) -> [String; 3] {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let name = names.iter().find(|name| *name == last).unwrap_or(last);
    let label = match names {
        [_] => format!("`{name}` is consumed in this body: write `clone({name})` in `#[retry(..)]`"),
        _ => format!("if it is `{name}`, write `clone({name})` in `#[retry(..)]`"),
    };
    [format!("the body consumes {}, which every attempt needs", quoted.join(" or ")), label, note(name, "each attempt")]
}

fn note(name: &Ident, whom: &str) -> String {
    let borrow = if name == "self" { String::new() } else { format!(", `&{name}`,") };
    format!(
        "`clone({name})` gives {whom} a clone, `clone({name} = ..)` what an expression makes of it; a body that only borrows it{borrow} needs neither"
    )
}
